/* bn254 - the curve of EIP-196 and EIP-197 (alt_bn128): sums and multiples in G1, product of pairings.
 *
 *   G1  y^2 = x^3 + 3 over Fp, of prime order r           point: x || y, 64 bytes
 *   G2  the subgroup of order r of y^2 = x^3 + 3 / (9 + i)  point: x || y, 128 bytes, each the imaginary
 *       over Fp2 = Fp[i]                                    part before the real one
 *
 * Numbers are 32 bytes big endian. All zeros is the point at infinity. Points must be on their curve,
 * those of G2 in the subgroup (REJECT_POINT), coordinates below p (REJECT_FIELD).
 *
 * Own code, since no suitable C library exists (docs/dependencies.md); tools/bn254_constants.mjs derives its numbers.
 * Timing is not hidden: everything that comes here is public. Memory: scratch is rewound. */
#ifndef CRYPTO_BN254_H
#define CRYPTO_BN254_H

#include "base/arena.h"
#include "base/err.h"

enum { BN254_G1_BYTES = 64,
       BN254_G2_BYTES = 128,
       BN254_PAIR_BYTES = BN254_G1_BYTES + BN254_G2_BYTES };

enum err bn254_add(u8 out[BN254_G1_BYTES], const u8 points[2 * BN254_G1_BYTES]) MUST_CHECK;
/* scalar: 32 bytes of any value */
enum err bn254_mul(u8 out[BN254_G1_BYTES], const u8 point[BN254_G1_BYTES], const u8 scalar[32]) MUST_CHECK;
/* Whether the product of e(P, Q) over count pairs P || Q is one. */
enum err bn254_pairing_is_one(struct arena *scratch, bool *out, const u8 *pairs, size_t count) MUST_CHECK;

#endif
