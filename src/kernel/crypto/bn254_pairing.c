/* The optimal ate pairing (Vercauteren 2010) on bn254, for a product of many.
 *
 *   f = product of f_i, where f_i takes up one line through multiples of Q_i, evaluated at P_i, in each step of a walk
 * to (6u + 2) Q_i + psi(Q_i) - psi^2(Q_i); all pairs share the squarings of f e = f^((p^12 - 1) / r), once
 *
 * The line through points of the twist, brought to the curve, is a + b w + c w^3. Where factors from Fp2 are
 * missing or superfluous, the final exponentiation takes them away.
 *
 * Subgroup: on it, and nowhere else on the twist, the walk ends in -psi^3(Q) (proved in tools/bn254_constants.mjs),
 * so the check comes with the pairing. A walk that meets the infinite point on its way, which no point of the
 * subgroup does, stays at z = 0. */
#include "crypto/bn254.h"

#include "crypto/bn254_curve.h"

struct walk {
    struct fp2 x, y, z;    /* the multiple of q so far, at (x / z, y / z) */
    struct fp2 qx, qy;
    fp px, triple_px, minus_py;
    bool silent;           /* p is infinite: its factor is one, only q is checked */
};

struct line {
    struct fp2 a, b, c;
};

static void set_line(struct line *l, const struct walk *w, const struct fp2 *by_minus_py, const struct fp2 *by_px,
                     const fp *px, const struct fp2 *constant)
{
    fp2_scale(&l->a, by_minus_py, &w->minus_py);
    fp2_scale(&l->b, by_px, px);
    l->c = *constant;
}

/* Doubles, with the tangent. Costello, Lange and Naehrig, "Faster pairing computations on curves with high-degree
 * twists" (2010), section 5. */
static void walk_double(struct walk *w, struct line *l)
{
    struct fp2 half_xy, yy, zz, bzz3, nine_bzz, sum, yz2, constant, xx, t;
    fp2_mul(&half_xy, &w->x, &w->y);
    fp2_halve(&half_xy, &half_xy);
    fp2_square(&yy, &w->y);
    fp2_square(&zz, &w->z);
    fp2_double(&t, &zz);
    fp2_add(&t, &t, &zz);
    fp2_mul(&bzz3, &t, &twist_b);    /* 3 b z^2 */
    fp2_double(&nine_bzz, &bzz3);
    fp2_add(&nine_bzz, &nine_bzz, &bzz3);
    fp2_add(&yz2, &w->y, &w->z);
    fp2_square(&yz2, &yz2);
    fp2_add(&t, &yy, &zz);
    fp2_sub(&yz2, &yz2, &t);         /* 2 y z */
    fp2_sub(&constant, &bzz3, &yy);
    fp2_square(&xx, &w->x);
    set_line(l, w, &yz2, &xx, &w->triple_px, &constant);

    fp2_sub(&t, &yy, &nine_bzz);
    fp2_mul(&w->x, &half_xy, &t);
    fp2_add(&sum, &yy, &nine_bzz);
    fp2_halve(&sum, &sum);
    fp2_square(&sum, &sum);
    fp2_square(&bzz3, &bzz3);
    fp2_double(&t, &bzz3);
    fp2_add(&t, &t, &bzz3);
    fp2_sub(&w->y, &sum, &t);
    fp2_mul(&w->z, &yy, &yz2);
}

/* Adds (qx, qy), with the line through both. */
static void walk_add(struct walk *w, struct line *l, const struct fp2 *qx, const struct fp2 *qy)
{
    struct fp2 rise, run, run2, run3, t, v, constant;
    fp2_mul(&t, qy, &w->z);
    fp2_sub(&rise, &w->y, &t);
    fp2_mul(&t, qx, &w->z);
    fp2_sub(&run, &w->x, &t);
    fp2_mul(&constant, &run, qy);
    fp2_mul(&t, &rise, qx);
    fp2_sub(&constant, &constant, &t);
    set_line(l, w, &run, &rise, &w->px, &constant);

    fp2_square(&run2, &run);
    fp2_mul(&run3, &run2, &run);
    fp2_mul(&v, &w->x, &run2);
    fp2_square(&t, &rise);
    fp2_mul(&t, &t, &w->z);
    fp2_add(&t, &t, &run3);
    fp2_sub(&t, &t, &v);
    fp2_sub(&t, &t, &v);
    fp2_mul(&w->x, &run, &t);
    fp2_sub(&t, &v, &t);
    fp2_mul(&t, &t, &rise);
    fp2_mul(&w->y, &w->y, &run3);
    fp2_sub(&w->y, &t, &w->y);
    fp2_mul(&w->z, &w->z, &run3);
}

/* psi^power(x, y), power 1 or 3 */
static void endomorphism(struct fp2 *x, struct fp2 *y, const struct walk *w, unsigned power)
{
    const struct fp2 *gamma = power == 1 ? frobenius1 : frobenius3;
    fp2_conjugate(x, &w->qx);
    fp2_mul(x, x, &gamma[1]);
    fp2_conjugate(y, &w->qy);
    fp2_mul(y, y, &gamma[2]);
}

static void multiply_by(struct fp12 *f, const struct walk *w, const struct line *l)
{
    if (!w->silent)
        fp12_mul_line(f, f, &l->a, &l->b, &l->c);
}

static void miller_loop(struct fp12 *f, struct walk *walk, size_t count)
{
    struct line l;
    struct fp2 x, y;
    fp12_one(f);
    for (size_t d = 1; d < sizeof ate_digits; d++) { /* the first digit is where the walks start: q */
        if (d > 1)
            fp12_square(f, f);
        for (size_t i = 0; i < count; i++) {
            walk_double(&walk[i], &l);
            multiply_by(f, &walk[i], &l);
            if (ate_digits[d] == 0)
                continue;
            y = walk[i].qy;
            if (ate_digits[d] < 0)
                fp2_negate(&y, &y);
            walk_add(&walk[i], &l, &walk[i].qx, &y);
            multiply_by(f, &walk[i], &l);
        }
    }
    for (size_t i = 0; i < count; i++) {
        endomorphism(&x, &y, &walk[i], 1);
        walk_add(&walk[i], &l, &x, &y);
        multiply_by(f, &walk[i], &l);
        fp2_scale(&x, &walk[i].qx, &frobenius2[1]);
        walk_add(&walk[i], &l, &x, &walk[i].qy); /* psi^2 negates y, and minus psi^2 does not */
        multiply_by(f, &walk[i], &l);
    }
}

/* Did the walk end in -psi^3(q)? */
static bool in_subgroup(const struct walk *w)
{
    struct fp2 x, y;
    endomorphism(&x, &y, w, 3);
    fp2_negate(&y, &y);
    fp2_mul(&x, &x, &w->z);
    fp2_mul(&y, &y, &w->z);
    return !fp2_is_zero(&w->z) && fp2_eq(&x, &w->x) && fp2_eq(&y, &w->y);
}

/* x^u for x in the cyclotomic subgroup, where inverses are conjugates. */
static void power_u(struct fp12 *r, const struct fp12 *x)
{
    struct fp12 inverse, result = *x;
    fp12_conjugate(&inverse, x);
    for (size_t d = 1; d < sizeof u_digits; d++) {
        fp12_square_cyclotomic(&result, &result);
        if (u_digits[d])
            fp12_mul(&result, &result, u_digits[d] > 0 ? x : &inverse);
    }
    *r = result;
}

/* f^(s (p^12 - 1) / r) for an s prime to r (Fuentes-Castaneda, Knapp and Rodriguez-Henriquez 2011). */
static void final_exponentiation(struct fp12 *r, const struct fp12 *f)
{
    /* (p^6 - 1)(p^2 + 1) */
    struct fp12 x, t;
    fp12_inverse(&t, f);
    fp12_conjugate(&x, f);
    fp12_mul(&x, &x, &t);
    fp12_frobenius(&t, &x, 2);
    fp12_mul(&x, &t, &x);

    /* the sum of l[i] p^i, where l[0] = 1 + 6u + 12u^2 + 12u^3, l[1] = 4u + 6u^2 + 12u^3, l[2] = 6u + 6u^2 + 12u^3,
     * l[3] = l[1] - 1: names say the power of x */
    struct fp12 u1, u2, u4, u6, uu6, uu12, uuu12, l0, l1, l2, l3;
    power_u(&u1, &x);
    fp12_square_cyclotomic(&u2, &u1);
    fp12_square_cyclotomic(&u4, &u2);
    fp12_mul(&u6, &u4, &u2);
    power_u(&uu6, &u6);
    fp12_square_cyclotomic(&uu12, &uu6);
    power_u(&uuu12, &uu12);

    fp12_mul(&l2, &uuu12, &uu6);      /* 6u^2 + 12u^3 */
    fp12_mul(&l1, &l2, &u4);
    fp12_mul(&l2, &l2, &u6);
    fp12_mul(&l0, &l2, &uu6);
    fp12_mul(&l0, &l0, &x);
    fp12_conjugate(&t, &x);
    fp12_mul(&l3, &l1, &t);

    fp12_frobenius(&l1, &l1, 1);
    fp12_frobenius(&l2, &l2, 2);
    fp12_frobenius(&l3, &l3, 3);
    fp12_mul(&l0, &l0, &l1);
    fp12_mul(&l2, &l2, &l3);
    fp12_mul(r, &l0, &l2);
}

static enum err read_pairs(struct walk *walk, size_t *walks, const u8 *pairs, size_t count)
{
    *walks = 0;
    for (size_t i = 0; i < count; i++, pairs += BN254_PAIR_BYTES) {
        struct g1 p;
        struct g2 q;
        TRY(g1_read(&p, pairs));
        TRY(g2_read(&q, pairs + BN254_G1_BYTES));
        if (q.infinite)
            continue;
        struct walk *w = &walk[(*walks)++];
        *w = (struct walk){
            .x = q.x, .y = q.y, .z = {bn254_p.one, {{0}}}, .qx = q.x, .qy = q.y, .px = p.x, .silent = p.infinite};
        fp_mul(&w->triple_px, &p.x, &fp_three);
        fp_negate(&w->minus_py, &p.y);
    }
    return OK;
}

static enum err pair(bool *out, struct walk *walk, const u8 *pairs, size_t count)
{
    size_t walks;
    TRY(read_pairs(walk, &walks, pairs, count));
    struct fp12 f;
    miller_loop(&f, walk, walks);
    for (size_t i = 0; i < walks; i++)
        if (!in_subgroup(&walk[i]))
            return REJECT_POINT;
    final_exponentiation(&f, &f);
    *out = fp12_is_one(&f);
    return OK;
}

enum err bn254_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    const enum err e = pair(out, ARENA_TAKE(scratch, struct walk, count), pairs, count);
    arena_rewind(scratch, mark);
    return e;
}
