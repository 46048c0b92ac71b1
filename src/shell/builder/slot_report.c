/* What became of a slot's work, and what the slot did. */
#include "builder/slot_private.h"

#include "base/u256.h"

void slot_report_verdicts(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->work_count; i++) {
        struct work_report *r = &slot->work[i]->report;
        r->status = slot->verdict[i] == OK ? WORK_SIMULATED : WORK_REJECTED;
        r->rejected = slot->verdict[i];
        r->reason = slot->reason[i];
        r->success = slot->verdict[i] == OK && slot->simulated[i].success;
        r->output = arena_copy(&slot->s->arena, slot->simulated[i].output);
        r->first_call = slot->simulated[i].first_call;
        r->call_count = slot->simulated[i].call_count;
    }
}

void slot_report_settled(struct slot_run *slot)
{
    struct session *s = slot->s;
    for (size_t chain = 0; chain < slot->chain_count; chain++) {
        const struct plan_chain *c = &slot->plan->chain[chain];
        const struct ledger_block *head =
            chain == L1 ? session_block_of(s, slot->receipt) : ledger_head(session_ledger_at(s, chain));
        for (size_t i = 0; i < c->item_count; i++) {
            if (c->item[i].kind == ITEM_HANDLE || slot->evicted[c->item[i].work])
                continue;
            struct work *w = slot->work[c->item[i].work];
            const struct receipt *r = chain == L1 ? slot->receipt : &head->receipt[slot->block[chain].item_tx[i]];
            w->report.status = WORK_SETTLED;
            w->report.gas_used = chain == L1 ? slot->operation_gas[c->item[i].work] : r->gas_used;
            w->report.created = r->created;
            w->report.block_number = head->header.number;
            w->report.log = r->log;
            w->report.log_count = r->log_count;
            w->report.tx_hash = chain == L1 ? slot->bundle.hash : w->tx.hash;
            if (chain != L1)
                w->report.output = r->output;
        }
    }
}

static enum err report_calls(struct slot_run *slot)
{
    const struct plan *plan = slot->plan;
    struct call_report *call = ARENA_TAKE_ZERO(slot->arena, struct call_report, plan->call_count);
    for (size_t i = 0; i < plan->call_count; i++) {
        const struct plan_call *p = &plan->call[i];
        call[i] = (struct call_report){
            .call = p->call,
            .request_hash = p->request_hash,
            .encoded_response = p->response,
            .parent = p->parent,
            .is_inline = p->enclosing != PLAN_NONE,
            .gas_used = p->gas_used,
            .work = slot->handle[p->work],
        };
        if (response_decode(&call[i].response, p->response) != OK)
            call[i].response = (struct response){0}; /* a forged header: shown as it was filled */
    }
    slot->s->slot.call = call;
    slot->s->slot.call_count = plan->call_count;
    return OK;
}

static enum err read_words(struct slot_run *slot, u256 *out, size_t count, struct bytes data)
{
    struct session *s = slot->s;
    bool success;
    struct bytes output;
    const u256 nothing = {0};
    TRY(session_call(s, &success, &output, s->l1_rules.chain_id, &s->builder, &s->contracts.shared_bridge, &nothing,
                     data));
    if (!success || output.len != 32 * count)
        return REJECT_ABI;
    for (size_t i = 0; i < count; i++)
        out[i] = u256_from_be(output.ptr + 32 * i);
    return OK;
}

/* L1's own side of a pair, by the bridge's views. */
static enum err l1_mailbox(struct slot_run *slot, struct mailbox *out, u64 peer)
{
    u256 lane[LANE_COUNT], value[2];
    TRY(read_words(slot, lane, LANE_COUNT, calldata_get_mailbox_hashes(slot->arena, peer)));
    TRY(read_words(slot, value, 2, calldata_value_counters(slot->arena, peer)));
    *out = (struct mailbox){.peer_chain = peer, .value_out = value[0], .value_in = value[1]};
    for (enum lane l = 0; l < LANE_COUNT; l++)
        out->lane[l] = u256_to_hash32(&lane[l]);
    return OK;
}

static const struct mailbox *facing(const struct slot_run *slot, u64 chain_id, u64 peer)
{
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct transition *t = &slot->block[i].transition;
        if (!slot->block[i].is_open || t->chain_id != chain_id)
            continue;
        for (size_t j = 0; j < t->mailbox_count; j++)
            if (t->mailbox[j].peer_chain == peer)
                return &t->mailbox[j];
    }
    return NULL;
}

static enum err report_pairs(struct slot_run *slot)
{
    struct session *s = slot->s;
    struct pair_report *pair =
        ARENA_TAKE_ZERO(slot->arena, struct pair_report, slot->input_count * (slot->input_count + 1));
    size_t n = 0;
    for (size_t i = 0; i < slot->input_count; i++)
        for (size_t j = 0; j < slot->input[i].mailbox_count; j++) {
            const struct mailbox *m = &slot->input[i].mailbox[j];
            const u64 here = slot->input[i].chain_id;
            if (m->peer_chain != s->l1_rules.chain_id && m->peer_chain < here)
                continue; /* shown from the other side */
            pair[n] = (struct pair_report){.here_chain = here, .there_chain = m->peer_chain, .here = *m};
            if (m->peer_chain == s->l1_rules.chain_id) {
                TRY(l1_mailbox(slot, &pair[n].there, here));
            } else {
                const struct mailbox *there = facing(slot, m->peer_chain, here);
                if (there)
                    pair[n].there = *there;
            }
            n++;
        }
    s->slot.pair = pair;
    s->slot.pair_count = n;
    return OK;
}

static void report_rollups(struct slot_run *slot)
{
    struct rollup_report *r = ARENA_TAKE_ZERO(slot->arena, struct rollup_report, slot->input_count);
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup_block *b = &slot->block[i];
        if (!slot_sends(slot, i))
            continue;
        r[n] = (struct rollup_report){
            .chain_id = b->transition.chain_id,
            .first_block = b->transition.first_block,
            .last_block = b->transition.last_block,
            .gas_used = b->header.gas_used,
            .transactions = b->transactions,
            .system_transactions = b->system_transactions,
            .block_hash = b->hash,
            .state_root = b->header.state_root,
            .statement = slot->statement[n],
            .data_bytes = b->batch.len,
            .attestations = slot->s->prover_threshold,
        };
        n++;
    }
    slot->s->slot.rollup = r;
    slot->s->slot.rollup_count = n;
}

enum err slot_report(struct slot_run *slot)
{
    struct session *s = slot->s;
    struct buffer raw = buffer_in(slot->arena);
    tx_encode(&raw, &slot->bundle);
    s->slot = (struct slot_report){
        .sent = true,
        .settled = slot->receipt->success,
        .revert_data = slot->receipt->success ? bytes_of(NULL, 0) : slot->receipt->output,
        .l1_tx_hash = slot->bundle.hash,
        .l1_block_number = session_block_of(s, slot->receipt)->header.number,
        .l1_gas_used = slot->receipt->gas_used,
        .l1_tx = buffer_bytes(&raw),
        .data = slot->data,
        .prover = slot->prover,
        .prover_count = slot->prover_count,
    };
    TRY(report_calls(slot));
    TRY(report_pairs(slot));
    report_rollups(slot);
    return OK;
}

void slot_requeue(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->work_count; i++)
        if (slot->work[i]->report.status != WORK_REJECTED)
            slot->work[i]->report.status = WORK_PENDING;
}

void slot_report_evicted(struct slot_run *slot)
{
    enum { ATTEMPTS_MAX = 2 };
    bool found = false;
    for (size_t i = 0; i < slot->work_count; i++) {
        struct work *w = slot->work[i];
        if (!slot->evicted[i] && !slot->excluded[i])
            continue;
        if (slot->waits[i]) {
            w->report.status = WORK_PENDING;
            w->report.rejected = OK;
            w->report.reason = slot->reason[i];
            w->report.success = false;
            w->report.call_count = 0;
            continue;
        }
        if (!found)
            w->attempts++; /* those after the first may differ only because it is gone */
        found = true;
        const bool again = w->attempts < ATTEMPTS_MAX && slot->verdict[i] != REJECT_BUNDLE_TOO_LARGE;
        w->report.status = again ? WORK_PENDING : WORK_REJECTED;
        w->report.rejected = again ? OK : slot->verdict[i];
        w->report.reason = slot->reason[i];
        w->report.success = false;
        w->report.call_count = 0;
    }
}
