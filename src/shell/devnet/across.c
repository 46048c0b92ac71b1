/* eth_call and eth_estimateGas of a rollup, for calls that go on to other chains.
 *
 * Code that makes no scoped call or lookup runs on a snapshot, on this thread. One that does stops at its bridge, with
 * REJECT_RESPONSE_MISSING or REJECT_NOT_ANNOUNCED, which no contract can catch; then the builder's thread simulates it
 * with all chains at their heads, and nothing of it stays. What an older block would have been answered is not known:
 * that error stays. */
#include "builder/session_call.h"
#include "devnet/devnet.h"
#include "node/call_error.h"
#include "node/estimate_gas.h"
#include "node/fill.h"

enum {
    TX_GAS_MAX = 1 << 24, /* EIP-7825 */
};

struct across {
    struct rpc_request *request;
    u64 chain_id;
    struct tx tx;
    bool estimates;
    struct call_outcome outcome;
    u64 gas; /* out: the estimate */
};

static bool is_across(const struct rpc_request *r, enum err e)
{
    const bool stopped = r->reason == REJECT_RESPONSE_MISSING || r->reason == REJECT_NOT_ANNOUNCED;
    return e == REJECT_CALL && stopped && devnet_chain_of(r)->index != 0;
}

/* Only at the head, and without overrides: the builder has no other state. */
static enum err read_across(struct rpc_request *r, struct across *a)
{
    const struct chain_block *b;
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    TRY(rpc_known_block(r, &b, 1));
    if (b != r->at->head || rpc_has(r, 2) || rpc_has(r, 3))
        return devnet_refused(r, r->reason, "a call to another chain is simulated at the heads only, without overrides", NULL);
    const u64 room = b->header.gas_limit - b->header.gas_limit / 8, most = room < TX_GAS_MAX ? room : TX_GAS_MAX;
    call_object_complete(&c, r->at->chain->rules, &b->header, most);
    *a = (struct across){.request = r, .chain_id = devnet_chain_of(r)->id, .tx = c.tx};
    return OK;
}

static bool is_past(void *until)
{
    return devnet_now_ms() > *(const u64 *)until;
}

static enum err simulate_across(struct devnet *d, void *context)
{
    struct across *a = context;
    const u64 until = devnet_now_ms() + ESTIMATE_MS;
    const struct call_budget budget = {is_past, (void *)&until};
    devnet_set_time(d);
    return session_call_across(d->session, &a->outcome, a->estimates ? &a->gas : NULL, a->request->arena, a->chain_id,
                               &a->tx, &budget, NULL);
}

static enum err answer_across(struct rpc_request *r, struct across *a)
{
    const enum err e = devnet_run(r, simulate_across, a);
    if (e != OK)
        return devnet_fail(r, e);
    return a->outcome.success ? OK : call_halted(r, a->outcome.halt, a->outcome.output, JSONRPC_SERVER_ERROR);
}

enum err devnet_eth_call(struct rpc_request *r)
{
    struct across a;
    const enum err e = rpc_eth_call(r);
    if (!is_across(r, e))
        return e;
    TRY(read_across(r, &a));
    TRY(answer_across(r, &a));
    json_write_hex(r->out, a.outcome.output);
    return OK;
}

static enum err estimate_across(struct rpc_request *r, u64 *gas)
{
    struct across a;
    const enum err e = estimate_gas(r, gas);
    if (!is_across(r, e))
        return e;
    TRY(read_across(r, &a));
    a.estimates = true;
    TRY(answer_across(r, &a));
    *gas = a.gas;
    return OK;
}

enum err devnet_eth_estimateGas(struct rpc_request *r)
{
    u64 gas;
    TRY(estimate_across(r, &gas));
    json_write_quantity(r->out, gas);
    return OK;
}

enum err devnet_eth_fillTransaction(struct rpc_request *r)
{
    return fill_transaction(r, estimate_across);
}
