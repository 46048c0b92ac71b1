/* blob - several rollups' data in one EIP-4844 blob.
 *
 *   blob      4096 field elements of 32 bytes, each  00 || payload:31       a value below 2^248 is an element
 *   payload   version:1 || frame || frame .. || zeros                       4096 * 31 = 126976 bytes
 *   frame     chainId:8 || length:4 || data:length                          ascending by chainId, each chain once
 *
 * Every blob is self-contained: a rollup finds its frame by its chain id, whatever else is in the blob, and a batch
 * that spans blobs is cut into one frame a blob (data.h puts them together again). Numbers are big endian. Where fewer
 * than 12 bytes are left, or a frame would have chain id 0, the frames end.
 *
 * Elements of 254 bits would carry 2.4 % more, at the cost of a bit stream for every reader.
 *
 * Errors: REJECT_BLOB_ELEMENT, _VERSION, _FRAME, _PADDING, _WITHOUT_FRAME. Memory: the reader's payload in an arena.
 * docs/data.md */
#ifndef VERIFY_BLOB_H
#define VERIFY_BLOB_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/kzg.h"

enum {
    BLOB_VERSION = 1,
    BLOB_PAYLOAD_BYTES = KZG_BLOB_BYTES / 32 * 31,
    BLOB_FRAME_HEAD_BYTES = 12,
    BLOB_DATA_MAX = BLOB_PAYLOAD_BYTES - 1 - BLOB_FRAME_HEAD_BYTES /* of a single frame */
};

/* Fills a blob, frame by frame. */
struct blob_writer {
    struct kzg_blob *blob; /* borrowed */
    size_t used;           /* bytes of the payload */
};
void blob_open(struct blob_writer *w, struct kzg_blob *blob);
/* The most data that one more frame can hold; 0: none. */
size_t blob_room(const struct blob_writer *w);
/* data: 1 to blob_room bytes; chain ids ascend. */
void blob_add_frame(struct blob_writer *w, u64 chain_id, struct bytes data);

/* The data of the chain's frame, in the arena. The whole blob is checked, other rollups' frames too. */
enum err blob_frame(struct bytes *out, struct arena *arena, const struct kzg_blob *blob, u64 chain_id) MUST_CHECK;

#endif
