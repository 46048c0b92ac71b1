#include "base/arena.h"

#include "base/err.h"

enum { CHUNK_MIN = 64 * 1024, CHUNK_MAX_DOUBLING = 4 * 1024 * 1024 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* header included */
    u8 *older_next; /* where the older chunk had got to */
    u8 *older_end;
    u8 data[] __attribute__((aligned(64)));
};

void arena_init(struct arena *a, const struct memory *memory)
{
    *a = (struct arena){.memory = memory};
}

void *arena_take_chunk(struct arena *a, size_t size)
{
    BUG_UNLESS(size < SIZE_MAX / 2);
    const size_t rounded = (size + 15) & ~(size_t)15;
    size_t chunk_size = a->chunk ? a->chunk->size * 2 : CHUNK_MIN;
    if (chunk_size > CHUNK_MAX_DOUBLING)
        chunk_size = CHUNK_MAX_DOUBLING;
    if (chunk_size < sizeof(struct arena_chunk) + rounded)
        chunk_size = (sizeof(struct arena_chunk) + rounded + 4095) & ~(size_t)4095;
    struct arena_chunk *chunk = a->memory->take(a->memory->context, chunk_size);
    chunk->older = a->chunk;
    chunk->size = chunk_size;
    chunk->older_next = a->next;
    chunk->older_end = a->end;
    a->chunk = chunk;
    a->next = chunk->data + rounded;
    a->end = (u8 *)chunk + chunk_size;
    return chunk->data;
}

static void drop_newest(struct arena *a)
{
    struct arena_chunk *chunk = a->chunk;
    a->chunk = chunk->older;
    a->next = chunk->older_next;
    a->end = chunk->older_end;
    a->memory->give(a->memory->context, chunk, chunk->size);
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->chunk != mark.chunk)
        drop_newest(a);
    a->next = mark.next;
}

void arena_release(struct arena *a)
{
    while (a->chunk)
        drop_newest(a);
}

struct bytes arena_copy(struct arena *a, struct bytes from)
{
    u8 *p = arena_take(a, from.len);
    if (from.len)
        memcpy(p, from.ptr, from.len);
    return bytes_of(p, from.len);
}
