#include "verify/data.h"

#include "base/buffer.h"
#include "crypto/kzg_blob.h"
#include "crypto/kzg_proof.h"
#include "scope/settlement.h"
#include "verify/blob.h"

enum err data_check(const struct published_data *d)
{
    if (d->blob_count && d->calldata.len)
        return REJECT_DATA_TWO_PLACES;
    if (d->blob_count > DATA_BLOBS_MAX)
        return REJECT_BLOB_COUNT;
    for (size_t i = 0; i < d->blob_count; i++)
        if (kzg_blob_verify(d->blob[i].blob, &d->blob[i].commitment, &d->blob[i].proof) != OK)
            return REJECT_BLOB_PROOF;
    return OK;
}

static enum err join_frames(struct bytes *out, struct arena *arena, const struct published_data *d, u64 chain_id)
{
    struct buffer batch = buffer_in(arena);
    for (size_t i = 0; i < d->blob_count; i++) {
        struct bytes frame;
        TRY(blob_frame(&frame, arena, d->blob[i].blob, chain_id));
        if (d->blob_count == 1) { /* the usual case is not copied */
            *out = frame;
            return OK;
        }
        buffer_add_bytes(&batch, frame);
    }
    *out = buffer_bytes(&batch);
    return OK;
}

enum err data_batch(struct bytes *out, struct arena *arena, const struct published_data *d, u64 chain_id)
{
    if (d->blob_count == 0) {
        *out = d->calldata;
        return OK;
    }
    const struct arena_mark mark = arena_mark(arena);
    const enum err e = join_frames(out, arena, d, chain_id);
    if (e != OK)
        arena_rewind(arena, mark);
    return e;
}

void data_hash(hash32 *out, const struct published_data *d, u64 chain_id, u64 first_block, u64 last_block,
               struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    hash32 *hash = ARENA_TAKE(scratch, hash32, d->blob_count);
    for (size_t i = 0; i < d->blob_count; i++)
        kzg_versioned_hash(&hash[i], d->blob[i].commitment.b);
    da_hash(out, chain_id, first_block, last_block, hash, d->blob_count, d->calldata, scratch);
    arena_rewind(scratch, mark);
}
