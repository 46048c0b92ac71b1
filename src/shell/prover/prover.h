/* prover - one attester: re-executes a rollup's blocks from a witness, and signs the statement that it arrived at.
 *
 *   witness, published data, context --> verify --> statement --> EIP-712 signature
 *
 * The signature says "I re-executed it". A quorum of such signatures is an attestation, not a validity proof: L1
 * believes k of n keys. What the builder claims is not among the inputs; the caller compares.
 *
 *   Settlement(bytes32 statement,uint64 chainId,bytes32 programId,bytes32 proofSystemId,uint64 proverSetEpoch,
 *              address attester,uint64 deadline)          domain: QuorumVerifier, "1", L1's chain id, the verifier
 *
 * docs/protocol.md section 10; contracts/src/QuorumVerifier.sol. */
#ifndef PROVER_PROVER_H
#define PROVER_PROVER_H

#include "base/buffer.h"
#include "base/err.h"
#include "verify/verify.h"

/* What the signatures are for, besides the statement. */
struct quorum {
    u64 l1_chain_id;
    address verifier;
    hash32 program_id; /* prover/program_id.h, or of the image that is emulated */
    hash32 proof_system_id;
    u64 prover_set_epoch;
    u64 deadline; /* L1 timestamp, seconds */
};

/* keccak256("scope.quorum.v1") */
void prover_proof_system_id(hash32 *out);

struct attestation {
    address attester;
    hash32 statement;
    u64 deadline;
    u8 signature[65]; /* r, s, v (27 or 28) */
};

/* Errors: those of verify; REJECT_KEY. */
enum err prover_attest(struct attestation *out, const hash32 *private_key, const struct quorum *quorum,
                       const struct memory *memory, const struct verify_input *in) MUST_CHECK;

/* The signature alone, over a statement that the caller holds for true. REJECT_KEY. */
enum err attestation_sign(struct attestation *out, const hash32 *private_key, const struct quorum *quorum, u64 chain_id,
                          const hash32 *statement) MUST_CHECK;

/* That a.attester signed a.statement, in the only form that L1 takes (low s, v of 27 or 28). REJECT_SIGNATURE. */
enum err attestation_check(const struct attestation *a, const struct quorum *quorum, u64 chain_id) MUST_CHECK;

/* attester:20 || deadline:8 || r:32 || s:32 || v:1 each, ascending by attester; the list is sorted in place. */
void quorum_proof(struct buffer *out, struct attestation *attestation, size_t count);

#endif
