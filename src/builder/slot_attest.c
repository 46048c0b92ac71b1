/* The provers of a slot: each executes the blocks again from the witness alone, and signs. */
#include "builder/slot_private.h"

#include "codec/text.h"
#include "prover/request.h"

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
    size_t n = 0;
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (!slot_sends(slot, i))
            continue;
        const struct prove_request request = request_for(slot, i);
        if (s->asked && !slot->forge)
            s->asked(s->asked_context, &request, &slot->statement[n]);
        TRY(prove(slot, &slot->input[n].proof, &slot->statement[n], i));
        n++;
    }
    return OK;
}
