#include "crypto/bls12_381.h"

#include <blst.h>

/* ---- encoding ---- */

/* p = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab */
static const u8 prime[48] = {0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6,
                             0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf,
                             0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe,
                             0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab};

enum { FP_ZEROS = BLS12_FP_BYTES - sizeof prime };

static enum err read_fp(blst_fp *out, const u8 in[BLS12_FP_BYTES])
{
    static const u8 zeros[FP_ZEROS];
    if (memcmp(in, zeros, FP_ZEROS) != 0 || memcmp(in + FP_ZEROS, prime, sizeof prime) >= 0)
        return REJECT_FIELD;
    blst_fp_from_bendian(out, in + FP_ZEROS);
    return OK;
}

static enum err read_fp2(blst_fp2 *out, const u8 in[2 * BLS12_FP_BYTES])
{
    TRY(read_fp(&out->fp[0], in));
    return read_fp(&out->fp[1], in + BLS12_FP_BYTES);
}

/* blst takes zeros for infinity too, and for a point of the curve. */
static enum err read_p1(blst_p1_affine *out, const u8 in[BLS12_G1_BYTES])
{
    TRY(read_fp(&out->x, in));
    TRY(read_fp(&out->y, in + BLS12_FP_BYTES));
    return blst_p1_affine_on_curve(out) ? OK : REJECT_POINT;
}

static enum err read_p2(blst_p2_affine *out, const u8 in[BLS12_G2_BYTES])
{
    TRY(read_fp2(&out->x, in));
    TRY(read_fp2(&out->y, in + 2 * BLS12_FP_BYTES));
    return blst_p2_affine_on_curve(out) ? OK : REJECT_POINT;
}

static enum err read_bls_g1(blst_p1_affine *out, const u8 in[BLS12_G1_BYTES])
{
    TRY(read_p1(out, in));
    return blst_p1_affine_in_g1(out) ? OK : REJECT_POINT;
}

static enum err read_g2(blst_p2_affine *out, const u8 in[BLS12_G2_BYTES])
{
    TRY(read_p2(out, in));
    return blst_p2_affine_in_g2(out) ? OK : REJECT_POINT;
}

static void write_fp(u8 out[BLS12_FP_BYTES], const blst_fp *x)
{
    memset(out, 0, FP_ZEROS);
    blst_bendian_from_fp(out + FP_ZEROS, x);
}

static void write_p1(u8 out[BLS12_G1_BYTES], const blst_p1 *point)
{
    blst_p1_affine p;
    blst_p1_to_affine(&p, point);
    write_fp(out, &p.x);
    write_fp(out + BLS12_FP_BYTES, &p.y);
}

static void write_p2(u8 out[BLS12_G2_BYTES], const blst_p2 *point)
{
    blst_p2_affine p;
    blst_p2_to_affine(&p, point);
    for (unsigned i = 0; i < 2; i++) {
        write_fp(out + i * BLS12_FP_BYTES, &p.x.fp[i]);
        write_fp(out + (2 + i) * BLS12_FP_BYTES, &p.y.fp[i]);
    }
}

/* The scalar modulo the order r of both groups, little endian. Below r, blst multiplies with
 * endomorphisms, in half the time. */
static void read_bls_scalar(u8 out[BLS12_SCALAR_BYTES], const u8 in[BLS12_SCALAR_BYTES])
{
    static const u64 r[4] = {0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48};
    u64 x[4] = {load_be64(in + 24), load_be64(in + 16), load_be64(in + 8), load_be64(in)};
    for (unsigned times = 0; times < 2; times++) { /* 2^256 < 3 r */
        u64 reduced[4];
        u64 borrow = 0;
        for (unsigned i = 0; i < 4; i++) {
            const u128 t = (u128)x[i] - r[i] - borrow;
            reduced[i] = (u64)t;
            borrow = (u64)(t >> 64) & 1;
        }
        if (!borrow)
            memcpy(x, reduced, sizeof x);
    }
    for (unsigned i = 0; i < BLS12_SCALAR_BYTES; i++)
        out[i] = (u8)(x[i / 8] >> 8 * (i % 8));
}

enum { SCALAR_BITS = 255 };

/* ---- operations ---- */

enum err bls12_g1_add(u8 out[BLS12_G1_BYTES], const u8 points[2 * BLS12_G1_BYTES])
{
    blst_p1_affine p, q;
    TRY(read_p1(&p, points));
    TRY(read_p1(&q, points + BLS12_G1_BYTES));
    blst_p1 sum;
    blst_p1_from_affine(&sum, &p);
    blst_p1_add_or_double_affine(&sum, &sum, &q);
    write_p1(out, &sum);
    return OK;
}

enum err bls12_g2_add(u8 out[BLS12_G2_BYTES], const u8 points[2 * BLS12_G2_BYTES])
{
    blst_p2_affine p, q;
    TRY(read_p2(&p, points));
    TRY(read_p2(&q, points + BLS12_G2_BYTES));
    blst_p2 sum;
    blst_p2_from_affine(&sum, &p);
    blst_p2_add_or_double_affine(&sum, &sum, &q);
    write_p2(out, &sum);
    return OK;
}

/* Infinity adds nothing, and blst's sums of many cannot bear it. blst takes arrays of pointers: one
 * pointer and NULL stand for a contiguous array. One term is multiplied alone, in blst. */

enum err bls12_g1_msm(struct arena *scratch, u8 out[BLS12_G1_BYTES], const u8 *terms, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    blst_p1_affine *point = ARENA_TAKE(scratch, blst_p1_affine, count);
    u8 *scalar = arena_take(scratch, count * BLS12_SCALAR_BYTES);
    size_t kept = 0;
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, terms += BLS12_G1_TERM_BYTES) {
        e = read_bls_g1(&point[kept], terms);
        read_bls_scalar(scalar + kept * BLS12_SCALAR_BYTES, terms + BLS12_G1_BYTES);
        kept += e == OK && !blst_p1_affine_is_inf(&point[kept]);
    }
    if (e == OK) {
        blst_p1 sum = {0}; /* infinity */
        if (kept) {
            limb_t *buckets = arena_take(scratch, blst_p1s_mult_pippenger_scratch_sizeof(kept));
            const blst_p1_affine *const points[2] = {point, NULL};
            const u8 *const scalars[2] = {scalar, NULL};
            blst_p1s_mult_pippenger(&sum, points, kept, scalars, SCALAR_BITS, buckets);
        }
        write_p1(out, &sum);
    }
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_g2_msm(struct arena *scratch, u8 out[BLS12_G2_BYTES], const u8 *terms, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    blst_p2_affine *point = ARENA_TAKE(scratch, blst_p2_affine, count);
    u8 *scalar = arena_take(scratch, count * BLS12_SCALAR_BYTES);
    size_t kept = 0;
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, terms += BLS12_G2_TERM_BYTES) {
        e = read_g2(&point[kept], terms);
        read_bls_scalar(scalar + kept * BLS12_SCALAR_BYTES, terms + BLS12_G2_BYTES);
        kept += e == OK && !blst_p2_affine_is_inf(&point[kept]);
    }
    if (e == OK) {
        blst_p2 sum = {0}; /* infinity */
        if (kept) {
            limb_t *buckets = arena_take(scratch, blst_p2s_mult_pippenger_scratch_sizeof(kept));
            const blst_p2_affine *const points[2] = {point, NULL};
            const u8 *const scalars[2] = {scalar, NULL};
            blst_p2s_mult_pippenger(&sum, points, kept, scalars, SCALAR_BITS, buckets);
        }
        write_p2(out, &sum);
    }
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    blst_p1_affine *p = ARENA_TAKE(scratch, blst_p1_affine, count);
    blst_p2_affine *q = ARENA_TAKE(scratch, blst_p2_affine, count);
    size_t kept = 0;
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, pairs += BLS12_PAIR_BYTES) {
        e = read_bls_g1(&p[kept], pairs);
        if (e == OK)
            e = read_g2(&q[kept], pairs + BLS12_G1_BYTES);
        /* a pairing with infinity is one */
        kept += e == OK && !blst_p1_affine_is_inf(&p[kept]) && !blst_p2_affine_is_inf(&q[kept]);
    }
    if (e == OK && kept == 0) {
        *out = true;
    } else if (e == OK) {
        blst_fp12 product;
        const blst_p1_affine *const ps[2] = {p, NULL};
        const blst_p2_affine *const qs[2] = {q, NULL};
        blst_miller_loop_n(&product, qs, ps, kept);
        blst_final_exp(&product, &product);
        *out = blst_fp12_is_one(&product);
    }
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_map_fp_to_g1(u8 out[BLS12_G1_BYTES], const u8 fp[BLS12_FP_BYTES])
{
    blst_fp u;
    TRY(read_fp(&u, fp));
    blst_p1 point;
    blst_map_to_g1(&point, &u, NULL);
    write_p1(out, &point);
    return OK;
}

enum err bls12_map_fp2_to_g2(u8 out[BLS12_G2_BYTES], const u8 fp2[2 * BLS12_FP_BYTES])
{
    blst_fp2 u;
    TRY(read_fp2(&u, fp2));
    blst_p2 point;
    blst_map_to_g2(&point, &u, NULL);
    write_p2(out, &point);
    return OK;
}
