/* testing_buildBlockV1 (execution-apis): a block with given transactions, or the pool's, on top of a known one, as a
 * payload. */
#include "base/list.h"
#include "node/call_run.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/write.h"

enum { GAS_LIMIT_WANTED = 60000000 }; /* go-ethereum's */

struct building {
    struct rpc_request *request;
    const struct chain_block *parent;
    struct block_choice choice;
    bool from_pool;
    LIST(struct tx) offered; /* in this order, or from_pool: by sender and nonce */
    LIST(const struct tx *) tx;
    struct chain_line line;
    struct ancestors ancestors;
    struct block_run run;
};

/* Towards what is wanted, by less than a 1024th (yellow paper 4.4.4). */
static u64 next_gas_limit(u64 parent)
{
    const u64 step = parent / 1024 - 1;
    if (parent < GAS_LIMIT_WANTED)
        return parent + step < GAS_LIMIT_WANTED ? parent + step : GAS_LIMIT_WANTED;
    return parent - step > GAS_LIMIT_WANTED ? parent - step : GAS_LIMIT_WANTED;
}

static enum err read_attributes(struct building *b)
{
    struct rpc_request *r = b->request;
    const struct json a = r->parameter[1];
    struct block_choice *c = &b->choice;
    struct block_overrides list;
    const char *wrong = rpc_wrong_quantity(&c->timestamp, json_get(a, "timestamp"));
    if (!wrong)
        wrong = rpc_wrong_fixed(c->coinbase.b, sizeof c->coinbase.b, json_get(a, "suggestedFeeRecipient"));
    if (!wrong)
        wrong = rpc_wrong_fixed(c->prevrandao.b, sizeof c->prevrandao.b, json_get(a, "prevRandao"));
    if (!wrong)
        wrong = rpc_wrong_fixed(c->parent_beacon_root.b, sizeof(hash32), json_get(a, "parentBeaconBlockRoot"));
    if (wrong)
        return rpc_invalid(r, 1, "%s", wrong);
    TRY(block_overrides_read(r, &list, a, 1)); /* its withdrawals */
    c->withdrawal = list.withdrawal;
    c->withdrawal_count = list.withdrawal_count;
    c->gas_limit = next_gas_limit(b->parent->header.gas_limit);
    if (!rpc_absent(r->parameter[3]))
        wrong = rpc_wrong_data(r->arena, &c->extra, r->parameter[3]);
    return wrong ? rpc_invalid(r, 3, "%s", wrong) : OK;
}

/* Blob transactions are left out: the pool does not have their blobs, which a payload comes with. */
static enum err offer_pooled(void *context, const struct tx *t, u64 arrival)
{
    struct building *b = context;
    struct buffer envelope = buffer_in(b->request->arena);
    struct tx copy;
    (void)arrival;
    if (t->type == TX_BLOB)
        return OK;
    tx_encode(&envelope, t);
    TRY(tx_decode(&copy, b->request->arena, buffer_bytes(&envelope), TX_TYPES_ALL | TX_ADMITS_EIP155));
    copy.sender = t->sender;
    copy.has_sender = true;
    *LIST_ADD(&b->offered, b->request->arena) = copy;
    return OK;
}

static enum err read_transactions(struct building *b)
{
    struct rpc_request *r = b->request;
    const struct json list = r->parameter[2];
    const struct chain_rules *rules = r->at->chain->rules;
    const struct fork *fork = chain_rules_at(rules, b->parent->header.number + 1, b->choice.timestamp)->fork;
    b->from_pool = rpc_absent(list);
    if (b->from_pool)
        return mempool_each(r->node->pool, offer_pooled, b);
    if (json_kind(list) != JSON_ARRAY)
        return rpc_invalid(r, 2, "json: cannot unmarshal non-array into an array");
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        struct tx *t = LIST_ADD(&b->offered, r->arena);
        struct bytes envelope;
        const char *wrong = rpc_wrong_data(r->arena, &envelope, it.value);
        if (wrong)
            return rpc_invalid(r, 2, "%s", wrong);
        const enum err e = tx_decode(t, r->arena, envelope, chain_rules_admitted(rules, fork));
        if (e != OK || tx_recover(t, true, r->arena) != OK)
            return rpc_invalid(r, 2, "transaction %u: %s", it.index, e ? err_text(e) : "invalid sender");
    }
    return OK;
}

/* --- the payload --- */

static void write_payload(struct building *b, const struct header *h, const hash32 *hash)
{
    struct json_writer *w = b->request->out;
    write_fixed(w, "parentHash", h->parent_hash);
    write_fixed(w, "feeRecipient", h->coinbase);
    write_fixed(w, "stateRoot", h->state_root);
    write_fixed(w, "receiptsRoot", h->receipts_root);
    write_fixed(w, "logsBloom", h->bloom);
    write_fixed(w, "prevRandao", h->prevrandao);
    write_quantity(w, "blockNumber", h->number);
    write_quantity(w, "gasLimit", h->gas_limit);
    write_quantity(w, "gasUsed", h->gas_used);
    write_quantity(w, "timestamp", h->timestamp);
    write_hex(w, "extraData", bytes_of(h->extra, h->extra_count));
    write_u256(w, "baseFeePerGas", &h->base_fee);
    write_fixed(w, "blockHash", *hash);
    json_write_key(w, "transactions");
    json_write_array(w);
    for (size_t i = 0; i < b->tx.count; i++) {
        struct buffer envelope = buffer_in(b->request->arena);
        tx_encode(&envelope, b->tx.item[i]);
        json_write_hex(w, buffer_bytes(&envelope));
    }
    json_write_end(w);
    json_write_key(w, "withdrawals");
    write_withdrawals(w, b->choice.withdrawal, b->choice.withdrawal_count);
    write_quantity(w, "blobGasUsed", h->blob_gas_used);
    write_quantity(w, "excessBlobGas", h->excess_blob_gas);
}

static void write_requests(struct building *b)
{
    struct json_writer *w = b->request->out;
    json_write_key(w, "executionRequests");
    json_write_array(w);
    for (u8 type = 0; type < 3; type++) {
        struct buffer item = buffer_in(b->request->arena);
        if (b->run.requests[type].len == 0)
            continue;
        buffer_add_u8(&item, type);
        buffer_add_bytes(&item, buffer_bytes(&b->run.requests[type]));
        json_write_hex(w, buffer_bytes(&item));
    }
    json_write_end(w);
}

static void write_empty_arrays(struct json_writer *w, const char *key)
{
    static const char *const member[] = {"commitments", "proofs", "blobs"};
    json_write_key(w, key);
    json_write_object(w);
    for (size_t i = 0; i < COUNT_OF(member); i++) {
        json_write_key(w, member[i]);
        json_write_array(w);
        json_write_end(w);
    }
    json_write_end(w);
}

/* The tips that the transactions pay. */
static u256 value_of(const struct building *b, const struct header *h)
{
    u256 sum = {{0}};
    for (size_t i = 0; i < b->tx.count; i++) {
        const struct receipt *r = b->run.receipt.item[i];
        const u256 gas = u256_from_u64(r->gas_used);
        u256 tip;
        u256_sub(&tip, &r->effective_gas_price, &h->base_fee);
        u256_mul(&tip, &tip, &gas);
        u256_add(&sum, &sum, &tip);
    }
    return sum;
}

static void write_built(struct building *b, const struct header *h)
{
    struct json_writer *w = b->request->out;
    const u256 value = value_of(b, h);
    hash32 hash;
    header_hash(&hash, h, b->request->arena);
    json_write_object(w);
    json_write_key(w, "executionPayload");
    json_write_object(w);
    write_payload(b, h, &hash);
    json_write_end(w);
    write_u256(w, "blockValue", &value);
    write_empty_arrays(w, "blobsBundle");
    write_requests(b);
    json_write_key(w, "shouldOverrideBuilder");
    json_write_bool(w, false);
    json_write_end(w);
}

/* --- building --- */

static enum err apply_built(struct building *b, struct state *s)
{
    const struct receipt *ignored;
    for (size_t i = 0; i < b->offered.count; i++) {
        const struct tx *t = &b->offered.item[i];
        const enum err e = block_apply(&b->run, &ignored, t);
        const struct call_object call = {.tx = *t};
        if (err_is_reject(e) && b->from_pool)
            continue; /* its nonce is taken, behind a gap, or there is no room or money for it */
        if (err_is_reject(e))
            return call_refused(b->request, s, &call, &b->run.header, e, JSONRPC_SERVER_ERROR);
        TRY(e);
        *LIST_ADD(&b->tx, b->request->arena) = t;
    }
    return OK;
}

static enum err build_on(struct building *b, struct reader *d, struct state *s)
{
    struct header h;
    const enum err begun = block_begin(&b->run, &d->machine, d->chain->rules, s, &b->parent->header, &b->ancestors,
                                       &b->choice, NULL);
    if (begun != OK)
        return err_is_reject(begun) ? rpc_fail(b->request, JSONRPC_SERVER_ERROR, "%s", err_text(begun)) : begun;
    enum err e = apply_built(b, s);
    if (e == OK)
        e = block_finish(&b->run, &h);
    if (e == OK)
        write_built(b, &h);
    block_release(&b->run);
    return e;
}

enum err rpc_testing_buildBlockV1(struct rpc_request *r)
{
    const hash32 parent = rpc_hash(r, 0);
    struct building b = {.request = r, .parent = chain_block_by_hash(r->at->chain, &parent)};
    if (!b.parent)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "unknown parent block");
    TRY(read_attributes(&b));
    TRY(read_transactions(&b));
    b.line = (struct chain_line){r->at->chain, b.parent};
    b.ancestors = (struct ancestors){chain_line_hash, &b.line};
    struct reader *d = reader_take(&r->node->readers);
    struct state *s = reader_state(d, &b.parent->header.state_root);
    const enum err e = build_on(&b, d, s);
    state_release(s);
    reader_give(&r->node->readers, d);
    return e;
}
