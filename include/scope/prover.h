/* scope/prover.h - a prover: executes a rollup's blocks from a request alone, and signs the resulting statement.
 *
 *     request (witness, published data) + configuration --> scope_prover_verify   statement
 *                                                           scope_prover_attest   statement and signature
 *                                                           scope_prover_serve    over HTTP (docs/provers.md)
 *
 * Nothing in a request is trusted: everything in it is found by hash, or hashed into the statement. Chains, contracts
 * and rules come from the configuration only. A signature is an attestation, not a validity proof.
 *
 * Memory: a prover belongs to the caller, scope_prover_close. Threads: several may call scope_prover_attest at once;
 * each needs a stack of at least 8 MiB, and 1 GiB for the deepest calls that the EVM allows. */
#ifndef SCOPE_PROVER_H
#define SCOPE_PROVER_H

#include <scope/rollup.h>

#ifdef __cplusplus
extern "C" {
#endif

struct scope_prover_config {
    uint64_t l1_chain_id;
    struct scope_address shared_bridge, quorum_verifier; /* on L1 */
    uint64_t prover_set_epoch;
    uint64_t blocks_max;       /* of one request; 0: 64 */
    uint64_t deadline_seconds; /* a signature is valid at most so long after the blocks' L1 anchor; 0: 7200 */
    const struct scope_rules *rules; /* ascending by chain id; borrowed until scope_prover_open returns */
    size_t rules_count;
};

struct scope_prover;

/* private_key NULL: verifies, and does not sign. REJECT_KEY; REJECT_CONFIG: the rules do not ascend, or name another L1
 * or bridge. */
scope_err scope_prover_open(struct scope_prover **out, const struct scope_prover_config *config,
                            const struct scope_hash *private_key);
/* The configuration from a file as `scope rules` writes it. why (at least 512 bytes) receives the place and the
 * mistake; NULL: not wanted. FAULT_IO, REJECT_PATH, REJECT_JSON, REJECT_CONFIG, REJECT_KEY. */
scope_err scope_prover_open_file(struct scope_prover **out, const char *path, const struct scope_hash *private_key,
                                 char *why, size_t why_size);
/* NULL is allowed. Erases the key. */
void scope_prover_close(struct scope_prover *prover);

/* The account of the key; zero without one. */
void scope_prover_attester(struct scope_address *out, const struct scope_prover *prover);

/* Executes the blocks of an encoded request, the body of POST /prove. REJECT_REQUEST: malformed; REJECT_UNKNOWN_ROLLUP:
 * not a rollup of the configuration; FAULT_STATE_MISSING: the witness is incomplete; other REJECT_*: the rule that the
 * blocks break. block_hash may be NULL. */
scope_err scope_prover_verify(struct scope_prover *prover, struct scope_hash *statement, struct scope_hash *block_hash,
                              struct scope_bytes request);

struct scope_attestation {
    struct scope_address attester;
    struct scope_hash statement;
    uint64_t deadline;     /* L1 timestamp, seconds */
    uint8_t signature[65]; /* EIP-712: r, s, v (27 or 28) */
};

/* The same, and signs. REJECT_KEY: the prover has none. */
scope_err scope_prover_attest(struct scope_prover *prover, struct scope_attestation *out, struct scope_bytes request);

/* Serves until there is something to read from the file descriptor `stop`. listen: "ADDRESS:PORT", port 0: any free
 * one; `started` is called with the port, and may be NULL. FAULT_NETWORK: cannot listen on the address. REJECT_KEY. */
scope_err scope_prover_serve(struct scope_prover *prover, const char *listen, int stop,
                             void (*started)(void *context, uint16_t port), void *context);

#ifdef __cplusplus
}
#endif
#endif
