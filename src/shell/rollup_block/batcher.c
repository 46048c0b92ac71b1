#include "rollup_block/batcher.h"

#include "io/deflate.h"
#include "verify/blob.h"

struct bytes batcher_encode(struct arena *arena, const struct batch *batch)
{
    struct buffer content = buffer_in(arena), out = buffer_in(arena);
    batch_encode(&content, batch);
    buffer_add_u8(&out, BATCH_VERSION);
    deflate_bytes(&out, buffer_bytes(&content));
    return buffer_bytes(&out);
}

/* At most so many blobs are touched: each but the last is full, but for a head that did not fit with a byte behind it.
 */
static size_t blobs_needed(const struct packed_batch *batch, size_t count)
{
    size_t blobs = 0, room = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t left = batch[i].batch.len; left > 0;) {
            if (room <= BLOB_FRAME_HEAD_BYTES) {
                blobs++;
                room = BLOB_PAYLOAD_BYTES - 1;
            }
            const size_t fits = room - BLOB_FRAME_HEAD_BYTES, part = left < fits ? left : fits;
            room -= BLOB_FRAME_HEAD_BYTES + part;
            left -= part;
        }
    return blobs;
}

enum err batcher_pack(struct arena *arena, struct packed_batch *batch, size_t count, size_t blobs_max,
                      struct kzg_blob **blob, size_t *blob_count)
{
    const size_t needed = blobs_needed(batch, count);
    if (needed > blobs_max)
        return REJECT_TOO_LONG;
    struct kzg_blob *blobs = ARENA_TAKE(arena, struct kzg_blob, needed);
    struct blob_writer w = {0};
    size_t opened = 0;
    for (size_t i = 0; i < count; i++) {
        struct bytes left = batch[i].batch;
        batch[i].blob_count = 0;
        while (left.len > 0) {
            if (opened == 0 || blob_room(&w) == 0)
                blob_open(&w, &blobs[opened++]);
            const size_t room = blob_room(&w), part = left.len < room ? left.len : room;
            if (batch[i].blob_count++ == 0)
                batch[i].first_blob = opened - 1;
            blob_add_frame(&w, batch[i].chain_id, bytes_of(left.ptr, part));
            left = bytes_of(left.ptr + part, left.len - part);
        }
    }
    BUG_UNLESS(opened == needed);
    *blob = blobs;
    *blob_count = opened;
    return OK;
}
