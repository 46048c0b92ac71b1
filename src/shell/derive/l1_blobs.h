/* l1_blobs - the blobs of L1's transactions: out of a folder, or from a beacon node.
 *
 *     folder         FOLDER/0x01..      named by the versioned hash; 131072 bytes and nothing else
 *     beacon node    /eth/v1/beacon/blobs/SLOT?versioned_hashes=0x01..     (Fulu and later)
 *                    /eth/v1/beacon/blob_sidecars/SLOT                      (before)
 *
 *     SLOT = (the block's timestamp - genesis_time) / SECONDS_PER_SLOT      of /beacon/genesis and /config/spec
 *
 * Where a node has no spec (anvil, which serves the first of the two), or has nothing at the slot, the hash of the
 * execution block is asked for in its place. The folder is looked into first; what a beacon node gives and the caller
 * finds to be the blob is put there, for nodes keep blobs for some weeks only.
 *
 * Nothing is believed: whether something is the blob is said by wanted->judge. Memory: its own, and given back after
 * each question. Errors: those of struct derive_source's blob(); FAULT_IO where the folder cannot be written. A beacon
 * node that does not answer is FAULT_BLOB_MISSING: l1_blobs_why() tells each place where was looked, and what was
 * there.
 */
#ifndef DERIVE_L1_BLOBS_H
#define DERIVE_L1_BLOBS_H

#include "derive/derive.h"
#include "io/json.h"

struct l1_blobs;

struct l1_blobs_config {
    const char *beacon_url; /* NULL: none */
    const char *folder;     /* NULL: none. Made when the first blob is put there */
};

/* REJECT_URL */
enum err l1_blobs_open(struct l1_blobs **out, const struct memory *memory,
                       const struct l1_blobs_config *config) MUST_CHECK;
void l1_blobs_close(struct l1_blobs *b);
const char *l1_blobs_why(const struct l1_blobs *b);

enum err l1_blobs_find(struct l1_blobs *b, struct kzg_blob *out, const struct wanted_blob *wanted) MUST_CHECK;

/* --- what a beacon node answers (Beacon API), read; each REJECT_BEACON with a sentence --- */

/* /eth/v1/beacon/genesis */
enum err beacon_genesis(u64 *genesis_time, struct json answer, struct buffer *why) MUST_CHECK;
/* /eth/v1/config/spec */
enum err beacon_spec(u64 *seconds_per_slot, struct json answer, struct buffer *why) MUST_CHECK;
/* Either answer with blobs: what is in each item's place, one after the other. At the end item.next stands still and
 * *is_there is false. */
struct beacon_blobs {
    struct json_iterator item;
};
enum err beacon_blobs(struct beacon_blobs *out, struct json answer, struct buffer *why) MUST_CHECK;
enum err beacon_next_blob(struct beacon_blobs *b, struct kzg_blob *out, bool *is_there, struct buffer *why) MUST_CHECK;

#endif
