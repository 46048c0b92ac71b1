#include "chain/block.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/trie.h"

static enum err count_block_items(struct rlp_reader list, u32 *out)
{
    u32 count = 0;
    struct bytes item;
    for (; !rlp_at_end(&list); count++)
        if (rlp_item(&list, &item) != OK)
            return REJECT_BLOCK_RLP;
    *out = count;
    return OK;
}

/* What a transaction's item says without its prefix: a list is a legacy transaction and its own envelope. */
static enum err envelope_of(struct bytes item, struct bytes *out)
{
    struct rlp_reader r = rlp_reader(item);
    if (rlp_is_list(&r))
        *out = item;
    else if (rlp_string(&r, out) != OK)
        return REJECT_BLOCK_RLP;
    return OK;
}

static enum err take_transactions(struct block *b, struct arena *arena, struct rlp_reader *r,
                                  const struct chain_rules *rules)
{
    const u32 system = rules->hooks ? tx_type_bit(TX_SYSTEM) : 0;
    struct rlp_reader list;
    struct bytes item;
    if (rlp_list(r, &list) != OK)
        return REJECT_BLOCK_RLP;
    TRY(count_block_items(list, &b->tx_count));
    b->tx = ARENA_TAKE(arena, struct tx, b->tx_count);
    b->envelope = ARENA_TAKE(arena, struct bytes, b->tx_count);
    for (u32 i = 0; i < b->tx_count; i++) {
        TRY(rlp_item(&list, &item));
        TRY(envelope_of(item, &b->envelope[i]));
        TRY(tx_decode_item(&b->tx[i], arena, item, TX_TYPES_ETHEREUM | TX_ADMITS_EIP155 | system));
    }
    return OK;
}

static enum err take_ommers(struct block *b, struct arena *arena, struct rlp_reader *r)
{
    struct rlp_reader list;
    struct bytes item;
    if (rlp_list(r, &list) != OK)
        return REJECT_BLOCK_RLP;
    TRY(count_block_items(list, &b->ommer_count));
    struct header *ommer = ARENA_TAKE(arena, struct header, b->ommer_count);
    b->ommer = ommer;
    for (u32 i = 0; i < b->ommer_count; i++) {
        TRY(rlp_item(&list, &item));
        TRY(header_decode(&ommer[i], item));
    }
    return OK;
}

static enum err take_withdrawal(struct rlp_reader *list, struct withdrawal *w)
{
    struct rlp_reader item;
    struct bytes to;
    if (rlp_list(list, &item) != OK || rlp_u64(&item, &w->index) != OK || rlp_u64(&item, &w->validator) != OK ||
        rlp_string(&item, &to) != OK)
        return REJECT_BLOCK_RLP;
    if (to.len != sizeof(address))
        return REJECT_BLOCK_RLP_ADDRESS;
    memcpy(w->to.b, to.ptr, sizeof(address));
    return rlp_u64(&item, &w->amount_gwei) == OK && rlp_at_end(&item) ? OK : REJECT_BLOCK_RLP;
}

static enum err take_withdrawals(struct block *b, struct arena *arena, struct rlp_reader *r)
{
    struct rlp_reader list;
    if (rlp_list(r, &list) != OK)
        return REJECT_BLOCK_RLP_WITHDRAWALS;
    TRY(count_block_items(list, &b->withdrawal_count));
    struct withdrawal *w = ARENA_TAKE(arena, struct withdrawal, b->withdrawal_count);
    b->withdrawal = w;
    b->has_withdrawals = true;
    for (u32 i = 0; i < b->withdrawal_count; i++)
        TRY(take_withdrawal(&list, &w[i]));
    return OK;
}

enum err block_decode(struct block *out, struct arena *arena, struct bytes rlp, const struct chain_rules *rules)
{
    struct rlp_reader r = rlp_reader(rlp), list;
    struct bytes header;
    struct block b = {.rlp = rlp};
    if (rlp_list(&r, &list) != OK || !rlp_at_end(&r) || rlp_item(&list, &header) != OK)
        return REJECT_BLOCK_RLP;
    TRY(header_decode(&b.header, header));
    keccak256(&b.hash, header.ptr, header.len);
    TRY(take_transactions(&b, arena, &list, rules));
    TRY(take_ommers(&b, arena, &list));
    if (!rlp_at_end(&list))
        TRY(take_withdrawals(&b, arena, &list));
    if (!rlp_at_end(&list))
        return REJECT_BLOCK_RLP;
    *out = b;
    return OK;
}

static void add_withdrawal(struct buffer *out, const struct withdrawal *w)
{
    const size_t item = rlp_open(out);
    rlp_add_u64(out, w->index);
    rlp_add_u64(out, w->validator);
    rlp_add_string(out, BYTES_OF(w->to.b));
    rlp_add_u64(out, w->amount_gwei);
    rlp_close(out, item);
}

void block_encode(struct buffer *out, const struct header *h, const struct tx *const *tx, u32 tx_count,
                  const struct header *ommer, u32 ommer_count, const struct withdrawal *w, u32 withdrawal_count)
{
    const size_t block = rlp_open(out);
    header_encode(out, h);
    size_t list = rlp_open(out);
    for (u32 i = 0; i < tx_count; i++)
        tx_encode_item(out, tx[i]);
    rlp_close(out, list);
    list = rlp_open(out);
    for (u32 i = 0; i < ommer_count; i++)
        header_encode(out, &ommer[i]);
    rlp_close(out, list);
    if (h->field_count >= HEADER_SHANGHAI) {
        list = rlp_open(out);
        for (u32 i = 0; i < withdrawal_count; i++)
            add_withdrawal(out, &w[i]);
        rlp_close(out, list);
    }
    rlp_close(out, block);
}

void transactions_root(hash32 *out, const struct bytes *envelope, u32 count, struct arena *scratch)
{
    trie_list_root(out, scratch, envelope, count);
}

void withdrawals_root(hash32 *out, const struct withdrawal *w, u32 count, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct bytes *item = ARENA_TAKE(scratch, struct bytes, count);
    for (u32 i = 0; i < count; i++) {
        struct buffer b = buffer_in(scratch);
        add_withdrawal(&b, &w[i]);
        item[i] = buffer_bytes(&b);
    }
    trie_list_root(out, scratch, item, count);
    arena_rewind(scratch, mark);
}

void ommers_hash(hash32 *out, const struct header *ommer, u32 count, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer b = buffer_in(scratch);
    const size_t list = rlp_open(&b);
    for (u32 i = 0; i < count; i++)
        header_encode(&b, &ommer[i]);
    rlp_close(&b, list);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}
