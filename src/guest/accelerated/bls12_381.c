/* EIP-2537 has elements of 64 bytes, of which the first 16 are zero; accelerators take the other 48. */
#include "crypto/bls12_381.h"

#include "rv/zkvm_accelerators.h"

enum { FP = 48, FP_ZEROS = BLS12_FP_BYTES - FP };

static const u8 bls12_prime[FP] = {0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6,
                                   0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf,
                                   0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe,
                                   0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab};

static enum err strip(u8 *out, const u8 *in, unsigned elements)
{
    static const u8 zeros[FP_ZEROS];
    for (unsigned i = 0; i < elements; i++, in += BLS12_FP_BYTES, out += FP) {
        if (memcmp(in, zeros, FP_ZEROS) != 0 || memcmp(in + FP_ZEROS, bls12_prime, FP) >= 0)
            return REJECT_FIELD;
        memcpy(out, in + FP_ZEROS, FP);
    }
    return OK;
}

static void widen(u8 *out, const u8 *in, unsigned elements)
{
    for (unsigned i = 0; i < elements; i++, in += FP, out += BLS12_FP_BYTES) {
        memset(out, 0, FP_ZEROS);
        memcpy(out + FP_ZEROS, in, FP);
    }
}

enum err bls12_g1_add(u8 out[BLS12_G1_BYTES], const u8 points[2 * BLS12_G1_BYTES])
{
    zkvm_bls12_381_g1_point p, q, sum;
    TRY(strip(p.data, points, 2));
    TRY(strip(q.data, points + BLS12_G1_BYTES, 2));
    if (zkvm_bls12_g1_add(&p, &q, &sum) != ZKVM_EOK)
        return REJECT_POINT;
    widen(out, sum.data, 2);
    return OK;
}

enum err bls12_g2_add(u8 out[BLS12_G2_BYTES], const u8 points[2 * BLS12_G2_BYTES])
{
    zkvm_bls12_381_g2_point p, q, sum;
    TRY(strip(p.data, points, 4));
    TRY(strip(q.data, points + BLS12_G2_BYTES, 4));
    if (zkvm_bls12_g2_add(&p, &q, &sum) != ZKVM_EOK)
        return REJECT_POINT;
    widen(out, sum.data, 4);
    return OK;
}

enum err bls12_g1_msm(struct arena *scratch, u8 out[BLS12_G1_BYTES], const u8 *terms, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    zkvm_bls12_381_g1_msm_pair *pair = ARENA_TAKE(scratch, zkvm_bls12_381_g1_msm_pair, count);
    zkvm_bls12_381_g1_point sum;
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, terms += BLS12_G1_TERM_BYTES) {
        e = strip(pair[i].point.data, terms, 2);
        memcpy(pair[i].scalar.data, terms + BLS12_G1_BYTES, BLS12_SCALAR_BYTES);
    }
    if (e == OK && zkvm_bls12_g1_msm(pair, count, &sum) != ZKVM_EOK)
        e = REJECT_POINT;
    if (e == OK)
        widen(out, sum.data, 2);
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_g2_msm(struct arena *scratch, u8 out[BLS12_G2_BYTES], const u8 *terms, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    zkvm_bls12_381_g2_msm_pair *pair = ARENA_TAKE(scratch, zkvm_bls12_381_g2_msm_pair, count);
    zkvm_bls12_381_g2_point sum;
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, terms += BLS12_G2_TERM_BYTES) {
        e = strip(pair[i].point.data, terms, 4);
        memcpy(pair[i].scalar.data, terms + BLS12_G2_BYTES, BLS12_SCALAR_BYTES);
    }
    if (e == OK && zkvm_bls12_g2_msm(pair, count, &sum) != ZKVM_EOK)
        e = REJECT_POINT;
    if (e == OK)
        widen(out, sum.data, 4);
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count)
{
    const struct arena_mark mark = arena_mark(scratch);
    zkvm_bls12_381_pairing_pair *pair = ARENA_TAKE(scratch, zkvm_bls12_381_pairing_pair, count);
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++, pairs += BLS12_PAIR_BYTES) {
        e = strip(pair[i].g1.data, pairs, 2);
        if (e == OK)
            e = strip(pair[i].g2.data, pairs + BLS12_G1_BYTES, 4);
    }
    if (e == OK && zkvm_bls12_pairing(pair, count, out) != ZKVM_EOK)
        e = REJECT_POINT;
    arena_rewind(scratch, mark);
    return e;
}

enum err bls12_map_fp_to_g1(u8 out[BLS12_G1_BYTES], const u8 fp[BLS12_FP_BYTES])
{
    zkvm_bls12_381_fp u;
    zkvm_bls12_381_g1_point point;
    TRY(strip(u.data, fp, 1));
    if (zkvm_bls12_map_fp_to_g1(&u, &point) != ZKVM_EOK)
        return REJECT_FIELD;
    widen(out, point.data, 2);
    return OK;
}

enum err bls12_map_fp2_to_g2(u8 out[BLS12_G2_BYTES], const u8 fp2[2 * BLS12_FP_BYTES])
{
    zkvm_bls12_381_fp2 u;
    zkvm_bls12_381_g2_point point;
    TRY(strip(u.data, fp2, 2));
    if (zkvm_bls12_map_fp2_to_g2(&u, &point) != ZKVM_EOK)
        return REJECT_FIELD;
    widen(out, point.data, 4);
    return OK;
}
