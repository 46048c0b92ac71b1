/* The gas that a transaction needs. The second pass defines gas: there responses are cold, and calls back into the
 * chain are handled inside of the transaction. So its block is built with one gas limit after the other. */
#include "builder/session_call.h"
#include "builder/slot_stages.h"

enum { TRIES_MAX = 24, CALL_STIPEND = 2300 };

struct estimate {
    struct rollup_block block;
    size_t item; /* the transaction, in its chain's plan */
    struct tx tx;
    u64 gas_used;
};

static size_t item_of_tx(const struct plan_chain *c)
{
    size_t i = 0;
    while (i < c->item.count && c->item.item[i].kind != ITEM_TX)
        i++;
    BUG_UNLESS(i < c->item.count);
    return i;
}

/* The block is as before, afterwards. */
static enum err try_limit(struct estimate *x, u64 gas_limit)
{
    const struct rollup_block_mark mark = rollup_block_mark(&x->block);
    x->tx.gas_limit = gas_limit;
    const enum err e = rollup_block_apply(&x->block, x->item, 0);
    if (e == OK)
        x->gas_used = x->block.run.receipt.item[x->block.item_tx[x->item]]->gas_used;
    rollup_block_rewind(&x->block, &mark);
    return e;
}

/* As go-ethereum does: first what was used, and what 63/64 (EIP-150) and a stipend add; then halves. */
static enum err bisect(struct estimate *x, u64 *gas_limit, const struct call_budget *budget)
{
    u64 high = x->tx.gas_limit;
    TRY(try_limit(x, high));
    u64 low = x->gas_used - 1;
    u64 next = (x->gas_used + CALL_STIPEND) * 64 / 63;
    for (u32 i = 0; i < TRIES_MAX && low + 1 < high && (high - low) * 1000 >= high * 15; i++) {
        if (budget && budget->is_spent(budget->context))
            break; /* the last limit that sufficed */
        const u64 limit = next > low && next < high ? next : low + (high - low) / 2;
        const enum err e = try_limit(x, limit);
        if (err_is_fault(e))
            return e;
        if (e == OK)
            high = limit;
        else
            low = limit;
        next = low > high / 2 ? low + (high - low) / 2 : 2 * low;
    }
    *gas_limit = high;
    return OK;
}

enum err slot_estimate(u64 *gas_limit, struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                       const struct plan *plan, size_t chain, const struct tx *t, const struct call_budget *budget,
                       struct buffer *why)
{
    struct estimate x = {.item = item_of_tx(&plan->chain[chain]), .tx = *t};
    const struct tx *const tx[1] = {&x.tx};
    const struct ledger_block *anchor = ledger_head(env->chain[L1].ledger);
    const struct rollup_block_input in = {
        .ledger = env->chain[chain].ledger,
        .rules = env->chain[chain].rules,
        .memory = env->memory,
        .plan = plan,
        .chain = chain,
        .tx = tx,
        .timestamp = carrier->l1_choice.timestamp,
        .anchor = &anchor->header,
        .anchor_hash = anchor->hash,
    };
    TRY(rollup_block_open(&x.block, arena, &in, why));
    x.block.run.lenient = env->lenient;
    enum err e = env->edit ? env->edit->edit(env->edit->context, chain, x.block.state) : OK;
    if (e == OK)
        e = bisect(&x, gas_limit, budget);
    rollup_block_close(&x.block);
    return e;
}
