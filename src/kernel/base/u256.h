/* u256 - 256-bit unsigned arithmetic modulo 2^256, the numbers of the EVM.
 *
 * Memory: values of 32 bytes, limb 0 least significant. Outputs may alias inputs.
 * The short operations are inline; division and its relatives live in u256.c.
 *
 * Carries: gcc 12 makes six instructions a limb of a sum written with u128, and the intrinsics, whose results go
 * through memory, leave a dead store for each limb in functions as large as the interpreter's loops. So the chains that
 * run there are assembly for gcc on x86-64; clang does as well by its builtins, and the rest is C. */
#ifndef BASE_U256_H
#define BASE_U256_H

#include "base/types.h"

#if defined(__x86_64__) && !defined(__clang__)
#include <x86gprintrin.h>
#endif

/* x + y + *carry, and the carry out. */
static inline u64 add_carry(u64 x, u64 y, unsigned char *carry)
{
#if defined(__clang__)
    unsigned long long out;
    const u64 sum = __builtin_addcll(x, y, *carry, &out);
    *carry = (unsigned char)out;
    return sum;
#elif defined(__x86_64__)
    unsigned long long sum;
    *carry = _addcarry_u64(*carry, x, y, &sum);
    return sum;
#else
    const u128 sum = (u128)x + y + *carry;
    *carry = (unsigned char)(sum >> 64);
    return (u64)sum;
#endif
}

/* x - y - *borrow, and the borrow out. */
static inline u64 sub_borrow(u64 x, u64 y, unsigned char *borrow)
{
#if defined(__clang__)
    unsigned long long out;
    const u64 difference = __builtin_subcll(x, y, *borrow, &out);
    *borrow = (unsigned char)out;
    return difference;
#elif defined(__x86_64__)
    unsigned long long difference;
    *borrow = _subborrow_u64(*borrow, x, y, &difference);
    return difference;
#else
    const u128 difference = (u128)x - y - *borrow;
    *borrow = (unsigned char)((difference >> 64) & 1);
    return (u64)difference;
#endif
}

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

#if defined(__x86_64__) && !defined(__clang__)
#define U256_ASSEMBLY 1
#endif

/* r = x + y; returns the carry out. */
static inline bool u256_add(u256 *r, const u256 *x, const u256 *y)
{
#ifdef U256_ASSEMBLY
    u64 r0 = x->w[0], r1 = x->w[1], r2 = x->w[2], r3 = x->w[3];
    bool carry;
    __asm__("addq %5, %0\n\tadcq %6, %1\n\tadcq %7, %2\n\tadcq %8, %3"
            : "+&r"(r0), "+&r"(r1), "+&r"(r2), "+&r"(r3), "=@ccc"(carry)
            : "rm"(y->w[0]), "rm"(y->w[1]), "rm"(y->w[2]), "rm"(y->w[3]));
#else
    unsigned char carry = 0;
    const u64 r0 = add_carry(x->w[0], y->w[0], &carry);
    const u64 r1 = add_carry(x->w[1], y->w[1], &carry);
    const u64 r2 = add_carry(x->w[2], y->w[2], &carry);
    const u64 r3 = add_carry(x->w[3], y->w[3], &carry);
#endif
    *r = (u256){{r0, r1, r2, r3}};
    return carry;
}

/* r = x - y; returns the borrow, which is x < y. */
static inline bool u256_sub(u256 *r, const u256 *x, const u256 *y)
{
#ifdef U256_ASSEMBLY
    u64 r0 = x->w[0], r1 = x->w[1], r2 = x->w[2], r3 = x->w[3];
    bool borrow;
    __asm__("subq %5, %0\n\tsbbq %6, %1\n\tsbbq %7, %2\n\tsbbq %8, %3"
            : "+&r"(r0), "+&r"(r1), "+&r"(r2), "+&r"(r3), "=@ccc"(borrow)
            : "rm"(y->w[0]), "rm"(y->w[1]), "rm"(y->w[2]), "rm"(y->w[3]));
#else
    unsigned char borrow = 0;
    const u64 r0 = sub_borrow(x->w[0], y->w[0], &borrow);
    const u64 r1 = sub_borrow(x->w[1], y->w[1], &borrow);
    const u64 r2 = sub_borrow(x->w[2], y->w[2], &borrow);
    const u64 r3 = sub_borrow(x->w[3], y->w[3], &borrow);
#endif
    *r = (u256){{r0, r1, r2, r3}};
    return borrow;
}

static inline bool u256_lt(const u256 *x, const u256 *y)
{
#ifdef U256_ASSEMBLY
    u64 scratch;
    bool borrow;
    __asm__("movq %2, %0\n\tcmpq %6, %0\n\tmovq %3, %0\n\tsbbq %7, %0\n\t"
            "movq %4, %0\n\tsbbq %8, %0\n\tmovq %5, %0\n\tsbbq %9, %0"
            : "=&r"(scratch), "=@ccc"(borrow)
            : "rm"(x->w[0]), "rm"(x->w[1]), "rm"(x->w[2]), "rm"(x->w[3]), "rm"(y->w[0]), "rm"(y->w[1]), "rm"(y->w[2]),
              "rm"(y->w[3]));
    return borrow;
#else
    u256 ignored;
    return u256_sub(&ignored, x, y);
#endif
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

/* Adds y2:y1:y0 to r2:r1:r0; what is carried out of it is lost. */
static inline void u192_add(u64 *r0, u64 *r1, u64 *r2, u64 y0, u64 y1, u64 y2)
{
#ifdef U256_ASSEMBLY
    u64 s0 = *r0, s1 = *r1, s2 = *r2;
    __asm__("addq %3, %0\n\tadcq %4, %1\n\tadcq %5, %2"
            : "+&r"(s0), "+&r"(s1), "+&r"(s2)
            : "rm"(y0), "rm"(y1), "rm"(y2)
            : "cc");
    *r0 = s0;
    *r1 = s1;
    *r2 = s2;
#else
    unsigned char carry = 0;
    *r0 = add_carry(*r0, y0, &carry);
    *r1 = add_carry(*r1, y1, &carry);
    *r2 = add_carry(*r2, y2, &carry);
#endif
}

/* r = x * y mod 2^256 */
static inline void u256_mul(u256 *r, const u256 *x, const u256 *y)
{
    const u64 x0 = x->w[0], x1 = x->w[1], x2 = x->w[2];
    const u64 y0 = y->w[0], y1 = y->w[1], y2 = y->w[2];
    const u128 p00 = (u128)x0 * y0, p01 = (u128)x0 * y1, p10 = (u128)x1 * y0;
    const u128 p02 = (u128)x0 * y2, p11 = (u128)x1 * y1, p20 = (u128)x2 * y0;
    /* the column of weight 2^192 keeps only its low limb */
    u64 r3 = x0 * y->w[3] + x1 * y2 + x2 * y1 + x->w[3] * y0;
    u64 r1 = (u64)(p00 >> 64), r2 = (u64)(p01 >> 64);
    u64 none = 0;
    u192_add(&r1, &r2, &r3, (u64)p01, (u64)p02, (u64)(p02 >> 64));
    u192_add(&r1, &r2, &r3, (u64)p10, (u64)(p10 >> 64), 0);
    u192_add(&r2, &r3, &none, (u64)p11, (u64)(p11 >> 64), 0);
    u192_add(&r2, &r3, &none, (u64)p20, (u64)(p20 >> 64), 0);
    *r = (u256){{(u64)p00, r1, r2, r3}};
}

/* r = x * y; returns true (and leaves the low 256 bits in r) when the product does not fit. */
bool u256_mul_overflows(u256 *r, const u256 *x, const u256 *y);

/* q = x / y, rem = x % y; both are 0 when y is 0, as the EVM wants. Either output may be NULL. */
void u256_divmod(u256 *q, u256 *rem, const u256 *x, const u256 *y);

/* The same for two's complement numbers: the quotient towards zero, the remainder with the sign of x. */
void u256_sdiv(u256 *q, const u256 *x, const u256 *y);
void u256_smod(u256 *rem, const u256 *x, const u256 *y);

/* (x + y) % m and (x * y) % m without overflow; 0 when m is 0. */
void u256_addmod(u256 *r, const u256 *x, const u256 *y, const u256 *m);
void u256_mulmod(u256 *r, const u256 *x, const u256 *y, const u256 *m);

/* A modulus prepared for many products: mulmod without division (Barrett). m is not 0. */
struct u256_modulus {
    u256 m;
    u256 scaled;       /* m << shift, with its top bit set */
    u256 inverse;      /* floor((2^512 - 1) / scaled) - 2^256 */
    unsigned shift;
};
void u256_modulus_init(struct u256_modulus *out, const u256 *m);
void u256_mulmod_prepared(u256 *r, const u256 *x, const u256 *y, const struct u256_modulus *m);

/* r = x^y mod 2^256 */
void u256_exp(u256 *r, const u256 *x, const u256 *y);

/* Logical shifts; a count of 256 or more gives 0. */
static inline void u256_shl(u256 *r, const u256 *x, unsigned count)
{
    if (UNLIKELY(count >= 256)) {
        *r = (u256){{0, 0, 0, 0}};
        return;
    }
    const unsigned bits = count % 64;
    /* x >> (64 - bits) in two steps, so that bits = 0 gives 0 */
    const u64 s0 = x->w[0] << bits;
    const u64 s1 = x->w[1] << bits | x->w[0] >> 1 >> (63 - bits);
    const u64 s2 = x->w[2] << bits | x->w[1] >> 1 >> (63 - bits);
    const u64 s3 = x->w[3] << bits | x->w[2] >> 1 >> (63 - bits);
    switch (count / 64) {
    case 0: *r = (u256){{s0, s1, s2, s3}}; break;
    case 1: *r = (u256){{0, s0, s1, s2}}; break;
    case 2: *r = (u256){{0, 0, s0, s1}}; break;
    default: *r = (u256){{0, 0, 0, s0}}; break;
    }
}

static inline void u256_shr(u256 *r, const u256 *x, unsigned count)
{
    if (UNLIKELY(count >= 256)) {
        *r = (u256){{0, 0, 0, 0}};
        return;
    }
    const unsigned bits = count % 64;
    const u64 s0 = x->w[0] >> bits | x->w[1] << 1 << (63 - bits);
    const u64 s1 = x->w[1] >> bits | x->w[2] << 1 << (63 - bits);
    const u64 s2 = x->w[2] >> bits | x->w[3] << 1 << (63 - bits);
    const u64 s3 = x->w[3] >> bits;
    switch (count / 64) {
    case 0: *r = (u256){{s0, s1, s2, s3}}; break;
    case 1: *r = (u256){{s1, s2, s3, 0}}; break;
    case 2: *r = (u256){{s2, s3, 0, 0}}; break;
    default: *r = (u256){{s3, 0, 0, 0}}; break;
    }
}

static inline bool u256_is_negative(const u256 *x)
{
    return x->w[3] >> 63;
}

/* Arithmetic shift; a count of 256 or more gives 0 or -1. */
static inline void u256_sar(u256 *r, const u256 *x, unsigned count)
{
    const u64 sign = (u64)((i64)x->w[3] >> 63);
    /* for a negative x: ~(~x >> count) */
    const u256 y = {{x->w[0] ^ sign, x->w[1] ^ sign, x->w[2] ^ sign, x->w[3] ^ sign}};
    u256_shr(r, &y, count);
    for (int i = 0; i < 4; i++)
        r->w[i] ^= sign;
}

/* x with its byte number index (0 least significant) taken as the sign of all above; x itself from index 31 on. */
static inline void u256_signextend(u256 *r, const u256 *x, u64 index)
{
    if (index >= 31) {
        *r = *x;
        return;
    }
    const unsigned unused = 56 - (unsigned)index % 8 * 8; /* bits above the byte in its limb */
    const unsigned limb = (unsigned)index / 8;
    const u64 low = (u64)((i64)(x->w[limb] << unused) >> unused), sign = (u64)((i64)low >> 63);
    switch (limb) {
    case 0: *r = (u256){{low, sign, sign, sign}}; break;
    case 1: *r = (u256){{x->w[0], low, sign, sign}}; break;
    case 2: *r = (u256){{x->w[0], x->w[1], low, sign}}; break;
    default: *r = (u256){{x->w[0], x->w[1], x->w[2], low}}; break;
    }
}

/* Byte number index of x, counted from the most significant; 0 from 32 on. */
static inline u64 u256_byte(const u256 *x, u64 index)
{
    return index < 32 ? x->w[3 - index / 8] >> (56 - index % 8 * 8) & 0xff : 0;
}

#endif
