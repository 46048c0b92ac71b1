#include "verify/batch.h"

#include "codec/inflate.h"
#include "codec/rlp.h"

void batch_encode(struct buffer *out, const struct batch *b)
{
    const size_t blocks = rlp_open(out);
    for (u32 i = 0; i < b->block_count; i++) {
        const size_t block = rlp_open(out);
        rlp_add_u64(out, b->block[i].timestamp);
        const size_t list = rlp_open(out);
        for (u32 j = 0; j < b->block[i].envelope_count; j++)
            rlp_add_string(out, b->block[i].envelope[j]);
        rlp_close(out, list);
        rlp_close(out, block);
    }
    rlp_close(out, blocks);
}

/* Items left in a list; each takes at least a byte, so the count is bounded by the input. */
static enum err count_batch_items(struct rlp_reader list, u32 *count)
{
    u32 n = 0;
    while (!rlp_at_end(&list)) {
        struct bytes item;
        TRY(rlp_item(&list, &item));
        n++;
    }
    *count = n;
    return OK;
}

static enum err decode_block(struct batch_block *out, struct arena *arena, struct rlp_reader *blocks)
{
    struct rlp_reader block, list;
    TRY(rlp_list(blocks, &block));
    TRY(rlp_u64(&block, &out->timestamp));
    TRY(rlp_list(&block, &list));
    TRY(rlp_end(&block));
    TRY(count_batch_items(list, &out->envelope_count));
    struct bytes *envelope = ARENA_TAKE(arena, struct bytes, out->envelope_count);
    for (u32 i = 0; i < out->envelope_count; i++)
        TRY(rlp_string(&list, &envelope[i]));
    out->envelope = envelope;
    return OK;
}

static enum err decode_content(struct batch *out, struct arena *arena, struct bytes content)
{
    struct rlp_reader r = rlp_reader(content), blocks;
    TRY(rlp_list(&r, &blocks));
    TRY(rlp_end(&r));
    TRY(count_batch_items(blocks, &out->block_count));
    if (out->block_count == 0 || out->block_count > BATCH_BLOCKS_MAX)
        return REJECT_BATCH;
    out->block = ARENA_TAKE(arena, struct batch_block, out->block_count);
    for (u32 i = 0; i < out->block_count; i++)
        TRY(decode_block(&out->block[i], arena, &blocks));
    return OK;
}

enum err batch_decode(struct batch *out, struct arena *arena, struct bytes encoded)
{
    if (encoded.len < 1 || encoded.ptr[0] != BATCH_VERSION)
        return REJECT_BATCH_VERSION;
    const struct arena_mark mark = arena_mark(arena);
    struct bytes content;
    TRY(inflate_bytes(&content, arena, bytes_of(encoded.ptr + 1, encoded.len - 1), BATCH_CONTENT_MAX));
    struct batch b;
    if (decode_content(&b, arena, content) != OK) {
        arena_rewind(arena, mark);
        return REJECT_BATCH;
    }
    *out = b;
    return OK;
}
