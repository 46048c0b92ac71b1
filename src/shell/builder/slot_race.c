/* Who made a bundle revert, on a remote L1.
 *
 *     missed      not included in its only valid block: dropped, or outbid in fees. The next bundle has the same nonce
 *                 and pays 10 % more, with blobs twice as much (fees.h), so that at most one of the two is included
 *     reverted    state that a step reads changed between the block it was simulated on and its own
 *
 * Nothing has changed but a nonce and some gas: the rollups' blocks were never appended, and slot.c builds everything
 * anew on the new head. The cause of a revert is found by executing the lost bundle again there: the precondition that
 * does not hold, the step that reverts, or the first step whose logs differ. That work is excluded from the rest of the
 * slot and tried again in the next, a bounded number of times (slot_report_left_out); the others settle without it. */
#include "builder/slot_stages.h"

#include "crypto/keccak.h"

enum { DEPTH_MAX = 1026 };

struct rerun {
    struct arena *arena;
    const struct bundle *bundle;
    struct buffer logs; /* of struct log: those that stand when the run ends, or fails in its outermost frame */
    size_t logs_at[DEPTH_MAX];
    size_t culprit;
};

static enum err rerun_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct rerun *r = context;
    (void)vm;
    r->logs_at[m->depth] = r->logs.len;
    return OK;
}

static enum err rerun_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *result)
{
    struct rerun *r = context;
    (void)vm;
    if (m->depth && !halt_is_success(result->halt))
        r->logs.len = r->logs_at[m->depth];
    return OK;
}

static enum err rerun_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct rerun *r = context;
    struct log copy = *log;
    (void)vm, (void)m;
    copy.data = arena_copy(r->arena, log->data);
    buffer_add(&r->logs, &copy, sizeof copy);
    return OK;
}

/* The first work whose step did not emit what it emitted in the simulation. */
static size_t first_different(const struct rerun *r)
{
    const struct l1_part *l1 = r->bundle->l1;
    const struct log *log = (const struct log *)(const void *)r->logs.ptr;
    const size_t count = r->logs.len / sizeof *log;
    size_t at = 0;
    for (size_t i = 0; i < l1->plan.step_count; i++) {
        const struct plan_item *item = l1->step_item[i];
        hash32 logs;
        if (item->log_count > count - at)
            return item->work;
        logs_hash(&logs, log + at, item->log_count, r->arena);
        if (!hash32_eq(&logs, &item->logs))
            return item->work;
        at += item->log_count;
    }
    return r->bundle->second->work.count;
}

/* PreconditionFailed(uint256) of contracts/src/interfaces/IReader.sol */
static bool is_failed_precondition(const struct l1_part *l1, struct bytes output, size_t *index)
{
    static const u8 zero[24];
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_PRECONDITION_FAILED);
    if (output.len != 36 || memcmp(output.ptr, selector, 4) || memcmp(output.ptr + 4, zero, sizeof zero))
        return false;
    const u64 i = load_be64(output.ptr + 28);
    *index = (size_t)i;
    return i < l1->plan.precondition_count;
}

static enum err find_in_receipt(void *context, const struct receipt *receipt)
{
    struct rerun *r = context;
    size_t index;
    r->culprit = is_failed_precondition(r->bundle->l1, receipt->output, &index)
                     ? r->bundle->l1->precondition_work[index]
                     : first_different(r);
    return REJECT_PASSES_DIFFER; /* not to be broadcast */
}

static enum err use_nothing(void *context, struct block_run *run, const struct receipt *receipt)
{
    (void)context, (void)run, (void)receipt;
    BUG("a rejected run is used");
}

enum err slot_find_culprit(size_t *culprit, struct session *s, struct arena *arena, const struct slot_env *env,
                           const struct bundle *bundle, const struct sent_bundle *sent)
{
    struct rerun *r = ARENA_TAKE_ZERO(arena, struct rerun, 1);
    *r = (struct rerun){
        .arena = arena, .bundle = bundle, .logs = buffer_in(arena), .culprit = bundle->second->work.count};
    const struct hooks hooks = {.context = r, .enter = rerun_enter, .leave = rerun_leave, .log = rerun_log};
    const struct mining mining = {.hooks = &hooks, .accept = find_in_receipt, .context = r};
    struct tx t = sent->tx;
    TRY(session_nonce(s, &t.nonce, L1, &env->builder));
    session_fees(s, &t.max_fee, &t.max_priority_fee);
    const struct block_choice choice = session_l1_choice(s);
    const enum err e = l1_run(env->chain[L1].ledger, &choice, &t, &mining, use_nothing, NULL);
    if (e != REJECT_PASSES_DIFFER)
        return session_l1_fail(s, e);
    *culprit = r->culprit;
    return OK;
}
