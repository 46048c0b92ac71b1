/* Running code on a chain of a simulation, as an item of the plan. */
#include "simulate/simulate_private.h"

#include "base/u256.h"
#include "codec/abi.h"
#include "scope/selector.h"
#include "simulate/revert_text.h"

enum err sim_reject(struct simulation *s, enum err e, const char *message)
{
    if (s->why && s->why->len == 0)
        text_add_z(s->why, message);
    frame_trace_cut_off(&s->trace);
    return e;
}

enum err sim_reject_result(struct simulation *s, enum err e, const char *what, const struct evm_result *r)
{
    if (s->why && s->why->len == 0 && !fuse_explain(&s->fuse, s->why, r->halt, r->output)) {
        text_add_z(s->why, what);
        text_add(s->why, ": ");
        if (r->halt == HALT_REVERT)
            revert_text(s->why, r->output);
        else
            text_add_z(s->why, halt_name(r->halt));
    }
    return e;
}

/* --- ways to run code --- */

enum err sim_call_self(struct sim_chain *c, struct evm_result *r, struct bytes data, u32 depth)
{
    const struct block_message m = {.from = c->bridge, .to = c->bridge, .data = data, .gas = AMPLE_GAS, .depth = depth};
    return block_message(&c->run, r, &m);
}

enum err sim_apply_system(struct sim_chain *c, const struct receipt **receipt, const address *to, struct bytes data,
                          u64 gas)
{
    struct tx *t = ARENA_TAKE(c->s->arena, struct tx, 1);
    *t = (struct tx){.type = TX_SYSTEM,
                     .has_chain_id = true,
                     .chain_id = c->chain_id,
                     .block_number = c->run.header.number,
                     .index = c->run.tx.count,
                     .to = *to,
                     .gas_limit = gas,
                     .data = data,
                     .has_sender = true,
                     .sender = system_sender};
    return c->index == L1 ? block_apply(&c->run, receipt, t) : rollup_apply(&c->run, receipt, t, c->s->arena);
}

/* --- items --- */

struct plan_item *sim_item(struct sim_chain *c)
{
    return &c->s->plan.chain[c->index].item.item[c->item];
}

/* L1's clock is transient storage of the bundle's transaction: only the bridge can read it. */
enum err sim_clock(struct sim_chain *c, u64 *clock)
{
    struct root ignored;
    if (c->index != L1)
        return rollup_clock(c->state, clock, &ignored);
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_SCOPE_CLOCK);
    struct evm_result r;
    const struct block_message m = {.to = c->bridge, .data = BYTES_OF(selector), .gas = AMPLE_GAS, .is_static = true};
    TRY(block_message(&c->run, &r, &m));
    struct abi_reader words = abi_reader(r.output);
    if (!halt_is_success(r.halt) || abi_u64(&words, clock) != OK)
        return sim_reject_result(c->s, REJECT_HANDLING_FAILED, "SharedBridge did not return its scope clock", &r);
    return OK;
}

enum err sim_item_begin(struct sim_chain *c, enum item_kind kind)
{
    c->item = plan_add_item(&c->s->plan, c->index, kind);
    sim_item(c)->work = c->s->work;
    c->is_busy = true;
    c->waiting = PLAN_NONE;
    c->is_looking = false;
    c->calls_made = 0;
    c->static_depth = 0;
    c->depth = 0;
    TRY(sim_clock(c, &sim_item(c)->clock_before)); /* before the state is watched */
    if (c->index != L1) { /* a bundle has no ordinary transactions there */
        c->item_mark = state_mark(c->state);
        c->watch = (struct state_watch){.account = c->run.header.coinbase, .from = c->candidate_from,
                                        .number = c->candidate_from ? c->candidate_number : sim_item(c)->number};
        state_watch(c->state, &c->watch);
    }
    return OK;
}

enum err sim_item_end(struct sim_chain *c, bool success, const struct log *log, u32 log_count)
{
    struct plan_item *item = sim_item(c);
    item->success = success;
    item->log_count = log_count;
    logs_hash(&item->logs, log, log_count, c->s->arena);
    c->is_busy = false;
    if (c->index != L1) {
        state_watch(c->state, NULL);
        if (c->watch.hits > (item->kind == ITEM_TX)) /* EIP-3651 warms the coinbase once in each transaction */
            c->coinbase_read_by = item->number;
        c->item_end = state_mark(c->state);
        if (c->candidate_from == 0)
            state_stamp(c->state, c->item_mark, c->item_end, &c->watch);
    }
    return sim_clock(c, &item->clock_after);
}

enum err sim_run_step(struct sim_chain *l1, struct evm_result *r, const struct step *step, const address *submitter)
{
    struct simulation *s = l1->s;
    const u32 before = (u32)l1->run.host.log.count;
    TRY(sim_call_self(l1, r, calldata_run_step(s->arena, step, submitter), 0));
    s->uses_l1 = true;
    return sim_item_end(l1, halt_is_success(r->halt), l1->run.host.log.item + before,
                        (u32)l1->run.host.log.count - before);
}
