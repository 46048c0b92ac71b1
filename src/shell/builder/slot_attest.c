/* The provers of a slot: each executes the blocks again from the witness alone, and signs. They are keys in this
 * process, or other processes. */
#include "builder/slot_stages.h"

#include "codec/text.h"
#include "prover/remote.h"

static struct bytes proof_of(struct arena *arena, const struct slot_env *env, struct attestation *attestation)
{
    struct buffer out = buffer_in(arena);
    quorum_proof(&out, attestation, env->provers->threshold);
    return buffer_bytes(&out);
}

struct prove_request slot_prove_request(const struct l1_part *l1, const struct published_rollup *r, u64 deadline)
{
    return (struct prove_request){
        .chain_id = r->block->transition.chain_id,
        .submitter = l1->context.submitter,
        .l1_block_number = l1->context.l1_block_number,
        .l1_parent_hash = l1->context.l1_parent_hash,
        .plan_hash = l1->context.plan_hash,
        .deadline = deadline,
        .data = r->data,
        .witness = r->block->witness,
    };
}

/* --- keys in this process --- */

static enum err attest_here(struct bytes *proof, struct arena *arena, const struct slot_env *env,
                            const struct l1_part *l1, const struct published_rollup *r, const struct quorum *quorum,
                            struct buffer *why)
{
    const struct provers *provers = env->provers;
    const struct verify_input in = {
        .rules = r->rules,
        .context = &l1->context,
        .witness = r->block->witness,
        .data = r->data,
        .cache = provers->verify_cache,
    };
    struct attestation attestation[SESSION_PROVERS_MAX];
    for (size_t i = 0; i < provers->threshold; i++) {
        TRY(prover_attest(&attestation[i], &provers->key[i], quorum, env->memory, &in));
        if (!hash32_eq(&attestation[i].statement, &r->statement)) {
            text_add(why, "chain ");
            text_add_u64(why, r->block->transition.chain_id);
            return REJECT_STATEMENTS_DIFFER;
        }
    }
    *proof = proof_of(arena, env, attestation);
    return OK;
}

enum err slot_attest_unproved(struct proofs *out, struct arena *arena, const struct slot_env *env,
                              const struct published *published, u64 deadline)
{
    const struct provers *provers = env->provers;
    struct bytes *proof = ARENA_TAKE(arena, struct bytes, published->count);
    struct quorum quorum = provers->quorum;
    struct attestation attestation[SESSION_PROVERS_MAX];
    quorum.deadline = deadline;
    for (size_t i = 0; i < published->count; i++) {
        const struct published_rollup *r = &published->rollup[i];
        for (size_t k = 0; k < provers->threshold; k++)
            TRY(attestation_sign(&attestation[k], &provers->key[k], &quorum, r->block->transition.chain_id,
                                 &r->statement));
        proof[i] = proof_of(arena, env, attestation);
    }
    *out = (struct proofs){.proof = proof};
    return OK;
}

/* --- other processes --- */

static void explain_no_quorum(struct buffer *why, const struct proofs *p, size_t threshold)
{
    why->len = 0;
    text_add_u64(why, threshold);
    text_add(why, " attestations are required");
    for (size_t i = 0; i < p->report_count; i++) {
        const struct remote_report *r = &p->report[i];
        text_add(why, "; chain ");
        text_add_u64(why, r->chain_id);
        text_add(why, ", ");
        text_add_z(why, r->place);
        text_add(why, ": ");
        text_add_z(why, remote_outcome_name(r->outcome));
        if (r->why) {
            text_add(why, ": ");
            text_add_z(why, r->why);
        }
    }
}

static struct remote_question *questions_of(struct arena *arena, const struct l1_part *l1,
                                            const struct published *published, u64 deadline)
{
    struct remote_question *question = ARENA_TAKE(arena, struct remote_question, published->count);
    for (size_t i = 0; i < published->count; i++) {
        const struct prove_request request = slot_prove_request(l1, &published->rollup[i], deadline);
        struct buffer encoded = buffer_in(arena);
        prove_request_encode(&encoded, &request);
        question[i] =
            (struct remote_question){request.chain_id, buffer_bytes(&encoded), published->rollup[i].statement};
    }
    return question;
}

static enum err attest_remotely(struct proofs *out, struct bytes *proof, struct arena *arena,
                                const struct slot_env *env, const struct remote_question *question, size_t count,
                                const struct quorum *quorum, struct buffer *why)
{
    const struct provers *p = env->provers;
    const struct remote_provers provers = {
        .url = p->url,
        .url_count = p->url_count,
        .attester = p->attester,
        .attester_count = p->count,
        .threshold = p->threshold,
        .timeout_ms = p->timeout_ms,
    };
    struct attestation *attestation = ARENA_TAKE(arena, struct attestation, count * p->threshold);
    struct remote_report *report = ARENA_TAKE(arena, struct remote_report, count * p->url_count);
    const enum err e = remote_attest(p->http, arena, attestation, report, &provers, quorum, question, count);
    out->report = report;
    out->report_count = count * p->url_count;
    if (e != OK)
        explain_no_quorum(why, out, p->threshold);
    for (size_t i = 0; i < count && e == OK; i++)
        proof[i] = proof_of(arena, env, &attestation[i * p->threshold]);
    return e;
}

enum err slot_attest(struct proofs *out, struct arena *arena, const struct slot_env *env, const struct l1_part *l1,
                     const struct published *published, u64 deadline, struct buffer *why)
{
    struct bytes *proof = ARENA_TAKE(arena, struct bytes, published->count);
    struct quorum quorum = env->provers->quorum;
    quorum.deadline = deadline;
    *out = (struct proofs){.proof = proof};
    if (env->provers->url_count && published->count)
        return attest_remotely(out, proof, arena, env, questions_of(arena, l1, published, deadline), published->count,
                               &quorum, why);
    for (size_t i = 0; i < published->count; i++)
        TRY(attest_here(&proof[i], arena, env, l1, &published->rollup[i], &quorum, why));
    return OK;
}
