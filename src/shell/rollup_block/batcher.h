/* batcher - batches as they are published: compressed, and packed into blobs.
 *
 *   blocks --batch_encode--> content --deflate--> batch --+--> calldata
 *                                                         +--> frames in blobs, shared by the rollups of a bundle
 *
 *   blob 0  | A A A A A A A B B B |      A, B, C: frames of rollups, ascending; B's batch spans two blobs, so B refers
 *   blob 1  | B B C C             |      to blobs 0 and 1, A to 0, C to 1
 *
 * The other direction is the kernel's: verify/blob.h, verify/batch.h. Memory: the arena given. docs/data.md */
#ifndef ROLLUP_BLOCK_BATCHER_H
#define ROLLUP_BLOCK_BATCHER_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/kzg.h"
#include "verify/batch.h"
#include "verify/data.h"

/* version || stream */
struct bytes batcher_encode(struct arena *arena, const struct batch *batch);

/* One rollup's batch, and its place. */
struct packed_batch {
    u64 chain_id;
    struct bytes batch;
    size_t first_blob, blob_count; /* consecutive; out */
};

/* Packs batches, ascending by chain id, into as few blobs as possible, at most blobs_max: *blob, *blob_count of
 * them. REJECT_TOO_LONG when they do not fit. */
enum err batcher_pack(struct arena *arena, struct packed_batch *batch, size_t count, size_t blobs_max,
                      struct kzg_blob **blob, size_t *blob_count) MUST_CHECK;

#endif
