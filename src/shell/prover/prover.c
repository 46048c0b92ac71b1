#include "prover/prover.h"

#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "scope/eip712.h"
#include "signer/secp256k1_sign.h"

void prover_proof_system_id(hash32 *out)
{
    static const char name[] = "scope.quorum.v1";
    keccak256(out, name, sizeof name - 1);
}

static void settlement_digest(hash32 *out, const struct quorum *q, const hash32 *statement, u64 chain_id,
                              const address *attester)
{
    u8 packed[8 * 32];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL("Settlement(bytes32 statement,uint64 chainId,bytes32 programId,bytes32 proofSystemId,"
                                        "uint64 proverSetEpoch,address attester,uint64 deadline)"));
    words_put_hash(&w, statement);
    words_put_u64(&w, chain_id);
    words_put_hash(&w, &q->program_id);
    words_put_hash(&w, &q->proof_system_id);
    words_put_u64(&w, q->prover_set_epoch);
    words_put_address(&w, attester);
    words_put_u64(&w, q->deadline);
    hash32 struct_hash;
    keccak256(&struct_hash, packed, sizeof packed);
    const struct eip712_domain domain = {
        .name = BYTES_LITERAL("QuorumVerifier"),
        .version = BYTES_LITERAL("1"),
        .chain_id = q->l1_chain_id,
        .verifying_contract = q->verifier,
    };
    eip712_digest(out, &domain, &struct_hash);
}

enum err attestation_sign(struct attestation *out, const hash32 *private_key, const struct quorum *quorum, u64 chain_id,
                          const hash32 *statement)
{
    struct attestation a = {.statement = *statement, .deadline = quorum->deadline};
    hash32 digest;
    struct signature s;
    TRY(secp256k1_address(&a.attester, private_key));
    settlement_digest(&digest, quorum, statement, chain_id, &a.attester);
    TRY(secp256k1_sign(&s, &digest, private_key));
    memcpy(a.signature, s.r.b, 32);
    memcpy(a.signature + 32, s.s.b, 32);
    a.signature[64] = 27 + s.y_parity;
    *out = a;
    return OK;
}

enum err attestation_check(const struct attestation *a, const struct quorum *quorum, u64 chain_id)
{
    struct quorum q = *quorum;
    struct signature s;
    hash32 digest;
    address signer;
    q.deadline = a->deadline;
    settlement_digest(&digest, &q, &a->statement, chain_id, &a->attester);
    memcpy(s.r.b, a->signature, 32);
    memcpy(s.s.b, a->signature + 32, 32);
    s.y_parity = a->signature[64] - 27;
    if (s.y_parity > 1 || !secp256k1_is_low_s(&s.s))
        return REJECT_SIGNATURE;
    TRY(secp256k1_recover(&signer, &digest, &s));
    return address_eq(&signer, &a->attester) ? OK : REJECT_SIGNATURE;
}

enum err prover_attest(struct attestation *out, const hash32 *private_key, const struct quorum *quorum,
                       const struct memory *memory, const struct verify_input *in)
{
    hash32 statement;
    TRY(verify(&statement, NULL, memory, in));
    return attestation_sign(out, private_key, quorum, in->rules->chain.chain_id, &statement);
}

static void sort_by_attester(struct attestation *a, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && memcmp(a[j - 1].attester.b, a[j].attester.b, 20) > 0; j--) {
            const struct attestation t = a[j];
            a[j] = a[j - 1];
            a[j - 1] = t;
        }
}

void quorum_proof(struct buffer *out, struct attestation *attestation, size_t count)
{
    sort_by_attester(attestation, count);
    for (size_t i = 0; i < count; i++) {
        const struct attestation *a = &attestation[i];
        buffer_add(out, a->attester.b, 20);
        store_be64(buffer_extend(out, 8), a->deadline);
        buffer_add(out, a->signature, sizeof a->signature);
    }
}
