/* u256 - 256-bit unsigned arithmetic modulo 2^256, the numbers of the EVM.
 *
 * Memory: values of 32 bytes, limb 0 least significant. Outputs may alias inputs.
 * The short operations are inline; division and its relatives live in u256.c. */
#ifndef BASE_U256_H
#define BASE_U256_H

#include "base/types.h"

static inline u256 u256_from_u64(u64 x)
{
    return (u256){{x, 0, 0, 0}};
}

static inline bool u256_is_zero(const u256 *x)
{
    return (x->w[0] | x->w[1] | x->w[2] | x->w[3]) == 0;
}

static inline bool u256_eq(const u256 *x, const u256 *y)
{
    return ((x->w[0] ^ y->w[0]) | (x->w[1] ^ y->w[1]) | (x->w[2] ^ y->w[2]) | (x->w[3] ^ y->w[3])) == 0;
}

static inline bool u256_fits_u64(const u256 *x)
{
    return (x->w[1] | x->w[2] | x->w[3]) == 0;
}

/* x as a u64, or UINT64_MAX when it does not fit. */
static inline u64 u256_saturate_u64(const u256 *x)
{
    return u256_fits_u64(x) ? x->w[0] : UINT64_MAX;
}

/* r = x + y; returns the carry out. */
static inline bool u256_add(u256 *r, const u256 *x, const u256 *y)
{
    u128 t = (u128)x->w[0] + y->w[0];
    const u64 r0 = (u64)t;
    t = (u128)x->w[1] + y->w[1] + (u64)(t >> 64);
    const u64 r1 = (u64)t;
    t = (u128)x->w[2] + y->w[2] + (u64)(t >> 64);
    const u64 r2 = (u64)t;
    t = (u128)x->w[3] + y->w[3] + (u64)(t >> 64);
    *r = (u256){{r0, r1, r2, (u64)t}};
    return (u64)(t >> 64) != 0;
}

/* r = x - y; returns the borrow, which is x < y. */
static inline bool u256_sub(u256 *r, const u256 *x, const u256 *y)
{
    u128 t = (u128)x->w[0] - y->w[0];
    const u64 r0 = (u64)t;
    t = (u128)x->w[1] - y->w[1] - (u64)((t >> 64) & 1);
    const u64 r1 = (u64)t;
    t = (u128)x->w[2] - y->w[2] - (u64)((t >> 64) & 1);
    const u64 r2 = (u64)t;
    t = (u128)x->w[3] - y->w[3] - (u64)((t >> 64) & 1);
    *r = (u256){{r0, r1, r2, (u64)t}};
    return ((t >> 64) & 1) != 0;
}

static inline bool u256_lt(const u256 *x, const u256 *y)
{
    u256 ignored;
    return u256_sub(&ignored, x, y);
}

/* -1, 0, 1 as x is below, equal to, above y. */
static inline int u256_cmp(const u256 *x, const u256 *y)
{
    return u256_lt(x, y) ? -1 : !u256_eq(x, y);
}

static inline u256 u256_from_be(const u8 b[32])
{
    return (u256){{load_be64(b + 24), load_be64(b + 16), load_be64(b + 8), load_be64(b)}};
}

static inline void u256_to_be(u8 b[32], const u256 *x)
{
    const u256 v = *x; /* b may overlap x */
    store_be64(b, v.w[3]);
    store_be64(b + 8, v.w[2]);
    store_be64(b + 16, v.w[1]);
    store_be64(b + 24, v.w[0]);
}

static inline u256 u256_from_hash32(const hash32 *h)
{
    return u256_from_be(h->b);
}

static inline hash32 u256_to_hash32(const u256 *x)
{
    hash32 h;
    u256_to_be(h.b, x);
    return h;
}

static inline u256 u256_from_address(const address *a)
{
    return (u256){{load_be64(a->b + 12), load_be64(a->b + 4), load_be32(a->b), 0}};
}

/* The low 20 bytes of x. */
static inline address u256_to_address(const u256 *x)
{
    address a;
    store_be32(a.b, (u32)x->w[2]);
    store_be64(a.b + 4, x->w[1]);
    store_be64(a.b + 12, x->w[0]);
    return a;
}

/* A big-endian number of len <= 32 bytes. */
static inline u256 u256_from_bytes(const u8 *ptr, size_t len)
{
    u8 b[32] = {0};
    if (len)
        memcpy(b + 32 - len, ptr, len);
    return u256_from_be(b);
}

static inline unsigned u256_bit_length(const u256 *x)
{
    for (int i = 3; i >= 0; i--)
        if (x->w[i])
            return (unsigned)(i * 64 + 64 - __builtin_clzll(x->w[i]));
    return 0;
}

static inline unsigned u256_byte_length(const u256 *x)
{
    return (u256_bit_length(x) + 7) / 8;
}

/* r = x * y mod 2^256 */
void u256_mul(u256 *r, const u256 *x, const u256 *y);

/* r = x * y; returns true (and leaves the low 256 bits in r) when the product does not fit. */
bool u256_mul_overflows(u256 *r, const u256 *x, const u256 *y);

/* q = x / y, rem = x % y; both are 0 when y is 0, as the EVM wants. Either output may be NULL. */
void u256_divmod(u256 *q, u256 *rem, const u256 *x, const u256 *y);

/* (x + y) % m and (x * y) % m without overflow; 0 when m is 0. */
void u256_addmod(u256 *r, const u256 *x, const u256 *y, const u256 *m);
void u256_mulmod(u256 *r, const u256 *x, const u256 *y, const u256 *m);

/* r = x^y mod 2^256 */
void u256_exp(u256 *r, const u256 *x, const u256 *y);

/* Logical shifts; a count of 256 or more gives 0. */
void u256_shl(u256 *r, const u256 *x, unsigned count);
void u256_shr(u256 *r, const u256 *x, unsigned count);

#endif
