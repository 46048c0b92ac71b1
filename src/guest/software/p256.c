/* P-256 (FIPS 186-5, SEC 1 4.1.4) over jacobian.h: y^2 = x^3 - 3 x + b. Both multiples are walked together, one bit a
 * step, with G, Q and their sum as affine points (Shamir's trick). Coordinates are in Montgomery form. */
#include "crypto/p256.h"

#include "crypto/inverse.h"
#include "crypto/jacobian.h"

/* The field, p = 2^256 - 2^224 + 2^192 + 2^96 - 1, and the order of the group */
static const struct modulus p256_p = {
    .m = {{0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001}},
    .inverse = 1,
    .one = {{0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}},
    .square = {{0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}},
    .cube = {{0xfffffffd0000000a, 0xffffffedfffffff7, 0x00000005fffffffc, 0x0000001800000001}},
};
static const struct modulus p256_n = {
    .m = {{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}},
    .inverse = 0xccd1c8aaee00bc4f,
    .one = {{0x0c46353d039cdaaf, 0x4319055258e8617b, 0x0000000000000000, 0x00000000ffffffff}},
    .square = {{0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620}},
    .cube = {{0xac8ebec90b65a624, 0x111f28ae0c0555c9, 0x2543b9246ba5e93f, 0x503a54e76407be65}},
};
static const u256 p256_b = {{0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834}};
static const struct affine p256_g = {
    {{0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6}},
    {{0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85}},
};
static const struct curve curve = {.p = &p256_p, .kind = FIELD_FULL};

/* dbl-2001-b of the Explicit-Formulas Database, for a = -3. */
static void double_point(struct jacobian *r, const struct jacobian *p)
{
    u256 delta, gamma, beta, alpha, t, u;
    field_square(&delta, &p->z, &curve);
    field_square(&gamma, &p->y, &curve);
    field_mul(&beta, &p->x, &gamma, &curve);
    field_sub(&t, &p->x, &delta, &curve);
    field_add(&u, &p->x, &delta, &curve);
    field_mul(&t, &t, &u, &curve);
    field_double(&alpha, &t, &curve);
    field_add(&alpha, &alpha, &t, &curve); /* 3 (x - delta) (x + delta) */
    field_add(&t, &p->y, &p->z, &curve);
    field_square(&t, &t, &curve);
    field_sub(&t, &t, &gamma, &curve);
    field_sub(&r->z, &t, &delta, &curve);
    field_double(&beta, &beta, &curve);
    field_double(&beta, &beta, &curve); /* 4 beta */
    field_square(&t, &alpha, &curve);
    field_sub(&t, &t, &beta, &curve);
    field_sub(&r->x, &t, &beta, &curve);
    field_sub(&t, &beta, &r->x, &curve);
    field_mul(&t, &t, &alpha, &curve);
    field_square(&gamma, &gamma, &curve);
    field_double(&gamma, &gamma, &curve);
    field_double(&gamma, &gamma, &curve);
    field_double(&gamma, &gamma, &curve); /* 8 gamma^2 */
    field_sub(&r->y, &t, &gamma, &curve);
}

/* jacobian_add doubles by the formula of a = 0, so equal points are doubled here. */
static void add_point(struct jacobian *p, const struct affine *q)
{
    u256 run, rise;
    if (jacobian_is_infinite(p)) {
        *p = jacobian_of(q, &curve);
        return;
    }
    jacobian_differences(&run, &rise, p, q, &curve);
    if (!u256_is_zero(&run))
        jacobian_add_distinct(p, p, &run, &rise, &curve);
    else if (u256_is_zero(&rise))
        double_point(p, p);
    else
        p->z = (u256){{0}};
}

static void into_montgomery(u256 *r, const u256 *x, const struct modulus *m)
{
    modulus_mul(r, x, &m->square, m);
}

static void invert(u256 *r, const u256 *x, const struct modulus *m) /* both in Montgomery form */
{
    inverse_mod(r, x, &m->m);
    modulus_mul(r, r, &m->cube, m);
}

static struct affine to_affine(const struct jacobian *p)
{
    struct affine r;
    u256 z, power;
    invert(&z, &p->z, &p256_p);
    field_square(&power, &z, &curve);
    field_mul(&r.x, &p->x, &power, &curve);
    field_mul(&power, &power, &z, &curve);
    field_mul(&r.y, &p->y, &power, &curve);
    return r;
}

static bool is_on_curve(const struct affine *q)
{
    u256 left, right, t;
    field_square(&left, &q->y, &curve);
    field_square(&right, &q->x, &curve);
    field_mul(&right, &right, &q->x, &curve);
    field_double(&t, &q->x, &curve);
    field_add(&t, &t, &q->x, &curve);
    field_sub(&right, &right, &t, &curve);
    field_add(&right, &right, &p256_b, &curve);
    return u256_eq(&left, &right);
}

static unsigned bit(const u256 *x, unsigned i)
{
    return x->w[i / 64] >> i % 64 & 1;
}

/* u G + v q */
static struct jacobian sum_of_multiples(const u256 *u, const u256 *v, const struct affine *q)
{
    struct jacobian both = jacobian_of(&p256_g, &curve), sum = {.z = {{0}}};
    add_point(&both, q);
    const bool opposite = jacobian_is_infinite(&both); /* q = -G */
    const struct affine table[3] = {p256_g, *q, opposite ? *q : to_affine(&both)};
    for (unsigned i = 256; i-- > 0;) {
        double_point(&sum, &sum);
        const unsigned which = bit(u, i) | bit(v, i) << 1;
        if (which && !(which == 3 && opposite))
            add_point(&sum, &table[which - 1]);
    }
    return sum;
}

static bool is_p256_scalar(const u256 *x)
{
    return !u256_is_zero(x) && u256_lt(x, &p256_n.m);
}

enum err p256_verify(const hash32 *digest, const hash32 *r_bytes, const hash32 *s_bytes, const hash32 *x,
                     const hash32 *y)
{
    const u256 r = u256_from_hash32(r_bytes), s = u256_from_hash32(s_bytes);
    struct affine q = {u256_from_hash32(x), u256_from_hash32(y)};
    if (!is_p256_scalar(&r) || !is_p256_scalar(&s) || !u256_lt(&q.x, &p256_p.m) || !u256_lt(&q.y, &p256_p.m))
        return REJECT_FIELD;
    into_montgomery(&q.x, &q.x, &p256_p);
    into_montgomery(&q.y, &q.y, &p256_p);
    if (!is_on_curve(&q))
        return REJECT_POINT;

    u256 e = u256_from_hash32(digest), w, u, v, got;
    modulus_reduce_once(&e, &e, 0, &p256_n); /* 2^256 < 2 n */
    inverse_mod(&w, &s, &p256_n.m);
    into_montgomery(&w, &w, &p256_n);
    modulus_mul(&u, &e, &w, &p256_n); /* a number times one in Montgomery form is a number */
    modulus_mul(&v, &r, &w, &p256_n);
    const struct jacobian sum = sum_of_multiples(&u, &v, &q);
    if (jacobian_is_infinite(&sum))
        return REJECT_SIGNATURE;
    static const u256 one = {{1, 0, 0, 0}};
    const struct affine point = to_affine(&sum);
    modulus_mul(&got, &point.x, &one, &p256_p); /* out of Montgomery form */
    modulus_reduce_once(&got, &got, 0, &p256_n);
    return u256_eq(&got, &r) ? OK : REJECT_SIGNATURE;
}
