#include "crypto/bn254.h"

#include "crypto/bn254_curve.h"

/* ---- encoding ---- */

static enum err fp_read(fp *out, const u8 in[32])
{
    const u256 x = u256_from_be(in);
    if (!u256_lt(&x, &bn254_p.m))
        return REJECT_FIELD;
    fp_mul(out, &x, &bn254_p.square);
    return OK;
}

static void fp_write(u8 out[32], const fp *x)
{
    static const u256 one = {{1, 0, 0, 0}};
    u256 number;
    fp_mul(&number, x, &one);
    u256_to_be(out, &number);
}

enum err g1_read(struct g1 *out, const u8 in[64])
{
    TRY(fp_read(&out->x, in));
    TRY(fp_read(&out->y, in + 32));
    out->infinite = u256_is_zero(&out->x) && u256_is_zero(&out->y);
    if (out->infinite)
        return OK;
    fp left, right;
    fp_square(&left, &out->y);
    fp_square(&right, &out->x);
    fp_mul(&right, &right, &out->x);
    fp_add(&right, &right, &fp_three);
    return u256_eq(&left, &right) ? OK : REJECT_POINT;
}

enum err g2_read(struct g2 *out, const u8 in[128])
{
    TRY(fp_read(&out->x.c1, in));
    TRY(fp_read(&out->x.c0, in + 32));
    TRY(fp_read(&out->y.c1, in + 64));
    TRY(fp_read(&out->y.c0, in + 96));
    out->infinite = fp2_is_zero(&out->x) && fp2_is_zero(&out->y);
    if (out->infinite)
        return OK;
    struct fp2 left, right;
    fp2_square(&left, &out->y);
    fp2_square(&right, &out->x);
    fp2_mul(&right, &right, &out->x);
    fp2_add(&right, &right, &twist_b);
    return fp2_eq(&left, &right) ? OK : REJECT_POINT;
}

static void g1_write(u8 out[64], const struct g1 *p)
{
    if (p->infinite) {
        memset(out, 0, 64);
        return;
    }
    fp_write(out, &p->x);
    fp_write(out + 32, &p->y);
}

/* ---- sum of two ---- */

enum err bn254_add(u8 out[BN254_G1_BYTES], const u8 points[2 * BN254_G1_BYTES])
{
    struct g1 p, q, sum = {.infinite = false};
    TRY(g1_read(&p, points));
    TRY(g1_read(&q, points + BN254_G1_BYTES));
    if (p.infinite || q.infinite) {
        g1_write(out, p.infinite ? &q : &p);
        return OK;
    }
    fp rise, run; /* of the line through both, or of the tangent */
    fp_sub(&rise, &q.y, &p.y);
    fp_sub(&run, &q.x, &p.x);
    if (u256_is_zero(&run)) {
        if (!u256_is_zero(&rise)) { /* q = -p; y is never 0, since the order is odd */
            memset(out, 0, BN254_G1_BYTES);
            return OK;
        }
        fp_square(&rise, &p.x);
        fp_mul(&rise, &rise, &fp_three);
        fp_add(&run, &p.y, &p.y);
    }
    fp slope;
    fp_inverse(&run, &run);
    fp_mul(&slope, &rise, &run);
    fp_square(&sum.x, &slope);
    fp_sub(&sum.x, &sum.x, &p.x);
    fp_sub(&sum.x, &sum.x, &q.x);
    fp_sub(&sum.y, &p.x, &sum.x);
    fp_mul(&sum.y, &sum.y, &slope);
    fp_sub(&sum.y, &sum.y, &p.y);
    g1_write(out, &sum);
    return OK;
}

/* ---- multiples ----
 *
 * k P = k1 P + k2 phi(P) with halves of 127 bits (GLV, see tools/bn254_constants.mjs), both walked together in
 * non-adjacent form of width 5, so there are 127 doublings and about 43 additions. The table of
 * odd multiples is affine without an inversion: it lies on an isomorphic curve y^2 = x^3 + 3 z^6, whose z is put
 * back at the end. The formulas of doubling and addition do not contain the 3. */

struct jacobian {
    fp x, y, z; /* (x / z^2, y / z^3); infinity has z = 0 */
};

static bool is_infinite(const struct jacobian *p)
{
    return u256_is_zero(&p->z);
}

/* dbl-2009-l of the Explicit-Formulas Database: 2 products, 5 squares */
static void double_point(struct jacobian *r, const struct jacobian *p)
{
    fp xx, yy, yyyy, d, e, t;
    fp_square(&xx, &p->x);
    fp_square(&yy, &p->y);
    fp_square(&yyyy, &yy);
    fp_add(&d, &p->x, &yy);
    fp_square(&d, &d);
    fp_sub(&d, &d, &xx);
    fp_sub(&d, &d, &yyyy);
    fp_add(&d, &d, &d); /* 4 x y^2 */
    fp_add(&e, &xx, &xx);
    fp_add(&e, &e, &xx);
    fp_mul(&t, &p->y, &p->z);
    fp_add(&r->z, &t, &t);
    fp_square(&t, &e);
    fp_sub(&t, &t, &d);
    fp_sub(&r->x, &t, &d);
    fp_sub(&d, &d, &r->x);
    fp_mul(&d, &d, &e);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_sub(&r->y, &d, &yyyy);
}

/* r = p + (x, y); the new z is *ratio times that of p. Neither the same point nor opposites. */
static void add_distinct(struct jacobian *r, const struct jacobian *p, const fp *h, const fp *rise, fp *ratio)
{
    fp hh, hhh, v, t;
    fp_square(&hh, h);
    fp_mul(&hhh, &hh, h);
    fp_mul(&v, &p->x, &hh);
    *ratio = *h;
    fp_mul(&r->z, &p->z, h);
    fp_square(&t, rise);
    fp_sub(&t, &t, &hhh);
    fp_sub(&t, &t, &v);
    fp_sub(&r->x, &t, &v);
    fp_sub(&v, &v, &r->x);
    fp_mul(&v, &v, rise);
    fp_mul(&hhh, &hhh, &p->y);
    fp_sub(&r->y, &v, &hhh);
}

/* What (x, y) differs from p in x and y, on the scale of p's z. */
static void differences(fp *h, fp *rise, const struct jacobian *p, const fp *x, const fp *y)
{
    fp zz, t;
    fp_square(&zz, &p->z);
    fp_mul(h, x, &zz);
    fp_sub(h, h, &p->x);
    fp_mul(&t, &zz, &p->z);
    fp_mul(&t, &t, y);
    fp_sub(rise, &t, &p->y);
}

static void add_affine(struct jacobian *p, const fp *x, const fp *y)
{
    if (is_infinite(p)) {
        *p = (struct jacobian){*x, *y, bn254_p.one};
        return;
    }
    fp h, rise, ratio;
    differences(&h, &rise, p, x, y);
    if (!u256_is_zero(&h))
        add_distinct(p, p, &h, &rise, &ratio);
    else if (u256_is_zero(&rise))
        double_point(p, p);
    else
        *p = (struct jacobian){.z = {{0}}};
}

enum { WIDTH = 5,
       ODD_MULTIPLES = 1 << (WIDTH - 2),
       DIGITS_MAX = 129 };

/* 1, 3, 5 .. 15 times p on the curve whose points have the returned z on ours. */
static void odd_multiples(fp x[ODD_MULTIPLES], fp y[ODD_MULTIPLES], fp *z, const struct g1 *p)
{
    struct jacobian twice = {p->x, p->y, bn254_p.one};
    double_point(&twice, &twice);
    /* scaled by the z of 2p, 2p is affine, and p is */
    fp zz, h, rise, ratio[ODD_MULTIPLES];
    fp_square(&zz, &twice.z);
    fp_mul(&x[0], &p->x, &zz);
    fp_mul(&zz, &zz, &twice.z);
    fp_mul(&y[0], &p->y, &zz);
    struct jacobian multiple = {x[0], y[0], bn254_p.one};
    for (unsigned i = 1; i < ODD_MULTIPLES; i++) { /* never 2p again: the order is a large prime */
        differences(&h, &rise, &multiple, &twice.x, &twice.y);
        add_distinct(&multiple, &multiple, &h, &rise, &ratio[i]);
        x[i] = multiple.x;
        y[i] = multiple.y;
    }
    fp_mul(z, &multiple.z, &twice.z);
    fp scale = bn254_p.one; /* from the z of each to the last one's */
    for (unsigned i = ODD_MULTIPLES - 1; i > 0; i--) {
        fp_mul(&scale, &scale, &ratio[i]);
        fp_square(&zz, &scale);
        fp_mul(&x[i - 1], &x[i - 1], &zz);
        fp_mul(&zz, &zz, &scale);
        fp_mul(&y[i - 1], &y[i - 1], &zz);
    }
}

/* The upper 256 bits of x y. */
static u256 high_product(const u256 *x, const u256 *y)
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

static void split_scalar(u256 *k1, u256 *k2, const u256 *k)
{
    const u256 c1 = high_product(k, &glv_g1), c2 = high_product(k, &glv_g2);
    u256 t;
    u256_mul(&t, &c1, &glv_a1);
    u256_sub(k1, k, &t);
    u256_mul(&t, &c2, &glv_a2);
    u256_sub(k1, k1, &t);
    u256_mul(k2, &c1, &glv_b1);
    u256_mul(&t, &c2, &glv_b2);
    u256_sub(k2, k2, &t);
}

/* Digits of a signed k below 2^128, least significant first: odd and below 16 in magnitude, or 0. Returns their number. */
static unsigned recode(signed char digit[DIGITS_MAX], const u256 *k)
{
    static const u256 zero;
    const bool negative = k->w[3] >> 63;
    u256 left = *k;
    if (negative)
        u256_sub(&left, &zero, k);
    unsigned count = 0;
    while (!u256_is_zero(&left)) {
        int d = 0;
        if (left.w[0] & 1) {
            d = (int)(left.w[0] % (1 << WIDTH));
            if (d >= 1 << (WIDTH - 1))
                d -= 1 << WIDTH;
            const u256 magnitude = u256_from_u64((u64)(d < 0 ? -d : d));
            if (d < 0)
                u256_add(&left, &left, &magnitude);
            else
                u256_sub(&left, &left, &magnitude);
        }
        digit[count++] = (signed char)(negative ? -d : d);
        u256_shr(&left, &left, 1);
    }
    return count;
}

static void add_multiple(struct jacobian *p, const fp x[ODD_MULTIPLES], const fp y[ODD_MULTIPLES], int digit)
{
    if (digit > 0) {
        add_affine(p, &x[digit / 2], &y[digit / 2]);
    } else if (digit < 0) {
        fp negated;
        fp_negate(&negated, &y[-digit / 2]);
        add_affine(p, &x[-digit / 2], &negated);
    }
}

static void multiply(struct g1 *r, const struct g1 *p, const u256 *k)
{
    u256 k1, k2;
    signed char digit1[DIGITS_MAX], digit2[DIGITS_MAX];
    split_scalar(&k1, &k2, k);
    const unsigned count1 = recode(digit1, &k1), count2 = recode(digit2, &k2);

    fp x[ODD_MULTIPLES], y[ODD_MULTIPLES], phi_x[ODD_MULTIPLES], z;
    odd_multiples(x, y, &z, p);
    for (unsigned i = 0; i < ODD_MULTIPLES; i++)
        fp_mul(&phi_x[i], &x[i], &glv_beta);

    struct jacobian sum = {.z = {{0}}};
    for (unsigned i = count1 > count2 ? count1 : count2; i-- > 0;) {
        if (!is_infinite(&sum))
            double_point(&sum, &sum);
        add_multiple(&sum, x, y, i < count1 ? digit1[i] : 0);
        add_multiple(&sum, phi_x, y, i < count2 ? digit2[i] : 0);
    }
    fp_mul(&sum.z, &sum.z, &z);

    r->infinite = is_infinite(&sum);
    fp inverse, square;
    fp_inverse(&inverse, &sum.z);
    fp_square(&square, &inverse);
    fp_mul(&r->x, &sum.x, &square);
    fp_mul(&square, &square, &inverse);
    fp_mul(&r->y, &sum.y, &square);
}

enum err bn254_mul(u8 out[BN254_G1_BYTES], const u8 point[BN254_G1_BYTES], const u8 scalar[32])
{
    struct g1 p, product = {.infinite = true};
    TRY(g1_read(&p, point));
    u256 k = u256_from_be(scalar);
    while (!u256_lt(&k, &bn254_order)) /* at most 5 times */
        u256_sub(&k, &k, &bn254_order);
    if (!p.infinite && !u256_is_zero(&k))
        multiply(&product, &p, &k);
    g1_write(out, &product);
    return OK;
}
