/* slot - runs the stages of one L1 slot (slot_stages.h), from pending work to a settled bundle, and runs them again
 * without the work that makes a bundle fail. Read run_slot first. */
#include "builder/slot_stages.h"

#include "codec/text.h"
#include "signer/tx_sign.h"

enum { RACES_MAX = 16, DOUBLINGS_MAX = 6, UNEXPLAINED_MAX = 2 };

/* What outlives an attempt. */
struct slot_run {
    struct session *s;
    struct arena *arena;
    struct buffer why;
    struct slot_env env;
    forger *forge;                  /* NULL: the builder is honest */
    void *forge_context;
    struct slot_works work;         /* as the last stage left it */
    u64 delegated_ahead, delegation_gas_used;
    u32 races_lost;
    u32 races_unexplained;          /* of those, the ones that no step explains */
    u64 gas_lost;
    u64 filled;                     /* by the last attempt: thousandths of the tightest limit of L1 */
    bool was_full;                  /* of gas, which only the bundle's execution measures */
};

/* The values of one attempt, stage by stage. */
struct attempt {
    struct carrier carrier;
    struct first_pass first;
    struct second_pass second;
    struct l1_part l1;
    struct placement placement;
    struct published published;
    struct proofs proofs;
    struct sent_bundle sent;
};

static struct bundle bundle_of(const struct attempt *a)
{
    return (struct bundle){&a->carrier, &a->second, &a->l1, &a->published, &a->proofs};
}

static void enter_phase(const struct slot_run *slot, enum slot_phase phase)
{
    if (slot->s->phase_begins)
        slot->s->phase_begins(slot->s->phase_context, phase);
}

/* --- from work to blocks --- */

static enum err attempt_simulate(struct slot_run *slot, struct attempt *a)
{
    struct session *s = slot->s;
    TRY(session_sync(s));
    TRY(slot_make_carrier(&a->carrier, s, slot->arena, &slot->env, &slot->work));
    TRY(slot_read_forced(&a->carrier.forced, s, slot->arena));
    enter_phase(slot, SLOT_SIMULATE);
    TRY(slot_simulate(&a->first, slot->arena, &slot->env, &a->carrier, &slot->work, &slot->why));
    slot->work = a->first.work;
    slot_report_simulated(s, &slot->work);
    if (!slot->forge || !a->first.has_rollup)
        return OK;
    struct plan *forged = ARENA_TAKE_ZERO(slot->arena, struct plan, 1);
    TRY(slot->forge(slot->forge_context, forged, slot->arena, a->first.plan, &slot->why));
    a->first.plan = forged;
    return OK;
}

static enum err attempt_build(struct slot_run *slot, struct attempt *a)
{
    enter_phase(slot, SLOT_BUILD);
    TRY(slot_build(&a->second, slot->arena, &slot->env, &a->carrier, &a->first, &slot->why));
    slot->work = a->second.work;
    enter_phase(slot, SLOT_WITNESS);
    return slot_finish_blocks(&a->second, &slot->env);
}

/* --- from blocks to proofs --- */

static enum err delegate_ahead(struct slot_run *slot, const struct carrier *carrier)
{
    const struct receipt *receipt;
    const struct mining mining = {.purpose = PURPOSE_DELEGATION, .key = &slot->env.builder_key};
    bool as_expected;
    struct tx t = slot_delegation(carrier, &slot->env);
    TRY(tx_sign(&t, &slot->env.builder_key, slot->arena));
    TRY(session_include(slot->s, &receipt, &as_expected, &t, &mining));
    slot->delegated_ahead = carrier->tx.authorization_count;
    slot->delegation_gas_used = receipt->gas_used;
    return OK;
}

/* "exceeds the limits of an L1 transaction on its own: 131305 of 131072 bytes of the L1 transaction" */
static const char *too_large(struct slot_run *slot, const struct room *r)
{
    struct buffer text = buffer_in(slot->arena);
    text_add_z(&text, err_text(REJECT_BUNDLE_TOO_LARGE));
    text_add(&text, ": ");
    text_add_u64(&text, r->taken);
    text_add(&text, " of ");
    text_add_u64(&text, r->max);
    text_add(&text, " ");
    text_add_z(&text, r->what);
    return slot_message(slot->arena, &text);
}

static const char *too_much_gas(struct slot_run *slot, const struct attempt *a)
{
    struct buffer text = buffer_in(slot->arena);
    text_add_z(&text, err_text(REJECT_BUNDLE_TOO_LARGE));
    text_add(&text, ": its execution needs more than the ");
    text_add_u64(&text, a->carrier.tx.gas_limit);
    text_add(&text, " gas of the L1 transaction");
    return slot_message(slot->arena, &text);
}

/* *again: accounts were delegated ahead, or some work was deferred; the rest is to be built anew. */
static enum err attempt_place(struct slot_run *slot, struct attempt *a, bool *again)
{
    const struct kzg_setup *setup = NULL;
    a->placement = slot_weigh(slot->arena, &slot->env, &a->carrier, &a->second, &a->l1);
    slot->filled = a->placement.filled;
    if (!a->placement.fits) {
        *again = slot_defer(&slot->work, a->placement.filled, too_large(slot, &a->placement.tightest));
        return *again ? OK : REJECT_BUNDLE_TOO_LARGE;
    }
    if (a->placement.delegates_first) {
        *again = true;
        return delegate_ahead(slot, &a->carrier);
    }
    if (a->placement.report.is_in_blobs)
        TRY(session_kzg(slot->s, &setup));
    return slot_publish(&a->published, slot->arena, &slot->env, &a->second, &a->l1, &a->placement, setup);
}

static enum err attempt_attest(struct slot_run *slot, struct attempt *a)
{
    const struct session *s = slot->s;
    const u64 deadline = a->carrier.l1_choice.timestamp + OPERATION_SECONDS;
    for (size_t i = 0; s->asked && !slot->forge && i < a->published.count; i++) {
        const struct published_rollup *r = &a->published.rollup[i];
        const struct prove_request request = slot_prove_request(&a->l1, r, deadline);
        s->asked(s->asked_context, &request, &r->statement);
    }
    return slot_attest(&a->proofs, slot->arena, &slot->env, &a->l1, &a->published, deadline, &slot->why);
}

/* --- a bundle that fails --- */

static bool is_lost_race(const struct slot_run *slot, const struct sent_bundle *sent, enum err e)
{
    if (e == REJECT_L1_MISSED || e == REJECT_L1_OUTBID)
        return true;
    return e == OK && !slot->forge && !sent->receipt->success;
}

static size_t first_on_l1(const struct attempt *a, const struct slot_works *work)
{
    return a->l1.plan.step_count ? a->l1.step_item[0]->work : work->count;
}

/* Excludes the work that made the bundle revert. A value that was changed and put back leaves no trace: after the third
 * such loss the first work with a step on L1 is excluded. */
static enum err exclude_culprit(struct slot_run *slot, const struct attempt *a)
{
    size_t culprit;
    const struct bundle bundle = bundle_of(a);
    TRY(slot_find_culprit(&culprit, slot->s, slot->arena, &slot->env, &bundle, &a->sent));
    if (culprit == slot->work.count && ++slot->races_unexplained > UNEXPLAINED_MAX)
        culprit = first_on_l1(a, &slot->work);
    if (culprit == slot->work.count)
        return OK;
    slot->why.len = 0;
    text_add(&slot->why, "what it reads on L1 was changed before block ");
    text_add_u64(&slot->why, ledger_head(&slot->s->l1)->header.number);
    slot->work.item[culprit].reason = NULL;
    slot_exclude(&slot->work, culprit, REJECT_L1_RACE, slot_message(slot->arena, &slot->why));
    return OK;
}

/* The bundle was broadcast and did not settle: it is built anew on the new head, a bounded number of times. */
static enum err lose_race(struct slot_run *slot, const struct attempt *a, enum err e, bool *again)
{
    struct session *s = slot->s;
    slot->races_lost++;
    session_record_lost_bundle(s, &a->sent.tx);
    if (e == OK)
        slot->gas_lost += a->sent.receipt->gas_used;
    if (slot->races_lost > RACES_MAX || (s->lost_bundle.fees.has_blobs && s->lost_bundle.raises >= DOUBLINGS_MAX)) {
        slot->why.len = 0;
        text_add(&slot->why, "the bundle was built ");
        text_add_u64(&slot->why, slot->races_lost);
        text_add(&slot->why, " times and never included in the block it was built for");
        return e == OK ? REJECT_L1_RACE : e;
    }
    TRY(session_sync(s));
    if (e == OK)
        TRY(exclude_culprit(slot, a));
    *again = true;
    return OK;
}

/* Evicted scopes with a step on L1. Later steps may depend on an evicted scope's effects there. Usually none does, so
 * the bundle is built without it; execution on L1, where each step must do what it did in the simulation, detects the
 * exception. */
static bool was_evicted_on_l1(const struct second_pass *second)
{
    return second->l1_item_count != second->plan->chain[L1].item.count;
}

/* The bundle does not do what was simulated. Of several evicted scopes the later ones may differ only because the first
 * is gone, so that one is excluded. */
static void exclude_different(struct slot_run *slot, const struct attempt *a)
{
    size_t i = a->sent.culprit;
    enum err e = REJECT_PASSES_DIFFER;
    if (was_evicted_on_l1(&a->second)) {
        for (i = 0; !is_evicted(&slot->work, i);)
            i++;
        e = slot->work.item[i].error;
    }
    slot_exclude(&slot->work, i, e, slot_message(slot->arena, &slot->why));
}

/* Work that the simulation refused behind a scope that was evicted from the blocks may have failed because of it. */
static bool is_refused_behind_evicted(const struct slot_works *work)
{
    bool evicted = false;
    for (size_t i = 0; i < work->count; i++) {
        const struct slot_work *w = &work->item[i];
        if (evicted && w->fate == FATE_REFUSED)
            return true;
        evicted |= w->fate == FATE_EVICTED && w->error != REJECT_BUNDLE_FULL;
    }
    return false;
}

static void exclude_evicted(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->work.count; i++)
        if (is_evicted(&slot->work, i))
            slot_exclude(&slot->work, i, slot->work.item[i].error, slot->work.item[i].reason);
}

static enum err attempt_send(struct slot_run *slot, struct attempt *a, bool *again)
{
    const struct bundle bundle = bundle_of(a);
    const enum err e = slot_send(&a->sent, slot->s, slot->arena, &slot->env, &bundle, &slot->why);
    slot->work = a->sent.work;
    if (is_lost_race(slot, &a->sent, e))
        return lose_race(slot, a, e, again);
    if (e == REJECT_BUNDLE_FULL) {
        enum { A_THIRD_TOO_MUCH = 1306 };
        slot->was_full = true;
        *again = slot_defer(&slot->work, A_THIRD_TOO_MUCH, too_much_gas(slot, a));
        return *again ? OK : e;
    }
    if (e == REJECT_PASSES_DIFFER && (a->sent.culprit < slot->work.count || was_evicted_on_l1(&a->second))) {
        exclude_different(slot, a);
        *again = true;
        return OK;
    }
    return e == REJECT_PASSES_DIFFER ? e : session_l1_fail(slot->s, e);
}

/* --- the slot --- */

/* From work to a bundle in a block. *again: some work was excluded or deferred, or a race lost, and the rest is to be
 * built anew. Without a receipt and not again: there is nothing to settle. */
static enum err make_attempt(struct slot_run *slot, struct attempt *a, bool *again)
{
    *again = false;
    TRY(attempt_simulate(slot, a));
    if (!a->first.has_rollup)
        return OK;
    TRY(attempt_build(slot, a));
    if (!slot->forge && is_refused_behind_evicted(&slot->work)) {
        exclude_evicted(slot);
        *again = true;
        return OK;
    }
    if (a->second.bundled_count == 0 && a->second.l1_item_count == 0)
        return OK;
    enter_phase(slot, SLOT_PROVE);
    TRY(session_l1_fail(slot->s, slot_plan_l1(&a->l1, slot->arena, &slot->env, &a->first, &a->second)));
    TRY(attempt_place(slot, a, again));
    if (*again)
        return OK;
    TRY(attempt_attest(slot, a));
    enter_phase(slot, SLOT_SUBMIT);
    return attempt_send(slot, a, again);
}

/* How much work the next slot begins with: what filled this one, or more if there was room. */
static void measure_fill(struct slot_run *slot)
{
    enum { AIM = 980, GROWTH_MAX = 4 };
    bool waits = false;
    for (size_t i = 0; i < slot->work.count; i++)
        waits |= slot->work.item[i].fate == FATE_DEFERRED;
    const u64 filled = slot->was_full && slot->filled < AIM ? AIM : slot->filled;
    const u64 least = AIM / GROWTH_MAX;
    if (waits)
        slot->s->work_max = (size_t)(slot_count_included(&slot->work) * AIM / (filled > least ? filled : least));
}

static enum err finish_slot(struct slot_run *slot, const struct attempt *a)
{
    struct session *s = slot->s;
    const struct bundle bundle = bundle_of(a);
    enter_phase(slot, SLOT_REPORT);
    slot_report_left_out(s, &slot->work);
    if (!a->sent.receipt)
        return OK;
    if (a->sent.receipt->success) {
        measure_fill(slot);
        slot_settle(s, slot->arena, &bundle, &a->sent);
    } else
        slot_requeue(s, &slot->work);
    const enum err e = slot_report(&s->slot, s, slot->arena, &slot->env, &bundle, &a->sent);
    s->slot.data = a->placement.report;
    s->slot.data.delegated_ahead = slot->delegated_ahead;
    s->slot.data.delegation_gas_used = slot->delegation_gas_used;
    TRY(e);
    return a->sent.as_expected ? OK : session_l1_fail(s, REJECT_L1_DIFFERS);
}

static enum err run_slot(struct slot_run *slot)
{
    struct attempt a;
    enum err e = OK;
    for (bool again = true; again;) { /* each attempt excludes or defers work, delegates, or loses a race: this ends */
        a = (struct attempt){0};
        e = make_attempt(slot, &a, &again);
        if (e == OK && !again)
            e = finish_slot(slot, &a);
        else if (e != OK)
            again = false;
        second_pass_close(&a.second);
    }
    return e;
}

/* On a remote L1 a reorg may make any work pending again. */
static void skip_finished(struct session *s)
{
    for (; session_owns_l1(s) && s->first_open < s->work.count; s->first_open++) {
        const enum work_status status = s->work.item[s->first_open]->report.status;
        if (status != WORK_SETTLED && status != WORK_REJECTED)
            return;
    }
}

struct slot_env slot_env_of(struct session *s, struct arena *arena, bool is_forged)
{
    struct slot_chain *chain = ARENA_TAKE(arena, struct slot_chain, s->rollup_count + 1);
    chain[L1] = (struct slot_chain){.ledger = &s->l1};
    for (size_t i = 0; i < s->rollup_count; i++)
        chain[i + 1] = (struct slot_chain){.ledger = &s->rollup[i].ledger, .rules = &s->rollup[i].rules};
    return (struct slot_env){
        .memory = s->memory,
        .chain = chain,
        .chain_count = s->rollup_count + 1,
        .l1_chain_id = s->l1_rules.chain_id,
        .l1_activation = &s->l1_activation,
        .contracts = &s->contracts,
        .provers = &s->provers,
        .builder = s->builder,
        .builder_key = s->builder_key,
        .owns_l1 = session_owns_l1(s),
        .is_forged = is_forged,
        .records_trees = s->records_trees,
    };
}

struct slot_env slot_env_of_calls(struct session *s, struct arena *arena, const struct state_edit *edit)
{
    struct slot_env env = slot_env_of(s, arena, false);
    env.lenient = LENIENT_CALL;
    env.edit = edit;
    return env;
}

/* What an earlier process left behind comes first: if its bundle has settled, the slot is over. */
static enum err reconcile_and_run(struct slot_run *slot)
{
    struct reconciled_slot earlier;
    TRY(slot_reconcile(&earlier, slot->s, slot->arena, &slot->env, &slot->work));
    slot->races_lost = earlier.races_lost;
    slot->gas_lost = earlier.gas_lost;
    return earlier.is_finished ? OK : run_slot(slot);
}

enum err session_slot_by(struct session *s, const struct slot_report **report, forger *forge, void *context)
{
    session_forget_error(s);
    arena_rewind(&s->slot_arena, (struct arena_mark){0});
    s->slot = (struct slot_report){0};
    for (size_t i = 0; i < s->work.count; i++)
        if (s->work.item[i]->chain != L1 || s->work.item[i]->report.is_operation)
            s->work.item[i]->report.frame_count = 0; /* they were in that arena */
    *report = &s->slot;
    TRY(session_sync(s)); /* a reorg may have made work pending again */
    skip_finished(s);
    const size_t limit = s->slot_limit;
    s->slot_limit = 0;
    struct slot_run slot = {
        .s = s,
        .arena = &s->slot_arena,
        .why = buffer_in(&s->slot_arena),
        .env = slot_env_of(s, &s->slot_arena, forge != NULL),
        .forge = forge,
        .forge_context = context,
        .work = slot_collect(s, &s->slot_arena),
    };
    bool is_forced;
    TRY(session_has_forced(s, &is_forced));
    if (slot.work.count == 0 && !is_forced)
        return OK;
    for (size_t i = 0; i < slot.work.count; i++)
        s->work.item[slot.work.item[i].handle]->report.tree = (struct call_tree){0}; /* of the last slot */
    if (limit && limit < slot.work.count)
        slot_defer_from(&slot.work, limit, err_text(REJECT_BUNDLE_FULL));
    if (s->work_max && s->work_max < slot.work.count) {
        const struct slot_unit u = slot_unit_of(&slot.work, s->work_max);
        slot_defer_from(&slot.work, u.first ? u.first : u.end, err_text(REJECT_BUNDLE_FULL));
    }
    const enum err e = reconcile_and_run(&slot);
    s->slot.races_lost = slot.races_lost;
    s->slot.gas_lost = slot.gas_lost;
    if (e == OK || e == REJECT_L1_DIFFERS)
        return e; /* differs: the bundle has settled, and is reported as it is */
    slot_requeue(s, &slot.work);
    if (slot.why.len == 0)
        text_add_z(&slot.why, err_text(e));
    return session_fail(s, e, buffer_bytes(&slot.why));
}

void session_record_trees(struct session *s)
{
    s->records_trees = true;
}

void session_watch_proofs(struct session *s,
                          void (*asked)(void *context, const struct prove_request *r, const hash32 *statement),
                          void *context)
{
    s->asked = asked;
    s->asked_context = context;
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
