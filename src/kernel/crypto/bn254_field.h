/* bn254_field - the tower of fields of the curve bn254:
 *
 *   Fp2 = Fp[i] / (i^2 + 1)    Fp6 = Fp2[v] / (v^3 - xi)    Fp12 = Fp6[w] / (w^2 - v)    xi = 9 + i
 *
 * Elements of Fp are in Montgomery form (montgomery.h) and below p; p < 2^254, so sums of two do not
 * carry. Outputs may alias inputs. Values; nothing is allocated. */
#ifndef CRYPTO_BN254_FIELD_H
#define CRYPTO_BN254_FIELD_H

#include "crypto/bn254_constants.h"

struct fp6 {
    struct fp2 c0, c1, c2; /* c0 + c1 v + c2 v^2 */
};
struct fp12 {
    struct fp6 c0, c1; /* c0 + c1 w; the coefficients of w^0, w^2, w^4 and of w^1, w^3, w^5 */
};

static inline void fp_mul(fp *r, const fp *x, const fp *y)
{
    modulus_mul_roomy(r, x, y, &bn254_p);
}

static inline void fp_add(fp *r, const fp *x, const fp *y)
{
    modulus_add_roomy(r, x, y, &bn254_p);
}

static inline void fp_sub(fp *r, const fp *x, const fp *y)
{
    modulus_sub(r, x, y, &bn254_p);
}

static inline void fp_negate(fp *r, const fp *x)
{
    modulus_negate(r, x, &bn254_p);
}

static inline void fp_square(fp *r, const fp *x)
{
    fp_mul(r, x, x);
}

void fp_inverse(fp *r, const fp *x); /* of 0: 0 */

static inline bool fp2_is_zero(const struct fp2 *x)
{
    return u256_is_zero(&x->c0) && u256_is_zero(&x->c1);
}

static inline bool fp2_eq(const struct fp2 *x, const struct fp2 *y)
{
    return u256_eq(&x->c0, &y->c0) && u256_eq(&x->c1, &y->c1);
}

static inline void fp2_add(struct fp2 *r, const struct fp2 *x, const struct fp2 *y)
{
    fp_add(&r->c0, &x->c0, &y->c0);
    fp_add(&r->c1, &x->c1, &y->c1);
}

static inline void fp2_sub(struct fp2 *r, const struct fp2 *x, const struct fp2 *y)
{
    fp_sub(&r->c0, &x->c0, &y->c0);
    fp_sub(&r->c1, &x->c1, &y->c1);
}

static inline void fp2_double(struct fp2 *r, const struct fp2 *x)
{
    fp2_add(r, x, x);
}

static inline void fp2_negate(struct fp2 *r, const struct fp2 *x)
{
    fp_negate(&r->c0, &x->c0);
    fp_negate(&r->c1, &x->c1);
}

static inline void fp2_conjugate(struct fp2 *r, const struct fp2 *x)
{
    r->c0 = x->c0;
    fp_negate(&r->c1, &x->c1);
}

static inline void fp2_halve(struct fp2 *r, const struct fp2 *x)
{
    modulus_halve(&r->c0, &x->c0, &bn254_p);
    modulus_halve(&r->c1, &x->c1, &bn254_p);
}

static inline void fp2_scale(struct fp2 *r, const struct fp2 *x, const fp *k)
{
    fp_mul(&r->c0, &x->c0, k);
    fp_mul(&r->c1, &x->c1, k);
}

void fp2_mul(struct fp2 *r, const struct fp2 *x, const struct fp2 *y);
void fp2_square(struct fp2 *r, const struct fp2 *x);

void fp12_one(struct fp12 *r);
bool fp12_is_one(const struct fp12 *x);
void fp12_mul(struct fp12 *r, const struct fp12 *x, const struct fp12 *y);
void fp12_square(struct fp12 *r, const struct fp12 *x);
/* x (a + b w + c w^3): what a line of the Miller loop looks like. */
void fp12_mul_line(struct fp12 *r, const struct fp12 *x, const struct fp2 *a, const struct fp2 *b, const struct fp2 *c);
void fp12_inverse(struct fp12 *r, const struct fp12 *x);
/* x^(p^6); the inverse of x where x^(p^6 + 1) = 1. */
void fp12_conjugate(struct fp12 *r, const struct fp12 *x);
/* x^(p^power), power 1 to 3 */
void fp12_frobenius(struct fp12 *r, const struct fp12 *x, unsigned power);
/* x^2 for x with x^(p^4 - p^2 + 1) = 1 (Granger and Scott 2010): half the work. */
void fp12_square_cyclotomic(struct fp12 *r, const struct fp12 *x);

#endif
