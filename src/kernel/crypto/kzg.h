/* kzg - blobs (EIP-4844, EIP-7594): their types, and the challenges that a verifier draws from them.
 *
 *   blob    4096 field elements of 32 bytes, the values of a polynomial at roots of unity
 *   cell    64 elements of the blob extended to twice its length: 128 cells, any 64 give back all
 *
 * Numbers are big endian; commitments and proofs are compressed points of 48 bytes. Blobs are checked without the
 * trusted setup: kzg_proof.h, kzg_blob.h. Commitments and proofs are made with it: kzg/kzg_setup.h. */
#ifndef CRYPTO_KZG_H
#define CRYPTO_KZG_H

#include "base/types.h"

enum {
    KZG_POINT_BYTES = 48,
    KZG_BLOB_BYTES = 4096 * 32,
    KZG_CELL_BYTES = 64 * 32,
    KZG_CELLS = 128,
};

struct kzg_point {
    u8 b[KZG_POINT_BYTES];
};
struct kzg_blob {
    u8 b[KZG_BLOB_BYTES];
};
struct kzg_cell {
    u8 b[KZG_CELL_BYTES];
};

/* hash_to_bls_field: the digest modulo the order of the groups. */
void kzg_hash_to_field(hash32 *out, const hash32 *digest);
/* Where the polynomial of a blob is opened: EIP-4844's compute_challenge. */
void kzg_challenge(hash32 *out, const struct kzg_blob *blob, const struct kzg_point *commitment);
/* The weight of EIP-7594's batch, compute_verify_cell_kzg_proof_batch_challenge. row[i] is the commitment of cell i. */
void kzg_cells_challenge(hash32 *out, const struct kzg_point *commitment, size_t commitments, const u64 *row,
                         const u64 *index, const struct kzg_cell *cell, const struct kzg_point *proof, size_t count);

#endif
