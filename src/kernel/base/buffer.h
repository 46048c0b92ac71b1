/* buffer - bytes that grow at the end, in an arena.
 *
 * Growth copies into a larger piece of the same arena, so bytes handed out by buffer_bytes are
 * valid until the next append. Nothing is freed before the arena is. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/arena.h"

struct buffer {
    struct arena *arena;
    u8 *ptr;
    size_t len;
    size_t room;
};

static inline struct buffer buffer_in(struct arena *arena)
{
    return (struct buffer){.arena = arena};
}

static inline struct bytes buffer_bytes(const struct buffer *b)
{
    return bytes_of(b->ptr, b->len);
}

/* Room for size more bytes at the end, counted as written; the caller fills them. */
static inline u8 *buffer_extend(struct buffer *b, size_t size)
{
    if (UNLIKELY(b->room - b->len <= size)) { /* also when there is no room yet and size is 0: never NULL */
        size_t room = b->room ? b->room * 2 : 256;
        while (room - b->len <= size)
            room *= 2;
        u8 *grown = arena_take(b->arena, room);
        if (b->len)
            memcpy(grown, b->ptr, b->len);
        b->ptr = grown;
        b->room = room;
    }
    u8 *p = b->ptr + b->len;
    b->len += size;
    return p;
}

static inline void buffer_add(struct buffer *b, const void *ptr, size_t len)
{
    if (len)
        memcpy(buffer_extend(b, len), ptr, len);
}

static inline void buffer_add_bytes(struct buffer *b, struct bytes from)
{
    buffer_add(b, from.ptr, from.len);
}

static inline void buffer_add_u8(struct buffer *b, u8 x)
{
    *buffer_extend(b, 1) = x;
}

#endif
