/* 4byteTracer: the selectors of the calls of a transaction, with the size of what follows them, and how often.
 *
 *   {"0x27dc297e-128": 1, "0x38cc4831-0": 2}
 *
 * Creations and precompiles do not count. */
#include "node/tracer.h"
#include "node/write.h"

#include <stdio.h>

struct selector {
    u8 b[4];
    size_t size;
    u64 count;
};

struct four_byte_tracer {
    struct tracer tracer;
    struct call_run *run;
    struct selector *list;
    u32 count, room;
};

static enum err add_selector(struct four_byte_tracer *t, struct bytes input)
{
    for (u32 i = 0; i < t->count; i++)
        if (t->list[i].size == input.len - 4 && memcmp(t->list[i].b, input.ptr, 4) == 0) {
            t->list[i].count++;
            return OK;
        }
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 16;
        TRY(rpc_check_size(t->tracer.request, t->room * sizeof *t->list));
        struct selector *grown = ARENA_TAKE(t->tracer.request->arena, struct selector, t->room);
        if (t->count)
            memcpy(grown, t->list, t->count * sizeof *grown);
        t->list = grown;
    }
    struct selector *s = &t->list[t->count++];
    *s = (struct selector){.size = input.len - 4, .count = 1};
    memcpy(s->b, input.ptr, 4);
    return OK;
}

static enum err four_byte_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct four_byte_tracer *t = context;
    const struct precompile_moves *moves = &t->run->moves;
    const struct precompile *p =
        moves->count ? precompile_moved(moves, &m->code_address) : precompile_find(vm->fork, &m->code_address);
    if (m->input.len < 4 || m->kind == MESSAGE_CREATE || m->kind == MESSAGE_CREATE2 || p)
        return OK;
    return add_selector(t, m->input);
}

static enum err four_byte_begin(struct tracer *tracer, struct call_run *run, const struct call_object *c)
{
    struct four_byte_tracer *t = (struct four_byte_tracer *)tracer;
    (void)c;
    t->run = run;
    t->count = 0;
    return OK;
}

static enum err four_byte_end(struct tracer *tracer, const struct call_object *c, const struct call_result *result)
{
    struct four_byte_tracer *t = (struct four_byte_tracer *)tracer;
    struct json_writer *w = tracer->request->out;
    char key[48];
    (void)c;
    (void)result;
    json_write_object(w);
    for (u32 i = 0; i < t->count; i++) {
        const struct selector *s = &t->list[i];
        snprintf(key, sizeof key, "0x%02x%02x%02x%02x-%zu", s->b[0], s->b[1], s->b[2], s->b[3], s->size);
        json_write_key(w, key);
        json_write_u64(w, s->count);
    }
    json_write_end(w);
    return OK;
}

enum err four_byte_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index)
{
    struct four_byte_tracer *t = ARENA_TAKE_ZERO(r->arena, struct four_byte_tracer, 1);
    (void)config;
    (void)index;
    t->tracer = (struct tracer){
        .hooks = {.context = t, .enter = four_byte_enter},
        .request = r,
        .begin = four_byte_begin,
        .end = four_byte_end,
    };
    *out = &t->tracer;
    return OK;
}
