/* slot - one L1 slot of a session: from queued work to a settled bundle. Read run_slot first; the rest is its steps in
 * order. */
#include "builder/slot_private.h"

#include "base/u256.h"
#include "codec/text.h"
#include "crypto/keccak.h"

const char *slot_keep_text(struct slot_run *slot, const struct buffer *text)
{
    char *copy = arena_take(&slot->s->arena, text->len + 1);
    if (text->len)
        memcpy(copy, text->ptr, text->len);
    copy[text->len] = 0;
    return copy;
}

/* --- 1. the carrier: the transaction in whose frame the bundle runs --- */

static enum err is_delegated(struct slot_run *slot, struct state *view, bool *out, u64 *nonce, const address *at)
{
    const struct account *a;
    struct bytes code;
    u8 designator[23] = {0xef, 0x01, 0x00}; /* EIP-7702 */
    memcpy(designator + 3, slot->s->contracts.scoped_account.b, 20);
    TRY(state_account(view, &a, NULL, at));
    TRY(state_code(view, &code, a));
    *out = bytes_eq(code, BYTES_OF(designator));
    *nonce = a->nonce;
    return OK;
}

static bool is_listed(const struct authorization *list, u32 count, const address *signer)
{
    for (u32 i = 0; i < count; i++)
        if (address_eq(&list[i].signer, signer))
            return true;
    return false;
}

/* Authorizations of the accounts whose operations wait and that are not delegated yet. */
static enum err add_authorizations(struct slot_run *slot, struct state *view)
{
    struct session *s = slot->s;
    struct authorization *list = ARENA_TAKE_ZERO(slot->arena, struct authorization, slot->work_count);
    u32 count = 0;
    for (size_t i = 0; i < slot->work_count; i++) {
        const struct work *w = slot->work[i];
        bool delegated;
        u64 nonce;
        if (!w->report.is_operation || is_listed(list, count, &w->report.sender))
            continue;
        TRY(is_delegated(slot, view, &delegated, &nonce, &w->report.sender));
        if (delegated)
            continue;
        struct authorization *a = &list[count];
        a->chain_id = u256_from_u64(s->l1_rules.chain_id);
        a->at = s->contracts.scoped_account;
        a->nonce = address_eq(&w->report.sender, &s->builder) ? nonce + 1 : nonce; /* the bundle itself takes one */
        TRY(authorization_sign(a, &w->operation.key));
        a->signer = w->report.sender;
        count++;
    }
    slot->carrier.authorization = list;
    slot->carrier.authorization_count = count;
    slot->carrier.type = count ? TX_SET_CODE : TX_DYNAMIC_FEE;
    return OK;
}

static enum err make_carrier(struct slot_run *slot)
{
    struct session *s = slot->s;
    TRY(session_sync(s));
    slot->l1_choice = session_l1_choice(s);
    slot->carrier = (struct tx){
        .has_chain_id = true,
        .chain_id = s->l1_rules.chain_id,
        .to = s->contracts.shared_bridge,
        .gas_limit = slot->l1_choice.gas_limit < BUNDLE_GAS ? slot->l1_choice.gas_limit : BUNDLE_GAS,
    };
    session_fees(s, &slot->carrier.max_fee, &slot->carrier.max_priority_fee);
    slot->carrier.max_blob_fee = session_prices(s).max_blob_fee; /* if it comes to blobs */
    struct state *view = ledger_view(&s->l1);
    const struct account *builder;
    enum err e = state_account(view, &builder, NULL, &s->builder);
    if (e == OK) {
        slot->carrier.nonce = builder->nonce;
        const struct sent *sent = session_sent(s, builder->nonce);
        if (sent)
            fees_outbid(&slot->carrier, &sent->fees);
        e = add_authorizations(slot, view);
    }
    state_release(view);
    TRY(e);
    return tx_sign(&slot->carrier, &s->builder_key, slot->arena);
}

/* --- 2. the first pass --- */

static enum err sign_tx(struct slot_run *slot, struct work *w)
{
    struct session *s = slot->s;
    const struct transact *t = &w->transact;
    const u256 *base_fee = &ledger_head(session_ledger_at(s, w->chain))->header.base_fee;
    w->tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = t->chain_id,
        .is_creation = t->creates,
        .to = t->to,
        .value = t->value,
        .gas_limit = t->gas_limit,
        .data = t->data,
    };
    u256_add(&w->tx.max_fee, base_fee, base_fee);
    TRY(simulation_nonce(slot->simulation, &w->tx.nonce, w->chain, &w->report.sender));
    return tx_sign(&w->tx, &t->key, &s->arena);
}

static enum err sign_operation(struct slot_run *slot, struct work *w)
{
    struct session *s = slot->s;
    const struct operation *o = &w->operation;
    w->signed_operation = (struct signed_operation){
        .account = w->report.sender,
        .deadline = o->deadline ? o->deadline : slot->l1_choice.timestamp + OPERATION_SECONDS,
        .gas_limit = o->gas_limit,
        .submitter = o->submitter,
        .call = o->call,
        .call_count = o->call_count,
    };
    TRY(simulation_operation_nonce(slot->simulation, &w->signed_operation.nonce, &w->report.sender, &slot->why));
    return operation_sign(&w->signed_operation, s->l1_rules.chain_id, &o->key, slot->arena);
}

static enum err simulate_work(struct slot_run *slot, size_t i)
{
    struct work *w = slot->work[i];
    if (w->report.is_operation) {
        TRY(sign_operation(slot, w));
        return simulate_operation(slot->simulation, &slot->simulated[i], i, &w->signed_operation, &slot->s->builder,
                                  &slot->why);
    }
    TRY(sign_tx(slot, w));
    return simulate_tx(slot->simulation, &slot->simulated[i], w->chain, i, &w->tx, &slot->why);
}

static enum err open_simulation(struct slot_run *slot)
{
    struct session *s = slot->s;
    const struct ledger_block *anchor = ledger_head(&s->l1);
    struct sim_chain_config *chain = ARENA_TAKE_ZERO(slot->arena, struct sim_chain_config, slot->chain_count);
    chain[L1] =
        (struct sim_chain_config){.ledger = &s->l1, .bridge = s->contracts.shared_bridge, .choice = slot->l1_choice};
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup *r = &s->rollup[i - 1];
        chain[i] = (struct sim_chain_config){
            .ledger = session_ledger_at(s, i),
            .bridge = rollup_bridge_address,
            .choice = rollup_block_choice(&r->rules, slot->l1_choice.timestamp),
            .in_bundle = slot->in_bundle[i],
        };
    }
    return simulation_open(&slot->simulation, slot->arena, chain, slot->chain_count, &slot->carrier, &anchor->header,
                           &anchor->hash);
}

/* One run over the work that was not refused yet. FAULTs end it; a REJECT is a verdict on one piece of work. */
static enum err simulate_once(struct slot_run *slot)
{
    TRY(open_simulation(slot));
    for (size_t i = 0; i < slot->work_count; i++) {
        if (slot->excluded[i] || slot->verdict[i] != OK)
            continue;
        slot->why.len = 0;
        slot->simulated[i] = (struct simulated){0};
        slot->verdict[i] = simulate_work(slot, i);
        if (err_is_fault(slot->verdict[i]))
            return slot->verdict[i];
        if (slot->verdict[i] != OK && slot->why.len == 0)
            text_add_z(&slot->why, err_text(slot->verdict[i]));
        slot->reason[i] = slot->verdict[i] == OK ? NULL : slot_keep_text(slot, &slot->why);
    }
    slot->plan = simulation_plan(slot->simulation);
    return OK;
}

static void close_simulation(struct slot_run *slot)
{
    if (slot->simulation)
        simulation_close(slot->simulation);
    slot->simulation = NULL;
}

/* L1's clock starts from the rollups of the bundle, so which rollups those are is part of the simulation: run until the
 * set that was assumed is the set that came out. It only shrinks, so this ends. What was refused left no trace, and is
 * not run again: its chain may be gone by then. */
static enum err simulate(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->chain_count; i++)
        slot->in_bundle[i] = true;
    for (size_t i = 0; i < slot->work_count; i++)
        if (!slot->excluded[i])
            slot->verdict[i] = OK;
    for (;;) {
        TRY(simulate_once(slot));
        bool shrank = false;
        for (size_t i = 1; i < slot->chain_count; i++)
            if (slot->in_bundle[i] && slot->plan->chain[i].item_count == 0) {
                slot->in_bundle[i] = false;
                shrank = true;
            }
        const bool again = shrank && simulation_uses_l1(slot->simulation);
        slot->read_count = simulation_reads(slot->simulation, &slot->read);
        close_simulation(slot);
        if (!again)
            return OK;
    }
}

/* --- 3. L1's part, and the statements --- */

static bool touches_l1(const struct slot_run *slot)
{
    const u64 l1 = slot->s->l1_rules.chain_id;
    for (size_t i = 0; i < slot->plan->call_count; i++)
        if (!slot->evicted[slot->plan->call[i].work] &&
            (slot->plan->call[i].call.source_chain == l1 || slot->plan->call[i].call.target_chain == l1))
            return true;
    return false;
}

static void make_l1_plan(struct slot_run *slot)
{
    const struct plan *plan = slot->plan;
    const struct plan_chain *l1 = &plan->chain[L1];
    struct fill *fill;
    struct nested *nested;
    struct step *step = ARENA_TAKE_ZERO(slot->arena, struct step, l1->item_count), *next = step;
    slot->l1_plan.fill_count = plan_fills(plan, slot->arena, &fill, L1, PLAN_ALL_ITEMS, slot->evicted);
    slot->l1_plan.nested_count = plan_nested(plan, slot->arena, &nested, L1, PLAN_ALL_ITEMS, slot->evicted);
    for (size_t i = 0; i < l1->item_count; i++) {
        const struct plan_item *item = &l1->item[i];
        if (slot->evicted[item->work])
            continue;
        const u64 floor = slot->step_floor[item->work];
        next->floor = item->floor > floor ? item->floor : floor;
        if (item->kind == ITEM_HANDLE)
            next->inbound = &plan->call[item->call].call;
        else
            next->operation = &slot->work[item->work]->signed_operation;
        next++;
    }
    slot->l1_plan.fill = fill;
    slot->l1_plan.nested = nested;
    slot->l1_plan.step = step;
    slot->l1_plan.step_count = (size_t)(next - step);
}

static void make_context(struct slot_run *slot)
{
    struct session *s = slot->s;
    slot->context = (struct settlement_context){
        .l1_chain_id = s->l1_rules.chain_id,
        .bridge = s->contracts.shared_bridge,
        .submitter = s->builder,
    };
    if (touches_l1(slot)) {
        slot->context.l1_block_number = ledger_head(&s->l1)->header.number + 1;
        slot->context.l1_parent_hash = ledger_head(&s->l1)->hash;
    }
    plan_hash(&slot->context.plan_hash, &slot->l1_plan, slot->arena);
}

enum err slot_make_inputs(struct slot_run *slot)
{
    slot->input = ARENA_TAKE_ZERO(slot->arena, struct transition_input, slot->input_count);
    slot->statement = ARENA_TAKE(slot->arena, hash32, slot->input_count);
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup_block *b = &slot->block[i];
        if (!slot_sends(slot, i))
            continue;
        const struct transition *t = &b->transition;
        TRY(statement_hash(&slot->statement[n], &slot->context, t, slot->arena));
        slot->input[n] = (struct transition_input){
            .chain_id = t->chain_id,
            .block_hash = t->block_hash,
            .state_root = t->state_root,
            .last_block = t->last_block,
            .last_timestamp = t->last_timestamp,
            .anchor_number = t->anchor_number,
            .data = b->data.calldata,
            .mailbox = t->mailbox,
            .mailbox_count = t->mailbox_count,
            .verifier = slot->s->contracts.quorum_verifier,
        };
        n++;
    }
    return OK;
}

/* --- 4. the provers: slot_attest.c; 5. the bundle --- */

/* Which step was running when a bundle that should have settled did not: each ends with one log of its own. */
struct progress {
    const struct slot_run *slot;
    size_t step;    /* of the L1 plan: how many ended */
    size_t differs; /* the first call handled there that was answered otherwise than in the simulation; or step_count */
};

/* The item of a step of the L1 plan; NULL past the last. */
static const struct plan_item *item_of_step(const struct slot_run *slot, size_t step)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    for (size_t i = 0; i < l1->item_count; i++)
        if (!slot->evicted[l1->item[i].work] && step-- == 0)
            return &l1->item[i];
    return NULL;
}

static size_t work_of_step(const struct slot_run *slot, size_t step)
{
    const struct plan_item *item = item_of_step(slot, step);
    return item ? item->work : slot->work_count;
}

/* The account's own frame, when it ends: its log came before. */
static enum err on_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct progress *p = context;
    (void)vm;
    if (m->depth != 1 || p->step == 0)
        return OK;
    const struct signed_operation *o = p->slot->l1_plan.step[p->step - 1].operation;
    if (o && address_eq(&o->account, &m->recipient))
        p->slot->operation_gas[work_of_step(p->slot, p->step - 1)] = (u64)(m->gas - r->gas_left);
    return OK;
}

/* A reverted bundle has no logs to be compared afterwards. */
static enum err compare_answer(struct progress *p, const struct log *log)
{
    hash32 request, leaf;
    struct bytes response;
    TRY(log_scoped_call_executed(&request, &response, log));
    response_hash(&leaf, &request, response);
    const struct plan_call *call = &p->slot->plan->call[item_of_step(p->slot, p->step)->call];
    if (!hash32_eq(&leaf, &call->response_hash) && p->differs == p->slot->l1_plan.step_count)
        p->differs = p->step;
    return OK;
}

static enum err on_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    static const char operation_executed[] = "OperationExecuted(bytes32)";
    struct progress *p = context;
    (void)vm, (void)m;
    if (p->step == p->slot->l1_plan.step_count || log->topic_count != 2)
        return OK;
    const struct step *step = &p->slot->l1_plan.step[p->step];
    hash32 topic = topic_scoped_call_executed, request;
    address at = p->slot->s->contracts.shared_bridge;
    if (step->operation) {
        keccak256(&topic, operation_executed, sizeof operation_executed - 1);
        at = step->operation->account;
    } else {
        request_hash(&request, step->inbound);
        if (!hash32_eq(&log->topic[1], &request))
            return OK;
    }
    if (!address_eq(&log->at, &at) || !hash32_eq(&log->topic[0], &topic))
        return OK;
    if (step->inbound)
        TRY(compare_answer(p, log));
    p->step++;
    return OK;
}

/* What the steps emitted must be what they emitted in the simulation. *step is the first that did not. */
static bool same_logs(const struct slot_run *slot, const struct receipt *receipt, size_t *step)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    u32 at = 0;
    *step = 0;
    for (size_t i = 0; i < l1->item_count; i++) {
        const struct plan_item *item = &l1->item[i];
        hash32 logs;
        if (slot->evicted[item->work])
            continue;
        if (item->log_count > receipt->log_count - at)
            return false;
        logs_hash(&logs, receipt->log + at, item->log_count, slot->arena);
        if (!hash32_eq(&logs, &item->logs))
            return false;
        at += item->log_count;
        ++*step;
    }
    return true;
}

struct acceptance {
    struct slot_run *slot;
    struct progress progress;
};

/* Stopped by the cap of a transaction's gas: all but a 64th or so is gone (an abort, docs/protocol.md section 7), or an
 * operation would have got less than was signed. */
static bool ran_out_of_gas(const struct slot_run *slot, const struct receipt *receipt)
{
    static const char error[] = "InsufficientGas()";
    hash32 selector;
    keccak256(&selector, error, sizeof error - 1);
    return receipt->gas_used + receipt->gas_used / 32 >= slot->bundle.gas_limit ||
           (receipt->output.len == 4 && memcmp(receipt->output.ptr, selector.b, 4) == 0);
}

/* Nothing is sent that does not do what was simulated. What a hostile builder sends is, to be refused. */
static enum err accept(void *context, const struct receipt *receipt)
{
    struct acceptance *a = context;
    struct slot_run *slot = a->slot;
    size_t step = a->progress.differs < slot->l1_plan.step_count ? a->progress.differs : a->progress.step;
    if (slot->forge || (receipt->success && same_logs(slot, receipt, &step)))
        return OK;
    if (!receipt->success && ran_out_of_gas(slot, receipt))
        return REJECT_BUNDLE_FULL;
    slot->culprit = work_of_step(slot, step);
    slot->why.len = 0;
    text_add(&slot->why, "step ");
    text_add_u64(&slot->why, step);
    text_add_z(&slot->why, receipt->success ? " of the bundle emitted other logs than in the simulation: " : " of the bundle reverted it: ");
    text_add_hex_cut(&slot->why, receipt->output, 68);
    return REJECT_PASSES_DIFFER;
}

static struct bytes note(void *context)
{
    const struct acceptance *a = context;
    return slot_note(a->slot);
}

static enum err send_bundle(struct slot_run *slot)
{
    struct session *s = slot->s;
    struct acceptance a = {.slot = slot, .progress = {.slot = slot, .differs = slot->l1_plan.step_count}};
    const struct hooks hooks = {.context = &a.progress, .log = on_log, .leave = on_leave};
    slot->bundle = slot->carrier;
    slot->bundle.has_hash = false;
    slot->bundle.data =
        calldata_execute_bundle(slot->arena, &s->builder, &slot->l1_plan, slot->input, slot->input_count);
    if (slot->is_in_blobs)
        TRY(slot_carry_blobs(slot));
    TRY(tx_sign(&slot->bundle, &s->builder_key, slot->arena));
    slot->culprit = slot->work_count;
    const bool pinned = slot->context.l1_block_number != 0;
    const struct mining mining = {
        .purpose = PURPOSE_BUNDLE,
        .parent = pinned ? &slot->context.l1_parent_hash : NULL,
        .key = pinned ? NULL : &s->builder_key,
        .hooks = &hooks,
        .accept = accept,
        .note = session_owns_l1(s) || slot->forge ? NULL : note, /* a forged one is not to settle */
        .context = &a,
        .sidecar = slot->is_in_blobs ? &slot->sidecar : NULL,
    };
    TRY(session_mine(s, &slot->receipt, &slot->as_expected, &slot->bundle, &mining));
    if (slot->is_in_blobs && session_owns_l1(s))
        ledger_keep_sidecar(&s->l1, &slot->sidecar);
    return OK;
}

/* --- the slot --- */

static void collect_work(struct slot_run *slot)
{
    struct session *s = slot->s;
    slot->work = ARENA_TAKE(slot->arena, struct work *, s->work_count);
    slot->handle = ARENA_TAKE(slot->arena, u64, s->work_count);
    for (size_t i = 0; i < s->work_count; i++)
        if (s->work[i]->report.status == WORK_PENDING) {
            slot->handle[slot->work_count] = i;
            slot->work[slot->work_count++] = s->work[i];
        }
    slot->verdict = ARENA_TAKE_ZERO(slot->arena, enum err, slot->work_count);
    slot->excluded = ARENA_TAKE_ZERO(slot->arena, bool, slot->work_count);
    slot->waits = ARENA_TAKE_ZERO(slot->arena, bool, slot->work_count);
    slot->evicted = ARENA_TAKE_ZERO(slot->arena, bool, slot->work_count);
    slot->operation_gas = ARENA_TAKE_ZERO(slot->arena, u64, slot->work_count);
    slot->simulated = ARENA_TAKE_ZERO(slot->arena, struct simulated, slot->work_count);
    slot->reason = ARENA_TAKE_ZERO(slot->arena, const char *, slot->work_count);
}

/* L1's operations alone are no bundle: there would be nothing to settle, Empty(). */
static bool refuse_without_rollup(struct slot_run *slot)
{
    for (size_t i = 1; i < slot->chain_count; i++)
        if (slot->plan->chain[i].item_count)
            return false;
    for (size_t i = 0; i < slot->work_count; i++)
        if (slot->verdict[i] == OK) {
            slot->verdict[i] = REJECT_NO_ROLLUP;
            slot->reason[i] = err_text(REJECT_NO_ROLLUP);
        }
    return true;
}

/* Items on L1, evicted scopes left out. */
static size_t l1_item_count(const struct slot_run *slot)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    size_t count = 0;
    for (size_t i = 0; i < l1->item_count; i++)
        count += !slot->evicted[l1->item[i].work];
    return count;
}

/* Evicted scopes with a step on L1: what they left there, others may have seen. Most have not, so the bundle is made
 * without them, and L1 itself, where every step must do what it did in the simulation, tells. */
static bool evicted_on_l1(const struct slot_run *slot)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    for (size_t i = 0; i < l1->item_count; i++)
        if (slot->evicted[l1->item[i].work])
            return true;
    return false;
}

void slot_exclude(struct slot_run *slot, size_t work, enum err e)
{
    slot->excluded[work] = true;
    slot->verdict[work] = e;
    if (!slot->reason[work])
        slot->reason[work] = slot_keep_text(slot, &slot->why);
}

/* Those after the first may differ only because it is gone. */
static void exclude_first_evicted(struct slot_run *slot)
{
    size_t i = 0;
    while (!slot->evicted[i])
        i++;
    slot_exclude(slot, i, slot->verdict[i]);
}

/* From work to a bundle that is mined. *again: something was excluded, and the rest is to be built anew. */
static enum err build_and_send(struct slot_run *slot, bool *again)
{
    *again = false;
    slot_enter(slot, SLOT_SIMULATE);
    TRY(simulate(slot));
    const bool alone = refuse_without_rollup(slot);
    slot_report_verdicts(slot);
    if (alone)
        return OK;
    if (slot->forge) {
        TRY(slot->forge(slot->forge_context, &slot->forged, slot->arena, slot->plan, &slot->why));
        slot->plan = &slot->forged;
    }
    slot_enter(slot, SLOT_BUILD);
    TRY(slot_build_blocks(slot));
    if (slot->input_count == 0 && l1_item_count(slot) == 0)
        return OK;
    slot_enter(slot, SLOT_PROVE);
    make_l1_plan(slot);
    TRY(slot_make_preconditions(slot));
    make_context(slot);
    TRY(slot_make_inputs(slot));
    TRY(slot_place_data(slot, again));
    if (*again)
        return OK;
    TRY(slot_attest(slot));
    slot_enter(slot, SLOT_SUBMIT);
    const enum err e = send_bundle(slot);
    if (slot_lost_race(slot, e))
        return slot_take_back(slot, e, again);
    if (e == REJECT_BUNDLE_FULL) {
        *again = slot_wait(slot);
        return *again ? OK : e;
    }
    if (e == REJECT_PASSES_DIFFER && (slot->culprit < slot->work_count || evicted_on_l1(slot))) {
        if (evicted_on_l1(slot))
            exclude_first_evicted(slot); /* it was not known whether others depend on it there: they do */
        else
            slot_exclude(slot, slot->culprit, e);
        *again = true;
        return OK;
    }
    return e == REJECT_PASSES_DIFFER ? e : session_l1_fail(slot->s, e);
}

static enum err run_slot(struct slot_run *slot)
{
    for (bool again = true;
         again;) { /* each turn excludes some work, delegates what is not, or loses a race, so this ends */
        slot_close_blocks(slot);
        TRY(make_carrier(slot));
        TRY(build_and_send(slot, &again));
    }
    slot_enter(slot, SLOT_REPORT);
    slot_report_evicted(slot);
    if (!slot->receipt)
        return OK;
    if (slot->receipt->success) {
        u64 *first_block = ARENA_TAKE_ZERO(slot->arena, u64, slot->chain_count);
        for (size_t i = 1; i < slot->chain_count; i++)
            if (slot->block[i].is_open)
                first_block[i - 1] = slot->block[i].transition.first_block;
        slot_append_blocks(slot);
        slot_remember(slot, first_block, slot->context.l1_block_number != 0);
        slot_report_settled(slot);
    } else {
        slot_requeue(slot);
    }
    TRY(slot_report(slot));
    return slot->as_expected ? OK : session_l1_fail(slot->s, REJECT_L1_DIFFERS);
}

enum err session_slot_by(struct session *s, const struct slot_report **report, forger *forge, void *context)
{
    session_forget_error(s);
    arena_rewind(&s->slot_arena, (struct arena_mark){0});
    s->slot = (struct slot_report){0};
    *report = &s->slot;
    struct slot_run slot = {
        .s = s,
        .arena = &s->slot_arena,
        .why = buffer_in(&s->slot_arena),
        .forge = forge,
        .forge_context = context,
        .chain_count = s->rollup_count + 1,
    };
    TRY(session_sync(s)); /* L1 may have taken work back */
    collect_work(&slot);
    if (slot.work_count == 0)
        return OK;
    slot.in_bundle = ARENA_TAKE_ZERO(slot.arena, bool, slot.chain_count);
    slot.block = ARENA_TAKE_ZERO(slot.arena, struct rollup_block, slot.chain_count);
    bool done;
    enum err e = slot_take_up(&slot, &done);
    if (e == OK && !done)
        e = run_slot(&slot);
    s->slot.races_lost = slot.races_lost;
    s->slot.gas_lost = slot.gas_lost;
    close_simulation(&slot);
    slot_close_blocks(&slot);
    if (e == REJECT_L1_DIFFERS)
        return e; /* it has settled, and is reported as it is */
    if (e != OK) {
        slot_requeue(&slot);
        if (slot.why.len == 0)
            text_add_z(&slot.why, err_text(e));
        return session_fail(s, e, buffer_bytes(&slot.why));
    }
    return OK;
}

void session_watch_phases(struct session *s, void (*begins)(void *context, enum slot_phase phase), void *context)
{
    s->phase_begins = begins;
    s->phase_context = context;
}

enum err session_slot(struct session *s, const struct slot_report **report)
{
    return session_slot_by(s, report, NULL, NULL);
}
