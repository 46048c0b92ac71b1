/* What a devnet persists for those who look at its scopes (persist.c has the rest).
 *
 *   rows  'r' request hash -> hash                       the transaction or operation that made a scoped call
 *         't' hash         -> rlp([ left out, [frame, ..] ])          the tree of a scope that is over
 *         'b' L1 block     -> rlp([ hash, numbers, [work, ..], [pair, ..], [rollup, ..] ])          a bundle
 *
 * Rows of blocks that evm_revert undid stay behind. A bundle counts while L1 has its transaction, a trace and a caller
 * while the status of the hash does. */
#include "base/u256.h"
#include "codec/rlp.h"
#include "devnet/devnet.h"
#include "devnet/row_key.h"

/* --- callers --- */

void devnet_store_calls(struct devnet *d, const struct status *s)
{
    for (u32 i = 0; d->store && i < s->call_count; i++) {
        const struct row_key k = hash_key('r', &s->call[i].request_hash);
        store_put_row(d->store, key_bytes(&k), BYTES_OF(s->hash.b));
    }
}

enum err devnet_stored_caller(struct devnet *d, struct arena *arena, bool *found, hash32 *out,
                              const hash32 *request_hash)
{
    const struct row_key k = hash_key('r', request_hash);
    struct bytes row;
    *found = false;
    if (!d->store)
        return OK;
    TRY(store_read_row(d->store, arena, found, &row, key_bytes(&k)));
    if (*found && row.len != sizeof out->b)
        return REJECT_STORE_CORRUPT;
    if (*found)
        memcpy(out->b, row.ptr, sizeof out->b);
    return OK;
}

/* --- traces --- */

enum { FRAME_IS_STATIC = 1, FRAME_IS_CUT_OFF = 2 };

static void add_tree_frame(struct buffer *out, const struct tree_frame *f)
{
    const size_t frame = rlp_open(out);
    rlp_add_u64(out, f->chain_id);
    rlp_add_u64(out, f->depth);
    rlp_add_u64(out, (u64)f->kind);
    rlp_add_u64(out, (f->is_static ? FRAME_IS_STATIC : 0u) | (f->is_cut_off ? FRAME_IS_CUT_OFF : 0u));
    rlp_add_u64(out, (u64)f->halt);
    rlp_add_u64(out, (u64)(f->handles + 1));
    rlp_add_string(out, BYTES_OF(f->from.b));
    rlp_add_string(out, BYTES_OF(f->to.b));
    rlp_add_u256(out, &f->value);
    rlp_add_u64(out, f->gas_limit);
    rlp_add_u64(out, f->gas_used);
    rlp_add_string(out, f->input);
    rlp_add_string(out, f->output);
    rlp_close(out, frame);
}

static enum err read_tree_frame(struct rlp_reader *from, struct tree_frame *f)
{
    struct rlp_reader r;
    u64 depth, kind, flags, halt, handles;
    TRY(rlp_list(from, &r));
    TRY(rlp_u64(&r, &f->chain_id));
    TRY(rlp_u64(&r, &depth));
    TRY(rlp_u64(&r, &kind));
    TRY(rlp_u64(&r, &flags));
    TRY(rlp_u64(&r, &halt));
    TRY(rlp_u64(&r, &handles));
    TRY(rlp_fixed(&r, f->from.b, sizeof f->from.b));
    TRY(rlp_fixed(&r, f->to.b, sizeof f->to.b));
    TRY(rlp_u256(&r, &f->value));
    TRY(rlp_u64(&r, &f->gas_limit));
    TRY(rlp_u64(&r, &f->gas_used));
    TRY(rlp_string(&r, &f->input));
    TRY(rlp_string(&r, &f->output));
    if (depth > UINT32_MAX || kind > MESSAGE_CREATE2 || halt > INT32_MAX || handles > INT32_MAX)
        return REJECT_STORE_CORRUPT;
    f->depth = (u32)depth;
    f->kind = (enum message_kind)kind;
    f->is_static = flags & FRAME_IS_STATIC;
    f->is_cut_off = flags & FRAME_IS_CUT_OFF;
    f->halt = (enum halt)halt;
    f->handles = (i32)handles - 1;
    return rlp_end(&r);
}

void devnet_store_trace(struct devnet *d, const hash32 *hash, const struct call_tree *tree)
{
    if (!d->store)
        return;
    const struct row_key k = hash_key('t', hash);
    struct buffer row = buffer_in(&d->slot_arena);
    const size_t all = rlp_open(&row);
    rlp_add_u64(&row, tree->left_out);
    const size_t frames = rlp_open(&row);
    for (u32 i = 0; i < tree->count; i++)
        add_tree_frame(&row, &tree->frame[i]);
    rlp_close(&row, frames);
    rlp_close(&row, all);
    store_put_row(d->store, key_bytes(&k), buffer_bytes(&row));
}

static enum err read_tree(struct arena *arena, struct call_tree *out, struct bytes row)
{
    struct rlp_reader r = rlp_reader(row), frames, ignored;
    u64 left_out;
    u32 count = 0;
    TRY(rlp_list(&r, &r));
    TRY(rlp_u64(&r, &left_out));
    TRY(rlp_list(&r, &frames));
    for (struct rlp_reader rest = frames; !rlp_at_end(&rest); count++)
        TRY(rlp_list(&rest, &ignored));
    struct tree_frame *frame = ARENA_TAKE_ZERO(arena, struct tree_frame, count);
    for (u32 i = 0; i < count; i++)
        TRY(read_tree_frame(&frames, &frame[i]));
    *out = (struct call_tree){frame, count, (u32)left_out};
    return rlp_end(&r);
}

enum err devnet_stored_trace(struct devnet *d, struct arena *arena, bool *found, struct call_tree *out,
                             const hash32 *hash)
{
    const struct row_key k = hash_key('t', hash);
    struct bytes row;
    *found = false;
    if (!d->store)
        return OK;
    TRY(store_read_row(d->store, arena, found, &row, key_bytes(&k)));
    return *found ? read_tree(arena, out, row) : OK;
}

/* --- bundles --- */

static void add_mailbox(struct buffer *out, const struct mailbox *m)
{
    rlp_add_u64(out, m->peer_chain);
    for (enum lane l = 0; l < LANE_COUNT; l++)
        rlp_add_string(out, BYTES_OF(m->lane[l].b));
    rlp_add_u256(out, &m->value_out);
    rlp_add_u256(out, &m->value_in);
}

static enum err read_stored_mailbox(struct rlp_reader *r, struct mailbox *m)
{
    TRY(rlp_u64(r, &m->peer_chain));
    for (enum lane l = 0; l < LANE_COUNT; l++)
        TRY(rlp_fixed(r, m->lane[l].b, sizeof m->lane[l].b));
    TRY(rlp_u256(r, &m->value_out));
    return rlp_u256(r, &m->value_in);
}

static void add_bundle_rollup(struct buffer *out, const struct bundle_rollup *r)
{
    const u64 number[] = {r->chain_id, r->first_block, r->last_block, r->gas_used, r->transactions,
                          r->system_transactions, r->data_bytes, r->attestations};
    const size_t rollup = rlp_open(out);
    for (size_t i = 0; i < COUNT_OF(number); i++)
        rlp_add_u64(out, number[i]);
    rlp_add_string(out, BYTES_OF(r->block_hash.b));
    rlp_add_string(out, BYTES_OF(r->state_root.b));
    rlp_add_string(out, BYTES_OF(r->statement.b));
    rlp_close(out, rollup);
}

static enum err read_bundle_rollup(struct rlp_reader *from, struct bundle_rollup *out)
{
    u64 *const number[] = {&out->chain_id, &out->first_block, &out->last_block, &out->gas_used, &out->transactions,
                           &out->system_transactions, &out->data_bytes, &out->attestations};
    struct rlp_reader r;
    TRY(rlp_list(from, &r));
    for (size_t i = 0; i < COUNT_OF(number); i++)
        TRY(rlp_u64(&r, number[i]));
    TRY(rlp_fixed(&r, out->block_hash.b, sizeof out->block_hash.b));
    TRY(rlp_fixed(&r, out->state_root.b, sizeof out->state_root.b));
    TRY(rlp_fixed(&r, out->statement.b, sizeof out->statement.b));
    return rlp_end(&r);
}

void devnet_store_bundle(struct devnet *d, const struct bundle_record *b)
{
    if (!d->store)
        return;
    const struct row_key k = number_key('b', b->block_number);
    const u64 number[] = {b->block_number, b->timestamp, b->gas_used, b->tx_bytes, b->is_in_blobs, b->blob_count,
                          b->call_count};
    struct buffer row = buffer_in(&d->slot_arena);
    const size_t all = rlp_open(&row);
    rlp_add_string(&row, BYTES_OF(b->hash.b));
    for (size_t i = 0; i < COUNT_OF(number); i++)
        rlp_add_u64(&row, number[i]);
    rlp_add_u256(&row, &b->data_wei);
    rlp_add_u256(&row, &b->other_wei);
    const size_t work = rlp_open(&row);
    for (size_t i = 0; i < b->work_count; i++)
        rlp_add_string(&row, BYTES_OF(b->work[i].b));
    rlp_close(&row, work);
    const size_t pairs = rlp_open(&row);
    for (size_t i = 0; i < b->pair_count; i++) {
        const size_t pair = rlp_open(&row);
        rlp_add_u64(&row, b->pair[i].here_chain);
        rlp_add_u64(&row, b->pair[i].there_chain);
        add_mailbox(&row, &b->pair[i].here);
        add_mailbox(&row, &b->pair[i].there);
        rlp_close(&row, pair);
    }
    rlp_close(&row, pairs);
    const size_t rollups = rlp_open(&row);
    for (size_t i = 0; i < b->rollup_count; i++)
        add_bundle_rollup(&row, &b->rollup[i]);
    rlp_close(&row, rollups);
    rlp_close(&row, all);
    store_put_row(d->store, key_bytes(&k), buffer_bytes(&row));
}

/* The items of a list, which are counted first. */
static enum err open_items(struct rlp_reader *from, struct rlp_reader *items, size_t *count)
{
    struct bytes ignored;
    TRY(rlp_list(from, items));
    *count = 0;
    for (struct rlp_reader rest = *items; !rlp_at_end(&rest); ++*count)
        TRY(rlp_item(&rest, &ignored));
    return OK;
}

static enum err read_bundle_work(struct rlp_reader *from, struct arena *arena, struct bundle_record *b)
{
    struct rlp_reader items;
    TRY(open_items(from, &items, &b->work_count));
    hash32 *work = ARENA_TAKE(arena, hash32, b->work_count);
    for (size_t i = 0; i < b->work_count; i++)
        TRY(rlp_fixed(&items, work[i].b, sizeof work[i].b));
    b->work = work;
    return OK;
}

static enum err read_bundle_pairs(struct rlp_reader *from, struct arena *arena, struct bundle_record *b)
{
    struct rlp_reader items, r;
    TRY(open_items(from, &items, &b->pair_count));
    struct pair_report *pair = ARENA_TAKE_ZERO(arena, struct pair_report, b->pair_count);
    for (size_t i = 0; i < b->pair_count; i++) {
        TRY(rlp_list(&items, &r));
        TRY(rlp_u64(&r, &pair[i].here_chain));
        TRY(rlp_u64(&r, &pair[i].there_chain));
        TRY(read_stored_mailbox(&r, &pair[i].here));
        TRY(read_stored_mailbox(&r, &pair[i].there));
        TRY(rlp_end(&r));
    }
    b->pair = pair;
    return OK;
}

static enum err read_bundle(struct bundle_record *b, struct arena *arena, struct bytes row)
{
    struct rlp_reader r = rlp_reader(row), rollups;
    u64 tx_bytes, is_in_blobs, call_count;
    u64 *const number[] = {&b->block_number, &b->timestamp, &b->gas_used, &tx_bytes, &is_in_blobs, &b->blob_count,
                           &call_count};
    *b = (struct bundle_record){0};
    TRY(rlp_list(&r, &r));
    TRY(rlp_fixed(&r, b->hash.b, sizeof b->hash.b));
    for (size_t i = 0; i < COUNT_OF(number); i++)
        TRY(rlp_u64(&r, number[i]));
    b->tx_bytes = tx_bytes;
    b->is_in_blobs = is_in_blobs == 1;
    b->call_count = call_count;
    TRY(rlp_u256(&r, &b->data_wei));
    TRY(rlp_u256(&r, &b->other_wei));
    TRY(read_bundle_work(&r, arena, b));
    TRY(read_bundle_pairs(&r, arena, b));
    TRY(open_items(&r, &rollups, &b->rollup_count));
    struct bundle_rollup *rollup = ARENA_TAKE_ZERO(arena, struct bundle_rollup, b->rollup_count);
    for (size_t i = 0; i < b->rollup_count; i++)
        TRY(read_bundle_rollup(&rollups, &rollup[i]));
    b->rollup = rollup;
    return rlp_end(&r);
}

static enum err restore_bundle(void *context, struct bytes key, struct bytes row)
{
    struct devnet *d = context;
    struct bundle_record b;
    const struct arena_mark mark = arena_mark(&d->slot_arena);
    (void)key;
    TRY(read_bundle(&b, &d->slot_arena, row));
    struct snapshot *l1 = snapshot_take(&d->chain[0].chain);
    if (snapshot_find_tx(l1, &b.hash))
        bundles_add(d->bundles, &b);
    snapshot_drop(l1);
    arena_rewind(&d->slot_arena, mark);
    return OK;
}

enum err devnet_restore_bundles(struct devnet *d, struct complaint *complaint)
{
    if (!d->store)
        return OK;
    const enum err e = store_each_row(d->store, complaint, bytes_of("b", 1), restore_bundle, d);
    if (e == OK)
        return OK;
    complaint->file = d->folder;
    complain(complaint, (struct place){0}, "a bundle cannot be read");
    return REJECT_STORE_CORRUPT;
}
