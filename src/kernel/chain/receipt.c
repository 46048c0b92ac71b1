#include "chain/receipt.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/trie.h"

static void add_logs(struct buffer *out, const struct log *log, u32 count)
{
    const size_t list = rlp_open(out);
    for (u32 i = 0; i < count; i++) {
        const size_t item = rlp_open(out);
        rlp_add_string(out, BYTES_OF(log[i].at.b));
        const size_t topics = rlp_open(out);
        for (u32 k = 0; k < log[i].topic_count; k++)
            rlp_add_string(out, BYTES_OF(log[i].topic[k].b));
        rlp_close(out, topics);
        rlp_add_string(out, log[i].data);
        rlp_close(out, item);
    }
    rlp_close(out, list);
}

void receipt_encode(struct buffer *out, const struct receipt *r)
{
    if (r->type != TX_LEGACY)
        buffer_add_u8(out, (u8)r->type);
    const size_t list = rlp_open(out);
    if (r->has_state_root)
        rlp_add_string(out, BYTES_OF(r->state_root.b));
    else
        rlp_add_u64(out, r->success);
    rlp_add_u64(out, r->cumulative_gas);
    rlp_add_string(out, BYTES_OF(r->bloom.b));
    add_logs(out, r->log, r->log_count);
    rlp_close(out, list);
}

void receipts_root(hash32 *out, const struct receipt *const *receipt, size_t count, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct bytes *item = ARENA_TAKE(scratch, struct bytes, count);
    for (size_t i = 0; i < count; i++) {
        struct buffer b = buffer_in(scratch);
        receipt_encode(&b, receipt[i]);
        item[i] = buffer_bytes(&b);
    }
    trie_list_root(out, scratch, item, count);
    arena_rewind(scratch, mark);
}

void bloom_add(struct bloom *b, struct bytes item)
{
    hash32 h;
    keccak256(&h, item.ptr, item.len);
    for (unsigned i = 0; i < 6; i += 2) {
        const unsigned bit = ((unsigned)h.b[i] << 8 | h.b[i + 1]) & 2047;
        b->b[255 - bit / 8] |= (u8)(1u << bit % 8);
    }
}

void bloom_add_log(struct bloom *b, const struct log *l)
{
    bloom_add(b, BYTES_OF(l->at.b));
    for (u32 i = 0; i < l->topic_count; i++)
        bloom_add(b, BYTES_OF(l->topic[i].b));
}

void bloom_merge(struct bloom *b, const struct bloom *more)
{
    for (size_t i = 0; i < sizeof b->b; i++)
        b->b[i] |= more->b[i];
}

bool bloom_may_hold(const struct bloom *b, struct bytes item)
{
    struct bloom bits = {{0}};
    u8 missing = 0;
    bloom_add(&bits, item);
    for (size_t i = 0; i < sizeof bits.b; i++)
        missing |= (u8)(bits.b[i] & ~b->b[i]);
    return missing == 0;
}

void logs_hash(hash32 *out, const struct log *log, u32 count, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer b = buffer_in(scratch);
    add_logs(&b, log, count);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}
