/* The provers of a slot: each executes the blocks again from the witness alone, and signs. They are keys in this
 * process, or processes elsewhere. */
#include "builder/slot_private.h"

#include "codec/text.h"
#include "prover/prover_config.h"
#include "prover/remote.h"
#include "prover/request.h"

enum { PROVER_BLOCKS_MAX = 64 };

static struct quorum quorum_of(const struct slot_run *slot)
{
    struct quorum quorum = slot->s->quorum;
    quorum.deadline = slot->l1_choice.timestamp + OPERATION_SECONDS;
    return quorum;
}

static void make_proof(struct slot_run *slot, struct bytes *proof, struct attestation *attestation)
{
    struct buffer out = buffer_in(slot->arena);
    quorum_proof(&out, attestation, slot->s->prover_threshold);
    *proof = buffer_bytes(&out);
}

/* --- keys in this process --- */

static enum err prove_here(struct slot_run *slot, struct bytes *proof, const hash32 *statement, size_t chain)
{
    struct session *s = slot->s;
    const struct rollup_block *b = &slot->block[chain];
    const struct verify_input in = {
        .rules = &s->rollup[chain - 1].rules,
        .context = &slot->context,
        .witness = b->witness,
        .data = b->data,
        .cache = s->verify_cache,
    };
    const struct quorum quorum = quorum_of(slot);
    struct attestation attestation[SESSION_PROVERS_MAX];
    for (size_t i = 0; i < s->prover_threshold; i++) {
        TRY(prover_attest(&attestation[i], &s->prover_key[i], &quorum, s->memory, &in));
        if (!hash32_eq(&attestation[i].statement, statement)) {
            text_add(&slot->why, "chain ");
            text_add_u64(&slot->why, b->transition.chain_id);
            return REJECT_STATEMENTS_DIFFER;
        }
    }
    make_proof(slot, proof, attestation);
    return OK;
}

/* --- processes elsewhere --- */

static void explain(struct slot_run *slot)
{
    slot->why.len = 0;
    text_add_u64(&slot->why, slot->s->prover_threshold);
    text_add(&slot->why, " are needed");
    for (size_t i = 0; i < slot->prover_count; i++) {
        const struct remote_report *r = &slot->prover[i];
        text_add(&slot->why, "; chain ");
        text_add_u64(&slot->why, r->chain_id);
        text_add(&slot->why, ", ");
        text_add_z(&slot->why, r->place);
        text_add(&slot->why, ": ");
        text_add_z(&slot->why, remote_outcome_name(r->outcome));
        if (r->why) {
            text_add(&slot->why, ": ");
            text_add_z(&slot->why, r->why);
        }
    }
}

static enum err prove_elsewhere(struct slot_run *slot, const struct remote_question *question)
{
    struct session *s = slot->s;
    const struct remote_provers provers = {
        .url = s->prover_url,
        .url_count = s->prover_url_count,
        .attester = s->attester,
        .attester_count = s->prover_count,
        .threshold = s->prover_threshold,
        .timeout_ms = s->prover_timeout_ms,
    };
    const struct quorum quorum = quorum_of(slot);
    const size_t count = slot->input_count;
    struct attestation *attestation = ARENA_TAKE(slot->arena, struct attestation, count * s->prover_threshold);
    struct remote_report *report = ARENA_TAKE(slot->arena, struct remote_report, count * s->prover_url_count);
    const enum err e =
        remote_attest(s->http, slot->arena, attestation, report, &provers, &quorum, question, count);
    slot->prover = report;
    slot->prover_count = count * s->prover_url_count;
    if (e) {
        explain(slot);
        return e;
    }
    for (size_t i = 0; i < count; i++)
        make_proof(slot, &slot->input[i].proof, &attestation[i * s->prover_threshold]);
    return OK;
}

/* --- all of them --- */

static struct prove_request request_for(const struct slot_run *slot, size_t chain)
{
    const struct rollup_block *b = &slot->block[chain];
    return (struct prove_request){
        .chain_id = b->transition.chain_id,
        .submitter = slot->context.submitter,
        .l1_block_number = slot->context.l1_block_number,
        .l1_parent_hash = slot->context.l1_parent_hash,
        .plan_hash = slot->context.plan_hash,
        .deadline = slot->l1_choice.timestamp + OPERATION_SECONDS,
        .data = b->data,
        .witness = b->witness,
    };
}

void session_watch_proofs(struct session *s,
                          void (*asked)(void *context, const struct prove_request *r, const hash32 *statement),
                          void *context)
{
    s->asked = asked;
    s->asked_context = context;
}

enum err slot_attest(struct slot_run *slot)
{
    struct session *s = slot->s;
    struct remote_question *question = ARENA_TAKE(slot->arena, struct remote_question, slot->input_count);
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (!slot_sends(slot, i))
            continue;
        const struct prove_request request = request_for(slot, i);
        if (s->asked && !slot->forge)
            s->asked(s->asked_context, &request, &slot->statement[n]);
        if (s->prover_url_count) {
            struct buffer encoded = buffer_in(slot->arena);
            prove_request_encode(&encoded, &request);
            question[n] = (struct remote_question){request.chain_id, buffer_bytes(&encoded), slot->statement[n]};
        } else {
            TRY(prove_here(slot, &slot->input[n].proof, &slot->statement[n], i));
        }
        n++;
    }
    return s->prover_url_count && n ? prove_elsewhere(slot, question) : OK;
}

void session_prover_config(struct session *s, struct prover_config *out)
{
    struct rollup_rules *rules = ARENA_TAKE(&s->arena, struct rollup_rules, s->rollup_count);
    for (size_t i = 0; i < s->rollup_count; i++)
        rules[i] = s->rollup[i].rules; /* their hooks point at the session's own */
    *out = (struct prover_config){
        .quorum = s->quorum,
        .shared_bridge = s->contracts.shared_bridge,
        .deadline_seconds = 2 * OPERATION_SECONDS,
        .blocks_max = PROVER_BLOCKS_MAX,
        .rules = rules,
        .rollup_count = s->rollup_count,
    };
}
