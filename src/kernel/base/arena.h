/* arena - memory with a named lifetime: take from it, mark it, rewind it, release it whole.
 *
 * A chain of chunks; arena_take bumps a pointer. The owner of an arena names its lifetime (frame, tx, block, session,
 * node), and nothing above base frees a single object.
 *
 *   struct arena scratch;
 *   arena_init(&scratch, memory);
 *   struct arena_mark mark = arena_mark(&scratch);
 *   u8 *p = arena_take(&scratch, 100);       16-byte aligned, never NULL, not cleared
 *   arena_rewind(&scratch, mark);            p is gone
 *   arena_release(&scratch);
 *
 * Chunks come from a struct memory, which the shell provides (io/memory.h: the operating system's; a guest: a static
 * block). It never returns NULL: a source that is exhausted ends the program with FAULT_MEMORY. So no kernel function
 * has a path for a failed allocation; what a parser allocates is bounded by limits on its input, checked first. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/types.h"

struct memory {
    /* size bytes aligned to 64; never NULL. */
    void *(*take)(void *context, size_t size);
    void (*give)(void *context, void *ptr, size_t size);
    void *context;
};

struct arena_chunk;

struct arena {
    const struct memory *memory;
    struct arena_chunk *chunk; /* the newest */
    u8 *next;
    u8 *end;
};

struct arena_mark {
    struct arena_chunk *chunk;
    u8 *next;
};

void arena_init(struct arena *a, const struct memory *memory);
void arena_release(struct arena *a);
void *arena_take_chunk(struct arena *a, size_t size); /* the slow path of arena_take */

/* size bytes, aligned to 16, contents undefined. size 0 gives a valid pointer. */
static inline void *arena_take(struct arena *a, size_t size)
{
    const size_t rounded = (size + (size == 0) + 15) & ~(size_t)15; /* none takes some: an empty arena has no place */
    if (LIKELY(rounded >= size && (size_t)(a->end - a->next) >= rounded)) {
        void *p = a->next;
        a->next += rounded;
        return p;
    }
    return arena_take_chunk(a, size);
}

static inline void *arena_take_zero(struct arena *a, size_t size)
{
    return memset(arena_take(a, size), 0, size);
}

/* count items of a type; count is the caller's bounded number. */
#define ARENA_TAKE(arena, type, count) ((type *)arena_take((arena), sizeof(type) * (size_t)(count)))
#define ARENA_TAKE_ZERO(arena, type, count) ((type *)arena_take_zero((arena), sizeof(type) * (size_t)(count)))

struct bytes arena_copy(struct arena *a, struct bytes from);

static inline struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->chunk, a->next};
}

/* Everything taken since the mark is gone. Chunks that came since are given back. */
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif
