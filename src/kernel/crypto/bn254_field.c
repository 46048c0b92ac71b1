#include "crypto/bn254_field.h"

#include "crypto/inverse.h"

void fp_inverse(fp *r, const fp *x)
{
    inverse_mod(r, x, &bn254_p.m);  /* of x R: 1 / (x R) */
    fp_mul(r, r, &bn254_p.cube);    /* R^3 / R / (x R) = R / x */
}

/* ---- Fp2 ---- */

/* Three products instead of four (Karatsuba): x0 y1 + x1 y0 = (x0 + x1)(y0 + y1) - x0 y0 - x1 y1 */
void fp2_mul(struct fp2 *r, const struct fp2 *x, const struct fp2 *y)
{
    fp sum_x, sum_y, product0, product1;
    fp_add(&sum_x, &x->c0, &x->c1);
    fp_add(&sum_y, &y->c0, &y->c1);
    fp_mul(&product0, &x->c0, &y->c0);
    fp_mul(&product1, &x->c1, &y->c1);
    fp_mul(&sum_x, &sum_x, &sum_y);
    fp_sub(&sum_x, &sum_x, &product0);
    fp_sub(&r->c1, &sum_x, &product1);
    fp_sub(&r->c0, &product0, &product1);
}

/* (x0 + x1)(x0 - x1) + 2 x0 x1 i */
void fp2_square(struct fp2 *r, const struct fp2 *x)
{
    fp sum, difference, product;
    fp_add(&sum, &x->c0, &x->c1);
    fp_sub(&difference, &x->c0, &x->c1);
    fp_mul(&product, &x->c0, &x->c1);
    fp_mul(&r->c0, &sum, &difference);
    fp_add(&r->c1, &product, &product);
}

/* 9 x0 - x1 + (9 x1 + x0) i */
/* (9 + i) x */
static void fp2_mul_xi(struct fp2 *r, const struct fp2 *x)
{
    struct fp2 nine;
    fp2_double(&nine, x);
    fp2_double(&nine, &nine);
    fp2_double(&nine, &nine);
    fp2_add(&nine, &nine, x);
    const fp x0 = x->c0;
    fp_sub(&r->c0, &nine.c0, &x->c1);
    fp_add(&r->c1, &nine.c1, &x0);
}

/* conjugate / norm */
static void fp2_inverse(struct fp2 *r, const struct fp2 *x)
{
    fp norm, square;
    fp_square(&norm, &x->c0);
    fp_square(&square, &x->c1);
    fp_add(&norm, &norm, &square);
    fp_inverse(&norm, &norm);
    fp_mul(&r->c0, &x->c0, &norm);
    fp_mul(&norm, &x->c1, &norm);
    fp_negate(&r->c1, &norm);
}

/* ---- Fp6 ---- */

static inline void fp6_add(struct fp6 *r, const struct fp6 *x, const struct fp6 *y)
{
    fp2_add(&r->c0, &x->c0, &y->c0);
    fp2_add(&r->c1, &x->c1, &y->c1);
    fp2_add(&r->c2, &x->c2, &y->c2);
}

static inline void fp6_sub(struct fp6 *r, const struct fp6 *x, const struct fp6 *y)
{
    fp2_sub(&r->c0, &x->c0, &y->c0);
    fp2_sub(&r->c1, &x->c1, &y->c1);
    fp2_sub(&r->c2, &x->c2, &y->c2);
}

static inline void fp6_negate(struct fp6 *r, const struct fp6 *x)
{
    fp2_negate(&r->c0, &x->c0);
    fp2_negate(&r->c1, &x->c1);
    fp2_negate(&r->c2, &x->c2);
}

/* (x0 + x1 v + x2 v^2) v = xi x2 + x0 v + x1 v^2 */
static inline void fp6_mul_v(struct fp6 *r, const struct fp6 *x)
{
    const struct fp6 in = *x;
    fp2_mul_xi(&r->c0, &in.c2);
    r->c1 = in.c0;
    r->c2 = in.c1;
}

/* r = (p + q)(s + t) - u - v: the mixed terms of Karatsuba's products. */
static inline void mixed(struct fp2 *r, const struct fp2 *p, const struct fp2 *q, const struct fp2 *s,
                         const struct fp2 *t, const struct fp2 *u, const struct fp2 *v)
{
    struct fp2 left, right;
    fp2_add(&left, p, q);
    fp2_add(&right, s, t);
    fp2_mul(&left, &left, &right);
    fp2_sub(&left, &left, u);
    fp2_sub(r, &left, v);
}

/* Six products of Fp2 instead of nine. */
static void fp6_mul(struct fp6 *r, const struct fp6 *x, const struct fp6 *y)
{
    struct fp2 p0, p1, p2, m01, m02, m12;
    fp2_mul(&p0, &x->c0, &y->c0);
    fp2_mul(&p1, &x->c1, &y->c1);
    fp2_mul(&p2, &x->c2, &y->c2);
    mixed(&m12, &x->c1, &x->c2, &y->c1, &y->c2, &p1, &p2); /* v^3 */
    mixed(&m01, &x->c0, &x->c1, &y->c0, &y->c1, &p0, &p1); /* v */
    mixed(&m02, &x->c0, &x->c2, &y->c0, &y->c2, &p0, &p2); /* v^2 */
    fp2_mul_xi(&m12, &m12);
    fp2_add(&r->c0, &p0, &m12);
    fp2_add(&r->c2, &m02, &p1);
    fp2_mul_xi(&p2, &p2); /* v^4 */
    fp2_add(&r->c1, &m01, &p2);
}

/* x (b0 + b1 v): five products. */
static void fp6_mul_01(struct fp6 *r, const struct fp6 *x, const struct fp2 *b0, const struct fp2 *b1)
{
    struct fp2 p0, p1, m01, t;
    fp2_mul(&p0, &x->c0, b0);
    fp2_mul(&p1, &x->c1, b1);
    mixed(&m01, &x->c0, &x->c1, b0, b1, &p0, &p1);
    fp2_mul(&t, &x->c2, b0);
    const struct fp2 x2 = x->c2;
    fp2_add(&r->c2, &t, &p1);
    fp2_mul(&t, &x2, b1);
    fp2_mul_xi(&t, &t);
    fp2_add(&r->c0, &p0, &t);
    r->c1 = m01;
}

/* Norms down to Fp2: with t0 = x0^2 - xi x1 x2, t1 = xi x2^2 - x0 x1, t2 = x1^2 - x0 x2,
 * x (t0 + t1 v + t2 v^2) = x0 t0 + xi (x2 t1 + x1 t2). */
static void fp6_inverse(struct fp6 *r, const struct fp6 *x)
{
    struct fp2 t0, t1, t2, s, norm;
    fp2_mul(&s, &x->c1, &x->c2);
    fp2_mul_xi(&s, &s);
    fp2_square(&t0, &x->c0);
    fp2_sub(&t0, &t0, &s);
    fp2_square(&t1, &x->c2);
    fp2_mul_xi(&t1, &t1);
    fp2_mul(&s, &x->c0, &x->c1);
    fp2_sub(&t1, &t1, &s);
    fp2_square(&t2, &x->c1);
    fp2_mul(&s, &x->c0, &x->c2);
    fp2_sub(&t2, &t2, &s);
    fp2_mul(&norm, &x->c2, &t1);
    fp2_mul(&s, &x->c1, &t2);
    fp2_add(&norm, &norm, &s);
    fp2_mul_xi(&norm, &norm);
    fp2_mul(&s, &x->c0, &t0);
    fp2_add(&norm, &norm, &s);
    fp2_inverse(&norm, &norm);
    fp2_mul(&r->c0, &t0, &norm);
    fp2_mul(&r->c1, &t1, &norm);
    fp2_mul(&r->c2, &t2, &norm);
}

/* ---- Fp12 ---- */

void fp12_one(struct fp12 *r)
{
    memset(r, 0, sizeof *r);
    r->c0.c0.c0 = bn254_p.one;
}

bool fp12_is_one(const struct fp12 *x)
{
    struct fp12 one;
    fp12_one(&one);
    return memcmp(x, &one, sizeof one) == 0;
}

void fp12_mul(struct fp12 *r, const struct fp12 *x, const struct fp12 *y)
{
    struct fp6 p0, p1, sum_x, sum_y;
    fp6_mul(&p0, &x->c0, &y->c0);
    fp6_mul(&p1, &x->c1, &y->c1);
    fp6_add(&sum_x, &x->c0, &x->c1);
    fp6_add(&sum_y, &y->c0, &y->c1);
    fp6_mul(&sum_x, &sum_x, &sum_y);
    fp6_sub(&sum_x, &sum_x, &p0);
    fp6_sub(&r->c1, &sum_x, &p1);
    fp6_mul_v(&p1, &p1);
    fp6_add(&r->c0, &p0, &p1);
}

/* (x0 + x1)(x0 + v x1) - x0 x1 - v x0 x1 + 2 x0 x1 w */
void fp12_square(struct fp12 *r, const struct fp12 *x)
{
    struct fp6 product, sum, other;
    fp6_mul(&product, &x->c0, &x->c1);
    fp6_add(&sum, &x->c0, &x->c1);
    fp6_mul_v(&other, &x->c1);
    fp6_add(&other, &other, &x->c0);
    fp6_mul(&sum, &sum, &other);
    fp6_sub(&sum, &sum, &product);
    fp6_mul_v(&other, &product);
    fp6_sub(&r->c0, &sum, &other);
    fp6_add(&r->c1, &product, &product);
}

void fp12_mul_line(struct fp12 *r, const struct fp12 *x, const struct fp2 *a, const struct fp2 *b, const struct fp2 *c)
{
    struct fp6 p0, p1, sum;
    struct fp2 ab;
    fp2_mul(&p0.c0, &x->c0.c0, a);
    fp2_mul(&p0.c1, &x->c0.c1, a);
    fp2_mul(&p0.c2, &x->c0.c2, a);
    fp6_mul_01(&p1, &x->c1, b, c);
    fp6_add(&sum, &x->c0, &x->c1);
    fp2_add(&ab, a, b);
    fp6_mul_01(&sum, &sum, &ab, c);
    fp6_sub(&sum, &sum, &p0);
    fp6_sub(&r->c1, &sum, &p1);
    fp6_mul_v(&p1, &p1);
    fp6_add(&r->c0, &p0, &p1);
}

/* (x0 - x1 w) / (x0^2 - v x1^2) */
void fp12_inverse(struct fp12 *r, const struct fp12 *x)
{
    struct fp6 norm, square;
    fp6_mul(&norm, &x->c0, &x->c0);
    fp6_mul(&square, &x->c1, &x->c1);
    fp6_mul_v(&square, &square);
    fp6_sub(&norm, &norm, &square);
    fp6_inverse(&norm, &norm);
    fp6_mul(&r->c0, &x->c0, &norm);
    fp6_mul(&norm, &x->c1, &norm);
    fp6_negate(&r->c1, &norm);
}

void fp12_conjugate(struct fp12 *r, const struct fp12 *x)
{
    r->c0 = x->c0;
    fp6_negate(&r->c1, &x->c1);
}

/* The coefficient of w^i is conjugated for odd powers, and multiplied by w^(i (p^power - 1)). */
void fp12_frobenius(struct fp12 *r, const struct fp12 *x, unsigned power)
{
    const struct fp2 *from[6] = {&x->c0.c0, &x->c1.c0, &x->c0.c1, &x->c1.c1, &x->c0.c2, &x->c1.c2};
    struct fp2 *to[6] = {&r->c0.c0, &r->c1.c0, &r->c0.c1, &r->c1.c1, &r->c0.c2, &r->c1.c2};
    for (unsigned i = 0; i < 6; i++) {
        if (power == 2)
            *to[i] = *from[i];
        else
            fp2_conjugate(to[i], from[i]);
        if (i > 0 && power == 2)
            fp2_scale(to[i], to[i], &frobenius2[i - 1]);
        else if (i > 0)
            fp2_mul(to[i], to[i], power == 1 ? &frobenius1[i - 1] : &frobenius3[i - 1]);
    }
}

/* (x + y s)^2 = square + mixed s in Fp4 = Fp2[s] / (s^2 - xi) */
static inline void fp4_square(struct fp2 *square, struct fp2 *twice_product, const struct fp2 *x, const struct fp2 *y)
{
    struct fp2 xx, yy, sum;
    fp2_square(&xx, x);
    fp2_square(&yy, y);
    fp2_add(&sum, x, y);
    fp2_square(&sum, &sum);
    fp2_sub(&sum, &sum, &xx);
    fp2_sub(twice_product, &sum, &yy);
    fp2_mul_xi(&yy, &yy);
    fp2_add(square, &xx, &yy);
}

/* 3 t - 2 x and 3 t + 2 x */
static inline void triple_minus_double(struct fp2 *r, const struct fp2 *t, const struct fp2 *x)
{
    struct fp2 d;
    fp2_sub(&d, t, x);
    fp2_double(&d, &d);
    fp2_add(r, &d, t);
}

static inline void triple_plus_double(struct fp2 *r, const struct fp2 *t, const struct fp2 *x)
{
    struct fp2 s;
    fp2_add(&s, t, x);
    fp2_double(&s, &s);
    fp2_add(r, &s, t);
}

void fp12_square_cyclotomic(struct fp12 *r, const struct fp12 *x)
{
    /* Fp12 as a cubic extension of Fp4, s = w^3: the three elements are (1, s), (w^2, w^5), (w, w^4) */
    struct fp2 s0, t0, s1, t1, s2, t2;
    fp4_square(&s0, &t0, &x->c0.c0, &x->c1.c1);
    fp4_square(&s1, &t1, &x->c1.c0, &x->c0.c2);
    fp4_square(&s2, &t2, &x->c0.c1, &x->c1.c2);
    fp2_mul_xi(&t2, &t2);
    triple_minus_double(&r->c0.c0, &s0, &x->c0.c0);
    triple_plus_double(&r->c1.c1, &t0, &x->c1.c1);
    triple_plus_double(&r->c1.c0, &t2, &x->c1.c0);
    triple_minus_double(&r->c0.c2, &s2, &x->c0.c2);
    triple_minus_double(&r->c0.c1, &s1, &x->c0.c1);
    triple_plus_double(&r->c1.c2, &t1, &x->c1.c2);
}
