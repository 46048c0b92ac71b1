/* What a slot changes in the session: heads, the state of its work, what to undo after a reorg. */
#include "builder/slot_stages.h"

/* A message that outlives the slot. */
static const char *session_message(struct session *s, const char *text)
{
    return text ? (const char *)arena_copy(&s->arena, bytes_of(text, strlen(text) + 1)).ptr : NULL;
}

void slot_report_simulated(struct session *s, const struct slot_works *work)
{
    for (size_t i = 0; i < work->count; i++) {
        const struct slot_work *w = &work->item[i];
        struct work_report *r = &s->work.item[w->handle]->report;
        const bool is_refused = w->fate == FATE_REFUSED;
        r->status = is_refused ? WORK_REJECTED : WORK_SIMULATED;
        r->rejected = is_refused ? w->error : OK;
        r->reason = session_message(s, w->reason);
        r->success = w->fate == FATE_INCLUDED && w->simulated.success;
        r->output = arena_copy(&s->arena, w->simulated.output);
        r->first_call = w->simulated.first_call;
        r->call_count = w->simulated.call_count;
        r->frame = w->simulated.frame;
        r->frame_count = w->simulated.frame_count;
        r->tree = w->simulated.tree;
    }
}

void slot_report_left_out(struct session *s, const struct slot_works *work)
{
    enum { ATTEMPTS_MAX = 2 };
    bool counts = true; /* those behind the first may differ only because it is gone */
    for (size_t i = 0; i < work->count; i++) {
        const struct slot_work *w = &work->item[i];
        struct work *requested = s->work.item[w->handle];
        if (w->fate != FATE_EVICTED && w->fate != FATE_EXCLUDED && w->fate != FATE_DEFERRED)
            continue;
        const bool waits = w->fate == FATE_DEFERRED || w->error == REJECT_BUNDLE_FULL; /* for room */
        requested->attempts += counts && !waits;
        counts &= waits || i + 1 < slot_unit_of(work, i).end;
        const bool again = waits ||
                           (requested->attempts < ATTEMPTS_MAX && w->error != REJECT_BUNDLE_TOO_LARGE);
        struct work_report *r = &requested->report;
        r->status = again ? WORK_PENDING : WORK_REJECTED;
        r->rejected = again ? OK : w->error;
        r->reason = session_message(s, w->reason);
        r->success = false;
        r->call_count = 0;
    }
}

void slot_requeue(struct session *s, const struct slot_works *work)
{
    for (size_t i = 0; i < work->count; i++) {
        struct work_report *r = &s->work.item[work->item[i].handle]->report;
        if (r->status == WORK_SIMULATED)
            r->status = WORK_PENDING;
    }
}

/* --- a bundle that settled --- */

static void report_included(struct session *s, const struct slot_work *w, const struct ledger_block *b,
                            const struct receipt *r)
{
    struct work_report *report = &s->work.item[w->handle]->report;
    report->status = WORK_SETTLED;
    report->gas_used = w->operation ? w->operation_gas : r->gas_used;
    report->created = r->created;
    report->block_number = b->header.number;
    report->log = r->log;
    report->log_count = r->log_count;
}

static void report_settled_work(struct session *s, const struct bundle *bundle, const struct sent_bundle *sent)
{
    const struct second_pass *second = bundle->second;
    for (size_t chain = 0; chain < second->chain_count; chain++) {
        const struct plan_chain *c = &second->plan->chain[chain];
        const struct ledger_block *head =
            chain == L1 ? session_block_of(s, sent->receipt) : ledger_head(session_ledger_at(s, chain));
        for (size_t i = 0; i < c->item.count; i++) {
            if (c->item.item[i].kind == ITEM_HANDLE || is_evicted(&sent->work, c->item.item[i].work))
                continue;
            const struct slot_work *w = &sent->work.item[c->item.item[i].work];
            const struct receipt *r = chain == L1 ? sent->receipt : &head->receipt[second->block[chain].item_tx[i]];
            struct work_report *report = &s->work.item[w->handle]->report;
            report_included(s, w, head, r);
            report->tx_hash = chain == L1 ? sent->tx.hash : w->tx->hash;
            if (chain != L1)
                report->output = r->output;
        }
    }
}

void slot_record_inclusion(struct session *s, const struct slot_works *work, const u64 *first_block, bool is_pinned,
                           const struct receipt *receipt)
{
    if (session_owns_l1(s))
        return; /* its blocks are final */
    struct inclusion *l = ARENA_TAKE_ZERO(&s->arena, struct inclusion, 1);
    l->is_bundle = true;
    l->is_pinned = is_pinned;
    l->first_block = ARENA_TAKE_ZERO(&s->arena, u64, s->rollup_count);
    l->work = ARENA_TAKE(&s->arena, u64, work->count);
    for (size_t i = 0; i < s->rollup_count; i++)
        l->first_block[i] = first_block[i];
    for (size_t i = 0; i < work->count; i++)
        if (is_included(work, i))
            l->work[l->work_count++] = work->item[i].handle;
    session_add_inclusion(s, l, receipt);
}

void slot_settle(struct session *s, struct arena *arena, const struct bundle *bundle, const struct sent_bundle *sent)
{
    const struct second_pass *second = bundle->second;
    u64 *first_block = ARENA_TAKE_ZERO(arena, u64, second->chain_count);
    for (size_t i = 1; i < second->chain_count; i++) {
        const struct rollup_block *b = &second->block[i];
        if (!b->is_open)
            continue;
        first_block[i - 1] = b->transition.first_block;
        ledger_append(session_ledger_at(s, i), &b->header, &b->run, b->state);
    }
    slot_record_inclusion(s, &sent->work, first_block, bundle->l1->context.l1_block_number != 0, sent->receipt);
    report_settled_work(s, bundle, sent);
}
