/* folded - multiplication modulo a number just below 2^256.
 *
 * For m = 2^256 - c with c < 2^40, as that of secp256k1 is, 2^256 is c: the upper half of a product is multiplied by c
 * and added to the lower half, and what overflows once more. No Montgomery form is needed: elements are plain numbers
 * below m. Sums and differences are those of montgomery.h. Outputs may alias inputs. */
#ifndef CRYPTO_FOLDED_H
#define CRYPTO_FOLDED_H

#include "crypto/montgomery.h"

/* In C, for every processor. */
static inline void folded_mul_plain(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    const u64 c = 0 - mod->m.w[0];
    u64 t[8] = {0};
    for (unsigned i = 0; i < 4; i++) {
        u64 carry = 0;
        for (unsigned j = 0; j < 4; j++) {
            const u128 product = (u128)x->w[j] * y->w[i] + t[i + j] + carry;
            t[i + j] = (u64)product;
            carry = (u64)(product >> 64);
        }
        t[i + 4] = carry;
    }
    u64 carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        const u128 sum = (u128)t[4 + i] * c + t[i] + carry;
        t[i] = (u64)sum;
        carry = (u64)(sum >> 64);
    }
    /* carry <= c; what is below 2^256 + c^2 is below 2 m */
    const u128 folded = (u128)carry * c;
    u256 low = {{t[0], t[1], t[2], t[3]}}, high = {{(u64)folded, (u64)(folded >> 64), 0, 0}};
    const bool over = u256_add(&low, &low, &high);
    modulus_reduce_once(r, &low, over, mod);
}

static inline void folded_square_plain(u256 *r, const u256 *x, const struct modulus *mod)
{
    folded_mul_plain(r, x, x, mod);
}

/* clang keeps three registers for itself under the address sanitizer, and one is missing then; gcc does not. */
#if defined(__x86_64__) && defined(__BMI2__) && !(defined(__clang__) && defined(SANITIZE))

#define ROW(yi, out, t1, t2, t3, t4, t5)                                                    \
    "movq %[" #yi "], %%rdx\n\t"                                                            \
    "mulxq %[x0], %%rax, %[h0]\n\t addq %%rax, %[" #t1 "]\n\t"                              \
    "movq %[" #t1 "], %[" #out "]\n\t"                                                      \
    "mulxq %[x1], %%rax, %[h1]\n\t adcq %%rax, %[" #t2 "]\n\t"                              \
    "mulxq %[x2], %%rax, %[h2]\n\t adcq %%rax, %[" #t3 "]\n\t"                              \
    "mulxq %[x3], %%rax, %[" #t5 "]\n\t adcq %%rax, %[" #t4 "]\n\t adcq $0, %[" #t5 "]\n\t" \
    "addq %[h0], %[" #t2 "]\n\t adcq %[h1], %[" #t3 "]\n\t"                                 \
    "adcq %[h2], %[" #t4 "]\n\t adcq $0, %[" #t5 "]\n\t"

/* t = t3 t2 t1 t0 plus over times c, which is in rdx; then below m. It is already, unless that carried or the top limb
 * is all ones: branches that are not taken cost no time on the way of the result. Else t + c is taken where that
 * carries, or where t did. p, q and s are free. */
#define FOLD_LAST(t0, t1, t2, t3, over, p, q, s)                                                            \
    "mulxq %[" #over "], %[" #p "], %[" #q "]\n\t"                                                          \
    "addq %[" #p "], %[" #t0 "]\n\t adcq %[" #q "], %[" #t1 "]\n\t adcq $0, %[" #t2 "]\n\t adcq $0, %[" #t3 "]\n\t" \
    "sbbq %[" #s "], %[" #s "]\n\t js 1f\n\t cmpq $-1, %[" #t3 "]\n\t jne 2f\n\t"                           \
    "1:\n\t"                                                                                                \
    "movq %[" #t0 "], %[" #p "]\n\t movq %[" #t1 "], %[" #q "]\n\t"                                         \
    "movq %[" #t2 "], %%rax\n\t movq %[" #t3 "], %[" #over "]\n\t"                                          \
    "addq %%rdx, %[" #p "]\n\t adcq $0, %[" #q "]\n\t adcq $0, %%rax\n\t adcq $0, %[" #over "]\n\t"         \
    "sbbq $0, %[" #s "]\n\t testq %[" #s "], %[" #s "]\n\t"                                                 \
    "cmovnzq %[" #p "], %[" #t0 "]\n\t cmovnzq %[" #q "], %[" #t1 "]\n\t"                                   \
    "cmovnzq %%rax, %[" #t2 "]\n\t cmovnzq %[" #over "], %[" #t3 "]\n\t"                                    \
    "2:"

/* 7 ns where the plain loops take 15. */
static inline void folded_mul(u256 *r, const u256 *x, const u256 *y, const struct modulus *mod)
{
    u64 t0, t1, t2, t3, t4, h0, h1, h2, l0, l1, l2, l3; /* l: the lower half, in memory */
    const u64 c = 0 - mod->m.w[0];
    __asm__("movq %[y0], %%rdx\n\t"
            "mulxq %[x0], %[t0], %[t1]\n\t movq %[t0], %[l0]\n\t"
            "mulxq %[x1], %%rax, %[t2]\n\t addq %%rax, %[t1]\n\t"
            "mulxq %[x2], %%rax, %[t3]\n\t adcq %%rax, %[t2]\n\t"
            "mulxq %[x3], %%rax, %[t4]\n\t adcq %%rax, %[t3]\n\t adcq $0, %[t4]\n\t"
            ROW(y1, l1, t1, t2, t3, t4, t0)
                ROW(y2, l2, t2, t3, t4, t0, t1)
                    ROW(y3, l3, t3, t4, t0, t1, t2)
            /* the upper half is t4 t0 t1 t2: times c, plus the lower half */
            "movq %[c], %%rdx\n\t"
            "mulxq %[t4], %[t4], %[h0]\n\t addq %[l0], %[t4]\n\t"
            "mulxq %[t0], %[t0], %[h1]\n\t adcq %[l1], %[t0]\n\t"
            "mulxq %[t1], %[t1], %[h2]\n\t adcq %[l2], %[t1]\n\t"
            "mulxq %[t2], %[t2], %[t3]\n\t adcq %[l3], %[t2]\n\t adcq $0, %[t3]\n\t"
            "addq %[h0], %[t0]\n\t adcq %[h1], %[t1]\n\t adcq %[h2], %[t2]\n\t adcq $0, %[t3]\n\t"
            FOLD_LAST(t4, t0, t1, t2, t3, h0, h1, h2)
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [h0] "=&r"(h0),
              [h1] "=&r"(h1), [h2] "=&r"(h2), [l0] "=&m"(l0), [l1] "=&m"(l1), [l2] "=&m"(l2), [l3] "=&m"(l3)
            : [x0] "m"(x->w[0]), [x1] "m"(x->w[1]), [x2] "m"(x->w[2]), [x3] "m"(x->w[3]), [y0] "m"(y->w[0]),
              [y1] "m"(y->w[1]), [y2] "m"(y->w[2]), [y3] "m"(y->w[3]), [c] "im"(c)
            : "rax", "rdx", "cc");
    *r = (u256){{t4, t0, t1, t2}};
}

/* The six products of different limbs, doubled, and the four squares. */
static inline void folded_square(u256 *r, const u256 *x, const struct modulus *mod)
{
    u64 t1, t2, t3, t4, t5, t6, t7, h0, h1, l0;
    const u64 c = 0 - mod->m.w[0];
    __asm__("movq %[x0], %%rdx\n\t"
            "mulxq %[x1], %[t1], %[t2]\n\t"
            "mulxq %[x2], %%rax, %[t3]\n\t addq %%rax, %[t2]\n\t"
            "mulxq %[x3], %%rax, %[t4]\n\t adcq %%rax, %[t3]\n\t adcq $0, %[t4]\n\t"
            "movq %[x1], %%rdx\n\t"
            "mulxq %[x2], %%rax, %[h0]\n\t mulxq %[x3], %[h1], %[t5]\n\t"
            "addq %%rax, %[t3]\n\t adcq %[h0], %[t4]\n\t adcq $0, %[t5]\n\t"
            "movq %[x2], %%rdx\n\t"
            "mulxq %[x3], %%rax, %[t6]\n\t"
            "addq %[h1], %[t4]\n\t adcq %%rax, %[t5]\n\t adcq $0, %[t6]\n\t"
            "xorl %k[t7], %k[t7]\n\t"
            "addq %[t1], %[t1]\n\t adcq %[t2], %[t2]\n\t adcq %[t3], %[t3]\n\t adcq %[t4], %[t4]\n\t"
            "adcq %[t5], %[t5]\n\t adcq %[t6], %[t6]\n\t adcq %[t7], %[t7]\n\t"
            "movq %[x0], %%rdx\n\t mulxq %%rdx, %%rax, %[h0]\n\t movq %%rax, %[l0]\n\t addq %[h0], %[t1]\n\t"
            "movq %[x1], %%rdx\n\t mulxq %%rdx, %%rax, %[h0]\n\t adcq %%rax, %[t2]\n\t adcq %[h0], %[t3]\n\t"
            "movq %[x2], %%rdx\n\t mulxq %%rdx, %%rax, %[h0]\n\t adcq %%rax, %[t4]\n\t adcq %[h0], %[t5]\n\t"
            "movq %[x3], %%rdx\n\t mulxq %%rdx, %%rax, %[h0]\n\t adcq %%rax, %[t6]\n\t adcq %[h0], %[t7]\n\t"
            /* the upper half is t4 .. t7: times c, plus the lower half */
            "movq %[c], %%rdx\n\t"
            "mulxq %[t4], %[t4], %[h0]\n\t addq %[l0], %[t4]\n\t"
            "mulxq %[t5], %%rax, %[h1]\n\t adcq %%rax, %[t1]\n\t"
            "mulxq %[t6], %%rax, %[t6]\n\t adcq %%rax, %[t2]\n\t"
            "mulxq %[t7], %%rax, %[t7]\n\t adcq %%rax, %[t3]\n\t adcq $0, %[t7]\n\t"
            "addq %[h0], %[t1]\n\t adcq %[h1], %[t2]\n\t adcq %[t6], %[t3]\n\t adcq $0, %[t7]\n\t"
            FOLD_LAST(t4, t1, t2, t3, t7, h0, h1, t5)
            : [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6),
              [t7] "=&r"(t7), [h0] "=&r"(h0), [h1] "=&r"(h1), [l0] "=&m"(l0)
            : [x0] "m"(x->w[0]), [x1] "m"(x->w[1]), [x2] "m"(x->w[2]), [x3] "m"(x->w[3]), [c] "im"(c)
            : "rax", "rdx", "cc");
    *r = (u256){{t4, t1, t2, t3}};
}

#undef ROW
#undef FOLD_LAST

#else

#define folded_mul    folded_mul_plain
#define folded_square folded_square_plain

#endif

#endif
