/* L1's part of a bundle: answers to fill in, steps, preconditions, and the context that statements commit to. */
#include "builder/slot_stages.h"

#include "base/u256.h"
#include "crypto/keccak.h"

enum { PRECONDITIONS_MAX = 16 };

/* --- steps --- */

static void plan_steps(struct l1_part *out, struct arena *arena, const struct second_pass *second)
{
    const struct plan_chain *l1 = &second->plan->chain[L1];
    struct step *step = ARENA_TAKE_ZERO(arena, struct step, second->l1_item_count);
    size_t n = 0;
    out->step_item = ARENA_TAKE(arena, const struct plan_item *, second->l1_item_count);
    for (size_t i = 0; i < l1->item.count; i++) {
        const struct plan_item *item = &l1->item.item[i];
        const struct slot_work *w = &second->work.item[item->work];
        if (w->fate == FATE_EVICTED)
            continue;
        step[n].floor = item->floor > w->step_floor ? item->floor : w->step_floor;
        step[n].announces = item->announces;
        if (item->kind == ITEM_HANDLE)
            step[n].inbound = &second->plan->call.item[item->call].call;
        else
            step[n].operation = w->operation;
        out->step_item[n++] = item;
    }
    out->plan.step = step;
    out->plan.step_count = n;
}

static void plan_answers(struct l1_part *out, struct arena *arena, const struct second_pass *second)
{
    struct fill *fill;
    struct nested *nested;
    bool *evicted = ARENA_TAKE(arena, bool, second->work.count);
    for (size_t i = 0; i < second->work.count; i++)
        evicted[i] = is_evicted(&second->work, i);
    out->plan.fill_count = plan_fills(second->plan, arena, &fill, L1, PLAN_ALL_ITEMS, evicted);
    out->plan.nested_count = plan_nested(second->plan, arena, &nested, L1, PLAN_ALL_ITEMS, evicted);
    out->plan.fill = fill;
    out->plan.nested = nested;
}

/* --- preconditions: what makes a lost race cheap --- */

struct preconditions {
    struct precondition *list;
    size_t *work, count;
};

static bool has_precondition(const struct preconditions *p, const struct sim_read *r)
{
    for (size_t i = 0; i < p->count; i++)
        if (address_eq(&p->list[i].target, &r->target) && bytes_eq(p->list[i].data, r->data))
            return true;
    return false;
}

/* Reader makes the call before the first step, in its own name and by STATICCALL. A read is a precondition only if that
 * call returns the same: not if an earlier step changes the value, if it depends on the caller, or if it writes. */
static enum err holds_before_first_step(const struct slot_env *env, bool *out, const struct sim_read *r)
{
    enum { READ_GAS = 100000 };
    struct ledger *l = env->chain[L1].ledger;
    struct state *view = ledger_view(l);
    struct block_run run;
    struct evm_result result;
    hash32 hash;
    const struct block_message m = {
        .from = env->contracts->reader, .to = r->target, .data = r->data, .gas = READ_GAS, .is_static = true};
    block_open(&run, &l->machine, l->rules, view, &ledger_head(l)->header, &l->ancestors, NULL);
    const enum err e = block_message(&run, &result, &m);
    if (e == OK) {
        keccak256(&hash, result.output.ptr, result.output.len);
        *out = halt_is_success(result.halt) && hash32_eq(&hash, &r->result_hash);
    }
    block_release(&run);
    state_release(view);
    return e;
}

/* A call from a rollup that was answered on L1 may have been a mere read, too. */
static bool is_inbound_read(const struct slot_env *env, struct sim_read *out, const struct plan_call *c)
{
    struct response r;
    if (c->call.target_chain != env->l1_chain_id || !u256_is_zero(&c->call.request.value) ||
        response_decode(&r, c->response) != OK || !r.success)
        return false;
    *out = (struct sim_read){.work = c->work, .target = c->call.request.to, .data = c->call.request.data};
    keccak256(&out->result_hash, r.returndata.ptr, r.returndata.len);
    return true;
}

static enum err add_precondition(struct preconditions *p, const struct slot_env *env, const struct slot_works *work,
                                 const struct sim_read *r)
{
    bool holds;
    if (p->count == PRECONDITIONS_MAX || !is_included(work, r->work) || has_precondition(p, r))
        return OK;
    TRY(holds_before_first_step(env, &holds, r));
    if (!holds)
        return OK;
    p->work[p->count] = r->work;
    p->list[p->count++] = (struct precondition){r->target, r->data, r->result_hash};
    return OK;
}

static enum err plan_preconditions(struct l1_part *out, struct arena *arena, const struct slot_env *env,
                                   const struct first_pass *first, const struct second_pass *second)
{
    struct preconditions p = {.list = ARENA_TAKE_ZERO(arena, struct precondition, PRECONDITIONS_MAX),
                              .work = ARENA_TAKE(arena, size_t, PRECONDITIONS_MAX)};
    struct sim_read r;
    for (size_t i = 0; i < second->plan->call.count; i++)
        if (is_inbound_read(env, &r, &second->plan->call.item[i]))
            TRY(add_precondition(&p, env, &second->work, &r));
    for (size_t i = 0; i < first->read_count; i++)
        TRY(add_precondition(&p, env, &second->work, &first->read[i]));
    out->plan.precondition = p.list;
    out->plan.precondition_count = p.count;
    out->precondition_work = p.work;
    return OK;
}

/* --- what statements commit to --- */

static bool touches_l1(const struct second_pass *second, u64 l1_chain_id)
{
    for (size_t i = 0; i < second->plan->call.count; i++) {
        const struct plan_call *c = &second->plan->call.item[i];
        if (!is_evicted(&second->work, c->work) &&
            (c->call.source_chain == l1_chain_id || c->call.target_chain == l1_chain_id))
            return true;
    }
    return false;
}

enum err slot_plan_l1(struct l1_part *out, struct arena *arena, const struct slot_env *env,
                      const struct first_pass *first, const struct second_pass *second)
{
    *out = (struct l1_part){0};
    plan_answers(out, arena, second);
    plan_steps(out, arena, second);
    if (!env->owns_l1 && !env->is_forged) /* on a local chain there are no other senders */
        TRY(plan_preconditions(out, arena, env, first, second));
    out->context = (struct settlement_context){
        .l1_chain_id = env->l1_chain_id,
        .bridge = env->contracts->shared_bridge,
        .submitter = env->builder,
    };
    if (touches_l1(second, env->l1_chain_id)) {
        const struct ledger_block *head = ledger_head(env->chain[L1].ledger);
        out->context.l1_block_number = head->header.number + 1;
        out->context.l1_parent_hash = head->hash;
    }
    plan_hash(&out->context.plan_hash, &out->plan, arena);
    return OK;
}
