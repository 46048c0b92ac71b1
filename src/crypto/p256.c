#include "crypto/p256.h"

#include "crypto/inverse.h"
#include "crypto/p256_constants.h"

static const struct curve curve = {.p = &p256_p, .a_is_minus_3 = true};

static void to_montgomery(u256 *x, const struct modulus *m)
{
    modulus_mul(x, x, &m->square, m);
}

static bool is_scalar(const u256 *x)
{
    return !u256_is_zero(x) && u256_lt(x, &p256_n.m);
}

/* y^2 = x^3 - 3 x + b */
static bool is_on_curve(const struct affine *p)
{
    u256 left, right, triple;
    field_square(&left, &p->y, &curve);
    field_square(&right, &p->x, &curve);
    field_mul(&right, &right, &p->x, &curve);
    field_double(&triple, &p->x, &curve);
    field_add(&triple, &triple, &p->x, &curve);
    field_sub(&right, &right, &triple, &curve);
    field_add(&right, &right, &p256_b, &curve);
    return u256_eq(&left, &right);
}

/* The odd multiples of q on our curve: a doubling knows a, which the isomorphic one has not in common. */
static void odd_multiples(struct affine multiple[JACOBIAN_ODD_MULTIPLES], const struct affine *q)
{
    u256 z, square, cube;
    jacobian_odd_multiples(multiple, &z, q, &curve);
    inverse_mod(&z, &z, &p256_p.m);
    field_mul(&z, &z, &p256_p.cube, &curve);
    field_square(&square, &z, &curve);
    field_mul(&cube, &square, &z, &curve);
    for (unsigned i = 0; i < JACOBIAN_ODD_MULTIPLES; i++) {
        field_mul(&multiple[i].x, &multiple[i].x, &square, &curve);
        field_mul(&multiple[i].y, &multiple[i].y, &cube, &curve);
    }
}

/* k1 G + k2 q */
static struct jacobian sum_of_multiples(const u256 *k1, const u256 *k2, const struct affine *q)
{
    struct affine multiple[JACOBIAN_ODD_MULTIPLES];
    signed char digit1[JACOBIAN_DIGITS_MAX], digit2[JACOBIAN_DIGITS_MAX];
    odd_multiples(multiple, q);
    const unsigned count1 = jacobian_recode(digit1, k1, P256_WIDTH),
                   count2 = jacobian_recode(digit2, k2, JACOBIAN_WIDTH);
    struct jacobian sum = {.z = {{0}}};
    for (unsigned i = count1 > count2 ? count1 : count2; i-- > 0;) {
        jacobian_double(&sum, &sum, &curve);
        jacobian_add_digit(&sum, p256_multiples, i < count1 ? digit1[i] : 0, &curve);
        jacobian_add_digit(&sum, multiple, i < count2 ? digit2[i] : 0, &curve);
    }
    return sum;
}

/* Is x the x of a finite p? Without division: x z^2. */
static bool has_x(const struct jacobian *p, const u256 *x)
{
    u256 scaled = *x, zz;
    to_montgomery(&scaled, &p256_p);
    field_square(&zz, &p->z, &curve);
    field_mul(&scaled, &scaled, &zz, &curve);
    return u256_eq(&scaled, &p->x);
}

enum err p256_verify(const hash32 *digest, const hash32 *r_bytes, const hash32 *s_bytes, const hash32 *x,
                     const hash32 *y)
{
    const u256 r = u256_from_hash32(r_bytes), s = u256_from_hash32(s_bytes);
    struct affine q = {u256_from_hash32(x), u256_from_hash32(y)};
    if (!is_scalar(&r) || !is_scalar(&s) || !u256_lt(&q.x, &p256_p.m) || !u256_lt(&q.y, &p256_p.m))
        return REJECT_FIELD;
    to_montgomery(&q.x, &p256_p);
    to_montgomery(&q.y, &p256_p);
    if (!is_on_curve(&q)) /* (0, 0) is not, nor is any way of writing infinity */
        return REJECT_POINT;

    u256 e = u256_from_hash32(digest), w, u1, u2;
    modulus_reduce_once(&e, &e, 0, &p256_n); /* 2^256 < 2 n */
    inverse_mod(&w, &s, &p256_n.m);
    to_montgomery(&w, &p256_n); /* a number times one in Montgomery form is a number */
    modulus_mul(&u1, &e, &w, &p256_n);
    modulus_mul(&u2, &r, &w, &p256_n);
    const struct jacobian sum = sum_of_multiples(&u1, &u2, &q);
    if (jacobian_is_infinite(&sum))
        return REJECT_SIGNATURE;
    if (has_x(&sum, &r))
        return OK;
    u256 higher; /* x may lie between n and p */
    if (!u256_add(&higher, &r, &p256_n.m) && u256_lt(&higher, &p256_p.m) && has_x(&sum, &higher))
        return OK;
    return REJECT_SIGNATURE;
}
