#include "crypto/ripemd160.h"

enum { BLOCK = 64,
       ROUNDS = 5,
       STEPS = 16 };

/* Which word of the block each step takes, and by how much it rotates; left line and right line. */
static const u8 word_left[ROUNDS][STEPS] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8},
    {3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12},
    {1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2},
    {4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13},
};
static const u8 word_right[ROUNDS][STEPS] = {
    {5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12},
    {6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2},
    {15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13},
    {8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14},
    {12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11},
};
static const u8 turn_left[ROUNDS][STEPS] = {
    {11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8},
    {7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12},
    {11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5},
    {11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12},
    {9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6},
};
static const u8 turn_right[ROUNDS][STEPS] = {
    {8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6},
    {9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11},
    {9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5},
    {15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8},
    {8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11},
};
/* The integer parts of 2^30 times the square and the cube roots of 2, 3, 5, 7. */
static const u32 constant_left[ROUNDS] = {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e};
static const u32 constant_right[ROUNDS] = {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0};

struct line {
    u32 a, b, c, d, e;
};

static inline u32 rotate(u32 x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The left line takes the functions in this order, the right one backwards. */
static inline u32 function(unsigned which, u32 x, u32 y, u32 z)
{
    switch (which) {
    case 0:
        return x ^ y ^ z;
    case 1:
        return ((y ^ z) & x) ^ z;
    case 2:
        return (x | ~y) ^ z;
    case 3:
        return ((x ^ y) & z) ^ y;
    default:
        return x ^ (y | ~z);
    }
}

static inline void step(struct line *l, unsigned which, u32 addend, unsigned turn)
{
    const u32 t = rotate(l->a + function(which, l->b, l->c, l->d) + addend, turn) + l->e;
    *l = (struct line){l->e, t, l->b, rotate(l->c, 10), l->d};
}

/* round is a constant where this is inlined, so that every table entry becomes one in the code. */
static inline __attribute__((always_inline)) void do_round(struct line *left, struct line *right, const u32 word[16],
                                                           unsigned round)
{
#pragma GCC unroll 16
    for (unsigned i = 0; i < STEPS; i++) {
        step(left, round, word[word_left[round][i]] + constant_left[round], turn_left[round][i]);
        step(right, ROUNDS - 1 - round, word[word_right[round][i]] + constant_right[round], turn_right[round][i]);
    }
}

static void add_block(u32 h[5], const u8 *block)
{
    u32 word[16];
    for (unsigned i = 0; i < 16; i++)
        word[i] = __builtin_bswap32(load_be32(block + 4 * i));
    struct line left = {h[0], h[1], h[2], h[3], h[4]}, right = left;
    do_round(&left, &right, word, 0);
    do_round(&left, &right, word, 1);
    do_round(&left, &right, word, 2);
    do_round(&left, &right, word, 3);
    do_round(&left, &right, word, 4);
    const u32 h0 = h[0];
    h[0] = h[1] + left.c + right.d;
    h[1] = h[2] + left.d + right.e;
    h[2] = h[3] + left.e + right.a;
    h[3] = h[4] + left.a + right.b;
    h[4] = h0 + left.b + right.c;
}

void ripemd160(u8 out[20], const void *ptr, size_t len)
{
    u32 h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const u8 *p = ptr;
    const u64 bits = (u64)len * 8;
    for (; len >= BLOCK; p += BLOCK, len -= BLOCK)
        add_block(h, p);
    u8 last[2 * BLOCK] = {0}; /* the rest, a one bit, zeros, the length */
    if (len)
        memcpy(last, p, len);
    last[len] = 0x80;
    const size_t end = len + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    for (unsigned i = 0; i < 8; i++)
        last[end - 8 + i] = (u8)(bits >> 8 * i);
    for (size_t at = 0; at < end; at += BLOCK)
        add_block(h, last + at);
    for (unsigned i = 0; i < 20; i++)
        out[i] = (u8)(h[i / 4] >> 8 * (i % 4));
}
