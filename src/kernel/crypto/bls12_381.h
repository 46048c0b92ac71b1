/* bls12_381 - the curve BLS12-381: sums of multiples in G1 and G2, maps to the curves, pairings; by blst.
 *
 * Everything is in the encoding of EIP-2537, big endian, and checked as it demands:
 *
 *   Fp       64 bytes, the first 16 of them zero, below p
 *   Fp2      c0 || c1, for c0 + c1 u with u^2 = -1
 *   point    x || y: 128 bytes in G1, 256 in G2; all zeros is the point at infinity
 *   term     point || scalar of 32 bytes, any value
 *
 * Sums of two do not ask for the subgroup; sums of multiples and pairings do.
 *
 * Errors: REJECT_FIELD for a coordinate that is not below p (its zeros included), REJECT_POINT for a point that is not
 * on the curve or, where it matters, not in the subgroup. No terms have the sum 0 and the product 1: EIP-2537 rejects
 * them, and so does the caller. Memory: scratch is rewound, nothing else is allocated. */
#ifndef CRYPTO_BLS12_381_H
#define CRYPTO_BLS12_381_H

#include "base/arena.h"
#include "base/err.h"

enum {
    BLS12_FP_BYTES = 64,
    BLS12_G1_BYTES = 2 * BLS12_FP_BYTES,
    BLS12_G2_BYTES = 4 * BLS12_FP_BYTES,
    BLS12_SCALAR_BYTES = 32,
    BLS12_G1_TERM_BYTES = BLS12_G1_BYTES + BLS12_SCALAR_BYTES,
    BLS12_G2_TERM_BYTES = BLS12_G2_BYTES + BLS12_SCALAR_BYTES,
    BLS12_PAIR_BYTES = BLS12_G1_BYTES + BLS12_G2_BYTES,
};

enum err bls12_g1_add(u8 out[BLS12_G1_BYTES], const u8 points[2 * BLS12_G1_BYTES]) MUST_CHECK;
enum err bls12_g2_add(u8 out[BLS12_G2_BYTES], const u8 points[2 * BLS12_G2_BYTES]) MUST_CHECK;

/* The sum of scalar * point over count terms. */
enum err bls12_g1_msm(struct arena *scratch, u8 out[BLS12_G1_BYTES], const u8 *terms, size_t count) MUST_CHECK;
enum err bls12_g2_msm(struct arena *scratch, u8 out[BLS12_G2_BYTES], const u8 *terms, size_t count) MUST_CHECK;

/* Whether the product of e(P, Q) over count pairs P || Q is one. */
enum err bls12_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count) MUST_CHECK;

/* RFC 9380's map_to_curve of one field element (simplified SWU, isogeny), cofactor cleared. */
enum err bls12_map_fp_to_g1(u8 out[BLS12_G1_BYTES], const u8 fp[BLS12_FP_BYTES]) MUST_CHECK;
enum err bls12_map_fp2_to_g2(u8 out[BLS12_G2_BYTES], const u8 fp2[2 * BLS12_FP_BYTES]) MUST_CHECK;

#endif
