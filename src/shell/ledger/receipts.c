/* The receipts of a block as a store has them:
 *
 *     rlp([ [success, cumulative gas, gas used, blob gas, price, halt, created or "", output,
 *             [ [address, [topic, ..], data], .. ]], .. ]) */
#include "codec/rlp.h"
#include "ledger/ledger.h"

/* --- to bytes --- */

static void persist_log(struct buffer *out, const struct log *l)
{
    const size_t log = rlp_open(out);
    rlp_add_string(out, BYTES_OF(l->at.b));
    const size_t topics = rlp_open(out);
    for (u32 i = 0; i < l->topic_count; i++)
        rlp_add_string(out, BYTES_OF(l->topic[i].b));
    rlp_close(out, topics);
    rlp_add_string(out, l->data);
    rlp_close(out, log);
}

static void persist_receipt(struct buffer *out, const struct receipt *r)
{
    const size_t list = rlp_open(out);
    rlp_add_u64(out, r->success);
    rlp_add_u64(out, r->cumulative_gas);
    rlp_add_u64(out, r->gas_used);
    rlp_add_u64(out, r->blob_gas_used);
    rlp_add_u256(out, &r->effective_gas_price);
    rlp_add_u64(out, r->halt);
    rlp_add_string(out, r->has_created ? BYTES_OF(r->created.b) : bytes_of(NULL, 0));
    rlp_add_string(out, r->output);
    const size_t logs = rlp_open(out);
    for (u32 i = 0; i < r->log_count; i++)
        persist_log(out, &r->log[i]);
    rlp_close(out, logs);
    rlp_close(out, list);
}

void ledger_persist_receipts(struct buffer *out, const struct ledger_block *b)
{
    const size_t all = rlp_open(out);
    for (u32 i = 0; i < b->tx_count; i++)
        persist_receipt(out, &b->receipt[i]);
    rlp_close(out, all);
}

/* --- the other way --- */

static enum err read_log(struct arena *arena, struct log *l, struct rlp_reader *from)
{
    struct rlp_reader r, topics;
    struct bytes data;
    TRY(rlp_list(from, &r));
    TRY(rlp_fixed(&r, l->at.b, sizeof l->at.b));
    TRY(rlp_list(&r, &topics));
    while (!rlp_at_end(&topics)) {
        if (l->topic_count == COUNT_OF(l->topic))
            return REJECT_STORE_CORRUPT;
        TRY(rlp_fixed(&topics, l->topic[l->topic_count++].b, sizeof l->topic[0].b));
    }
    TRY(rlp_string(&r, &data));
    l->data = arena_copy(arena, data);
    return rlp_end(&r);
}

static enum err read_logs(struct arena *arena, struct receipt *t, struct rlp_reader *from)
{
    struct rlp_reader logs, ignored;
    TRY(rlp_list(from, &logs));
    for (struct rlp_reader rest = logs; !rlp_at_end(&rest); t->log_count++)
        TRY(rlp_list(&rest, &ignored));
    struct log *log = ARENA_TAKE_ZERO(arena, struct log, t->log_count);
    for (u32 i = 0; i < t->log_count; i++) {
        TRY(read_log(arena, &log[i], &logs));
        bloom_add_log(&t->bloom, &log[i]);
    }
    t->log = log;
    return OK;
}

static enum err read_receipt(struct arena *arena, struct receipt *t, struct rlp_reader *from)
{
    struct rlp_reader r;
    u64 success, halt;
    struct bytes created, output;
    TRY(rlp_list(from, &r));
    TRY(rlp_u64(&r, &success));
    TRY(rlp_u64(&r, &t->cumulative_gas));
    TRY(rlp_u64(&r, &t->gas_used));
    TRY(rlp_u64(&r, &t->blob_gas_used));
    TRY(rlp_u256(&r, &t->effective_gas_price));
    TRY(rlp_u64(&r, &halt));
    TRY(rlp_string(&r, &created));
    TRY(rlp_string(&r, &output));
    if (success > 1 || halt >= HALT_COUNT || (created.len && created.len != sizeof t->created.b))
        return REJECT_STORE_CORRUPT;
    t->success = success == 1;
    t->halt = (enum halt)halt;
    t->has_created = created.len != 0;
    if (t->has_created)
        memcpy(t->created.b, created.ptr, sizeof t->created.b);
    t->output = arena_copy(arena, output);
    TRY(read_logs(arena, t, &r));
    return rlp_end(&r);
}

static enum err read_receipts(struct arena *arena, struct receipt *receipt, const struct ledger_block *b,
                              struct bytes persisted)
{
    struct rlp_reader r = rlp_reader(persisted), list;
    TRY(rlp_list(&r, &list));
    TRY(rlp_end(&r));
    for (u32 i = 0; i < b->tx_count; i++) {
        receipt[i].type = b->tx[i].type;
        TRY(read_receipt(arena, &receipt[i], &list));
    }
    return rlp_end(&list);
}

static bool have_root(struct arena *arena, const struct receipt *receipt, const struct ledger_block *b)
{
    const struct receipt **each = ARENA_TAKE(arena, const struct receipt *, b->tx_count);
    hash32 root;
    for (u32 i = 0; i < b->tx_count; i++)
        each[i] = &receipt[i];
    receipts_root(&root, each, b->tx_count, arena);
    return hash32_eq(&root, &b->header.receipts_root);
}

enum err ledger_restore_receipts(struct ledger *l, struct bytes persisted)
{
    struct ledger_block *b = &l->block.item[l->block.count - 1];
    struct receipt *receipt = ARENA_TAKE_ZERO(&l->arena, struct receipt, b->tx_count);
    if (read_receipts(&l->arena, receipt, b, persisted) != OK || !have_root(&l->arena, receipt, b))
        return REJECT_STORE_CORRUPT;
    b->receipt = receipt;
    return OK;
}
