/* kzg_proof - is y the value at z of the polynomial behind a KZG commitment? (EIP-4844)
 *
 *   a commitment C = [p(tau)] in G1, a proof W = [(p(tau) - y) / (tau - z)]
 *
 *   e(C - y G1, G2) = e(W, tau G2 - z G2),  which is checked in the form
 *   e(y G1 - C - z W, G2) e(W, tau G2) = 1,  since multiples in G1 cost a third of those in G2
 *
 * Of the trusted setup it needs tau G2 alone, so nothing is loaded. Points are 48 bytes in the
 * compressed form of the specification, scalars 32 bytes big endian. */
#ifndef CRYPTO_KZG_PROOF_H
#define CRYPTO_KZG_PROOF_H

#include "base/err.h"

/* The modulus of z and y, the order of the groups. */
extern const hash32 kzg_scalar_modulus;

/* OK when the proof holds, REJECT_KZG_PROOF when not; REJECT_FIELD for a scalar that is not below the modulus,
 * REJECT_POINT for bytes that are no point of G1. */
enum err kzg_proof_verify(const u8 commitment[48], const hash32 *z, const hash32 *y, const u8 proof[48]) MUST_CHECK;

/* 0x01 || sha256(commitment)[1:], the hash that a blob transaction carries. */
void kzg_versioned_hash(hash32 *out, const u8 commitment[48]);

#endif
