/* How a request is handled on its target, and how its response is filled on its source. */
#include "simulate/simulate_private.h"

#include "base/u256.h"
#include "scope/selector.h"

/* --- handling --- */

u64 handling_gas(const struct scoped_call *call)
{
    enum { BRIDGE_GAS = 2000000, PER_BYTE = 64 };
    const u64 limit = u256_saturate_u64(&call->request.gas_limit);
    return limit + limit / 16 + BRIDGE_GAS + PER_BYTE * call->request.data.len;
}

u64 closing_gas(const struct plan *p, size_t chain, size_t item)
{
    enum { BRIDGE_GAS = 200000, PER_LOOKUP = 30000, PER_WORD = 7500 /* a cold slot, cleared: EIP-2929, EIP-2200 */ };
    u64 gas = BRIDGE_GAS;
    for (i32 i = p->chain[chain].item.item[item].completed.first; i != PLAN_NONE; i = p->call.item[i].next_completed)
        if (is_without_effect(&p->call.item[i].call))
            gas += PER_LOOKUP + PER_WORD * (p->call.item[i].response.len / 32 + 2);
    return gas;
}

struct sim_chain *sim_find_chain(struct simulation *s, u64 chain_id)
{
    for (size_t i = 0; i < s->chain_count; i++)
        if (s->chain[i].chain_id == chain_id && s->chain[i].is_open)
            return &s->chain[i];
    return NULL;
}

/* The target is itself waiting in a scopedCall, and handles this call inside of that. */
static enum err handle_inline(struct sim_chain *target, size_t call)
{
    struct simulation *s = target->s;
    struct plan_call *p = &s->plan.call.item[call];
    p->target_item = target->item;
    if (target->is_looking)
        return sim_reject(s, REJECT_LOOKUP_INTO_STATIC,
                          s->attempts ? "a lookup or call into a chain that waits for a call that fails"
                                      : "a lookup into a chain that itself waits for a lookup");
    if (target->waiting == PLAN_NONE)
        return sim_reject(s, REJECT_CALL_ORDER, "a nested call into a chain that has no open scopedCall");
    plan_inline(&s->plan, call, (size_t)target->waiting);
    struct evm_result r;
    TRY(sim_call_self(target, &r, calldata_handle_scoped_call(s->arena, &p->call), target->depth + 1));
    if (!halt_is_success(r.halt))
        return sim_reject_result(s, REJECT_HANDLING_FAILED, "the target's bridge rejected a nested call", &r);
    s->plan.call.item[call].gas_used = AMPLE_GAS - (u64)r.gas_left;
    return OK;
}

static enum err handle_on_rollup(struct sim_chain *target, size_t call)
{
    struct simulation *s = target->s;
    const struct scoped_call *request = &s->plan.call.item[call].call;
    TRY(sim_item_begin(target, ITEM_HANDLE));
    sim_item(target)->call = call;
    s->plan.call.item[call].target_item = target->item;
    const struct receipt *receipt;
    TRY(sim_apply_system(target, &receipt, &target->bridge, calldata_handle_scoped_call(s->arena, request),
                         handling_gas(request)));
    s->plan.call.item[call].gas_used = receipt->gas_used;
    TRY(sim_close_lookups(target));
    return sim_item_end(target, receipt->success, receipt->log, receipt->log_count);
}

static enum err handle_on_l1(struct sim_chain *l1, size_t call)
{
    struct simulation *s = l1->s;
    const address any = {{0}};
    const struct scoped_call inbound = s->plan.call.item[call].call;
    const struct step step = {.inbound = &inbound};
    TRY(sim_item_begin(l1, ITEM_HANDLE));
    sim_item(l1)->call = call;
    s->plan.call.item[call].target_item = l1->item;
    struct evm_result r;
    TRY(sim_run_step(l1, &r, &step, &any));
    if (!halt_is_success(r.halt))
        return sim_reject_result(s, REJECT_HANDLING_FAILED, "SharedBridge rejected the call", &r);
    s->plan.call.item[call].gas_used = AMPLE_GAS - (u64)r.gas_left;
    return OK;
}

enum err sim_handle(struct sim_chain *target, size_t call)
{
    if (target->is_busy)
        return handle_inline(target, call);
    return target->index == L1 ? handle_on_l1(target, call) : handle_on_rollup(target, call);
}

/* --- filling --- */

static bool has_response_already(const struct evm_result *r)
{
    return r->halt == HALT_REVERT && selector_of(r->output) == (u32)SELECTOR_RESPONSE_EXISTS;
}

/* The source's own fillResponsesIn, by the caller it allows: the system sender, on L1 the bridge itself. A lookup may
 * be filled already: it was made before, in a frame that did not revert. */
enum err sim_fill_response(struct sim_chain *source, size_t call)
{
    struct simulation *s = source->s;
    const struct plan_call *p = &s->plan.call.item[call];
    const struct fill f = {p->call.target_chain, p->request_hash, p->response};
    const struct bytes data = calldata_fill_responses_in(s->arena, &f, 1);
    struct evm_result r;
    if (source->index == L1) {
        TRY(sim_call_self(source, &r, data, source->depth + 1));
    } else {
        TRY(chain_system_call(&source->run, &r, &source->bridge, data, AMPLE_GAS, source->depth + 1));
    }
    if (!halt_is_success(r.halt) && !(is_without_effect(&p->call) && has_response_already(&r)))
        return sim_reject_result(s, REJECT_FILL_FAILED, "the source's bridge rejected the response", &r);
    return OK;
}

/* What was filled in a frame that reverted is gone here. In the block it is filled before the item, and stays. */
static enum err fill_again(struct sim_chain *c, size_t call)
{
    struct simulation *s = c->s;
    const struct plan_call *p = &s->plan.call.item[call];
    const struct fill f = {p->call.target_chain, p->request_hash, p->response};
    struct evm_result r;
    TRY(chain_system_call(&c->run, &r, &c->bridge, calldata_fill_responses_in(s->arena, &f, 1), AMPLE_GAS, 0));
    if (!halt_is_success(r.halt) && !has_response_already(&r))
        return sim_reject_result(s, REJECT_FILL_FAILED, "the source's bridge rejected the response", &r);
    return OK;
}

enum err sim_close_lookups(struct sim_chain *c)
{
    struct simulation *s = c->s;
    hash32 *lookup;
    const size_t count = plan_lookups(&s->plan, s->arena, &lookup, c->index, c->item);
    const struct receipt *receipt;
    if (count == 0 && !sim_item(c)->announces)
        return OK;
    for (i32 i = sim_item(c)->completed.first; i != PLAN_NONE; i = s->plan.call.item[i].next_completed)
        if (is_without_effect(&s->plan.call.item[i].call))
            TRY(fill_again(c, (size_t)i));
    return sim_apply_system(c, &receipt, &c->bridge, calldata_close_lookups(s->arena, lookup, count),
                            closing_gas(&s->plan, c->index, c->item));
}

/* --- roots and lookups --- */

/* The running scope's root must be above all earlier ones, or chains whose clocks are ahead reject its calls. */
enum err sim_check_root(struct simulation *s, const struct scoped_call *call)
{
    if (s->root_known)
        return OK;
    s->root = nonce_unpack(&call->nonce).root;
    s->root_known = true;
    if (s->root.clock > s->floor)
        return OK;
    s->needs_floor = true;
    return REJECT_ROOT_ORDER;
}

/* Lookups have no tick, so a target is looked at after all that it did only if its clock is not ahead: the root must be
 * above the clock of every chain. */
enum err sim_check_root_without_effect(struct simulation *s, const struct scoped_call *call)
{
    if (!s->is_above_clocks) {
        s->needs_clocks = true;
        return REJECT_ROOT_ORDER;
    }
    return sim_check_root(s, call);
}

/* Between equal lookups of one root, at one clock, nothing happens: they are one. At its end, a rollup's item deletes
 * what it looked up: another item makes the lookup again. */
i32 sim_find_equal(const struct sim_chain *source, const struct scoped_call *call, size_t before)
{
    const struct simulation *s = source->s;
    hash32 hash;
    request_hash(&hash, call);
    for (size_t i = s->first_call; i < before; i++)
        if (hash32_eq(&s->plan.call.item[i].request_hash, &hash) &&
            (source->index == L1 || s->plan.call.item[i].source_item == source->item))
            return (i32)i;
    return PLAN_NONE;
}
