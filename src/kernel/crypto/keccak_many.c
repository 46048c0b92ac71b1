/* Several messages at once: lane i of w states lies in one vector of w words, so that one permutation of vectors is w
 * permutations. Messages of any lengths share them: a state that has taken its last block gives its digest and
 * starts on the next message.
 *
 *             vector 0   vector 1  ..  vector 24
 *   state 0   lane 0     lane 1        lane 24      <- message 0, then the next that waits
 *   state 1   lane 0     lane 1        lane 24      <- message 1
 *   ...
 *
 * Eight states with AVX-512, four with AVX2, asked for at run time; else one by one. FIPS 202 for the permutation. */
#include "crypto/keccak.h"

enum { WIDTH_MAX = 8 };

#if defined(__x86_64__) && __STDC_HOSTED__

#include <immintrin.h>

enum { LANES = 25,
       RATE = 136,
       ROUNDS = 24,
       WORTH_IT = 3 /* as many permutations one by one take longer than one of vectors */ };

static const u64 round_constant[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
/* By how much rho turns lane x + 5 y: (t + 1)(t + 2) / 2 along the walk (x, y) -> (y, 2 x + 3 y) from (1, 0). */
static const u8 rho[LANES] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                              25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

typedef u64 vector4 __attribute__((vector_size(32)));
typedef u64 vector8 __attribute__((vector_size(64)));

/* All indices are constants once the loops are unrolled. */
#define ROUND(vector, to, from, constant)                                                           \
    do {                                                                                            \
        vector c[5], d[5], row[5];                                                                  \
        _Pragma("GCC unroll 5") for (unsigned x = 0; x < 5; x++)                                    \
            c[x] = XOR5(from[x], from[x + 5], from[x + 10], from[x + 15], from[x + 20]);            \
        _Pragma("GCC unroll 5") for (unsigned x = 0; x < 5; x++)                                    \
            d[x] = c[(x + 4) % 5] ^ TURN(c[(x + 1) % 5], 1);                                        \
        _Pragma("GCC unroll 5") for (unsigned y = 0; y < 5; y++) {                                  \
            _Pragma("GCC unroll 5") for (unsigned x = 0; x < 5; x++) {                              \
                const unsigned source = (x + 3 * y) % 5 + 5 * x; /* pi */                           \
                row[x] = TURN(from[source] ^ d[source % 5], rho[source]);                           \
            }                                                                                       \
            _Pragma("GCC unroll 5") for (unsigned x = 0; x < 5; x++)                                \
                to[x + 5 * y] = CHI(row[x], row[(x + 1) % 5], row[(x + 2) % 5]);                    \
        }                                                                                           \
        to[0] ^= (constant);                                                                        \
    } while (0)

#define PERMUTE(name, processor, vector)                                                            \
    __attribute__((target(processor))) static void name(u64 *state)                                 \
    {                                                                                               \
        vector a[LANES], b[LANES];                                                                  \
        memcpy(a, state, sizeof a);                                                                 \
        for (unsigned r = 0; r < ROUNDS; r += 2) {                                                  \
            ROUND(vector, b, a, round_constant[r]);                                                 \
            ROUND(vector, a, b, round_constant[r + 1]);                                             \
        }                                                                                           \
        memcpy(state, a, sizeof a);                                                                 \
    }

#define TURN(v, n) ((n) ? (v) << (n) | (v) >> ((64 - (n)) % 64) : (v))

#define XOR5(p, q, r, s, t) ((p) ^ (q) ^ (r) ^ (s) ^ (t))
#define CHI(p, q, r)        ((p) ^ (~(q) & (r)))
PERMUTE(permute4, "avx2", vector4)
#undef XOR5
#undef CHI

/* One instruction for any function of three bits. */
#define TERNARY(p, q, r, table) ((vector8)_mm512_ternarylogic_epi64((__m512i)(p), (__m512i)(q), (__m512i)(r), table))
#define XOR5(p, q, r, s, t)     TERNARY(TERNARY(p, q, r, 0x96), s, t, 0x96)
#define CHI(p, q, r)            TERNARY(p, q, r, 0xd2)
PERMUTE(permute8, "avx512f", vector8)

/* One of the states side by side. */
struct seat {
    const u8 *next;
    size_t left;
    size_t message; /* index */
    bool taken, last;
};

struct table {
    _Alignas(64) u64 state[LANES * WIDTH_MAX]; /* lane l of seat s at l * width + s */
    struct seat seat[WIDTH_MAX];
    unsigned width;
};

static void sit_down(struct table *t, unsigned s, const struct bytes *message, size_t index)
{
    t->seat[s] = (struct seat){message[index].ptr, message[index].len, index, true, false};
    for (unsigned l = 0; l < LANES; l++)
        t->state[l * t->width + s] = 0;
}

static void absorb(struct table *t, unsigned s)
{
    struct seat *seat = &t->seat[s];
    u8 padded[RATE];
    const u8 *block = seat->next;
    if (seat->left < RATE) {
        memset(padded, 0, RATE);
        if (seat->left)
            memcpy(padded, seat->next, seat->left);
        padded[seat->left] = 0x01;
        padded[RATE - 1] |= 0x80;
        block = padded;
        seat->last = true;
    } else {
        seat->next += RATE;
        seat->left -= RATE;
    }
    for (unsigned l = 0; l < RATE / 8; l++) {
        u64 word;
        memcpy(&word, block + 8 * l, 8);
        t->state[l * t->width + s] ^= word;
    }
}

static void squeeze_many(const struct table *t, unsigned s, hash32 *out)
{
    for (unsigned l = 0; l < 4; l++)
        memcpy(out->b + 8 * l, &t->state[l * t->width + s], 8);
}

/* Returns how many were hashed: all. */
static size_t hash_side_by_side(hash32 *out, const struct bytes *message, size_t count, unsigned width,
                                void (*permute)(u64 *))
{
    struct table t = {.width = width};
    size_t next = 0;
    for (unsigned s = 0; s < width && next < count; s++)
        sit_down(&t, s, message, next++);
    for (;;) {
        bool any = false;
        for (unsigned s = 0; s < width; s++) {
            if (t.seat[s].taken) {
                any = true;
                absorb(&t, s);
            }
        }
        if (!any)
            return next;
        permute(t.state);
        for (unsigned s = 0; s < width; s++) {
            if (!t.seat[s].taken || !t.seat[s].last)
                continue;
            squeeze_many(&t, s, &out[t.seat[s].message]);
            t.seat[s].taken = false;
            if (next < count)
                sit_down(&t, s, message, next++);
        }
    }
}

static size_t hash_most(hash32 *out, const struct bytes *message, size_t count, unsigned width)
{
    if (count < WORTH_IT)
        return 0;
    if (width >= 8 && __builtin_cpu_supports("avx512f"))
        return hash_side_by_side(out, message, count, 8, permute8);
    if (width >= 4 && __builtin_cpu_supports("avx2"))
        return hash_side_by_side(out, message, count, 4, permute4);
    return 0;
}

#else

static size_t hash_most(hash32 *out, const struct bytes *message, size_t count, unsigned width)
{
    (void)out, (void)message, (void)count, (void)width;
    return 0;
}

#endif

void keccak256_many_at_most(hash32 *out, const struct bytes *message, size_t count, unsigned width)
{
    for (size_t i = hash_most(out, message, count, width); i < count; i++)
        keccak256(&out[i], message[i].ptr, message[i].len);
}

void keccak256_many(hash32 *out, const struct bytes *message, size_t count)
{
    keccak256_many_at_most(out, message, count, WIDTH_MAX);
}
