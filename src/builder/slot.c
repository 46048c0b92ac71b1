/* slot - one L1 slot of a session: from queued work to a settled bundle. Read run_slot first; the rest is its steps in order. */
#include "base/u256.h"
#include "builder/calldata.h"
#include "builder/forgery.h"
#include "builder/rollup_block.h"
#include "builder/session_private.h"
#include "builder/simulate.h"
#include "codec/abi.h"
#include "codec/text.h"

enum { L1 = 0, BUNDLE_GAS = 1 << 24 /* EIP-7825 */, OPERATION_SECONDS = 3600 };

struct slot_run {
    struct session *s;
    struct arena *arena;
    struct buffer why;
    const struct forgery *forgery;
    struct work **work;             /* pending, in order */
    u64 *handle;                    /* of each */
    size_t work_count;
    enum err *verdict;              /* of the last simulation */
    struct simulated *simulated;
    const char **reason;
    struct block_choice l1_choice;
    struct tx carrier;
    bool *in_bundle;                /* per chain */
    size_t chain_count;
    struct simulation *simulation;
    const struct plan *plan;
    struct plan forged;
    struct rollup_block *block;     /* per rollup; not open where it is not in the bundle */
    struct l1_plan l1_plan;
    struct settlement_context context;
    struct transition_input *input;
    size_t input_count;
    hash32 *statement;              /* per input */
    const struct receipt *receipt;
    struct tx bundle;
};

static const char *keep_text(struct slot_run *slot, const struct buffer *text)
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
    slot->l1_choice = session_l1_choice(s);
    slot->carrier = (struct tx){
        .has_chain_id = true,
        .chain_id = s->l1_rules.chain_id,
        .to = s->contracts.shared_bridge,
        .gas_limit = s->l1_gas_limit < BUNDLE_GAS ? s->l1_gas_limit : BUNDLE_GAS,
    };
    session_fees(s, &slot->carrier.max_fee, &slot->carrier.max_priority_fee);
    struct state *view = ledger_view(&s->l1);
    const struct account *builder;
    enum err e = state_account(view, &builder, NULL, &s->builder);
    if (e == OK) {
        slot->carrier.nonce = builder->nonce;
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
        return simulate_operation(slot->simulation, &slot->simulated[i], i, &w->signed_operation, &slot->s->builder, &slot->why);
    }
    TRY(sign_tx(slot, w));
    return simulate_tx(slot->simulation, &slot->simulated[i], w->chain, i, &w->tx, &slot->why);
}

static enum err open_simulation(struct slot_run *slot)
{
    struct session *s = slot->s;
    const struct ledger_block *anchor = ledger_head(&s->l1);
    struct sim_chain_config *chain = ARENA_TAKE_ZERO(slot->arena, struct sim_chain_config, slot->chain_count);
    chain[L1] = (struct sim_chain_config){.ledger = &s->l1, .bridge = s->contracts.shared_bridge, .choice = slot->l1_choice};
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup *r = &s->rollup[i - 1];
        chain[i] = (struct sim_chain_config){
            .ledger = session_ledger_at(s, i),
            .bridge = rollup_bridge_address,
            .choice = rollup_block_choice(&r->rules, slot->l1_choice.timestamp),
            .in_bundle = slot->in_bundle[i],
        };
    }
    return simulation_open(&slot->simulation, slot->arena, chain, slot->chain_count, &slot->carrier, &anchor->header, &anchor->hash);
}

/* One run over all work. FAULTs end it; a REJECT is a verdict on one piece of work. */
static enum err simulate_once(struct slot_run *slot)
{
    TRY(open_simulation(slot));
    for (size_t i = 0; i < slot->work_count; i++) {
        slot->why.len = 0;
        slot->simulated[i] = (struct simulated){0};
        slot->verdict[i] = simulate_work(slot, i);
        if (err_is_fault(slot->verdict[i]))
            return slot->verdict[i];
        if (slot->verdict[i] != OK && slot->why.len == 0)
            text_add_z(&slot->why, err_text(slot->verdict[i]));
        slot->reason[i] = slot->verdict[i] == OK ? NULL : keep_text(slot, &slot->why);
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

/* L1's clock starts from the rollups of the bundle, so which rollups those are is part of the simulation: run until the set
 * that was assumed is the set that came out. It only shrinks, so this ends. */
static enum err simulate(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->chain_count; i++)
        slot->in_bundle[i] = true;
    for (;;) {
        TRY(simulate_once(slot));
        bool shrank = false;
        for (size_t i = 1; i < slot->chain_count; i++)
            if (slot->in_bundle[i] && slot->plan->chain[i].item_count == 0) {
                slot->in_bundle[i] = false;
                shrank = true;
            }
        const bool again = shrank && simulation_uses_l1(slot->simulation);
        close_simulation(slot);
        if (!again)
            return OK;
    }
}

static void report_verdicts(struct slot_run *slot)
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

/* --- 3. the second pass: the rollups' blocks --- */

static enum err build_blocks(struct slot_run *slot)
{
    struct session *s = slot->s;
    const struct tx **tx = ARENA_TAKE(slot->arena, const struct tx *, slot->work_count);
    for (size_t i = 0; i < slot->work_count; i++)
        tx[i] = &slot->work[i]->tx;
    const struct ledger_block *anchor = ledger_head(&s->l1);
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (slot->plan->chain[i].item_count == 0)
            continue;
        const struct rollup_block_input in = {
            .ledger = session_ledger_at(s, i),
            .rules = &s->rollup[i - 1].rules,
            .memory = s->memory,
            .plan = slot->plan,
            .chain = i,
            .tx = tx,
            .timestamp = slot->l1_choice.timestamp,
            .anchor = &anchor->header,
            .anchor_hash = anchor->hash,
            .is_forged = slot->forgery != NULL,
        };
        TRY(rollup_block_build(&slot->block[i], slot->arena, &in, &slot->why));
        slot->input_count++;
    }
    return OK;
}

static void close_blocks(struct slot_run *slot)
{
    for (size_t i = 1; i < slot->chain_count; i++)
        if (slot->block[i].is_open)
            rollup_block_close(&slot->block[i]);
}

/* --- 4. L1's part, and the statements --- */

static bool touches_l1(const struct slot_run *slot)
{
    const u64 l1 = slot->s->l1_rules.chain_id;
    for (size_t i = 0; i < slot->plan->call_count; i++)
        if (slot->plan->call[i].call.source_chain == l1 || slot->plan->call[i].call.target_chain == l1)
            return true;
    return false;
}

static void make_l1_plan(struct slot_run *slot)
{
    const struct plan *plan = slot->plan;
    const struct plan_chain *l1 = &plan->chain[L1];
    struct fill *fill;
    struct nested *nested;
    struct step *step = ARENA_TAKE_ZERO(slot->arena, struct step, l1->item_count);
    slot->l1_plan.fill_count = plan_fills(plan, slot->arena, &fill, L1, PLAN_ALL_ITEMS);
    slot->l1_plan.nested_count = plan_nested(plan, slot->arena, &nested, L1, PLAN_ALL_ITEMS);
    for (size_t i = 0; i < l1->item_count; i++) {
        const struct plan_item *item = &l1->item[i];
        step[i].floor = item->floor;
        if (item->kind == ITEM_HANDLE)
            step[i].inbound = &plan->call[item->call].call;
        else
            step[i].operation = &slot->work[item->work]->signed_operation;
    }
    slot->l1_plan.fill = fill;
    slot->l1_plan.nested = nested;
    slot->l1_plan.step = step;
    slot->l1_plan.step_count = l1->item_count;
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

/* --- 5. provers --- */

static enum err prove(struct slot_run *slot, struct bytes *proof, const hash32 *statement, size_t chain)
{
    struct session *s = slot->s;
    const struct rollup_block *b = &slot->block[chain];
    const struct verify_input in = {
        .rules = &s->rollup[chain - 1].rules,
        .context = &slot->context,
        .witness = b->witness,
        .data = b->data,
    };
    struct quorum quorum = s->quorum;
    quorum.deadline = slot->l1_choice.timestamp + OPERATION_SECONDS;
    struct attestation attestation[SESSION_PROVERS_MAX];
    for (size_t i = 0; i < s->prover_threshold; i++) {
        TRY(prover_attest(&attestation[i], &s->prover_key[i], &quorum, s->memory, &in));
        if (!hash32_eq(&attestation[i].statement, statement)) {
            text_add(&slot->why, "chain ");
            text_add_u64(&slot->why, b->transition.chain_id);
            return REJECT_STATEMENTS_DIFFER;
        }
    }
    struct buffer out = buffer_in(slot->arena);
    quorum_proof(&out, attestation, s->prover_threshold);
    *proof = buffer_bytes(&out);
    return OK;
}

static enum err make_inputs(struct slot_run *slot)
{
    slot->input = ARENA_TAKE_ZERO(slot->arena, struct transition_input, slot->input_count);
    slot->statement = ARENA_TAKE(slot->arena, hash32, slot->input_count);
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        const struct rollup_block *b = &slot->block[i];
        if (!b->is_open)
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
            .data = b->data,
            .mailbox = t->mailbox,
            .mailbox_count = t->mailbox_count,
            .verifier = slot->s->contracts.quorum_verifier,
        };
        TRY(prove(slot, &slot->input[n].proof, &slot->statement[n], i));
        n++;
    }
    return OK;
}

/* --- 6. the bundle --- */

static enum err send_bundle(struct slot_run *slot)
{
    struct session *s = slot->s;
    slot->bundle = slot->carrier;
    slot->bundle.has_hash = false;
    slot->bundle.data = calldata_execute_bundle(slot->arena, &s->builder, &slot->l1_plan, slot->input, slot->input_count);
    TRY(tx_sign(&slot->bundle, &s->builder_key, slot->arena));
    return session_mine(s, &slot->receipt, &slot->bundle);
}

/* What the steps emitted must be what they emitted in the simulation, item by item. */
static enum err compare_l1(struct slot_run *slot)
{
    const struct plan_chain *l1 = &slot->plan->chain[L1];
    u32 at = 0;
    for (size_t i = 0; i < l1->item_count; i++) {
        const struct plan_item *item = &l1->item[i];
        hash32 logs;
        if (item->log_count > slot->receipt->log_count - at)
            return REJECT_PASSES_DIFFER;
        logs_hash(&logs, slot->receipt->log + at, item->log_count, slot->arena);
        if (!hash32_eq(&logs, &item->logs)) {
            text_add(&slot->why, "step ");
            text_add_u64(&slot->why, i);
            text_add(&slot->why, " of the bundle emitted other logs than in the simulation");
            return REJECT_PASSES_DIFFER;
        }
        at += item->log_count;
    }
    return OK;
}

static void append_blocks(struct slot_run *slot)
{
    for (size_t i = 1; i < slot->chain_count; i++) {
        struct rollup_block *b = &slot->block[i];
        if (b->is_open)
            ledger_append(session_ledger_at(slot->s, i), &b->header, &b->run, b->state);
    }
}

/* --- 7. reports --- */

static void report_settled(struct slot_run *slot)
{
    struct session *s = slot->s;
    for (size_t chain = 0; chain < slot->chain_count; chain++) {
        const struct plan_chain *c = &slot->plan->chain[chain];
        const struct ledger_block *head = ledger_head(session_ledger_at(s, chain));
        for (size_t i = 0; i < c->item_count; i++) {
            if (c->item[i].kind == ITEM_HANDLE) {
                continue;
            }
            struct work *w = slot->work[c->item[i].work];
            const struct receipt *r = chain == L1 ? slot->receipt : &head->receipt[slot->block[chain].item_tx[i]];
            w->report.status = WORK_SETTLED;
            w->report.gas_used = r->gas_used;
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
    TRY(session_call(s, &success, &output, s->l1_rules.chain_id, &s->builder, &s->contracts.shared_bridge, &nothing, data));
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
    struct pair_report *pair = ARENA_TAKE_ZERO(slot->arena, struct pair_report, slot->input_count * (slot->input_count + 1));
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
        if (!b->is_open)
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
            .data_bytes = b->data.len,
            .attestations = slot->s->prover_threshold,
        };
        n++;
    }
    slot->s->slot.rollup = r;
    slot->s->slot.rollup_count = n;
}

static enum err report_slot(struct slot_run *slot)
{
    struct session *s = slot->s;
    struct buffer raw = buffer_in(slot->arena);
    tx_encode(&raw, &slot->bundle);
    s->slot = (struct slot_report){
        .sent = true,
        .settled = slot->receipt->success,
        .revert_data = slot->receipt->success ? bytes_of(NULL, 0) : slot->receipt->output,
        .l1_tx_hash = slot->bundle.hash,
        .l1_block_number = ledger_head(&s->l1)->header.number,
        .l1_gas_used = slot->receipt->gas_used,
        .l1_tx = buffer_bytes(&raw),
    };
    TRY(report_calls(slot));
    TRY(report_pairs(slot));
    report_rollups(slot);
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
    slot->simulated = ARENA_TAKE_ZERO(slot->arena, struct simulated, slot->work_count);
    slot->reason = ARENA_TAKE_ZERO(slot->arena, const char *, slot->work_count);
}

static bool nothing_to_send(const struct slot_run *slot)
{
    for (size_t i = 0; i < slot->chain_count; i++)
        if (slot->plan->chain[i].item_count)
            return false;
    return true;
}

/* A forged slot leaves its work where it was. */
static void requeue(struct slot_run *slot)
{
    for (size_t i = 0; i < slot->work_count; i++)
        if (slot->work[i]->report.status != WORK_REJECTED)
            slot->work[i]->report.status = WORK_PENDING;
}

static enum err run_slot(struct slot_run *slot)
{
    TRY(make_carrier(slot));
    TRY(simulate(slot));
    report_verdicts(slot);
    if (nothing_to_send(slot))
        return OK;
    if (slot->forgery) {
        TRY(forgery_apply(&slot->forged, slot->arena, slot->plan, slot->forgery, &slot->why));
        slot->plan = &slot->forged;
    }
    TRY(build_blocks(slot));
    make_l1_plan(slot);
    make_context(slot);
    TRY(make_inputs(slot));
    TRY(send_bundle(slot));
    if (slot->receipt->success) {
        if (!slot->forgery)
            TRY(compare_l1(slot));
        append_blocks(slot);
        report_settled(slot);
    } else {
        requeue(slot);
    }
    return report_slot(slot);
}

enum err session_slot(struct session *s, const struct slot_report **report, const struct forgery *forgery)
{
    session_forget_error(s);
    arena_rewind(&s->slot_arena, (struct arena_mark){0});
    s->slot = (struct slot_report){0};
    *report = &s->slot;
    struct slot_run slot = {
        .s = s,
        .arena = &s->slot_arena,
        .why = buffer_in(&s->slot_arena),
        .forgery = forgery && forgery->kind != FORGERY_NONE ? forgery : NULL,
        .chain_count = s->rollup_count + 1,
    };
    collect_work(&slot);
    if (slot.work_count == 0)
        return OK;
    slot.in_bundle = ARENA_TAKE_ZERO(slot.arena, bool, slot.chain_count);
    slot.block = ARENA_TAKE_ZERO(slot.arena, struct rollup_block, slot.chain_count);
    const enum err e = run_slot(&slot);
    close_simulation(&slot);
    close_blocks(&slot);
    if (e != OK) {
        requeue(&slot);
        if (slot.why.len == 0)
            text_add_z(&slot.why, err_text(e));
        return session_fail(s, e, buffer_bytes(&slot.why));
    }
    return OK;
}
