/* montgomery - multiplication modulo an odd number of at most 256 bits (Montgomery 1985).
 *
 * An element x is kept as x R mod m with R = 2^256; the product of two such, divided by R, is again
 * one, and dividing by R needs no division: in each of four rounds the multiple of m that makes the
 * lowest limb zero is added, and the limb dropped.
 *
 * Elements are u256 in Montgomery form and always below m. Sums and differences are those of ordinary
 * numbers. Everything is inlined, so that the modulus is a constant in the code. Outputs may alias inputs.
 * Nothing here hides its timing: no secret passes through. */
#ifndef CRYPTO_MONTGOMERY_H
#define CRYPTO_MONTGOMERY_H

#include "base/u256.h"

struct modulus {
    u256 m;
    u64 inverse; /* -1 / m mod 2^64 */
    u256 one;    /* R mod m */
    u256 square; /* R^2 mod m: multiply by it to come into Montgomery form */
    u256 cube;   /* R^3 mod m: multiply by it after inverting what is in Montgomery form */
};

/* carry 2^256 + t, which is below 2m, modulo m. */
static inline void modulus_reduce_once(u256 *r, const u256 *t, unsigned carry, const struct modulus *mod)
{
    u256 reduced;
    const bool borrow = u256_sub(&reduced, t, &mod->m);
    const u64 keep = 0 - (u64)(borrow & !carry); /* a mask, since the processor cannot guess the branch */
    for (unsigned i = 0; i < 4; i++)
        r->w[i] = (t->w[i] & keep) | (reduced.w[i] & ~keep);
}

/* In C, for every processor. */

static inline void modulus_add_plain(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u256 sum;
    const bool carry = u256_add(&sum, x, y);
    modulus_reduce_once(r, &sum, carry, mod);
}

static inline void modulus_sub_plain(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u256 difference, back;
    const u64 mask = 0 - (u64)u256_sub(&difference, x, y);
    for (unsigned i = 0; i < 4; i++)
        back.w[i] = mod->m.w[i] & mask;
    u256_add(r, &difference, &back);
}

/* x / 2 */
static inline void modulus_halve_plain(u256 *r, const u256 *x, const struct modulus *mod)
{
    u256 even, addend;
    const u64 mask = 0 - (x->w[0] & 1);
    for (unsigned i = 0; i < 4; i++)
        addend.w[i] = mod->m.w[i] & mask;
    const u64 carry = u256_add(&even, x, &addend);
    for (unsigned i = 0; i < 3; i++)
        r->w[i] = even.w[i] >> 1 | even.w[i + 1] << 63;
    r->w[3] = even.w[3] >> 1 | carry << 63;
}

/* x y / R */
static inline void modulus_mul_plain(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t[5] = {0}; /* below 2m after each round */
    for (unsigned i = 0; i < 4; i++) {
        u128 product = (u128)x->w[0] * y->w[i] + t[0];
        const u64 q = (u64)product * mod->inverse;
        u64 carry = (u64)(product >> 64);
        u128 multiple = (u128)q * mod->m.w[0] + (u64)product;
        u64 carry_m = (u64)(multiple >> 64);
        for (unsigned j = 1; j < 4; j++) {
            product = (u128)x->w[j] * y->w[i] + t[j] + carry;
            carry = (u64)(product >> 64);
            multiple = (u128)q * mod->m.w[j] + (u64)product + carry_m;
            carry_m = (u64)(multiple >> 64);
            t[j - 1] = (u64)multiple;
        }
        product = (u128)t[4] + carry + carry_m;
        t[3] = (u64)product;
        t[4] = (u64)(product >> 64);
    }
    modulus_reduce_once(r, &(u256){{t[0], t[1], t[2], t[3]}}, (unsigned)t[4], mod);
}

/* A roomy modulus is below 2^254: sums of two elements do not carry, and neither do the rounds of a product. */

#if defined(__x86_64__) && defined(__BMI2__)

/* In assembler, since gcc 12 moves the limbs through vector registers to select between t and t - m. */
#define LIMBS_OF(name, u) \
    [name##0] "m"((u)->w[0]), [name##1] "m"((u)->w[1]), [name##2] "m"((u)->w[2]), [name##3] "m"((u)->w[3])
#define SUM_OPERANDS                                                                                                  \
    [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), \
        [s3] "=&r"(s3)

static inline void modulus_add_roomy(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0 = x->w[0], t1 = x->w[1], t2 = x->w[2], t3 = x->w[3], s0, s1, s2, s3;
    __asm__("addq %[y0], %[t0]\n\t adcq %[y1], %[t1]\n\t adcq %[y2], %[t2]\n\t adcq %[y3], %[t3]\n\t"
            "movq %[t0], %[s0]\n\t movq %[t1], %[s1]\n\t movq %[t2], %[s2]\n\t movq %[t3], %[s3]\n\t"
            "subq %[m0], %[s0]\n\t sbbq %[m1], %[s1]\n\t sbbq %[m2], %[s2]\n\t sbbq %[m3], %[s3]\n\t"
            "cmovncq %[s0], %[t0]\n\t cmovncq %[s1], %[t1]\n\t cmovncq %[s2], %[t2]\n\t cmovncq %[s3], %[t3]"
            : SUM_OPERANDS
            : LIMBS_OF(y, y), LIMBS_OF(m, &mod->m)
            : "cc");
    *r = (u256){{t0, t1, t2, t3}};
}

static inline void modulus_add(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0 = x->w[0], t1 = x->w[1], t2 = x->w[2], t3 = x->w[3], s0, s1, s2, s3, carry = 0;
    __asm__("addq %[y0], %[t0]\n\t adcq %[y1], %[t1]\n\t adcq %[y2], %[t2]\n\t adcq %[y3], %[t3]\n\t adcq $0, %[carry]\n\t"
            "movq %[t0], %[s0]\n\t movq %[t1], %[s1]\n\t movq %[t2], %[s2]\n\t movq %[t3], %[s3]\n\t"
            "subq %[m0], %[s0]\n\t sbbq %[m1], %[s1]\n\t sbbq %[m2], %[s2]\n\t sbbq %[m3], %[s3]\n\t sbbq $0, %[carry]\n\t"
            "cmovncq %[s0], %[t0]\n\t cmovncq %[s1], %[t1]\n\t cmovncq %[s2], %[t2]\n\t cmovncq %[s3], %[t3]"
            : SUM_OPERANDS, [carry] "+&r"(carry)
            : LIMBS_OF(y, y), LIMBS_OF(m, &mod->m)
            : "cc");
    *r = (u256){{t0, t1, t2, t3}};
}

static inline void modulus_sub(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0 = x->w[0], t1 = x->w[1], t2 = x->w[2], t3 = x->w[3], s0, s1, s2, s3;
    __asm__("xorl %k[s3], %k[s3]\n\t"
            "subq %[y0], %[t0]\n\t sbbq %[y1], %[t1]\n\t sbbq %[y2], %[t2]\n\t sbbq %[y3], %[t3]\n\t"
            "movq %[m0], %[s0]\n\t movq %[m1], %[s1]\n\t movq %[m2], %[s2]\n\t"
            "cmovncq %[s3], %[s0]\n\t cmovncq %[s3], %[s1]\n\t cmovncq %[s3], %[s2]\n\t cmovcq %[m3], %[s3]\n\t"
            "addq %[s0], %[t0]\n\t adcq %[s1], %[t1]\n\t adcq %[s2], %[t2]\n\t adcq %[s3], %[t3]"
            : SUM_OPERANDS
            : LIMBS_OF(y, y), LIMBS_OF(m, &mod->m)
            : "cc");
    *r = (u256){{t0, t1, t2, t3}};
}

static inline void modulus_halve(u256 *r, const u256 *x, const struct modulus *mod)
{
    const u64 mask = 0 - (x->w[0] & 1);
    u64 t0 = x->w[0], t1 = x->w[1], t2 = x->w[2], t3 = x->w[3], carry = 0;
    __asm__("addq %[s0], %[t0]\n\t adcq %[s1], %[t1]\n\t adcq %[s2], %[t2]\n\t adcq %[s3], %[t3]\n\t adcq $0, %[carry]\n\t"
            "shrdq $1, %[t1], %[t0]\n\t shrdq $1, %[t2], %[t1]\n\t"
            "shrdq $1, %[t3], %[t2]\n\t shrdq $1, %[carry], %[t3]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [carry] "+&r"(carry)
            : [s0] "r"(mod->m.w[0] & mask), [s1] "r"(mod->m.w[1] & mask), [s2] "r"(mod->m.w[2] & mask),
              [s3] "r"(mod->m.w[3] & mask)
            : "cc");
    *r = (u256){{t0, t1, t2, t3}};
}

#undef SUM_OPERANDS

/* One round: t += x y[i], then t += m q so that t0 becomes 0; the next round calls t1 its t0, and so on. mulx leaves
 * the flags alone, so the additions of the low halves run along with the products. */
#define ROUND_ROOMY(yi, t0, t1, t2, t3, t4)                                                  \
    "movq %[" #yi "], %%rdx\n\t"                                                             \
    "mulxq %[x0], %%rax, %[h0]\n\t addq %%rax, %[" #t0 "]\n\t"                               \
    "mulxq %[x1], %%rax, %[h1]\n\t adcq %%rax, %[" #t1 "]\n\t"                               \
    "mulxq %[x2], %%rax, %[h2]\n\t adcq %%rax, %[" #t2 "]\n\t"                               \
    "mulxq %[x3], %%rax, %[" #t4 "]\n\t adcq %%rax, %[" #t3 "]\n\t adcq $0, %[" #t4 "]\n\t"  \
    "addq %[h0], %[" #t1 "]\n\t adcq %[h1], %[" #t2 "]\n\t"                                  \
    "adcq %[h2], %[" #t3 "]\n\t adcq $0, %[" #t4 "]\n\t"                                     \
    REDUCE_ROOMY(t0, t1, t2, t3, t4)
#define REDUCE_ROOMY(t0, t1, t2, t3, t4)                                                     \
    "movq %[" #t0 "], %%rdx\n\t imulq %[inverse], %%rdx\n\t"                                 \
    "mulxq %[m0], %%rax, %[h0]\n\t addq %%rax, %[" #t0 "]\n\t"                               \
    "mulxq %[m1], %%rax, %[h1]\n\t adcq %%rax, %[" #t1 "]\n\t"                               \
    "mulxq %[m2], %%rax, %[h2]\n\t adcq %%rax, %[" #t2 "]\n\t"                               \
    "mulxq %[m3], %%rax, %[" #t0 "]\n\t adcq %%rax, %[" #t3 "]\n\t adcq $0, %[" #t4 "]\n\t"  \
    "addq %[h0], %[" #t1 "]\n\t adcq %[h1], %[" #t2 "]\n\t"                                  \
    "adcq %[h2], %[" #t3 "]\n\t adcq %[" #t0 "], %[" #t4 "]\n\t"

/* Without room, t4 is 0 or 1 when a round begins, and t5 is 0. */
#define ADD_FULL(t0, t1, t2, t3, t4, t5, n0, n1, n2, n3)                                     \
    "mulxq %[" #n0 "], %%rax, %[h0]\n\t addq %%rax, %[" #t0 "]\n\t"                          \
    "mulxq %[" #n1 "], %%rax, %[h1]\n\t adcq %%rax, %[" #t1 "]\n\t"                          \
    "mulxq %[" #n2 "], %%rax, %[h2]\n\t adcq %%rax, %[" #t2 "]\n\t"                          \
    "mulxq %[" #n3 "], %%rax, %%rdx\n\t adcq %%rax, %[" #t3 "]\n\t"                          \
    "adcq $0, %[" #t4 "]\n\t adcq $0, %[" #t5 "]\n\t"                                        \
    "addq %[h0], %[" #t1 "]\n\t adcq %[h1], %[" #t2 "]\n\t adcq %[h2], %[" #t3 "]\n\t"       \
    "adcq %%rdx, %[" #t4 "]\n\t adcq $0, %[" #t5 "]\n\t"
#define ROUND_FULL(yi, t0, t1, t2, t3, t4, t5)                                               \
    "movq %[" #yi "], %%rdx\n\t" ADD_FULL(t0, t1, t2, t3, t4, t5, x0, x1, x2, x3)            \
    "movq %[" #t0 "], %%rdx\n\t imulq %[inverse], %%rdx\n\t" ADD_FULL(t0, t1, t2, t3, t4, t5, m0, m1, m2, m3)

/* x y / R: 12 ns on a core where the plain loop takes 20. */
static inline void modulus_mul_roomy(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0, t1, t2, t3, t4, h0, h1, h2;
    __asm__("movq %[y0], %%rdx\n\t"
            "mulxq %[x0], %[t0], %[t1]\n\t"
            "mulxq %[x1], %%rax, %[t2]\n\t addq %%rax, %[t1]\n\t"
            "mulxq %[x2], %%rax, %[t3]\n\t adcq %%rax, %[t2]\n\t"
            "mulxq %[x3], %%rax, %[t4]\n\t adcq %%rax, %[t3]\n\t adcq $0, %[t4]\n\t"
            REDUCE_ROOMY(t0, t1, t2, t3, t4)
                ROUND_ROOMY(y1, t1, t2, t3, t4, t0)
                    ROUND_ROOMY(y2, t2, t3, t4, t0, t1)
                        ROUND_ROOMY(y3, t3, t4, t0, t1, t2)
            "movq %[t4], %[h0]\n\t movq %[t0], %[h1]\n\t movq %[t1], %[h2]\n\t movq %[t2], %[t3]\n\t"
            "subq %[m0], %[h0]\n\t sbbq %[m1], %[h1]\n\t sbbq %[m2], %[h2]\n\t sbbq %[m3], %[t3]\n\t"
            "cmovncq %[h0], %[t4]\n\t cmovncq %[h1], %[t0]\n\t cmovncq %[h2], %[t1]\n\t cmovncq %[t3], %[t2]"
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [h0] "=&r"(h0),
              [h1] "=&r"(h1), [h2] "=&r"(h2)
            : LIMBS_OF(x, x), LIMBS_OF(y, y), LIMBS_OF(m, &mod->m), [inverse] "m"(mod->inverse)
            : "rax", "rdx", "cc");
    *r = (u256){{t4, t0, t1, t2}};
}

static inline void modulus_mul(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0, h0, h1, h2;
    __asm__(ROUND_FULL(y0, t0, t1, t2, t3, t4, t5)
                ROUND_FULL(y1, t1, t2, t3, t4, t5, t0)
                    ROUND_FULL(y2, t2, t3, t4, t5, t0, t1)
                        ROUND_FULL(y3, t3, t4, t5, t0, t1, t2)
            "movq %[t4], %[h0]\n\t movq %[t5], %[h1]\n\t movq %[t0], %[h2]\n\t movq %[t1], %[t3]\n\t"
            "subq %[m0], %[h0]\n\t sbbq %[m1], %[h1]\n\t sbbq %[m2], %[h2]\n\t sbbq %[m3], %[t3]\n\t sbbq $0, %[t2]\n\t"
            "cmovncq %[h0], %[t4]\n\t cmovncq %[h1], %[t5]\n\t cmovncq %[h2], %[t0]\n\t cmovncq %[t3], %[t1]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4), [t5] "+&r"(t5),
              [h0] "=&r"(h0), [h1] "=&r"(h1), [h2] "=&r"(h2)
            : LIMBS_OF(x, x), LIMBS_OF(y, y), LIMBS_OF(m, &mod->m), [inverse] "m"(mod->inverse)
            : "rax", "rdx", "cc");
    *r = (u256){{t4, t5, t0, t1}};
}

#undef ROUND_ROOMY
#undef REDUCE_ROOMY
#undef ADD_FULL
#undef ROUND_FULL
#undef LIMBS_OF

#else

#define modulus_add       modulus_add_plain
#define modulus_add_roomy modulus_add_plain
#define modulus_sub       modulus_sub_plain
#define modulus_halve     modulus_halve_plain
#define modulus_mul       modulus_mul_plain
#define modulus_mul_roomy modulus_mul_plain

#endif

static inline void modulus_negate(u256 *r, const u256 *x, const struct modulus *mod)
{
    static const u256 zero;
    modulus_sub(r, &zero, x, mod);
}

#endif
