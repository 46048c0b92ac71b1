#include "node/estimate_gas.h"

#include "node/call_run.h"
#include "node/node.h"

enum { TX_GAS = 21000, TX_GAS_MAX = 1 << 24 /* EIP-7825 */, CALL_STIPEND = 2300 };

struct estimate {
    struct call_run *run;
    struct call_object *call;
    struct call_result result; /* of the last try that ran */
};

/* With a gas limit, on the state as it was. Too little intrinsic gas counts as a failure. */
static enum err try_gas(struct estimate *e, bool *failed, u64 gas)
{
    struct block_run *run = &e->run->run;
    const struct block_mark mark = block_mark(run);
    e->call->tx.gas_limit = gas;
    const enum err reason = call_run_try(e->run, &e->result, e->call);
    if (reason == REJECT_TX_INTRINSIC_GAS_TOO_LOW || reason == REJECT_TX_BELOW_FLOOR_GAS) {
        e->result.receipt = NULL;
        *failed = true;
        return OK;
    }
    TRY(call_run_refused(e->run, e->call, reason, JSONRPC_SERVER_ERROR));
    *failed = !e->result.receipt->success;
    block_rewind(run, &mark);
    return OK;
}

/* What the sender can pay for, at most *highest. */
static enum err cap_by_balance(struct estimate *e, u64 *highest)
{
    struct rpc_request *r = e->run->request;
    const struct tx *t = &e->call->tx;
    const struct account *a;
    u256 available, gas, blobs;
    const u256 blob_gas = u256_from_u64((u64)t->blob_hash_count << 17);
    if (u256_is_zero(&t->max_fee))
        return OK;
    TRY(state_account(e->run->state, &a, NULL, &t->sender));
    if (u256_sub(&available, &a->balance, &t->value))
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "insufficient funds for transfer");
    if (u256_mul_overflows(&blobs, &blob_gas, &t->max_blob_fee) || u256_sub(&available, &available, &blobs))
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "insufficient funds for gas * price + value");
    u256_divmod(&gas, NULL, &available, &t->max_fee);
    if (u256_saturate_u64(&gas) < *highest)
        *highest = gas.w[0];
    return OK;
}

/* Between lo, which fails, and hi, which succeeds; exact to 1.5 %, as go-ethereum's. */
static enum err search(struct estimate *e, u64 *out, u64 lo, u64 hi)
{
    bool failed;
    while (lo + 1 < hi && (hi - lo) * 1000 >= hi * 15) {
        const u64 middle = lo + (hi - lo) / 2, most = lo > UINT64_MAX / 2 ? middle : 2 * lo;
        const u64 gas = middle < most ? middle : most > lo ? most : lo + 1;
        TRY(try_gas(e, &failed, gas));
        if (failed)
            lo = gas;
        else
            hi = gas;
    }
    *out = hi;
    return OK;
}

/* A transfer to an account without code needs no search. */
static enum err try_transfer(struct estimate *e, bool *is_one)
{
    const struct tx *t = &e->call->tx;
    const struct account *to;
    bool failed;
    *is_one = false;
    if (t->is_creation || t->data.len)
        return OK;
    TRY(state_account(e->run->state, &to, NULL, &t->to));
    if (to->has_code)
        return OK;
    TRY(try_gas(e, &failed, TX_GAS));
    *is_one = !failed;
    return OK;
}

static enum err estimate(struct estimate *e, u64 *out, u64 highest)
{
    struct rpc_request *r = e->run->request;
    bool failed, is_transfer;
    TRY(cap_by_balance(e, &highest));
    TRY(try_transfer(e, &is_transfer));
    *out = TX_GAS;
    if (is_transfer)
        return OK;
    TRY(try_gas(e, &failed, highest));
    if (failed && e->result.receipt && e->result.receipt->halt != HALT_OUT_OF_GAS)
        return call_halted(r, e->result.receipt->halt, e->result.receipt->output, JSONRPC_SERVER_ERROR);
    if (failed)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "gas required exceeds allowance (%llu)", (unsigned long long)highest);
    u64 lo = e->result.receipt->gas_used - 1, hi = highest;
    const u64 likely = (e->result.gas_peak + CALL_STIPEND) * 64 / 63; /* EIP-150 keeps a 64th */
    if (likely < hi) {
        TRY(try_gas(e, &failed, likely));
        if (failed)
            lo = likely;
        else
            hi = likely;
    }
    return search(e, out, lo, hi);
}

/* Where this process makes the blocks, the transaction will be in the next one, later than the head: a contract that
 * accounts for the time since then (Uniswap's prices) uses more gas than at the head's own time. */
static void move_to_next_block(struct call_run *s)
{
    s->run.env.number = ++s->run.header.number;
    s->run.env.timestamp = ++s->run.header.timestamp;
}

enum err estimate_gas(struct rpc_request *r, u64 *gas)
{
    const struct chain_block *b;
    struct call_run s;
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    TRY(rpc_known_block(r, &b, 1));
    TRY(call_run_open(r, &s, b, r->parameter[2], 2, r->parameter[3], 3));
    if (r->node->maker && b == r->at->head && !rpc_has(r, 3))
        move_to_next_block(&s);
    struct estimate e = {.run = &s, .call = &c};
    u64 highest = c.has_gas && c.tx.gas_limit >= TX_GAS ? c.tx.gas_limit : s.run.header.gas_limit;
    if (s.run.fork->id >= FORK_OSAKA && highest > TX_GAS_MAX)
        highest = TX_GAS_MAX;
    call_object_complete(&c, s.run.rules, &s.run.header, CALL_GAS_MAX);
    const enum err error = estimate(&e, gas, highest < CALL_GAS_MAX ? highest : CALL_GAS_MAX);
    call_run_close(&s);
    return error;
}

enum err rpc_eth_estimateGas(struct rpc_request *r)
{
    u64 gas;
    TRY(estimate_gas(r, &gas));
    json_write_quantity(r->out, gas);
    return OK;
}
