#include "play/play_private.h"

#include "adversary/forgery.h"
#include "base/u256.h"
#include "builder/query.h"
#include "chain/system_contracts.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "play/check.h"
#include "play/show.h"
#include "prover/remote.h"

enum { DECODED_BYTES_MAX = 1 << 20 };

/* --- forgeries ---------------------------------------------------------------------------------- */

/* What may change on L1 when a bundle reverts: nonce and balance of the builder, the fee recipient's balance, the
 * delegations of its authorizations (they survive a revert, EIP-7702), and the system contracts that every block
 * writes. */
struct allowed {
    struct play *p;
    hash32 payer[2];
    hash32 *delegated;
    u32 delegated_count;
    hash32 system[SYSTEM_CONTRACT_COUNT];
    bool as_before;
};

static enum err judge_change(void *context, const hash32 *key, const struct account_leaf *was,
                             const struct account_leaf *is)
{
    struct allowed *a = context;
    const bool same_storage = hash32_eq(&was->storage_root, &is->storage_root);
    const bool same_balance = u256_eq(&was->balance, &is->balance);
    const bool same_rest = was->nonce == is->nonce && hash32_eq(&was->code_hash, &is->code_hash);
    bool fine = false;
    for (size_t i = 0; i < COUNT_OF(a->payer); i++)
        fine |= hash32_eq(key, &a->payer[i]) && same_storage && hash32_eq(&was->code_hash, &is->code_hash);
    for (u32 i = 0; i < a->delegated_count; i++)
        fine |= hash32_eq(key, &a->delegated[i]) && same_storage && same_balance;
    for (size_t i = 0; i < COUNT_OF(a->system); i++)
        fine |= hash32_eq(key, &a->system[i]) && same_balance && same_rest;
    a->as_before &= fine;
    return OK;
}

struct chain_head {
    u64 number;
    hash32 hash;
};

static enum err heads(struct play *p, struct chain_head **out)
{
    struct chain_head *head = ARENA_TAKE(p->arena, struct chain_head, p->binder->scenario->chain_count);
    for (u32 i = 0; i < p->binder->scenario->chain_count; i++) {
        hash32 root;
        TRY(session_head(p->binder->session, &head[i].number, &head[i].hash, &root, play_chain_id(p, i)));
    }
    *out = head;
    return OK;
}

static enum err chains_as_before(struct play *p, bool *out, const struct chain_head *before,
                                 const struct work_report *work, u32 work_count)
{
    struct binder *b = p->binder;
    struct chain_head *after;
    const struct ledger_block *head;
    TRY(heads(p, &after));
    struct allowed a = {.p = p, .as_before = true, .delegated = ARENA_TAKE(p->arena, hash32, work_count)};
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        if (i != b->scenario->l1)
            a.as_before &= before[i].number == after[i].number && hash32_eq(&before[i].hash, &after[i].hash);
    const u64 l1 = play_chain_id(p, b->scenario->l1);
    TRY(session_block(b->session, &head, l1, after[b->scenario->l1].number));
    keccak256(&a.payer[0], b->scenario->account[0].at.b, 20);
    keccak256(&a.payer[1], head->header.coinbase.b, 20);
    for (u32 i = 0; i < work_count; i++)
        if (work[i].is_operation)
            keccak256(&a.delegated[a.delegated_count++], work[i].sender.b, 20);
    for (size_t i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
        keccak256(&a.system[i], system_contract[i].at.b, 20);
    TRY(session_changes(b->session, l1, before[b->scenario->l1].number, after[b->scenario->l1].number, judge_change,
                        &a));
    *out = a.as_before;
    return OK;
}

static struct bytes forgery_text(struct play *p, const struct scenario_forgery *f)
{
    struct buffer b = buffer_in(p->arena);
    const u64 call = f->call.value.w[0];
    switch ((enum forgery_verb)f->head.variant) {
    case FORGE_EDIT:
        text_add(&b, "byte ");
        text_add_u64(&b, f->byte.given ? f->byte.value.w[0] : DEFAULT_EDITED_BYTE);
        text_add(&b, " of the response to call ");
        text_add_u64(&b, call);
        text_add(&b, " changed");
        break;
    case FORGE_LEAVE_OUT:
        text_add(&b, "call ");
        text_add_u64(&b, call);
        text_add(&b, " left out");
        break;
    case FORGE_SWAP:
        text_add(&b, "calls ");
        text_add_u64(&b, call);
        text_add(&b, " and ");
        text_add_u64(&b, f->other.value.w[0]);
        text_add(&b, " swapped");
        break;
    }
    return buffer_bytes(&b);
}

/* Did the bundle revert with this error and these arguments? */
static enum err refused_as_expected(struct play *p, bool *out, const struct scenario_forgery *f, struct bytes revert)
{
    struct binder *b = p->binder;
    const struct member *want;
    struct abi_value values;
    struct bytes ignored;
    *out = false;
    if (forgery_rule(f))
        return OK;
    TRY(forgery_error(b, &want, f));
    if (revert.len < 4 || memcmp(revert.ptr, want->abi.hash.b, 4) != 0 ||
        abi_decode(p->arena, &values, &want->abi.inputs, bytes_of(revert.ptr + 4, revert.len - 4), DECODED_BYTES_MAX,
                   NULL))
        return OK;
    return values_agree(b, out, &ignored, b->scenario->l1, &want->abi.inputs, &values, f->with, want->text);
}

/* "REJECT_SYSTEM_TX_FAILED: ...": why no block with this forgery can be built. */
static struct bytes rule_text(struct play *p, enum err e)
{
    struct buffer b = buffer_in(p->arena);
    const char *why = session_error(p->binder->session);
    text_add_z(&b, err_name(e));
    text_add(&b, ": ");
    text_add_safe(&b, bytes_of(why, strlen(why)), 400);
    return buffer_bytes(&b);
}

static enum err play_forgery(struct play *p, struct report_forgery *out, const struct scenario_forgery *f,
                             const struct work_report *work, u32 work_count)
{
    static const enum forgery_kind kind[] = {
        [FORGE_EDIT] = FORGERY_RESPONSE_BYTE, [FORGE_LEAVE_OUT] = FORGERY_LEAVE_OUT, [FORGE_SWAP] = FORGERY_SWAP};
    const struct forgery forgery = {
        .kind = kind[f->head.variant],
        .call = f->call.value.w[0] - 1,
        .other = f->other.given ? f->other.value.w[0] - 1 : 0,
        .offset = f->byte.given ? f->byte.value.w[0] : DEFAULT_EDITED_BYTE,
    };
    const struct slot_report *slot;
    struct chain_head *before;
    bool as_expected, as_before;
    TRY(heads(p, &before));
    const enum err e = session_slot_forged(p->binder->session, &slot, &forgery);
    const bool by_rules = err_is_reject(e) && e != REJECT_CONFIG && e != REJECT_L1_DIFFERS;
    if (e && !by_rules)
        return play_refuse_submission(p, e, f->head.place);
    TRY(chains_as_before(p, &as_before, before, work, work_count));
    if (by_rules) {
        *out = (struct report_forgery){
            .what = forgery_text(p, f),
            .expected = f->refused.text,
            .rule = rule_text(p, e),
            .as_before = as_before,
            .met = forgery_rule(f) == e && as_before,
        };
        return OK;
    }
    TRY(refused_as_expected(p, &as_expected, f, slot->revert_data));
    *out = (struct report_forgery){
        .what = forgery_text(p, f),
        .expected = f->refused.text,
        .refused = play_copy_data(p, show_revert(p->binder, p->binder->scenario->l1, slot->revert_data)),
        .settled = slot->settled,
        .as_before = as_before,
        .met = slot->sent && !slot->settled && as_expected && as_before,
        .gas_used = slot->l1_gas_used,
    };
    return OK;
}

/* --- work of earlier slots ------------------------------------------------------------------------ */

/* With its last reported outcome. */
struct earlier_work {
    u64 work;
    const char *label;
    struct place place;
    struct work_report report;
};

void play_earlier(const struct play *p, u32 i, const char **label, struct place *place, u64 *work)
{
    *label = p->earlier.item[i].label;
    *place = p->earlier.item[i].place;
    *work = p->earlier.item[i].work;
}

void play_add_earlier(struct play *p, const char *label, struct place place, u64 work)
{
    *LIST_ADD(&p->earlier, p->arena) = (struct earlier_work){.work = work, .label = label, .place = place};
}

u32 play_carried(const struct play *p)
{
    u32 n = 0;
    for (u32 i = 0; i < p->earlier.count; i++)
        n += p->earlier.item[i].report.status == WORK_PENDING;
    return n;
}

enum err play_refresh_earlier(struct play *p)
{
    for (u32 i = 0; i < p->earlier.count; i++)
        TRY(session_status(p->binder->session, &p->earlier.item[i].report, p->earlier.item[i].work));
    return OK;
}

/* The work that a slot's report may mention: that of earlier slots, then its own. */
struct slot_work {
    u64 *work;
    const char **label;
    struct place *place;
    struct work_report *was; /* before the slot ran */
    struct work_report *report;
    u32 count, carried;      /* of earlier slots, which come first */
};

static struct slot_work room_for(struct play *p, u32 count)
{
    return (struct slot_work){.work = ARENA_TAKE(p->arena, u64, count),
                              .label = ARENA_TAKE(p->arena, const char *, count),
                              .place = ARENA_TAKE(p->arena, struct place, count),
                              .was = ARENA_TAKE_ZERO(p->arena, struct work_report, count),
                              .report = ARENA_TAKE_ZERO(p->arena, struct work_report, count)};
}

static enum err add_slot_work(struct play *p, struct slot_work *w, u64 work, const char *label, struct place place)
{
    w->work[w->count] = work;
    w->label[w->count] = label;
    w->place[w->count] = place;
    return session_status(p->binder->session, &w->was[w->count++], work);
}

static enum err add_earlier(struct play *p, struct slot_work *w)
{
    for (u32 i = 0; i < p->earlier.count; i++)
        TRY(add_slot_work(p, w, p->earlier.item[i].work, p->earlier.item[i].label, p->earlier.item[i].place));
    w->carried = w->count;
    return OK;
}

static bool is_same_outcome(const struct work_report *x, const struct work_report *y)
{
    return x->status == y->status && x->block_number == y->block_number && hash32_eq(&x->tx_hash, &y->tx_hash);
}

/* Reads the outcomes. Of earlier slots only work stays that was pending, or whose outcome a reorg of L1 changed. */
static enum err refresh_work(struct play *p, struct slot_work *w)
{
    u32 n = 0, carried = 0;
    for (u32 i = 0; i < w->count; i++) {
        struct work_report now;
        TRY(session_status(p->binder->session, &now, w->work[i]));
        if (i < w->carried && p->earlier.item[i].report.status != WORK_PENDING &&
            is_same_outcome(&p->earlier.item[i].report, &now))
            continue;
        carried += i < w->carried;
        w->work[n] = w->work[i];
        w->label[n] = w->label[i];
        w->place[n] = w->place[i];
        w->was[n] = w->was[i];
        w->report[n++] = now;
    }
    w->count = n;
    w->carried = carried;
    return OK;
}

/* The pending work, which a forged bundle contains. */
static u32 pending_of(struct play *p, const struct slot_work *w, const struct work_report **out)
{
    struct work_report *pending = ARENA_TAKE(p->arena, struct work_report, w->count);
    u32 n = 0;
    for (u32 i = 0; i < w->count; i++)
        if (w->was[i].status == WORK_PENDING)
            pending[n++] = w->was[i];
    *out = pending;
    return n;
}

/* Saves the reported outcomes; the next slot compares with them. */
static void remember_work(struct play *p, const struct slot_work *w)
{
    for (u32 i = 0; i < w->count; i++) {
        u32 k = 0;
        while (k < p->earlier.count && p->earlier.item[k].work != w->work[i])
            k++;
        struct earlier_work *earlier = k < p->earlier.count ? &p->earlier.item[k] : LIST_ADD(&p->earlier, p->arena);
        *earlier = (struct earlier_work){w->work[i], w->label[i], w->place[i], w->report[i]};
    }
}

/* --- a slot ------------------------------------------------------------------------------------- */

/* The last of a group makes it one. */
static enum err bind_group(struct play *p, const struct scenario_slot *slot, u32 index, u64 work)
{
    const struct scenario_submission *all = slot->submit.items;
    const char *group = all[index].atomic.text;
    u32 count = 1;
    if (!group || (index + 1 < slot->submit.count && all[index + 1].atomic.text &&
                   strcmp(all[index + 1].atomic.text, group) == 0))
        return OK;
    while (count <= index && all[index - count].atomic.text && strcmp(all[index - count].atomic.text, group) == 0)
        count++;
    const enum err e = session_make_atomic(p->binder->session, work + 1 - count, count);
    return e ? play_refuse_submission(p, e, all[index].atomic.place) : OK;
}

static enum err submit_all(struct play *p, const struct scenario_slot *slot, struct slot_work *w)
{
    const struct scenario_submission *all = slot->submit.items;
    for (u32 i = 0; i < slot->submit.count; i++) {
        const struct scenario_submission *s = &all[i];
        u64 work;
        const bool may_be_funded = i > 0 || w->carried > 0; /* by what comes before it in this slot */
        if (s->head.variant == SUBMIT_OPERATE) {
            TRY(play_submit_operation(p, &work, &s->operate, may_be_funded));
            TRY(add_slot_work(p, w, work, s->operate.label.text, s->head.place));
            TRY(bind_group(p, slot, i, work));
            continue;
        }
        struct transact t;
        u32 chain;
        TRY(play_bind_send(p, &t, &chain, &s->send, may_be_funded));
        const enum err e = session_transact(p->binder->session, &work, &t);
        if (e)
            return play_refuse_submission(p, e, s->send.label.place);
        TRY(add_slot_work(p, w, work, s->send.label.text, s->head.place));
        TRY(bind_group(p, slot, i, work));
    }
    return OK;
}

static const char *play_copy_text(struct play *p, const char *text)
{
    return text ? (const char *)arena_copy(p->arena, bytes_of(text, strlen(text) + 1)).ptr : NULL;
}

static void show_provers(struct play *p, struct report_slot *out, const struct slot_report *slot)
{
    struct report_prover *prover = ARENA_TAKE(p->arena, struct report_prover, slot->prover_count);
    for (size_t i = 0; i < slot->prover_count; i++) {
        const struct remote_report *r = &slot->prover[i];
        prover[i] = (struct report_prover){
            .place = play_copy_text(p, r->place),
            .chain = p->binder->scenario->chain[show_chain_index(p->binder, r->chain_id)].head.name,
            .outcome = remote_outcome_name(r->outcome),
            .why = play_copy_text(p, r->why),
            .good = r->outcome == REMOTE_OK,
            .elapsed_us = r->elapsed_us,
        };
    }
    out->prover = prover;
    out->prover_count = (u32)slot->prover_count;
}

static void show_settlement(struct play *p, struct report_slot *out, const struct slot_report *slot)
{
    struct binder *b = p->binder;
    out->sent = slot->sent;
    out->settled = slot->settled;
    out->l1_tx_hash = slot->l1_tx_hash;
    out->l1_block_number = slot->l1_block_number;
    out->l1_gas_used = slot->l1_gas_used;
    out->races_lost = slot->races_lost;
    out->gas_lost = slot->gas_lost;
    out->l1_tx_bytes = slot->l1_tx.len;
    out->data = slot->data;
    if (slot->sent && !slot->settled)
        out->revert = play_copy_data(p, show_revert(b, b->scenario->l1, slot->revert_data));
    struct report_pair *pair = ARENA_TAKE(p->arena, struct report_pair, slot->pair_count);
    for (size_t i = 0; i < slot->pair_count; i++) {
        const u32 here = show_chain_index(b, slot->pair[i].here_chain),
                  there = show_chain_index(b, slot->pair[i].there_chain);
        const struct report_side left = {b->scenario->chain[here].head.name, slot->pair[i].here};
        const struct report_side right = {b->scenario->chain[there].head.name, slot->pair[i].there};
        pair[i] = here <= there ? (struct report_pair){left, right}
                                : (struct report_pair){right, left}; /* as the file names them */
    }
    struct report_rollup *rollup = ARENA_TAKE(p->arena, struct report_rollup, slot->rollup_count);
    for (size_t i = 0; i < slot->rollup_count; i++) {
        const struct rollup_report *r = &slot->rollup[i];
        rollup[i] = (struct report_rollup){
            .chain = b->scenario->chain[show_chain_index(b, r->chain_id)].head.name,
            .first_block = r->first_block,
            .last_block = r->last_block,
            .gas_used = r->gas_used,
            .transactions = r->transactions,
            .system_transactions = r->system_transactions,
            .data_bytes = r->data_bytes,
            .attestations = r->attestations,
            .block_hash = r->block_hash,
            .state_root = r->state_root,
            .statement = r->statement,
        };
    }
    out->pair = pair;
    out->pair_count = (u32)slot->pair_count;
    out->rollup = rollup;
    out->rollup_count = (u32)slot->rollup_count;
    show_provers(p, out, slot);
}

/* True if later work has the same label, which then no longer identifies this one. */
static bool label_is_taken(const struct slot_work *w, u32 index)
{
    for (u32 i = index + 1; i < w->count; i++)
        if (strcmp(w->label[i], w->label[index]) == 0)
            return true;
    return false;
}

/* Work without an outcome expectation must settle. */
static bool outcome_is_mentioned(const struct scenario_slot *slot, const char *label)
{
    const struct scenario_expectation *e = slot->expect.items;
    for (u32 i = 0; i < slot->expect.count; i++)
        if (e[i].head.variant == EXPECT_OUTCOME && strcmp(e[i].label.text, label) == 0)
            return true;
    return false;
}

static enum err judge_slot(struct play *p, const struct scenario_slot *slot, const struct slot_work *w,
                           const u64 *first_block)
{
    struct report_verdict *v = ARENA_TAKE_ZERO(p->arena, struct report_verdict, w->count + slot->expect.count);
    u32 count = 0;
    const struct scenario_expectation *e = slot->expect.items;
    const struct slot_outcome outcome = {w->label, w->report, w->count, first_block};
    for (u32 i = 0; i < w->count; i++) {
        if (outcome_is_mentioned(slot, w->label[i]) || label_is_taken(w, i))
            continue;
        const struct scenario_expectation implied = {
            .head = {.variant = EXPECT_OUTCOME, .place = w->place[i]},
            .label = {.text = w->label[i]},
            .is = {.value = u256_from_u64(OUTCOME_SETTLED)},
        };
        TRY(expectation_judge(p->binder, &v[count++], &implied, &outcome));
    }
    for (u32 i = 0; i < slot->expect.count; i++)
        TRY(expectation_judge(p->binder, &v[count++], &e[i], &outcome));
    play_add_verdicts(p, v, count);
    return OK;
}

/* Work that finished earlier, in a setup slot, has no calls in this slot's report. */
static struct report_work show_work(struct play *p, const struct slot_work *w, u32 i, const struct slot_report *report)
{
    const bool here = w->was[i].status == WORK_PENDING || !is_same_outcome(&w->was[i], &w->report[i]);
    struct report_work shown = play_show_work(p, w->label[i], &w->report[i], here ? report : NULL);
    shown.carried = i < w->carried;
    return shown;
}

/* --- checkpoints --- */

static enum err put_checkpoint(struct play *p, struct slot_checkpoint *m, u32 forgeries)
{
    m->forgeries = forgeries;
    m->met = p->report->met;
    m->failed = p->report->failed;
    return p->on_checkpoint ? p->on_checkpoint(p->persist_context, m) : OK;
}

/* Resumes the checkpoint of a previous process for this step, or starts one. */
static enum err begin_checkpoint(struct play *p, struct slot_checkpoint *out, u64 l1_head)
{
    *out = (struct slot_checkpoint){.is_set = true, .step = p->binder->step, .l1_before = l1_head};
    if (!p->checkpoint.is_set || p->checkpoint.step != out->step)
        return put_checkpoint(p, out, 0);
    *out = p->checkpoint;
    if (out->l1_before > l1_head) /* L1 was reorganized since */
        out->l1_before = l1_head;
    p->report->met = out->met;
    p->report->failed = out->failed;
    return OK;
}

enum err play_slot(struct play *p, const struct scenario_slot *slot, struct place place)
{
    const u32 forgeries = slot->forgeries.count, chains = p->binder->scenario->chain_count;
    u64 *first_block = ARENA_TAKE(p->arena, u64, chains);
    struct report_forgery *forged = ARENA_TAKE_ZERO(p->arena, struct report_forgery, forgeries);
    const struct scenario_forgery *f = slot->forgeries.items;
    struct chain_head *before;
    TRY(play_flush(p));
    if (p->stopped)
        return OK;
    TRY(heads(p, &before));
    for (u32 i = 0; i < chains; i++)
        first_block[i] = before[i].number + 1;
    struct slot_checkpoint checkpoint;
    TRY(begin_checkpoint(p, &checkpoint, before[p->binder->scenario->l1].number));
    const u32 tried = checkpoint.forgeries < forgeries ? checkpoint.forgeries : forgeries;
    first_block[p->binder->scenario->l1] = checkpoint.l1_before + 1;
    struct slot_work work = room_for(p, p->earlier.count + slot->submit.count);
    TRY(add_earlier(p, &work));
    TRY(submit_all(p, slot, &work));
    const struct work_report *pending;
    const u32 pending_count = pending_of(p, &work, &pending);
    for (u32 i = tried; i < forgeries; i++) {
        TRY(play_may_go_on(p, pending_count));
        play_say(p, "trying a forged bundle");
        TRY(play_forgery(p, &forged[i], &f[i], pending, pending_count));
        p->report->met += forged[i].met;
        p->report->failed += !forged[i].met;
        TRY(put_checkpoint(p, &checkpoint, i + 1));
    }
    TRY(play_may_go_on(p, pending_count));
    play_say(p, slot->label.text);
    const struct slot_report *report;
    TRY(session_slot(p->binder->session, &report));
    TRY(refresh_work(p, &work));
    struct report_work *shown = ARENA_TAKE_ZERO(p->arena, struct report_work, work.count);
    for (u32 i = 0; i < work.count; i++)
        shown[i] = show_work(p, &work, i, report);
    struct report_item item = {.kind = REPORT_SLOT,
                               .slot = {.label = slot->label.text,
                                        .place = place,
                                        .work = shown,
                                        .work_count = work.count,
                                        .forgery = forged + tried, /* a previous process reported the others */
                                        .forgery_count = forgeries - tried}};
    show_settlement(p, &item.slot, report);
    play_add_item(p, &item);
    remember_work(p, &work);
    return judge_slot(p, slot, &work, first_block);
}
