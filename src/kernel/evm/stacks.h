/* stacks - the memory of a VM's frames, allocated in large chunks and reused. Private to evm.
 *
 *     items   [ frame 0 | frame 1 | frame 2 ...                    ]   each frame's stack begins where the
 *     memory  [ frame 0      | init code | frame 1 | frame 2 ...   ]   caller's ends, so deep calls stay in cache
 *
 * A region allocates last in, first out. Every frame is guaranteed its 1024 items and ROOM_ABOVE for the translated
 * loop's temporaries: where the current piece has less left, the frame begins in the next one. Only the innermost frame
 * grows, so what a message's input points at never moves.
 *
 * One output at a time: when a message ends, its output is copied to the buffer of its level, where the caller reads it
 * as return data. The caller's previous return data is dead by then. A level is one evm_execute inside of another (from
 * a hook), whose caller's return data lives on. */
#ifndef EVM_STACKS_H
#define EVM_STACKS_H

#include "base/arena.h"
#include "base/u256.h"

enum {
    STACK_LIMIT = 1024, /* items: yellow paper, 9.1 */
    ROOM_ABOVE = 1024, /* what a program may use above: the rise of a piece and its temporaries (superblock.h) */
    ROOM_BELOW = 2, /* so that the top of an empty stack is an address of its own */
};

struct region_piece;

struct region {
    const struct memory *memory;
    struct region_piece *piece;
    u8 *next;
    u8 *end;
};

struct region_mark {
    struct region_piece *piece;
    u8 *next;
};

void region_init(struct region *r, const struct memory *memory, size_t piece_size);
void region_release(struct region *r);
/* At least size bytes, aligned to 64, not cleared. */
u8 *region_take(struct region *r, size_t size);
/* The newest part of the region, old_size bytes at ptr, made new_size: moved if need be. */
u8 *region_grow(struct region *r, u8 *ptr, size_t old_size, size_t new_size);

static inline struct region_mark region_mark(const struct region *r)
{
    return (struct region_mark){r->piece, r->next};
}
void region_rewind(struct region *r, struct region_mark mark);
/* Of an empty region: one piece in place of several, as large as they were together, within reason. */
void region_settle(struct region *r);

struct answer {
    struct answer *outer, *inner;
    u8 *ptr;
    size_t room;
};

struct key_memo;

struct evm_stacks {
    const struct memory *memory;
    struct region items;
    struct region bytes;
    struct arena scratch;      /* what a precompile needs while it runs */
    struct arena_mark empty;   /* of scratch */
    struct answer *level;
    u32 running;               /* evm_execute calls in progress */
    struct u256_modulus modulus;  /* of the last MULMOD but one, or m = 0 */
    u256 seen_modulus;
    struct key_memo *keys;
};

struct evm_stacks *stacks_open(const struct memory *memory);
void stacks_release(struct evm_stacks *s);
/* Around each evm_execute. */
void stacks_enter(struct evm_stacks *s);
void stacks_leave(struct evm_stacks *s);
/* Copies an output to where it lives until the next message of this level. */
struct bytes stacks_keep(struct evm_stacks *s, struct bytes output);

#endif
