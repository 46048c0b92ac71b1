/* The bundle on L1: executed here on the head, compared with the simulation step by step, and only then broadcast. */
#include "builder/slot_stages.h"

#include "bridge/events.h"
#include "codec/text.h"
#include "signer/tx_sign.h"
#include "simulate/fuse.h"

struct sending {
    struct session *s;
    struct arena *arena;
    const struct slot_env *env;
    const struct bundle *bundle;
    struct sent_bundle *sent;
    struct buffer *why;
    struct sidecar sidecar; /* blob_count 0: none */
    size_t step;    /* how many steps of L1's plan have logged: a handled call at its end, an operation at its start */
    bool is_behind; /* the last of those was an operation, has ended, and what comes next has begun */
    struct fuse_cause fuse; /* of the running step */
    u64 gas_used;   /* measured */
    size_t differs; /* the first step whose call was answered otherwise than in the simulation; step_count: none */
};

/* work.count for the step past the last. */
static size_t work_of_step(const struct sending *p, size_t step)
{
    const struct l1_part *l1 = p->bundle->l1;
    return step < l1->plan.step_count ? l1->step_item[step]->work : p->sent->work.count;
}

/* --- while it runs --- */

static enum err bundle_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct sending *p = context;
    (void)vm;
    p->is_behind |= m->depth == 1;
    return OK;
}

/* The frame of an operation's account ends after its log. */
static enum err bundle_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct sending *p = context;
    (void)vm;
    if (m->depth != 1 || p->step == 0)
        return OK;
    const struct signed_operation *o = p->bundle->l1->plan.step[p->step - 1].operation;
    if (o && address_eq(&o->account, &m->recipient)) {
        p->sent->work.item[work_of_step(p, p->step - 1)].operation_gas = (u64)(m->gas - r->gas_left);
        p->fuse.used = (u64)(m->gas - r->gas_left);
        p->fuse.limit = o->gas_limit;
        p->is_behind = false;
    }
    return OK;
}

static enum err bundle_call_codeless(void *context, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                                     bool *served)
{
    struct sending *p = context;
    (void)vm, (void)r;
    *served = false;
    if (address_eq(&m->recipient, &abort_precompile_address) &&
        address_eq(&m->sender, &p->env->contracts->shared_bridge) &&
        selector_of(m->input) != (u32)SELECTOR_SCOPED_LOOKUP)
        fuse_saw_abort(&p->fuse, m->input);
    return OK;
}

/* Compared now, because a bundle that reverts leaves no logs. */
static enum err compare_response(struct sending *p, const struct log *log)
{
    const struct plan_item *item = p->bundle->l1->step_item[p->step];
    hash32 request, leaf;
    struct bytes response;
    TRY(log_scoped_call_executed(&request, &response, log));
    response_hash(&leaf, &request, response);
    if (!hash32_eq(&leaf, &p->bundle->second->plan->call.item[item->call].response_hash) &&
        p->differs == p->bundle->l1->plan.step_count)
        p->differs = p->step;
    return OK;
}

/* Whether the log is the one with which a step ends. */
static bool ends_step(const struct sending *p, const struct step *step, const struct log *log)
{
    hash32 request;
    if (log->topic_count != 2)
        return false;
    if (step->operation)
        return address_eq(&log->at, &step->operation->account) && event_is(log, EVENT_OPERATION_EXECUTED);
    request_hash(&request, step->inbound);
    return address_eq(&log->at, &p->env->contracts->shared_bridge) && event_is(log, EVENT_SCOPED_CALL_EXECUTED) &&
           hash32_eq(&log->topic[1], &request);
}

static enum err bundle_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct sending *p = context;
    const struct l1_plan *plan = &p->bundle->l1->plan;
    (void)vm, (void)m;
    if (p->step == plan->step_count || !ends_step(p, &plan->step[p->step], log))
        return OK;
    if (plan->step[p->step].inbound)
        TRY(compare_response(p, log));
    p->fuse = (struct fuse_cause){0};
    p->is_behind = false;
    p->step++;
    return OK;
}

/* --- when it has run --- */

/* How many steps emitted what they emitted in the simulation. */
static size_t steps_with_same_logs(const struct sending *p, const struct receipt *receipt)
{
    const struct l1_part *l1 = p->bundle->l1;
    u32 at = 0;
    size_t step = 0;
    for (; step < l1->plan.step_count; step++) {
        const struct plan_item *item = l1->step_item[step];
        hash32 logs;
        if (item->log_count > receipt->log_count - at)
            break;
        logs_hash(&logs, receipt->log + at, item->log_count, p->arena);
        if (!hash32_eq(&logs, &item->logs))
            break;
        at += item->log_count;
    }
    return step;
}

/* Stopped by the transaction's gas limit: all but a 64th or so is used (an abort, docs/protocol.md section 7), or an
 * operation would have got less than was signed. */
static bool ran_out_of_gas(const struct sending *p, const struct receipt *receipt)
{
    return receipt->gas_used + receipt->gas_used / 32 >= p->sent->tx.gas_limit ||
           selector_of(receipt->output) == (u32)SELECTOR_INSUFFICIENT_GAS;
}

/* An operation that fails does so after its log. */
static bool is_by_operation(const struct sending *p, const struct receipt *receipt)
{
    const u32 error = selector_of(receipt->output);
    return p->step && !p->is_behind && p->bundle->l1->plan.step[p->step - 1].operation &&
           (error == (u32)SELECTOR_FUSE || error == (u32)SELECTOR_OPERATION_FAILED);
}

static enum err explain_difference(struct sending *p, const struct receipt *receipt, size_t step)
{
    p->sent->culprit = work_of_step(p, step);
    p->why->len = 0;
    text_add(p->why, "step ");
    text_add_u64(p->why, step);
    text_add_z(p->why, receipt->success ? " of the bundle emitted other logs than in the simulation: "
                                        : " of the bundle reverted it: ");
    if (receipt->success || !fuse_explain(&p->fuse, p->why, receipt->halt, receipt->output))
        text_add_hex_cut(p->why, receipt->output, 68);
    return REJECT_PASSES_DIFFER;
}

/* Nothing is broadcast that does not do what was simulated; except by a hostile builder, for L1 to refuse. */
static enum err compare_result(struct sending *p, const struct receipt *receipt)
{
    const size_t step_count = p->bundle->l1->plan.step_count;
    size_t step = p->step - is_by_operation(p, receipt);
    if (p->differs < step_count)
        step = p->differs;
    if (p->env->is_forged)
        return OK;
    if (receipt->success) {
        step = steps_with_same_logs(p, receipt);
        if (step == step_count)
            return OK;
    } else if (ran_out_of_gas(p, receipt)) {
        return REJECT_BUNDLE_FULL;
    }
    return explain_difference(p, receipt, step);
}

/* Cell proofs, which take longer than all else of a small bundle, are made for what is sent to a node: the local L1
 * needs none. */
static enum err accept_result(void *context, const struct receipt *receipt)
{
    struct sending *p = context;
    const struct kzg_setup *setup;
    TRY(compare_result(p, receipt));
    if (p->sidecar.blob_count == 0 || p->env->owns_l1)
        return OK;
    TRY(session_kzg(p->s, &setup));
    return sidecar_prove_cells(&p->sidecar, p->arena, setup);
}

static struct bytes note(void *context)
{
    const struct sending *p = context;
    return slot_note(p->arena, p->bundle->second, &p->sent->work);
}

/* --- the transaction --- */

static enum err make_tx(struct sending *p)
{
    const struct published *published = p->bundle->published;
    struct tx *t = &p->sent->tx;
    struct transition_input *input = ARENA_TAKE(p->arena, struct transition_input, published->count);
    for (size_t i = 0; i < published->count; i++) {
        input[i] = published->rollup[i].input;
        input[i].proof = p->bundle->proofs->proof[i];
    }
    *t = p->bundle->carrier->tx;
    t->has_hash = false;
    t->data = calldata_execute_bundle(p->arena, &p->env->builder, &p->bundle->l1->plan, input, published->count);
    p->sidecar = published->sidecar;
    if (p->sidecar.blob_count) {
        t->type = TX_BLOB;
        t->blob_hash = p->sidecar.versioned_hash;
        t->blob_hash_count = (u32)p->sidecar.blob_count;
    }
    return tx_sign(t, &p->env->builder_key, p->arena);
}

static struct hooks hooks_of(struct sending *p)
{
    return (struct hooks){.context = p, .enter = bundle_enter, .leave = bundle_leave, .log = bundle_log,
                          .call_codeless = bundle_call_codeless};
}

static enum err begin(struct sending *p, struct session *s, struct sent_bundle *out, struct arena *arena,
                      const struct slot_env *env, const struct bundle *bundle, struct buffer *why)
{
    *p = (struct sending){.s = s, .arena = arena, .env = env, .bundle = bundle, .sent = out, .why = why,
                          .differs = bundle->l1->plan.step_count};
    *out = (struct sent_bundle){.work = slot_works_copy(&bundle->second->work, arena),
                                .culprit = bundle->second->work.count};
    return make_tx(p);
}

enum err slot_send(struct sent_bundle *out, struct session *s, struct arena *arena, const struct slot_env *env,
                   const struct bundle *bundle, struct buffer *why)
{
    const bool is_pinned = bundle->l1->context.l1_block_number != 0;
    struct sending p;
    TRY(begin(&p, s, out, arena, env, bundle, why));
    const struct hooks hooks = hooks_of(&p);
    const struct mining mining = {
        .purpose = PURPOSE_BUNDLE,
        .parent = is_pinned ? &bundle->l1->context.l1_parent_hash : NULL,
        .key = is_pinned ? NULL : &env->builder_key,
        .hooks = &hooks,
        .accept = accept_result,
        .note = env->owns_l1 || env->is_forged ? NULL : note, /* a forged one is not to settle */
        .context = &p,
        .sidecar = p.sidecar.blob_count ? &p.sidecar : NULL,
    };
    TRY(session_include(s, &out->receipt, &out->as_expected, &out->tx, &mining));
    if (p.sidecar.blob_count && env->owns_l1)
        ledger_add_sidecar(env->chain[L1].ledger, &p.sidecar);
    return OK;
}

/* --- or only measured --- */

/* Not accepted, so that its block is dropped. */
static enum err measure_result(void *context, const struct receipt *receipt)
{
    struct sending *p = context;
    TRY(compare_result(p, receipt));
    p->gas_used = receipt->gas_used;
    return REJECT_WOULD_CHANGE;
}

enum err slot_measure(u64 *gas_used, struct session *s, struct arena *arena, const struct slot_env *env,
                      const struct bundle *bundle, struct buffer *why)
{
    struct sent_bundle ignored;
    struct sending p;
    TRY(begin(&p, s, &ignored, arena, env, bundle, why));
    const struct hooks hooks = hooks_of(&p);
    const struct mining mining = {.purpose = PURPOSE_BUNDLE, .hooks = &hooks, .accept = measure_result, .context = &p,
                                  .sidecar = p.sidecar.blob_count ? &p.sidecar : NULL};
    const enum err e = session_include(s, &ignored.receipt, &ignored.as_expected, &ignored.tx, &mining);
    if (e != REJECT_WOULD_CHANGE)
        return e;
    *gas_used = p.gas_used;
    return OK;
}
