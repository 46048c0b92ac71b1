/* naive_trie - the root of a map by the definition (yellow paper appendix D, functions c and n), for tests.
 *
 * It builds the whole tree from nothing each time, with an RLP writer and a hash and nothing else: slow, and
 * obviously right. */
#ifndef STATE_NAIVE_TRIE_H
#define STATE_NAIVE_TRIE_H

#include "base/buffer.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

struct naive_pair {
    u8 nibble[2 * 64];
    u32 nibbles;
    struct bytes value;
};

static inline void naive_pair_set(struct naive_pair *p, struct bytes key, struct bytes value)
{
    p->nibbles = (u32)key.len * 2;
    p->value = value;
    for (size_t i = 0; i < key.len; i++) {
        p->nibble[2 * i] = key.ptr[i] >> 4;
        p->nibble[2 * i + 1] = key.ptr[i] & 15;
    }
}

static inline void naive_path(struct buffer *b, const u8 *nibble, u32 count, bool leaf)
{
    u8 out[65];
    u32 n = 1;
    out[0] = leaf ? 0x20 : 0;
    if (count & 1) {
        out[0] |= (u8)(0x10 | *nibble++);
        count--;
    }
    for (u32 i = 0; i < count; i += 2)
        out[n++] = (u8)(nibble[i] << 4 | nibble[i + 1]);
    rlp_add_string(b, bytes_of(out, n));
}

/* c(J, i): the node of all pairs, whose keys agree in their first `depth` nibbles. */
static inline struct bytes naive_node(struct arena *a, const struct naive_pair **pair, size_t count, u32 depth)
{
    struct buffer b = buffer_in(a);
    u32 end = depth;
    if (count == 1) {
        const size_t opened = rlp_open(&b);
        naive_path(&b, pair[0]->nibble + depth, pair[0]->nibbles - depth, true);
        rlp_add_string(&b, pair[0]->value);
        rlp_close(&b, opened);
        return bytes_of(b.ptr + (opened - 1), b.len - (opened - 1));
    }
    for (bool agree = true; agree; end += agree)
        for (size_t i = 0; i < count; i++)
            agree &= pair[i]->nibbles > end && pair[i]->nibble[end] == pair[0]->nibble[end];
    const size_t opened = rlp_open(&b);
    if (end > depth) {
        const struct bytes below = naive_node(a, pair, count, end);
        naive_path(&b, pair[0]->nibble + depth, end - depth, false);
        if (below.len < 32) {
            buffer_add_bytes(&b, below);
        } else {
            hash32 hash;
            keccak256(&hash, below.ptr, below.len);
            rlp_add_string(&b, BYTES_OF(hash.b));
        }
    } else {
        struct bytes value = bytes_of(NULL, 0);
        for (unsigned nibble = 0; nibble < 16; nibble++) {
            const struct naive_pair **under = ARENA_TAKE(a, const struct naive_pair *, count);
            size_t n = 0;
            for (size_t i = 0; i < count; i++) {
                if (pair[i]->nibbles == depth)
                    value = pair[i]->value;
                else if (pair[i]->nibble[depth] == nibble)
                    under[n++] = pair[i];
            }
            const struct bytes child = n ? naive_node(a, under, n, depth + 1) : bytes_of(NULL, 0);
            if (n && child.len < 32) {
                buffer_add_bytes(&b, child);
            } else if (n) {
                hash32 hash;
                keccak256(&hash, child.ptr, child.len);
                rlp_add_string(&b, BYTES_OF(hash.b));
            } else {
                rlp_add_string(&b, child);
            }
        }
        rlp_add_string(&b, value);
    }
    rlp_close(&b, opened);
    return bytes_of(b.ptr + (opened - 1), b.len - (opened - 1));
}

/* Pairs in any order, no key twice, no empty value. */
static inline void naive_root(hash32 *root, struct arena *a, const struct naive_pair *pair, size_t count)
{
    static const u8 nothing = 0x80;
    const struct arena_mark mark = arena_mark(a);
    const struct naive_pair **all = ARENA_TAKE(a, const struct naive_pair *, count);
    for (size_t i = 0; i < count; i++)
        all[i] = &pair[i];
    const struct bytes rlp = count ? naive_node(a, all, count, 0) : bytes_of(&nothing, 1);
    keccak256(root, rlp.ptr, rlp.len);
    arena_rewind(a, mark);
}

#endif
