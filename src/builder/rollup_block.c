#include "builder/rollup_block.h"

#include "builder/calldata.h"
#include "builder/simulate.h"
#include "codec/text.h"
#include "verify/batch.h"

/* A list of byte strings that a recording fills. */
struct bytes_list {
    struct arena *arena;
    struct bytes *item;
    size_t count, room;
};

static void list_add(struct bytes_list *l, struct bytes item)
{
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 64;
        struct bytes *grown = ARENA_TAKE(l->arena, struct bytes, l->room);
        if (l->count)
            memcpy(grown, l->item, sizeof *grown * l->count);
        l->item = grown;
    }
    l->item[l->count++] = arena_copy(l->arena, item);
}

struct build {
    struct rollup_block *b;
    const struct rollup_block_input *in;
    struct arena *arena;
    struct buffer *why;
    struct bytes_list envelopes, nodes, codes;
    struct code_source recording_codes;
    struct ancestors ancestors;
    u64 oldest_ancestor; /* whose hash was asked for */
};

/* --- recording --- */

static enum err record_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct build *build = context;
    (void)hash;
    list_add(&build->nodes, rlp);
    return OK;
}

static enum err record_code(void *context, struct bytes *out, const hash32 *hash)
{
    struct build *build = context;
    const struct code_source *codes = &build->in->ledger->codes;
    TRY(codes->code(codes->context, out, hash));
    list_add(&build->codes, *out);
    return OK;
}

static enum err record_ancestor(void *context, hash32 *out, u64 number)
{
    struct build *build = context;
    const struct ancestors *ancestors = &build->in->ledger->ancestors;
    TRY(ancestors->hash(ancestors->context, out, number));
    if (number < build->oldest_ancestor)
        build->oldest_ancestor = number;
    return OK;
}

/* --- transactions --- */

static enum err apply(struct build *build, const struct tx *t, const struct receipt **receipt)
{
    struct buffer envelope = buffer_in(build->arena);
    TRY(block_apply(&build->b->run, receipt, t));
    tx_encode(&envelope, t);
    list_add(&build->envelopes, buffer_bytes(&envelope));
    return OK;
}

static enum err apply_system(struct build *build, const struct receipt **receipt, const address *to, struct bytes data, u64 gas)
{
    const struct block_run *run = &build->b->run;
    struct tx *t = ARENA_TAKE(build->arena, struct tx, 1);
    *t = (struct tx){.type = TX_SYSTEM, .has_chain_id = true, .chain_id = run->rules->chain_id, .block_number = run->header.number,
                     .index = run->tx_count, .to = *to, .gas_limit = gas, .data = data, .has_sender = true, .sender = system_sender};
    build->b->system_transactions++;
    return apply(build, t, receipt);
}

static enum err apply_bridge(struct build *build, const struct receipt **receipt, struct bytes data, u64 gas)
{
    return apply_system(build, receipt, &rollup_bridge_address, data, gas);
}

/* Gas of the system functions that only store: a slot for each word, and what surrounds it. */
static u64 storing_gas(struct bytes data)
{
    return 500000 + 1000 * (u64)data.len;
}

static enum err apply_floor(struct build *build, const struct plan_item *item)
{
    const struct receipt *receipt;
    if (item->floor == 0)
        return OK;
    const struct bytes data = calldata_open_scope(build->arena, item->floor);
    return apply_bridge(build, &receipt, data, storing_gas(data));
}

static enum err apply_fills(struct build *build, size_t item)
{
    const struct rollup_block_input *in = build->in;
    const struct receipt *receipt;
    struct nested *nested;
    struct fill *fill;
    const size_t queues = plan_nested(in->plan, build->arena, &nested, in->chain, item);
    for (size_t i = 0; i < queues; i++) {
        const struct bytes data = calldata_fill_nested_calls(build->arena, &nested[i]);
        TRY(apply_bridge(build, &receipt, data, storing_gas(data)));
    }
    const size_t fills = plan_fills(in->plan, build->arena, &fill, in->chain, item);
    if (fills == 0)
        return OK;
    const struct bytes data = calldata_fill_responses_in(build->arena, fill, fills);
    return apply_bridge(build, &receipt, data, storing_gas(data));
}

static enum err compare(struct build *build, size_t index, const struct receipt *receipt)
{
    const struct plan_item *item = &build->in->plan->chain[build->in->chain].item[index];
    hash32 logs;
    logs_hash(&logs, receipt->log, receipt->log_count, build->arena);
    if (item->success == receipt->success && item->log_count == receipt->log_count && hash32_eq(&item->logs, &logs))
        return OK;
    text_add(build->why, "item ");
    text_add_u64(build->why, index);
    text_add(build->why, " of chain ");
    text_add_u64(build->why, build->in->ledger->rules->chain_id);
    text_add(build->why, " emitted other logs, or ended otherwise, than in the simulation");
    return REJECT_PASSES_DIFFER;
}

static enum err apply_item(struct build *build, size_t index)
{
    const struct rollup_block_input *in = build->in;
    const struct plan_item *item = &in->plan->chain[in->chain].item[index];
    TRY(apply_floor(build, item));
    TRY(apply_fills(build, index));
    const struct receipt *receipt;
    build->b->item_tx[index] = build->b->run.tx_count;
    if (item->kind == ITEM_HANDLE) {
        const struct scoped_call *call = &in->plan->call[item->call].call;
        TRY(apply_bridge(build, &receipt, calldata_handle_scoped_call(build->arena, call), handling_gas(call)));
    } else {
        TRY(apply(build, in->tx[item->work], &receipt));
        build->b->transactions++;
    }
    return in->is_forged ? OK : compare(build, index, receipt);
}

static enum err apply_all(struct build *build)
{
    const struct rollup_block_input *in = build->in;
    const struct receipt *receipt;
    const struct plan_chain *chain = &in->plan->chain[in->chain];
    const struct bytes update = calldata_update(build->arena, in->anchor->number, &in->anchor_hash, in->anchor->timestamp, &in->anchor->base_fee);
    TRY(apply_system(build, &receipt, &l1_context_address, update, storing_gas(update)));
    build->b->item_tx = ARENA_TAKE(build->arena, size_t, chain->item_count);
    for (size_t i = 0; i < chain->item_count; i++)
        TRY(apply_item(build, i));
    return OK;
}

/* --- results --- */

static void write_batch(struct build *build)
{
    const struct batch_block block = {build->in->timestamp, build->envelopes.item, (u32)build->envelopes.count};
    struct batch_block blocks[1] = {block};
    const struct batch batch = {blocks, 1};
    struct buffer data = buffer_in(build->arena);
    batch_encode(&data, &batch);
    build->b->data = buffer_bytes(&data);
}

static enum err write_witness(struct build *build)
{
    const struct ledger *l = build->in->ledger;
    const u64 parent = ledger_head(l)->header.number;
    const u64 oldest = build->oldest_ancestor < parent ? build->oldest_ancestor : parent;
    TRY(trie_recorded(l->tries, record_node, build));
    struct bytes *header = ARENA_TAKE(build->arena, struct bytes, parent - oldest + 1);
    for (u64 n = oldest; n <= parent; n++) {
        struct buffer rlp = buffer_in(build->arena);
        header_encode(&rlp, &l->block[n].header);
        header[n - oldest] = buffer_bytes(&rlp);
    }
    struct buffer anchor = buffer_in(build->arena);
    header_encode(&anchor, build->in->anchor);
    build->b->witness = (struct witness){
        .anchor = buffer_bytes(&anchor),
        .header = header,
        .header_count = (size_t)(parent - oldest + 1),
        .node = build->nodes.item,
        .node_count = build->nodes.count,
        .code = build->codes.item,
        .code_count = build->codes.count,
    };
    return OK;
}

static enum err write_transition(struct build *build)
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
    da_hash(&b->transition.da_hash, b->transition.chain_id, b->header.number, b->header.number, NULL, 0, b->data, build->arena);
    struct l1_anchor anchor;
    TRY(rollup_anchor(b->state, &anchor));
    b->transition.anchor_number = anchor.number;
    b->transition.anchor_hash = anchor.hash;
    TRY(rollup_mailboxes(b->state, build->arena, &mailbox, &b->transition.mailbox_count, b->header.number));
    b->transition.mailbox = mailbox;
    return OK;
}

static enum err run_build(struct build *build)
{
    struct rollup_block *b = build->b;
    const struct rollup_block_input *in = build->in;
    const struct block_choice choice = rollup_block_choice(in->rules, in->timestamp);
    TRY(block_begin(&b->run, &b->machine, in->ledger->rules, b->state, &ledger_head(in->ledger)->header, &build->ancestors, &choice, NULL));
    b->is_open = true;
    TRY(apply_all(build));
    TRY(block_finish(&b->run, &b->header));
    header_hash(&b->hash, &b->header, build->arena);
    write_batch(build);
    TRY(write_transition(build));
    return write_witness(build);
}

enum err rollup_block_build(struct rollup_block *out, struct arena *arena, const struct rollup_block_input *in, struct buffer *why)
{
    *out = (struct rollup_block){0};
    struct build *build = ARENA_TAKE(arena, struct build, 1); /* the view and the run go on pointing at its sources */
    *build = (struct build){.b = out, .in = in, .arena = arena, .why = why, .oldest_ancestor = UINT64_MAX,
                            .envelopes.arena = arena, .nodes.arena = arena, .codes.arena = arena};
    build->recording_codes = (struct code_source){record_code, build};
    build->ancestors = (struct ancestors){record_ancestor, build};
    out->codes = code_cache_open(in->memory, 0);
    machine_init(&out->machine, in->memory, out->codes);
    trie_record(in->ledger->tries, true);
    out->state = state_open(in->memory, in->ledger->tries, &build->recording_codes, &ledger_head(in->ledger)->header.state_root);
    const enum err e = run_build(build);
    trie_record(in->ledger->tries, false);
    if (e != OK)
        rollup_block_close(out);
    return e;
}

void rollup_block_close(struct rollup_block *b)
{
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
