/* Recovery: Q = (s R - e G) / r, where R is the point with x = r and the given parity of y (SEC 1, 4.1.6).
 *
 * Own code, since senders are recovered more often than anything else is computed: it takes seven tenths of the time of
 * libsecp256k1 0.2, which misses its target (docs/dependencies.md). Both multiples are split in halves (glv.h) and all
 * four are walked together, 129 doublings and about 75 additions; those of G are constants. The walk is on the curve on
 * which the odd multiples of R are affine (jacobian.h). */
#include "crypto/secp256k1.h"

#include "crypto/inverse.h"
#include "crypto/secp256k1_constants.h"

static const struct curve curve = {.p = &secp256k1_p, .kind = FIELD_FOLDED};

static void square_times(u256 *r, const u256 *x, unsigned times)
{
    *r = *x;
    while (times--)
        field_square(r, r, &curve);
}

/* The root if there is one: x^((p + 1) / 4). The exponent is 223 ones, 0, 22 ones, 0000 11 00; the powers below are
 * x^(2^i - 1). */
static bool square_root(u256 *r, const u256 *x)
{
    u256 x2, x3, x6, x11, x22, x44, x88, x176, x220, x223, t;
    square_times(&t, x, 1);
    field_mul(&x2, &t, x, &curve);
    square_times(&t, &x2, 1);
    field_mul(&x3, &t, x, &curve);
    square_times(&t, &x3, 3);
    field_mul(&x6, &t, &x3, &curve);
    square_times(&t, &x6, 3);
    field_mul(&t, &t, &x3, &curve); /* 9 */
    square_times(&t, &t, 2);
    field_mul(&x11, &t, &x2, &curve);
    square_times(&t, &x11, 11);
    field_mul(&x22, &t, &x11, &curve);
    square_times(&t, &x22, 22);
    field_mul(&x44, &t, &x22, &curve);
    square_times(&t, &x44, 44);
    field_mul(&x88, &t, &x44, &curve);
    square_times(&t, &x88, 88);
    field_mul(&x176, &t, &x88, &curve);
    square_times(&t, &x176, 44);
    field_mul(&x220, &t, &x44, &curve);
    square_times(&t, &x220, 3);
    field_mul(&x223, &t, &x3, &curve);
    square_times(&t, &x223, 23);
    field_mul(&t, &t, &x22, &curve);
    square_times(&t, &t, 6);
    field_mul(&t, &t, &x2, &curve);
    square_times(&t, &t, 2);
    u256 square;
    field_square(&square, &t, &curve);
    *r = t;
    return u256_eq(&square, x);
}

/* The point with this x and this parity of y; false when there is none. */
static bool lift(struct affine *out, const u256 *x, unsigned parity)
{
    static const u256 seven = {{7, 0, 0, 0}};
    u256 yy;
    out->x = *x;
    field_square(&yy, x, &curve);
    field_mul(&yy, &yy, x, &curve);
    field_add(&yy, &yy, &seven, &curve);
    if (!square_root(&out->y, &yy))
        return false;
    if ((out->y.w[0] & 1) != parity) /* y is not 0: the order is odd */
        modulus_negate(&out->y, &out->y, &secp256k1_p);
    return true;
}

/* The digits of a half; the sign of the half is that of the digits. */
struct walk {
    signed char digit[JACOBIAN_DIGITS_MAX];
    unsigned count;
};

static void start_sum(struct walk *w, const u256 *k, bool negative, unsigned width)
{
    w->count = jacobian_recode(w->digit, k, width);
    for (unsigned i = 0; i < w->count && negative; i++)
        w->digit[i] = (signed char)-w->digit[i];
}

static int digit_of(const struct walk *w, unsigned i)
{
    return i < w->count ? w->digit[i] : 0;
}

static void add_constant(struct jacobian *p, const struct affine *multiple, int digit, const u256 *scale)
{
    if (digit) {
        const struct affine q = jacobian_multiple(multiple, digit, &curve);
        jacobian_add_scaled(p, &q, scale, &curve);
    }
}

/* k1 G + k2 q */
static struct jacobian sum_of_multiples(const u256 *k1, const u256 *k2, const struct affine *q)
{
    struct walk g1, g2, q1, q2;
    const struct glv_halves g = glv_split(k1, &secp256k1_glv), h = glv_split(k2, &secp256k1_glv);
    start_sum(&g1, &g.k1, g.negative1, SECP256K1_WIDTH);
    start_sum(&g2, &g.k2, g.negative2, SECP256K1_WIDTH);
    start_sum(&q1, &h.k1, h.negative1, JACOBIAN_WIDTH);
    start_sum(&q2, &h.k2, h.negative2, JACOBIAN_WIDTH);

    struct affine multiple[JACOBIAN_ODD_MULTIPLES], image[JACOBIAN_ODD_MULTIPLES];
    u256 z;
    jacobian_odd_multiples(multiple, &z, q, &curve);
    for (unsigned i = 0; i < JACOBIAN_ODD_MULTIPLES; i++) {
        field_mul(&image[i].x, &multiple[i].x, &secp256k1_beta, &curve);
        image[i].y = multiple[i].y;
    }

    unsigned count = g1.count > g2.count ? g1.count : g2.count;
    count = q1.count > count ? q1.count : count;
    count = q2.count > count ? q2.count : count;
    struct jacobian sum = {.z = {{0}}};
    for (unsigned i = count; i-- > 0;) {
        jacobian_double(&sum, &sum, &curve);
        jacobian_add_digit(&sum, multiple, digit_of(&q1, i), &curve);
        jacobian_add_digit(&sum, image, digit_of(&q2, i), &curve);
        add_constant(&sum, secp256k1_multiples, digit_of(&g1, i), &z);
        add_constant(&sum, secp256k1_images, digit_of(&g2, i), &z);
    }
    field_mul(&sum.z, &sum.z, &z, &curve);
    return sum;
}

static void write_key(u8 key[64], const struct jacobian *p)
{
    u256 inverse, power, coordinate;
    inverse_mod(&inverse, &p->z, &secp256k1_p.m);
    field_square(&power, &inverse, &curve);
    field_mul(&coordinate, &p->x, &power, &curve);
    u256_to_be(key, &coordinate);
    field_mul(&power, &power, &inverse, &curve);
    field_mul(&coordinate, &p->y, &power, &curve);
    u256_to_be(key + 32, &coordinate);
}

static bool is_secp256k1_scalar(const u256 *x)
{
    return !u256_is_zero(x) && u256_lt(x, &secp256k1_n.m);
}

enum err secp256k1_recover_key(u8 key[64], const hash32 *digest, const struct signature *sig)
{
    const u256 r = u256_from_hash32(&sig->r), s = u256_from_hash32(&sig->s);
    struct affine point;
    if (sig->y_parity > 1 || !is_secp256k1_scalar(&r) || !is_secp256k1_scalar(&s) || !lift(&point, &r, sig->y_parity))
        return REJECT_SIGNATURE;
    const struct modulus *n = &secp256k1_n;
    u256 e = u256_from_hash32(digest), w, k1, k2;
    modulus_reduce_once(&e, &e, 0, n); /* 2^256 < 2 n */
    inverse_mod(&w, &r, &n->m);
    modulus_mul(&w, &w, &n->square, n); /* a number times one in Montgomery form is a number */
    modulus_mul(&k1, &e, &w, n);
    modulus_negate(&k1, &k1, n);
    modulus_mul(&k2, &s, &w, n);
    const struct jacobian sum = sum_of_multiples(&k1, &k2, &point);
    if (jacobian_is_infinite(&sum))
        return REJECT_SIGNATURE;
    write_key(key, &sum);
    return OK;
}
