/* sidecar - the blobs of a transaction, and the proofs that its versioned hashes are theirs.
 *
 *   the transaction    versioned hashes: all that the EVM and the block contain of the blobs
 *   beside the block   blobs, commitments, cell proofs: what nodes serve for some weeks
 *
 *   network form, in which nodes accept a transaction from Osaka on (EIP-7594, wrapper version 1):
 *
 *       0x03 || rlp([ [transaction's fields], 1, [blob, ..], [commitment, ..], [cell proof, .. 128 a blob] ])
 *
 * It has no blob proof (EIP-4844). That is made for our own provers, which check it in 3 ms without a trusted setup
 * (verify/data.h). For a blob commitment and proof take up to 110 ms, the cell proofs 360 ms: those are made only for
 * what is sent to a node, and for an export.
 *
 * Memory: lists in the arena given; blobs are borrowed. Errors: FAULT_*, REJECT_ENCODING for a blob with an
 * element that is not canonical. */
#ifndef LEDGER_SIDECAR_H
#define LEDGER_SIDECAR_H

#include "base/buffer.h"
#include "base/err.h"
#include "chain/tx.h"
#include "kzg/kzg_setup.h"

enum { SIDECAR_WRAPPER_VERSION = 1 /* EIP-7594 */ };

struct sidecar {
    const struct kzg_blob *blob;
    size_t blob_count;
    struct kzg_point *commitment;
    struct kzg_point *proof;      /* EIP-4844 */
    struct kzg_point *cell_proof; /* 128 for each blob; NULL: not computed yet */
    hash32 *versioned_hash;
};

/* Everything but the cell proofs, which only nodes need: sidecar_prove_cells. */
enum err sidecar_make(struct sidecar *out, struct arena *arena, const struct kzg_blob *blob, size_t count,
                      const struct kzg_setup *setup) MUST_CHECK;
enum err sidecar_prove_cells(struct sidecar *s, struct arena *arena, const struct kzg_setup *setup) MUST_CHECK;

/* Whether t's versioned hashes are exactly those of these blobs. */
bool sidecar_is_of(const struct sidecar *s, const struct tx *t);

/* All of it as bytes for our own disk, blob by blob: blob || commitment || proof, and 128 cell proofs if there are any.
 * The other way copies them into the arena, and computes the hashes from the commitments; REJECT_ENCODING: it is cut.
 * Whether it is a transaction's is the caller's to ask. */
void sidecar_persist(struct buffer *out, const struct sidecar *s);
enum err sidecar_restore(struct sidecar *out, struct arena *arena, struct bytes kept) MUST_CHECK;

/* The network form of a signed transaction. The cell proofs are there. */
void sidecar_encode(struct buffer *out, const struct tx *t, const struct sidecar *s);

#endif
