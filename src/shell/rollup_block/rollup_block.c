#include "rollup_block/rollup_block.h"

#include "base/list.h"
#include "bridge/calldata.h"
#include "codec/text.h"
#include "rollup_block/batcher.h"
#include "simulate/simulate.h"

/* Byte strings that a recording copies. */
struct recorded_list {
    struct arena *arena;
    LIST(struct bytes) bytes;
};

static void add_recorded(struct recorded_list *l, struct bytes item)
{
    *LIST_ADD(&l->bytes, l->arena) = arena_copy(l->arena, item);
}

struct rollup_block_build {
    struct rollup_block *b;
    const struct rollup_block_input *in;
    struct rollup_block_input input; /* in points here */
    struct arena *arena;
    struct buffer *why;
    struct recorded_list envelopes, nodes, codes, keys;
    struct code_source recording_codes;
    struct ancestors ancestors;
    u64 oldest_ancestor; /* whose hash was read */
};

/* --- recording --- */

static enum err record_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct rollup_block_build *build = context;
    (void)hash;
    add_recorded(&build->nodes, rlp);
    return OK;
}

static enum err record_code(void *context, struct bytes *out, const hash32 *hash)
{
    struct rollup_block_build *build = context;
    const struct code_source *codes = &build->in->ledger->codes;
    TRY(codes->code(codes->context, out, hash));
    add_recorded(&build->codes, *out);
    return OK;
}

static enum err record_key(void *context, struct bytes key)
{
    struct rollup_block_build *build = context;
    add_recorded(&build->keys, key);
    return OK;
}

static enum err record_ancestor(void *context, hash32 *out, u64 number)
{
    struct rollup_block_build *build = context;
    const struct ancestors *ancestors = &build->in->ledger->ancestors;
    TRY(ancestors->hash(ancestors->context, out, number));
    if (number < build->oldest_ancestor)
        build->oldest_ancestor = number;
    return OK;
}

/* --- transactions --- */

static enum err apply(struct rollup_block_build *build, const struct tx *t, const struct receipt **receipt)
{
    struct buffer envelope = buffer_in(build->arena);
    TRY(rollup_apply(&build->b->run, receipt, t, build->arena));
    tx_encode(&envelope, t);
    add_recorded(&build->envelopes, buffer_bytes(&envelope));
    return OK;
}

static enum err apply_system(struct rollup_block_build *build, const struct receipt **receipt, const address *to,
                             struct bytes data, u64 gas)
{
    const struct block_run *run = &build->b->run;
    struct tx *t = ARENA_TAKE(build->arena, struct tx, 1);
    *t = (struct tx){.type = TX_SYSTEM,
                     .has_chain_id = true,
                     .chain_id = run->rules->chain_id,
                     .block_number = run->header.number,
                     .index = run->tx.count,
                     .to = *to,
                     .gas_limit = gas,
                     .data = data,
                     .has_sender = true,
                     .sender = system_sender};
    build->b->system_transactions++;
    return apply(build, t, receipt);
}

static enum err apply_bridge(struct rollup_block_build *build, const struct receipt **receipt, struct bytes data,
                             u64 gas)
{
    return apply_system(build, receipt, &rollup_bridge_address, data, gas);
}

/* Gas of the system functions that only store: a storage slot for each word, and their overhead. */
static u64 storing_gas(struct bytes data)
{
    return 500000 + 1000 * (u64)data.len;
}

/* With what the block has left, if that is less: a limit is high, and what is not used is not taken from the block. */
static enum err apply_storing(struct rollup_block_build *build, struct bytes data)
{
    const struct receipt *receipt;
    const struct block_run *run = &build->b->run;
    const u64 gas = storing_gas(data), left = run->header.gas_limit - run->gas_used;
    const enum err e = apply_bridge(build, &receipt, data, gas < left ? gas : left);
    return e == REJECT_SYSTEM_TX_FAILED && left < gas ? REJECT_TX_GAS_ALLOWANCE : e;
}

static enum err apply_opening(struct rollup_block_build *build, u64 floor, bool announces)
{
    if (floor == 0 && !announces)
        return OK;
    return apply_storing(build, announces ? calldata_announce_root(build->arena, floor)
                                          : calldata_open_scope(build->arena, floor));
}

static enum err apply_fills(struct rollup_block_build *build, size_t item)
{
    const struct rollup_block_input *in = build->in;
    struct nested *nested;
    struct fill *fill;
    const size_t queues = plan_nested(in->plan, build->arena, &nested, in->chain, item, NULL);
    for (size_t i = 0; i < queues; i++)
        TRY(apply_storing(build, calldata_fill_nested_calls(build->arena, &nested[i])));
    const size_t fills = plan_fills(in->plan, build->arena, &fill, in->chain, item, NULL);
    if (fills == 0)
        return OK;
    return apply_storing(build, calldata_fill_responses_in(build->arena, fill, fills));
}

/* Deletes the responses to what the item looked up; ends an announcement. */
static enum err close_lookups(struct rollup_block_build *build, size_t index)
{
    const struct rollup_block_input *in = build->in;
    const struct receipt *receipt;
    hash32 *lookup;
    const size_t count = plan_lookups(in->plan, build->arena, &lookup, in->chain, index);
    if (count == 0 && !in->plan->chain[in->chain].item.item[index].announces)
        return OK;
    return apply_bridge(build, &receipt, calldata_close_lookups(build->arena, lookup, count),
                        closing_gas(in->plan, in->chain, index));
}

static enum err compare_with_simulation(struct rollup_block_build *build, size_t index, const struct receipt *receipt)
{
    const struct plan_item *item = &build->in->plan->chain[build->in->chain].item.item[index];
    hash32 logs;
    logs_hash(&logs, receipt->log, receipt->log_count, build->arena);
    if (item->success == receipt->success && item->log_count == receipt->log_count && hash32_eq(&item->logs, &logs))
        return OK;
    build->why->len = 0;
    text_add(build->why, "item ");
    text_add_u64(build->why, index);
    text_add(build->why, " of chain ");
    text_add_u64(build->why, build->in->ledger->rules->chain_id);
    text_add(build->why, " emitted different logs or ended differently than in the simulation");
    return REJECT_PASSES_DIFFER;
}

enum err rollup_block_apply(struct rollup_block *b, size_t index, u64 floor)
{
    struct rollup_block_build *build = b->build;
    const struct rollup_block_input *in = build->in;
    const struct plan_item *item = &in->plan->chain[in->chain].item.item[index];
    TRY(apply_opening(build, item->floor > floor ? item->floor : floor, item->announces));
    TRY(apply_fills(build, index));
    const struct receipt *receipt;
    b->item_tx[index] = (u32)b->run.tx.count;
    if (item->kind == ITEM_HANDLE) {
        const struct scoped_call *call = &in->plan->call.item[item->call].call;
        TRY(apply_bridge(build, &receipt, calldata_handle_scoped_call(build->arena, call), handling_gas(call)));
    } else {
        TRY(apply(build, in->tx[item->work], &receipt));
        b->transactions++;
    }
    b->item_count++;
    TRY(close_lookups(build, index));
    return in->is_forged ? OK : compare_with_simulation(build, index, receipt);
}

struct rollup_block_mark rollup_block_mark(struct rollup_block *b)
{
    return (struct rollup_block_mark){block_mark(&b->run), b->build->envelopes.bytes.count, b->item_count,
                                      b->transactions, b->system_transactions};
}

void rollup_block_rewind(struct rollup_block *b, const struct rollup_block_mark *mark)
{
    const size_t count = b->build->in->plan->chain[b->build->in->chain].item.count;
    for (size_t i = 0; i < count; i++)
        if (b->item_tx[i] != ROLLUP_BLOCK_ABSENT && b->item_tx[i] >= mark->run.tx_count)
            b->item_tx[i] = ROLLUP_BLOCK_ABSENT;
    block_rewind(&b->run, &mark->run);
    b->build->envelopes.bytes.count = mark->envelope_count;
    b->item_count = mark->item_count;
    b->transactions = mark->transactions;
    b->system_transactions = mark->system_transactions;
}

/* --- results --- */

static void write_batch(struct rollup_block_build *build)
{
    const struct batch_block block = {build->in->timestamp, build->envelopes.bytes.item,
                                      (u32)build->envelopes.bytes.count};
    struct batch_block blocks[1] = {block};
    const struct batch batch = {blocks, 1};
    build->b->batch = batcher_encode(build->arena, &batch);
}

static enum err write_witness(struct rollup_block_build *build)
{
    const struct ledger *l = build->in->ledger;
    const u64 parent = ledger_head(l)->header.number;
    const u64 oldest = build->oldest_ancestor < parent ? build->oldest_ancestor : parent;
    TRY(trie_recorded(l->tries, record_node, build));
    TRY(state_each_key(build->b->state, record_key, build));
    struct bytes *header = ARENA_TAKE(build->arena, struct bytes, parent - oldest + 1);
    for (u64 n = oldest; n <= parent; n++) {
        struct buffer rlp = buffer_in(build->arena);
        header_encode(&rlp, &l->block.item[n].header);
        header[n - oldest] = buffer_bytes(&rlp);
    }
    struct buffer anchor = buffer_in(build->arena);
    header_encode(&anchor, build->in->anchor);
    build->b->witness = (struct witness){
        .anchor = buffer_bytes(&anchor),
        .header = header,
        .header_count = (size_t)(parent - oldest + 1),
        .node = build->nodes.bytes.item,
        .node_count = build->nodes.bytes.count,
        .code = build->codes.bytes.item,
        .code_count = build->codes.bytes.count,
        .key = build->keys.bytes.item,
        .key_count = build->keys.bytes.count,
    };
    return OK;
}

struct transition rollup_block_transition(const struct rollup_block *b, const struct published_data *data,
                                          struct arena *scratch)
{
    struct transition t = b->transition;
    data_hash(&t.da_hash, data, t.chain_id, t.first_block, t.last_block, scratch);
    return t;
}

static enum err write_transition(struct rollup_block_build *build)
{
    const struct ledger_block *parent = ledger_head(build->in->ledger);
    struct rollup_block *b = build->b;
    struct mailbox *mailbox;
    b->transition = (struct transition){
        .chain_id = build->in->ledger->rules->chain_id,
        .parent_block_hash = parent->hash,
        .pre_state_root = parent->header.state_root,
        .block_hash = b->hash,
        .state_root = b->header.state_root,
        .first_block = b->header.number,
        .last_block = b->header.number,
        .last_timestamp = b->header.timestamp,
    };
    rollup_rules_hash(&b->transition.rules_hash, build->in->rules);
    b->data = (struct published_data){.calldata = b->batch};
    b->transition = rollup_block_transition(b, &b->data, build->arena);
    struct l1_anchor anchor;
    TRY(rollup_anchor(b->state, &anchor));
    b->transition.anchor_number = anchor.number;
    b->transition.anchor_hash = anchor.hash;
    TRY(rollup_forced(b->state, &b->forced_count, &b->transition.forced_hash));
    if (build->in->forced.count == 0)
        b->transition.forced_hash = (hash32){{0}};
    TRY(rollup_mailboxes(b->state, build->arena, &mailbox, &b->transition.mailbox_count, b->header.number));
    b->transition.mailbox = mailbox;
    return OK;
}

/* The transaction that an entry carries follows by itself, and is not published. */
static enum err take_forced(struct rollup_block_build *build)
{
    const struct forced_list *forced = &build->in->forced;
    const struct receipt *receipt;
    build->b->has_forced = forced->count != 0;
    for (size_t i = 0; i < forced->count; i++) {
        const struct forced_entry *e = &forced->entry[i];
        const size_t before = build->b->run.tx.count;
        TRY(apply_bridge(build, &receipt, calldata_take_forced(build->arena, e), take_forced_gas(e)));
        build->b->transactions += build->b->run.tx.count - before - 1;
    }
    return OK;
}

static enum err begin_block(struct rollup_block_build *build)
{
    struct rollup_block *b = build->b;
    const struct rollup_block_input *in = build->in;
    const struct block_choice choice = rollup_block_choice(in->rules, in->timestamp);
    TRY(block_begin(&b->run, &b->machine, in->ledger->rules, b->state, &ledger_head(in->ledger)->header,
                    &build->ancestors, &choice, NULL));
    b->is_open = true;
    const size_t count = in->plan->chain[in->chain].item.count;
    b->item_tx = ARENA_TAKE(build->arena, size_t, count);
    for (size_t i = 0; i < count; i++)
        b->item_tx[i] = ROLLUP_BLOCK_ABSENT;
    const struct receipt *receipt;
    const struct bytes update = calldata_update(build->arena, in->anchor->number, &in->anchor_hash,
                                                in->anchor->timestamp, &in->anchor->base_fee);
    TRY(apply_system(build, &receipt, &l1_context_address, update, storing_gas(update)));
    return take_forced(build);
}

enum err rollup_block_open(struct rollup_block *out, struct arena *arena, const struct rollup_block_input *in,
                           struct buffer *why)
{
    *out = (struct rollup_block){0};
    struct rollup_block_build *build = ARENA_TAKE(arena, struct rollup_block_build, 1);
    *build = (struct rollup_block_build){.b = out,
                                         .input = *in,
                                         .arena = arena,
                                         .why = why,
                                         .oldest_ancestor = UINT64_MAX,
                                         .envelopes.arena = arena,
                                         .nodes.arena = arena,
                                         .codes.arena = arena,
                                         .keys.arena = arena};
    build->in = &build->input;
    build->recording_codes = (struct code_source){record_code, build};
    build->ancestors = (struct ancestors){record_ancestor, build};
    out->build = build;
    out->codes = code_cache_open(in->memory, 0);
    machine_init(&out->machine, in->memory, out->codes);
    trie_record(in->ledger->tries, true);
    out->state =
        state_open(in->memory, in->ledger->tries, &build->recording_codes, &ledger_head(in->ledger)->header.state_root);
    const enum err e = begin_block(build);
    if (e != OK)
        rollup_block_close(out);
    return e;
}

enum err rollup_block_finish(struct rollup_block *b)
{
    TRY(block_finish(&b->run, &b->header));
    header_hash(&b->hash, &b->header, b->build->arena);
    write_batch(b->build);
    TRY(write_transition(b->build));
    return write_witness(b->build);
}

static enum err apply_items(struct rollup_block *b, const struct rollup_block_input *in)
{
    for (size_t i = 0; i < in->plan->chain[in->chain].item.count; i++)
        TRY(rollup_block_apply(b, i, 0));
    return rollup_block_finish(b);
}

enum err rollup_block_build(struct rollup_block *out, struct arena *arena, const struct rollup_block_input *in,
                            struct buffer *why)
{
    TRY(rollup_block_open(out, arena, in, why));
    const enum err e = apply_items(out, in);
    if (e != OK)
        rollup_block_close(out);
    return e;
}

void rollup_block_close(struct rollup_block *b)
{
    if (b->build)
        trie_record(b->build->in->ledger->tries, false);
    b->build = NULL;
    if (b->is_open)
        block_release(&b->run);
    b->is_open = false;
    if (b->state)
        state_release(b->state);
    b->state = NULL;
    if (b->codes) {
        machine_release(&b->machine);
        code_cache_release(b->codes);
    }
    b->codes = NULL;
}
