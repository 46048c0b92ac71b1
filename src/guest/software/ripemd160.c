/* RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), in C: two lines of 80 steps each, over the same block. */
#include "crypto/ripemd160.h"

enum { BLOCK = 64, STEPS = 80 };

static const u8 word[2][STEPS] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
     3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12, 1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
     4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13},
    {5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
     15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13, 8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
     12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11},
};
static const u8 rotation[2][STEPS] = {
    {11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8, 7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
     11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5, 11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
     9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6},
    {8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6, 9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
     9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5, 15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
     8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11},
};
static const u32 constant[2][5] = {
    {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e},
    {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0},
};

static u32 turn(u32 x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static u32 mix(unsigned round, u32 x, u32 y, u32 z)
{
    switch (round) {
    case 0: return x ^ y ^ z;
    case 1: return (x & y) | (~x & z);
    case 2: return (x | ~y) ^ z;
    case 3: return (x & z) | (y & ~z);
    default: return x ^ (y | ~z);
    }
}

static void run_line(u32 out[5], const u32 h[5], const u32 m[16], unsigned line)
{
    u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (unsigned i = 0; i < STEPS; i++) {
        const unsigned round = i / 16;
        const u32 t = turn(a + mix(line ? 4 - round : round, b, c, d) + m[word[line][i]] + constant[line][round],
                           rotation[line][i]) + e;
        a = e;
        e = d;
        d = turn(c, 10);
        c = b;
        b = t;
    }
    const u32 state[5] = {a, b, c, d, e};
    memcpy(out, state, sizeof state);
}

static void add_block(u32 h[5], const u8 *block)
{
    u32 m[16], left[5], right[5];
    for (unsigned i = 0; i < 16; i++)
        m[i] = block[4 * i] | (u32)block[4 * i + 1] << 8 | (u32)block[4 * i + 2] << 16 | (u32)block[4 * i + 3] << 24;
    run_line(left, h, m, 0);
    run_line(right, h, m, 1);
    const u32 first = h[0];
    for (unsigned i = 0; i < 4; i++)
        h[i] = h[i + 1] + left[(i + 2) % 5] + right[(i + 3) % 5];
    h[4] = first + left[1] + right[2];
}

void ripemd160(u8 out[20], const void *ptr, size_t len)
{
    u32 h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const u8 *p = ptr;
    size_t left = len;
    for (; left >= BLOCK; p += BLOCK, left -= BLOCK)
        add_block(h, p);
    u8 last[2 * BLOCK] = {0};
    if (left)
        memcpy(last, p, left);
    last[left] = 0x80;
    const size_t end = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    for (unsigned i = 0; i < 8; i++)
        last[end - 8 + i] = (u8)((u64)len * 8 >> 8 * i);
    for (size_t at = 0; at < end; at += BLOCK)
        add_block(h, last + at);
    for (unsigned i = 0; i < 20; i++)
        out[i] = (u8)(h[i / 4] >> 8 * (i % 4));
}
