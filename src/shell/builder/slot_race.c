/* A bundle that others made fail, on an L1 that is not ours.
 *
 *     missed      its block went by: it was dropped, or others paid more. The next one takes the same nonce and pays a
 *                 tenth more, with blobs twice as much (fees.h), so that at most one of the two is ever mined
 *     reverted    somebody changed what a step reads, between the block it was simulated on and its own
 *
 * Nothing has happened but a nonce and some gas: the rollups' blocks were never appended. All of it is built anew on
 * the new head. Who is to blame for a revert is found by running the lost bundle again there: the precondition that
 * does not hold, the step that reverts, or the first whose logs differ. That work is left out of the rest of the slot,
 * and tried again in the next, a bounded number of times (slot_report_evicted); the others settle without it. Where the
 * run blames nobody (a value that was changed and put back), the first work with a step on L1 goes. */
#include "builder/slot_private.h"

#include "base/u256.h"
#include "codec/text.h"
#include "crypto/keccak.h"

enum { RACES_MAX = 16, DOUBLINGS_MAX = 6, BLAMELESS_MAX = 2, DEPTH_MAX = 1026, PRECONDITIONS_MAX = 16 };

/* --- what makes a lost race cheap --- */

static bool is_listed(const struct precondition *list, size_t count, const struct sim_read *r)
{
    for (size_t i = 0; i < count; i++)
        if (address_eq(&list[i].target, &r->target) && bytes_eq(list[i].data, r->data))
            return true;
    return false;
}

/* Reader asks before the first step, as itself, and by STATICCALL: only what it would be told the same can be a
 * precondition. What an earlier step changes, what is told to the caller alone, and what writes, is not. */
static enum err holds_at_first(struct slot_run *slot, bool *out, const struct sim_read *r)
{
    enum { READ_GAS = 100000 };
    struct session *s = slot->s;
    struct ledger *l = &s->l1;
    struct state *view = ledger_view(l);
    struct block_run run;
    struct evm_result result;
    hash32 hash;
    const struct block_message m = {
        .from = s->contracts.reader, .to = r->target, .data = r->data, .gas = READ_GAS, .is_static = true};
    block_open(&run, &l->machine, l->rules, view, &ledger_head(l)->header, &l->ancestors, NULL);
    const enum err e = block_message(&run, &result, &m);
    if (e == OK) {
        keccak256(&hash, result.output.ptr, result.output.len);
        *out = halt_is_success(result.halt) && hash32_eq(&hash, &r->result_hash);
    }
    block_release(&run);
    state_release(view);
    return session_l1_fail(s, e);
}

/* A call from a rollup that was answered on L1 may have been a mere read, too. */
static bool handled_read(const struct slot_run *slot, struct sim_read *out, const struct plan_call *c)
{
    struct response r;
    if (c->call.target_chain != slot->s->l1_rules.chain_id || !u256_is_zero(&c->call.request.value) ||
        response_decode(&r, c->response) != OK || !r.success)
        return false;
    *out = (struct sim_read){.work = c->work, .target = c->call.request.to, .data = c->call.request.data};
    keccak256(&out->result_hash, r.returndata.ptr, r.returndata.len);
    return true;
}

struct preconditions {
    struct precondition *list;
    size_t *work, count;
};

static enum err add_precondition(struct slot_run *slot, struct preconditions *p, const struct sim_read *r)
{
    bool holds;
    if (p->count == PRECONDITIONS_MAX || slot->verdict[r->work] != OK || slot->excluded[r->work] ||
        slot->evicted[r->work] || is_listed(p->list, p->count, r))
        return OK;
    TRY(holds_at_first(slot, &holds, r));
    if (!holds)
        return OK;
    p->work[p->count] = r->work;
    p->list[p->count++] = (struct precondition){r->target, r->data, r->result_hash};
    return OK;
}

enum err slot_make_preconditions(struct slot_run *slot)
{
    if (session_owns_l1(slot->s) || slot->forge)
        return OK;
    struct preconditions p = {.list = ARENA_TAKE_ZERO(slot->arena, struct precondition, PRECONDITIONS_MAX),
                              .work = ARENA_TAKE(slot->arena, size_t, PRECONDITIONS_MAX)};
    struct sim_read r;
    for (size_t i = 0; i < slot->plan->call_count; i++)
        if (handled_read(slot, &r, &slot->plan->call[i]))
            TRY(add_precondition(slot, &p, &r));
    for (size_t i = 0; i < slot->read_count; i++)
        TRY(add_precondition(slot, &p, &slot->read[i]));
    slot->l1_plan.precondition = p.list;
    slot->l1_plan.precondition_count = p.count;
    slot->precondition_work = p.work;
    return OK;
}

bool slot_lost_race(const struct slot_run *slot, enum err e)
{
    if (e == REJECT_L1_MISSED || e == REJECT_L1_OUTBID)
        return true;
    return e == OK && !slot->forge && !slot->receipt->success;
}

/* --- the lost bundle, run again --- */

struct rerun {
    struct slot_run *slot;
    struct buffer logs; /* of struct log: those that stand when the run ends, or fails in its outermost frame */
    size_t logs_at[DEPTH_MAX];
    size_t culprit;
};

static enum err on_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct rerun *r = context;
    (void)vm;
    r->logs_at[m->depth] = r->logs.len;
    return OK;
}

static enum err on_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *result)
{
    struct rerun *r = context;
    (void)vm;
    if (m->depth && !halt_is_success(result->halt))
        r->logs.len = r->logs_at[m->depth];
    return OK;
}

static enum err on_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct rerun *r = context;
    struct log copy = *log;
    (void)vm, (void)m;
    copy.data = arena_copy(r->slot->arena, log->data);
    buffer_add(&r->logs, &copy, sizeof copy);
    return OK;
}

/* The first work whose step did not emit what it emitted in the simulation. */
static size_t first_different(const struct slot_run *slot, const struct log *log, size_t count)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    size_t at = 0;
    for (size_t i = 0; i < l1->item_count; i++) {
        const struct plan_item *item = &l1->item[i];
        hash32 logs;
        if (slot->evicted[item->work])
            continue;
        if (item->log_count > count - at)
            return item->work;
        logs_hash(&logs, log + at, item->log_count, slot->arena);
        if (!hash32_eq(&logs, &item->logs))
            return item->work;
        at += item->log_count;
    }
    return slot->work_count;
}

/* PreconditionFailed(uint256) of contracts/src/interfaces/IReader.sol */
static bool failed_precondition(const struct slot_run *slot, struct bytes output, size_t *index)
{
    static const u8 zero[24];
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_PRECONDITION_FAILED);
    if (output.len != 36 || memcmp(output.ptr, selector, 4) || memcmp(output.ptr + 4, zero, sizeof zero))
        return false;
    const u64 i = load_be64(output.ptr + 28);
    *index = (size_t)i;
    return i < slot->l1_plan.precondition_count;
}

static enum err judge(void *context, const struct receipt *receipt)
{
    struct rerun *r = context;
    size_t index;
    if (failed_precondition(r->slot, receipt->output, &index))
        r->culprit = r->slot->precondition_work[index];
    else
        r->culprit = first_different(r->slot, (const struct log *)(const void *)r->logs.ptr,
                                     r->logs.len / sizeof(struct log));
    return REJECT_PASSES_DIFFER; /* it is not to be sent */
}

static enum err use_nothing(void *context, struct block_run *run, const struct receipt *receipt)
{
    (void)context, (void)run, (void)receipt;
    BUG("a run that was refused is used");
}

static enum err find_culprit(struct slot_run *slot, size_t *culprit)
{
    struct session *s = slot->s;
    struct rerun *r = ARENA_TAKE_ZERO(slot->arena, struct rerun, 1);
    *r = (struct rerun){.slot = slot, .logs = buffer_in(slot->arena), .culprit = slot->work_count};
    const struct hooks hooks = {.context = r, .enter = on_enter, .leave = on_leave, .log = on_log};
    const struct mining mining = {.hooks = &hooks, .accept = judge, .context = r};
    struct tx t = slot->bundle;
    TRY(session_nonce(s, &t.nonce, 0, &s->builder));
    session_fees(s, &t.max_fee, &t.max_priority_fee);
    const struct block_choice choice = session_l1_choice(s);
    const enum err e = l1_run(&s->l1, &choice, &t, &mining, use_nothing, NULL);
    if (e != REJECT_PASSES_DIFFER)
        return session_l1_fail(s, e);
    *culprit = r->culprit;
    return OK;
}

/* --- what follows from it --- */

static size_t first_on_l1(const struct slot_run *slot)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    for (size_t i = 0; i < l1->item_count; i++)
        if (!slot->evicted[l1->item[i].work] && !slot->excluded[l1->item[i].work])
            return l1->item[i].work;
    return slot->work_count;
}

static enum err blame(struct slot_run *slot)
{
    size_t culprit;
    TRY(find_culprit(slot, &culprit));
    if (culprit == slot->work_count && ++slot->blameless > BLAMELESS_MAX)
        culprit = first_on_l1(slot);
    if (culprit == slot->work_count)
        return OK;
    slot->why.len = 0;
    text_add(&slot->why, "others changed what it reads on L1 before block ");
    text_add_u64(&slot->why, ledger_head(&slot->s->l1)->header.number);
    slot->reason[culprit] = NULL;
    slot_exclude(slot, culprit, REJECT_L1_RACE);
    return OK;
}

void slot_remember_sent(struct session *s, const struct tx *t)
{
    const struct sent *before = session_sent(s, t->nonce);
    s->sent = (struct sent){
        .is_there = true, .nonce = t->nonce, .fees = fees_of(t), .raises = before ? before->raises + 1 : 0};
}

enum err slot_take_back(struct slot_run *slot, enum err e, bool *again)
{
    struct session *s = slot->s;
    slot->races_lost++;
    slot_remember_sent(s, &slot->bundle);
    if (e == OK)
        slot->gas_lost += slot->receipt->gas_used;
    slot->receipt = NULL;
    if (slot->races_lost > RACES_MAX || (s->sent.fees.has_blobs && s->sent.raises >= DOUBLINGS_MAX)) {
        slot->why.len = 0;
        text_add(&slot->why, "the bundle was built ");
        text_add_u64(&slot->why, slot->races_lost);
        text_add(&slot->why, " times, and never was in its block");
        return e == OK ? REJECT_L1_RACE : e;
    }
    TRY(session_sync(s));
    if (e == OK)
        TRY(blame(slot));
    *again = true;
    return OK;
}

void slot_remember(struct slot_run *slot, const u64 *first_block, bool is_pinned)
{
    struct session *s = slot->s;
    if (session_owns_l1(s))
        return; /* its blocks stay */
    struct inclusion *l = ARENA_TAKE_ZERO(&s->arena, struct inclusion, 1);
    l->is_bundle = true;
    l->is_pinned = is_pinned;
    l->first_block = ARENA_TAKE_ZERO(&s->arena, u64, s->rollup_count);
    l->work = ARENA_TAKE(&s->arena, u64, slot->work_count);
    for (size_t i = 0; i < s->rollup_count; i++)
        l->first_block[i] = first_block[i];
    for (size_t i = 0; i < slot->work_count; i++)
        if (slot->verdict[i] == OK && !slot->evicted[i] && !slot->excluded[i])
            l->work[l->work_count++] = slot->handle[i];
    session_add_inclusion(s, l, slot->receipt);
}
