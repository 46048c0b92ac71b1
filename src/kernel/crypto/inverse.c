#include "crypto/inverse.h"

__extension__ typedef __int128 i128;

/* A signed number of 310 bits: the sum of v[i] 2^(62 i). All limbs but the last are in 0 .. 2^62 - 1. */
struct signed62 {
    i64 v[5];
};

static const u64 mask62 = UINT64_MAX >> 2;

/* 2^62 times what 62 steps do: f' = (u f + v g) / 2^62, g' = (q f + r g) / 2^62. */
struct transition {
    i64 u, v, q, r;
};

static struct signed62 spread(const u256 *x)
{
    return (struct signed62){{
        (i64)(x->w[0] & mask62),
        (i64)((x->w[0] >> 62 | x->w[1] << 2) & mask62),
        (i64)((x->w[1] >> 60 | x->w[2] << 4) & mask62),
        (i64)((x->w[2] >> 58 | x->w[3] << 6) & mask62),
        (i64)(x->w[3] >> 56),
    }};
}

static u256 gather(const struct signed62 *x)
{
    const u64 v[5] = {(u64)x->v[0], (u64)x->v[1], (u64)x->v[2], (u64)x->v[3], (u64)x->v[4]};
    return (u256){{v[0] | v[1] << 62, v[1] >> 2 | v[2] << 60, v[2] >> 4 | v[3] << 58, v[3] >> 6 | v[4] << 56}};
}

/* 62 steps on the low words of f and g. Runs of zeros in g are one shift; otherwise as many low bits of g
 * as eta allows before the next swap, at most 6 or 4, are cancelled by adding a multiple of f. */
static i64 steps(struct transition *t, i64 eta, u64 f, u64 g)
{
    u64 u = 1, v = 0, q = 0, r = 1; /* as unsigned, for defined wrap-around */
    unsigned left = 62;
    for (;;) {
        const unsigned zeros = (unsigned)__builtin_ctzll(g | UINT64_MAX << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0)
            break;
        u64 w;
        if (eta < 0) {
            eta = -eta;
            const u64 old_f = f, old_u = u, old_v = v;
            f = g, g = 0 - old_f;
            u = q, q = 0 - old_u;
            v = r, r = 0 - old_v;
            const unsigned limit = eta + 1 > left ? left : (unsigned)eta + 1;
            w = (f * g * (f * f - 2)) & (UINT64_MAX >> (64 - limit)) & 63; /* -g / f mod 2^6 */
        } else {
            const unsigned limit = eta + 1 > left ? left : (unsigned)eta + 1;
            w = f + (((f + 1) & 4) << 1);                  /* 1 / f mod 2^4 */
            w = (0 - w * g) & (UINT64_MAX >> (64 - limit)) & 15; /* -g / f mod 2^4 */
        }
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct transition){(i64)u, (i64)v, (i64)q, (i64)r};
    return eta;
}

static void update_fg(struct signed62 *f, struct signed62 *g, const struct transition *t, unsigned len)
{
    i128 cf = (i128)t->u * f->v[0] + (i128)t->v * g->v[0]; /* the low 62 bits of both are 0 */
    i128 cg = (i128)t->q * f->v[0] + (i128)t->r * g->v[0];
    cf >>= 62;
    cg >>= 62;
    for (unsigned i = 1; i < len; i++) {
        const i64 fi = f->v[i], gi = g->v[i];
        cf += (i128)t->u * fi + (i128)t->v * gi;
        cg += (i128)t->q * fi + (i128)t->r * gi;
        f->v[i - 1] = (i64)((u64)cf & mask62);
        g->v[i - 1] = (i64)((u64)cg & mask62);
        cf >>= 62;
        cg >>= 62;
    }
    f->v[len - 1] = (i64)cf;
    g->v[len - 1] = (i64)cg;
}

/* As update_fg, modulo m: multiples of m are added that make the low 62 bits 0, and keep d and e in -2m .. m. */
static void update_de(struct signed62 *d, struct signed62 *e, const struct transition *t, const struct signed62 *m,
                      u64 m_inverse62)
{
    const i64 sign_d = d->v[4] >> 63, sign_e = e->v[4] >> 63;
    i64 md = (t->u & sign_d) + (t->v & sign_e);
    i64 me = (t->q & sign_d) + (t->r & sign_e);
    i128 cd = (i128)t->u * d->v[0] + (i128)t->v * e->v[0];
    i128 ce = (i128)t->q * d->v[0] + (i128)t->r * e->v[0];
    md -= (i64)((m_inverse62 * (u64)cd + (u64)md) & mask62);
    me -= (i64)((m_inverse62 * (u64)ce + (u64)me) & mask62);
    cd += (i128)m->v[0] * md;
    ce += (i128)m->v[0] * me;
    cd >>= 62;
    ce >>= 62;
    for (unsigned i = 1; i < 5; i++) {
        const i64 di = d->v[i], ei = e->v[i];
        cd += (i128)t->u * di + (i128)t->v * ei + (i128)m->v[i] * md;
        ce += (i128)t->q * di + (i128)t->r * ei + (i128)m->v[i] * me;
        d->v[i - 1] = (i64)((u64)cd & mask62);
        e->v[i - 1] = (i64)((u64)ce & mask62);
        cd >>= 62;
        ce >>= 62;
    }
    d->v[4] = (i64)cd;
    e->v[4] = (i64)ce;
}

static void carry(struct signed62 *x)
{
    for (unsigned i = 0; i < 4; i++) {
        x->v[i + 1] += x->v[i] >> 62;
        x->v[i] = (i64)((u64)x->v[i] & mask62);
    }
}

static void add_if(struct signed62 *x, const struct signed62 *m, bool condition)
{
    for (unsigned i = 0; i < 5 && condition; i++)
        x->v[i] += m->v[i];
    carry(x);
}

/* From -2m .. m to 0 .. m - 1, negated if asked. */
static void normalize(struct signed62 *x, bool negate, const struct signed62 *m)
{
    add_if(x, m, x->v[4] < 0); /* -m .. m */
    for (unsigned i = 0; i < 5 && negate; i++)
        x->v[i] = -x->v[i];
    carry(x);
    add_if(x, m, x->v[4] < 0);
}

/* 1 / x mod 2^62 for odd x, doubling the correct bits (Newton): x is its own inverse to 3 bits. */
static u64 inverse62(u64 x)
{
    u64 y = x;
    for (unsigned i = 0; i < 5; i++)
        y *= 2 - x * y;
    return y & mask62;
}

static bool is_zero(const struct signed62 *x, unsigned len)
{
    i64 any = 0;
    for (unsigned i = 0; i < len; i++)
        any |= x->v[i];
    return any == 0;
}

void inverse_mod(u256 *r, const u256 *x, const u256 *m)
{
    const struct signed62 modulus = spread(m);
    const u64 m_inverse62 = inverse62(m->w[0]);
    struct signed62 d = {{0}}, e = {{1}}, f = modulus, g = spread(x);
    i64 eta = -1;
    unsigned len = 5;
    while (!is_zero(&g, len)) {
        struct transition t;
        eta = steps(&t, eta, (u64)f.v[0] | (u64)f.v[1] << 62, (u64)g.v[0] | (u64)g.v[1] << 62);
        update_de(&d, &e, &t, &modulus, m_inverse62);
        update_fg(&f, &g, &t, len);
        /* f and g shrink: drop the top limb when it is only their sign, moving that into the limb below */
        const i64 top_f = f.v[len - 1], top_g = g.v[len - 1];
        if (len > 2 && (top_f == 0 || top_f == -1) && (top_g == 0 || top_g == -1)) {
            f.v[len - 2] |= (i64)((u64)top_f << 62);
            g.v[len - 2] |= (i64)((u64)top_g << 62);
            len--;
        }
    }
    normalize(&d, f.v[len - 1] < 0, &modulus);
    *r = gather(&d);
}
