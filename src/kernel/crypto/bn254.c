#include "crypto/bn254.h"

#include "crypto/bn254_curve.h"
#include "crypto/jacobian.h"

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
 * k P = k1 P + k2 phi(P) with halves of 127 bits (glv.h), both walked together in
 * non-adjacent form of width 5: 127 doublings and about 43 additions. The table of odd multiples lies on an
 * isomorphic curve; since the doubling of a curve with a = 0 does not contain b, the whole walk does, and
 * its z is put back at the end. */

static const struct curve curve = {.p = &bn254_p, .kind = FIELD_ROOMY};

static void multiply(struct g1 *r, const struct g1 *p, const u256 *k)
{
    u256 z;
    signed char digit1[JACOBIAN_DIGITS_MAX], digit2[JACOBIAN_DIGITS_MAX];
    const struct glv_halves half = glv_split(k, &bn254_glv);
    const unsigned count1 = jacobian_recode(digit1, &half.k1, JACOBIAN_WIDTH),
                   count2 = jacobian_recode(digit2, &half.k2, JACOBIAN_WIDTH);

    struct affine multiple[JACOBIAN_ODD_MULTIPLES], image[JACOBIAN_ODD_MULTIPLES];
    jacobian_odd_multiples(multiple, &z, &(struct affine){p->x, p->y}, &curve);
    for (unsigned i = 0; i < JACOBIAN_ODD_MULTIPLES; i++) {
        fp_mul(&image[i].x, &multiple[i].x, &glv_beta);
        image[i].y = multiple[i].y;
        if (half.negative2)
            fp_negate(&image[i].y, &image[i].y);
        if (half.negative1)
            fp_negate(&multiple[i].y, &multiple[i].y);
    }

    struct jacobian sum = {.z = {{0}}};
    for (unsigned i = count1 > count2 ? count1 : count2; i-- > 0;) {
        jacobian_double(&sum, &sum, &curve); /* of infinity: infinity */
        jacobian_add_digit(&sum, multiple, i < count1 ? digit1[i] : 0, &curve);
        jacobian_add_digit(&sum, image, i < count2 ? digit2[i] : 0, &curve);
    }
    fp_mul(&sum.z, &sum.z, &z);

    r->infinite = jacobian_is_infinite(&sum);
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
