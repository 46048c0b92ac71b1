#include "devnet/traces.h"

#include <stdatomic.h>

/* One piece of memory: the head, the frames, their bytes. */
struct held {
    struct trace trace; /* first */
    atomic_uint references;
};

static size_t size_of(const struct call_tree *t)
{
    size_t size = sizeof(struct held) + sizeof(struct tree_frame) * t->count;
    for (u32 i = 0; i < t->count; i++)
        size += t->frame[i].input.len + t->frame[i].output.len;
    return size;
}

static struct bytes copy_bytes(u8 **to, struct bytes from)
{
    u8 *at = *to;
    if (from.len)
        memcpy(at, from.ptr, from.len);
    *to += from.len;
    return bytes_of(at, from.len);
}

struct trace *trace_copy(const struct memory *memory, const struct call_tree *from)
{
    const size_t size = size_of(from);
    struct held *h = memory->take(memory->context, size);
    struct tree_frame *frame = (struct tree_frame *)(void *)(h + 1);
    u8 *data = (u8 *)(frame + from->count);
    for (u32 i = 0; i < from->count; i++) {
        frame[i] = from->frame[i];
        frame[i].input = copy_bytes(&data, from->frame[i].input);
        frame[i].output = copy_bytes(&data, from->frame[i].output);
    }
    h->trace = (struct trace){memory, size, {frame, from->count, from->left_out}};
    atomic_init(&h->references, 1);
    return &h->trace;
}

void trace_hold(struct trace *t)
{
    atomic_fetch_add(&((struct held *)t)->references, 1);
}

void trace_drop(struct trace *t)
{
    if (t && atomic_fetch_sub(&((struct held *)t)->references, 1) == 1)
        t->memory->give(t->memory->context, t, t->size);
}
