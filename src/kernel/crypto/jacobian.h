/* jacobian - points of y^2 = x^3 + b over a prime field: bn254 and secp256k1; sums alone, for P-256 too.
 *
 * (x, y, z) is the affine point (x / z^2, y / z^3); z = 0 is infinity. Coordinates are as the kind of
 * field says. Everything is inlined with the curve as a constant. Sums work for any points: equal, opposite,
 * infinite. The order of the group is taken to be an odd prime, so no point has y = 0.
 *
 * Formulas: the Explicit-Formulas Database (dbl-2009-l), and Hankerson, Menezes, Vanstone, "Guide to
 * elliptic curve cryptography" (2004), chapter 3. Nothing here hides its timing: no secret passes through. */
#ifndef CRYPTO_JACOBIAN_H
#define CRYPTO_JACOBIAN_H

#include "crypto/folded.h"
#include "crypto/montgomery.h"

enum field_kind {
    FIELD_ROOMY,  /* Montgomery form, p < 2^254 */
    FIELD_FOLDED, /* plain numbers, p just below 2^256 (folded.h) */
    FIELD_FULL,   /* Montgomery form, any odd p */
};

struct curve {
    const struct modulus *p;
    enum field_kind kind;
};

struct jacobian {
    u256 x, y, z;
};
struct affine {
    u256 x, y;
};

#define CURVE_INLINE static inline __attribute__((always_inline))

CURVE_INLINE void field_mul(u256 *r, const u256 *x, const u256 *y, const struct curve *c)
{
    if (c->kind == FIELD_ROOMY)
        modulus_mul_roomy(r, x, y, c->p);
    else if (c->kind == FIELD_FOLDED)
        folded_mul(r, x, y, c->p);
    else
        modulus_mul(r, x, y, c->p);
}

CURVE_INLINE void field_square(u256 *r, const u256 *x, const struct curve *c)
{
    if (c->kind == FIELD_FOLDED)
        folded_square(r, x, c->p);
    else
        field_mul(r, x, x, c);
}

CURVE_INLINE void field_add(u256 *r, const u256 *x, const u256 *y, const struct curve *c)
{
    if (c->kind == FIELD_ROOMY)
        modulus_add_roomy(r, x, y, c->p);
    else
        modulus_add(r, x, y, c->p);
}

CURVE_INLINE void field_double(u256 *r, const u256 *x, const struct curve *c)
{
    field_add(r, x, x, c);
}

CURVE_INLINE void field_sub(u256 *r, const u256 *x, const u256 *y, const struct curve *c)
{
    modulus_sub(r, x, y, c->p);
}

static inline bool jacobian_is_infinite(const struct jacobian *p)
{
    return u256_is_zero(&p->z);
}

CURVE_INLINE struct jacobian jacobian_of(const struct affine *p, const struct curve *c)
{
    return (struct jacobian){p->x, p->y, c->p->one};
}

/* With l = 3 x^2 / 2, half the usual slope, which saves most of the additions:
 * x' = l^2 - 2 x y^2, y' = l (x y^2 - x') - y^4, z' = y z. */
CURVE_INLINE void jacobian_double(struct jacobian *r, const struct jacobian *p, const struct curve *c)
{
    u256 l, yy, xyy, t;
    field_square(&l, &p->x, c);
    field_double(&t, &l, c);
    field_add(&l, &l, &t, c);
    modulus_halve(&l, &l, c->p);
    field_square(&yy, &p->y, c);
    field_mul(&xyy, &p->x, &yy, c);
    field_mul(&r->z, &p->y, &p->z, c);
    field_square(&t, &l, c);
    field_sub(&t, &t, &xyy, c);
    field_sub(&r->x, &t, &xyy, c);
    field_sub(&t, &xyy, &r->x, c);
    field_mul(&t, &t, &l, c);
    field_square(&yy, &yy, c);
    field_sub(&r->y, &t, &yy, c);
}

/* What q differs from p by in x and y, on the scale of p's z. */
CURVE_INLINE void jacobian_differences(u256 *run, u256 *rise, const struct jacobian *p, const struct affine *q,
                                       const struct curve *c)
{
    u256 zz, t;
    field_square(&zz, &p->z, c);
    field_mul(run, &q->x, &zz, c);
    field_sub(run, run, &p->x, c);
    field_mul(&t, &zz, &p->z, c);
    field_mul(&t, &t, &q->y, c);
    field_sub(rise, &t, &p->y, c);
}

/* p + q for finite points with run not 0; the new z is run times that of p. */
CURVE_INLINE void jacobian_add_distinct(struct jacobian *r, const struct jacobian *p, const u256 *run, const u256 *rise,
                                        const struct curve *c)
{
    u256 run2, run3, v, t;
    field_square(&run2, run, c);
    field_mul(&run3, &run2, run, c);
    field_mul(&v, &p->x, &run2, c);
    field_mul(&r->z, &p->z, run, c);
    field_square(&t, rise, c);
    field_sub(&t, &t, &run3, c);
    field_sub(&t, &t, &v, c);
    field_sub(&r->x, &t, &v, c);
    field_sub(&v, &v, &r->x, c);
    field_mul(&v, &v, rise, c);
    field_mul(&run3, &run3, &p->y, c);
    field_sub(&r->y, &v, &run3, c);
}

CURVE_INLINE void jacobian_add_by(struct jacobian *p, const u256 *run, const u256 *rise, const struct curve *c)
{
    if (LIKELY(!u256_is_zero(run)))
        jacobian_add_distinct(p, p, run, rise, c);
    else if (u256_is_zero(rise))
        jacobian_double(p, p, c);
    else
        p->z = (u256){{0}};
}

CURVE_INLINE void jacobian_add(struct jacobian *p, const struct affine *q, const struct curve *c)
{
    if (jacobian_is_infinite(p)) {
        *p = jacobian_of(q, c);
        return;
    }
    u256 run, rise;
    jacobian_differences(&run, &rise, p, q, c);
    jacobian_add_by(p, &run, &rise, c);
}

/* The same where p is on the isomorphic curve on which our points have z = scale, and q is on ours. */
CURVE_INLINE void jacobian_add_scaled(struct jacobian *p, const struct affine *q, const u256 *scale,
                                      const struct curve *c)
{
    u256 run, rise;
    if (jacobian_is_infinite(p)) {
        field_square(&run, scale, c);
        field_mul(&p->x, &q->x, &run, c);
        field_mul(&run, &run, scale, c);
        field_mul(&p->y, &q->y, &run, c);
        p->z = c->p->one;
        return;
    }
    struct jacobian ours = *p;
    field_mul(&ours.z, &p->z, scale, c);
    jacobian_differences(&run, &rise, &ours, q, c);
    jacobian_add_by(p, &run, &rise, c);
}

/* ---- multiples: digits of width 5, for which 8 odd multiples are made of a point ---- */

enum { JACOBIAN_WIDTH = 5,
       JACOBIAN_ODD_MULTIPLES = 1 << (JACOBIAN_WIDTH - 2),
       JACOBIAN_DIGITS_MAX = 257 };

/* p, 3p .. 15p as affine points of an isomorphic curve: over ours, all have the returned z. Additions do not
 * know which of the two curves they are on, since b is not in their formulas. */
CURVE_INLINE void jacobian_odd_multiples(struct affine multiple[JACOBIAN_ODD_MULTIPLES], u256 *z,
                                         const struct affine *p, const struct curve *c)
{
    struct jacobian twice = jacobian_of(p, c);
    jacobian_double(&twice, &twice, c);
    /* on the curve scaled by the z of 2p, 2p is affine */
    const struct affine step = {twice.x, twice.y};
    u256 power, run[JACOBIAN_ODD_MULTIPLES], rise;
    field_square(&power, &twice.z, c);
    field_mul(&multiple[0].x, &p->x, &power, c);
    field_mul(&power, &power, &twice.z, c);
    field_mul(&multiple[0].y, &p->y, &power, c);
    struct jacobian sum = jacobian_of(&multiple[0], c);
    for (unsigned i = 1; i < JACOBIAN_ODD_MULTIPLES; i++) { /* never plus or minus 2p: the order is a large prime */
        jacobian_differences(&run[i], &rise, &sum, &step, c);
        jacobian_add_distinct(&sum, &sum, &run[i], &rise, c);
        multiple[i] = (struct affine){sum.x, sum.y};
    }
    field_mul(z, &sum.z, &twice.z, c);
    u256 scale = c->p->one; /* from the z of each to that of the last */
    for (unsigned i = JACOBIAN_ODD_MULTIPLES - 1; i > 0; i--) {
        field_mul(&scale, &scale, &run[i], c);
        field_square(&power, &scale, c);
        field_mul(&multiple[i - 1].x, &multiple[i - 1].x, &power, c);
        field_mul(&power, &power, &scale, c);
        field_mul(&multiple[i - 1].y, &multiple[i - 1].y, &power, c);
    }
}

/* digit times the point of which these are the odd multiples; digit is not 0. */
CURVE_INLINE struct affine jacobian_multiple(const struct affine *multiple, int digit, const struct curve *c)
{
    struct affine q = multiple[(digit < 0 ? -digit : digit) / 2];
    if (digit < 0)
        modulus_negate(&q.y, &q.y, c->p);
    return q;
}

CURVE_INLINE void jacobian_add_digit(struct jacobian *p, const struct affine *multiple, int digit,
                                     const struct curve *c)
{
    if (digit) {
        const struct affine q = jacobian_multiple(multiple, digit, c);
        jacobian_add(p, &q, c);
    }
}

/* k in non-adjacent form, least significant digit first: 0, or odd and below 2^(width - 1) in magnitude. Returns how
 * many digits there are. k is below 2^256 - 2^width. */
static inline unsigned jacobian_recode(signed char digit[JACOBIAN_DIGITS_MAX], const u256 *k, unsigned width)
{
    u256 left = *k;
    unsigned count = 0;
    while (!u256_is_zero(&left)) {
        const unsigned zeros = left.w[0] ? (unsigned)__builtin_ctzll(left.w[0]) : 63;
        if (zeros) {
            memset(digit + count, 0, zeros);
            count += zeros;
            u256_shr(&left, &left, zeros);
            continue;
        }
        int d = (int)(left.w[0] & ((1u << width) - 1));
        u256 magnitude;
        if (d >> (width - 1)) {
            d -= 1 << width;
            magnitude = u256_from_u64((u64)-d);
            u256_add(&left, &left, &magnitude);
        } else {
            magnitude = u256_from_u64((u64)d);
            u256_sub(&left, &left, &magnitude);
        }
        digit[count] = (signed char)d;
        u256_shr(&left, &left, 1);
        count++;
    }
    return count;
}

#endif
