/* The report of a slot: its calls, pairs of mailboxes, rollups, and the L1 transaction. */
#include "builder/slot_stages.h"

#include "base/u256.h"
#include "builder/query.h"

static void report_plan_calls(struct slot_report *out, struct arena *arena, const struct second_pass *second)
{
    const struct plan *plan = second->plan;
    struct call_report *call = ARENA_TAKE_ZERO(arena, struct call_report, plan->call.count);
    for (size_t i = 0; i < plan->call.count; i++) {
        const struct plan_call *p = &plan->call.item[i];
        call[i] = (struct call_report){
            .call = p->call,
            .request_hash = p->request_hash,
            .encoded_response = p->response,
            .parent = p->parent,
            .is_inline = p->enclosing != PLAN_NONE,
            .gas_used = p->gas_used,
            .work = second->work.item[p->work].handle,
        };
        if (response_decode(&call[i].response, p->response) != OK)
            call[i].response = (struct response){0}; /* a forged header: shown as it was filled */
    }
    out->call = call;
    out->call_count = plan->call.count;
}

/* --- pairs --- */

static enum err read_words(struct session *s, const struct slot_env *env, u256 *out, size_t count, struct bytes data)
{
    bool success;
    struct bytes output;
    const u256 nothing = {0};
    TRY(session_call(s, &success, &output, env->l1_chain_id, &env->builder, &env->contracts->shared_bridge, &nothing,
                     data));
    if (!success || output.len != 32 * count)
        return REJECT_ABI;
    for (size_t i = 0; i < count; i++)
        out[i] = u256_from_be(output.ptr + 32 * i);
    return OK;
}

/* L1's own side of a pair, by the bridge's views. */
static enum err l1_mailbox(struct session *s, struct arena *arena, const struct slot_env *env, struct mailbox *out,
                           u64 peer)
{
    u256 lane[LANE_COUNT], value[2];
    TRY(read_words(s, env, lane, LANE_COUNT, calldata_get_mailbox_hashes(arena, peer)));
    TRY(read_words(s, env, value, 2, calldata_value_counters(arena, peer)));
    *out = (struct mailbox){.peer_chain = peer, .value_out = value[0], .value_in = value[1]};
    for (enum lane l = 0; l < LANE_COUNT; l++)
        out->lane[l] = u256_to_hash32(&lane[l]);
    return OK;
}

static const struct mailbox *facing(const struct second_pass *second, u64 chain_id, u64 peer)
{
    for (size_t i = 1; i < second->chain_count; i++) {
        const struct transition *t = &second->block[i].transition;
        if (!second->block[i].is_open || t->chain_id != chain_id)
            continue;
        for (size_t j = 0; j < t->mailbox_count; j++)
            if (t->mailbox[j].peer_chain == peer)
                return &t->mailbox[j];
    }
    return NULL;
}

static enum err report_pairs(struct slot_report *out, struct session *s, struct arena *arena,
                             const struct slot_env *env, const struct second_pass *second)
{
    const size_t count = second->bundled_count;
    struct pair_report *pair = ARENA_TAKE_ZERO(arena, struct pair_report, count * (count + 1));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct transition *t = &second->bundled[i]->transition;
        for (size_t j = 0; j < t->mailbox_count; j++) {
            const struct mailbox *m = &t->mailbox[j];
            if (m->peer_chain != env->l1_chain_id && m->peer_chain < t->chain_id)
                continue; /* shown from the other side */
            pair[n] = (struct pair_report){.here_chain = t->chain_id, .there_chain = m->peer_chain, .here = *m};
            const struct mailbox *there = facing(second, m->peer_chain, t->chain_id);
            if (m->peer_chain == env->l1_chain_id)
                TRY(l1_mailbox(s, arena, env, &pair[n].there, t->chain_id));
            else if (there)
                pair[n].there = *there;
            n++;
        }
    }
    out->pair = pair;
    out->pair_count = n;
    return OK;
}

/* --- rollups --- */

static void report_rollups(struct slot_report *out, struct arena *arena, const struct slot_env *env,
                           const struct published *published)
{
    struct rollup_report *r = ARENA_TAKE_ZERO(arena, struct rollup_report, published->count);
    for (size_t i = 0; i < published->count; i++) {
        const struct rollup_block *b = published->rollup[i].block;
        r[i] = (struct rollup_report){
            .chain_id = b->transition.chain_id,
            .first_block = b->transition.first_block,
            .last_block = b->transition.last_block,
            .gas_used = b->header.gas_used,
            .transactions = b->transactions,
            .system_transactions = b->system_transactions,
            .block_hash = b->hash,
            .state_root = b->header.state_root,
            .statement = published->rollup[i].statement,
            .data_bytes = b->batch.len,
            .attestations = env->provers->threshold,
        };
    }
    out->rollup = r;
    out->rollup_count = published->count;
}

enum err slot_report(struct slot_report *out, struct session *s, struct arena *arena, const struct slot_env *env,
                     const struct bundle *bundle, const struct sent_bundle *sent)
{
    struct buffer raw = buffer_in(arena);
    tx_encode(&raw, &sent->tx);
    *out = (struct slot_report){
        .sent = true,
        .settled = sent->receipt->success,
        .revert_data = sent->receipt->success ? bytes_of(NULL, 0) : sent->receipt->output,
        .l1_tx_hash = sent->tx.hash,
        .l1_block_number = session_block_of(s, sent->receipt)->header.number,
        .l1_gas_used = sent->receipt->gas_used,
        .l1_tx = buffer_bytes(&raw),
        .prover = bundle->proofs->report,
        .prover_count = bundle->proofs->report_count,
    };
    report_plan_calls(out, arena, bundle->second);
    TRY(report_pairs(out, s, arena, env, bundle->second));
    report_rollups(out, arena, env, bundle->published);
    return OK;
}
