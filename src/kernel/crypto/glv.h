/* glv - a multiple of a point as two multiples of half the length (Gallant, Lambert, Vanstone 2001).
 *
 * On y^2 = x^3 + b, phi(x, y) = (beta x, y) costs one product and is multiplication by some lambda. So
 *
 *   k P = k1 P + k2 phi(P),   k1 + k2 lambda = k mod the order
 *
 * where k1 and k2 have half the bits of k: (k, 0) less the nearest sums of two short vectors (a1, -b1) and (a2, b2)
 * with a + b lambda = 0. tools/curve_math.mjs derives the numbers and proves the bounds. */
#ifndef CRYPTO_GLV_H
#define CRYPTO_GLV_H

#include "base/u256.h"

struct glv {
    u256 g1, g2; /* round(2^256 b2 / order), round(2^256 b1 / order) */
    u256 a1, b1, a2, b2;
};

/* The upper 256 bits of x y. */
static inline u256 glv_high_product(const u256 *x, const u256 *y)
{
    u64 t[8] = {0};
    for (unsigned i = 0; i < 4; i++) {
        u64 carry = 0;
        for (unsigned j = 0; j < 4; j++) {
            const u128 product = (u128)x->w[i] * y->w[j] + t[i + j] + carry;
            t[i + j] = (u64)product;
            carry = (u64)(product >> 64);
        }
        t[i + 4] = carry;
    }
    return (u256){{t[4], t[5], t[6], t[7]}};
}

/* Makes k, a number in two's complement, its magnitude; returns whether it was negative. */
static inline bool glv_take_sign(u256 *k)
{
    static const u256 zero;
    if (!(k->w[3] >> 63))
        return false;
    u256_sub(k, &zero, k);
    return true;
}

struct glv_halves {
    u256 k1, k2; /* magnitudes */
    bool negative1, negative2;
};

/* k is below the order. */
static inline struct glv_halves glv_split(const u256 *k, const struct glv *glv)
{
    const u256 c1 = glv_high_product(k, &glv->g1), c2 = glv_high_product(k, &glv->g2);
    struct glv_halves h;
    u256 t;
    u256_mul(&t, &c1, &glv->a1);
    u256_sub(&h.k1, k, &t);
    u256_mul(&t, &c2, &glv->a2);
    u256_sub(&h.k1, &h.k1, &t);
    u256_mul(&h.k2, &c1, &glv->b1);
    u256_mul(&t, &c2, &glv->b2);
    u256_sub(&h.k2, &h.k2, &t);
    h.negative1 = glv_take_sign(&h.k1);
    h.negative2 = glv_take_sign(&h.k2);
    return h;
}

#endif
