/* data - where a rollup's batch was published on L1, and the proof of it.
 *
 *   calldata   the `data` field of the rollup's part of a bundle, or of publish(): the batch
 *   blobs      those that the bundle names for the rollup, in order: the rollup's frames (blob.h), one behind the other
 *
 * One or the other: daHash covers both, and with both the data would be ambiguous.
 *
 *   blob, commitment, proof --kzg_blob_verify--> commitment --sha256--> versioned hash --> daHash --> statement
 *
 * Versioned hashes are not among the inputs. They follow from the commitments, whose proofs bind the blobs, and L1
 * compares the statement with the hashes of the blobs that it carries (BLOBHASH). So data other than what was published
 * gives REJECT_BLOB_PROOF, or a statement that does not settle. The trusted setup is not needed.
 *
 * Memory: everything is borrowed; a batch out of blobs lies in the arena. docs/data.md */
#ifndef VERIFY_DATA_H
#define VERIFY_DATA_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/kzg.h"

enum { DATA_BLOBS_MAX = 6 }; /* of a transaction: EIP-7594 */

struct data_blob {
    const struct kzg_blob *blob;
    struct kzg_point commitment;
    struct kzg_point proof; /* EIP-4844's blob proof: that the commitment is that of the blob */
};

struct published_data {
    struct bytes calldata;        /* empty when it is in blobs */
    const struct data_blob *blob; /* in the order of the rollup's blob indexes */
    size_t blob_count;            /* 0 when it is in calldata */
};

/* That it is in one place, and that each blob is the one of its commitment. REJECT_DATA_TWO_PLACES,
 * REJECT_BLOB_COUNT, REJECT_BLOB_PROOF. */
enum err data_check(const struct published_data *d) MUST_CHECK;

/* The batch as it was published. REJECT_BLOB_*. */
enum err data_batch(struct bytes *out, struct arena *arena, const struct published_data *d, u64 chain_id) MUST_CHECK;

/* daHash over the versioned hashes of the commitments and the calldata (scope/settlement.h). */
void data_hash(hash32 *out, const struct published_data *d, u64 chain_id, u64 first_block, u64 last_block,
               struct arena *scratch);

#endif
