#include "node/fill.h"

#include "base/u256.h"
#include "node/estimate_gas.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/write.h"

/* Twice the base fee, and a gwei as the tip. */
static void fill_fees(struct call_object *c, const struct header *h)
{
    const u256 gwei = u256_from_u64(1000000000);
    u256 base_fee = {{0}};
    if (c->has_gas_price)
        return;
    if (h->field_count >= HEADER_LONDON)
        header_next_base_fee(&base_fee, h);
    if (!c->has_priority_fee)
        c->tx.max_priority_fee = gwei;
    if (!c->has_max_fee) {
        u256_add(&c->tx.max_fee, &base_fee, &base_fee);
        u256_add(&c->tx.max_fee, &c->tx.max_fee, &c->tx.max_priority_fee);
    }
    if (!c->has_priority_fee && u256_lt(&c->tx.max_fee, &c->tx.max_priority_fee))
        c->tx.max_priority_fee = c->tx.max_fee;
}

void fill_complete(struct rpc_request *r, struct call_object *c, u64 gas_default)
{
    const struct header *h = &r->at->head->header;
    fill_fees(c, h);
    call_object_complete(c, r->at->chain->rules, h, c->has_gas ? UINT64_MAX : gas_default);
    c->tx.has_chain_id = true;
}

enum err fill_read(struct rpc_request *r, struct call_object *out, u64 gas_default)
{
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    if (rpc_absent(json_get(r->parameter[0], "from")))
        return rpc_invalid(r, 0, "from: missing");
    if (c.tx.is_creation && c.tx.data.len == 0)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "contract creation without any data provided");
    fill_complete(r, &c, gas_default);
    *out = c;
    return OK;
}

enum err fill_nonce(struct rpc_request *r, u64 *out, const address *at)
{
    struct reader *d = reader_take(&r->node->readers);
    struct snapshot *newest = snapshot_take(r->node->chain); /* a nonce may have been used since the call began */
    struct state *s = reader_state(d, &newest->head->header.state_root);
    const struct account *a;
    const enum err e = state_account(s, &a, NULL, at);
    if (e == OK)
        *out = mempool_next_nonce(r->node->pool, at, a->nonce);
    state_release(s);
    snapshot_drop(newest);
    reader_give(&r->node->readers, d);
    return e;
}

enum err fill_transaction(struct rpc_request *r, enum err (*estimate)(struct rpc_request *r, u64 *gas))
{
    struct call_object c;
    TRY(fill_read(r, &c, 0));
    if (!c.has_nonce)
        TRY(fill_nonce(r, &c.tx.nonce, &c.tx.sender));
    if (!c.has_gas)
        TRY(estimate(r, &c.tx.gas_limit));
    json_write_object(r->out);
    json_write_key(r->out, "tx");
    json_write_object(r->out);
    write_unsigned_tx(r->out, &c.tx);
    json_write_end(r->out);
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_fillTransaction(struct rpc_request *r)
{
    return fill_transaction(r, estimate_gas);
}
