/* prover_config - the configuration of a prover: the facts that it does not take from a request.
 *
 *   { "l1ChainId": 1,
 *     "sharedBridge": "0x..", "quorumVerifier": "0x..", "proverSetEpoch": 1,
 *     "programId": "0x..",                       what the prover executes: prover/program_id.h, or --emulate's image
 *     "blocksMax": 64,                           of a request: with the gas limits it bounds the time that one takes
 *     "deadlineSeconds": 7200,                   a signature lives at most so long after the blocks' L1 anchor
 *     "rollups": [ { "chainId": 7001, "coinbase": "0x..", "gasLimit": 30000000 } ] }
 *
 * From these follow the rules of each rollup (verify/rollup.h), whose hash is in every statement and on L1, and the
 * domain of the signature. If a request could say them, a builder would have provers attest to blocks under its own
 * rules, or sign for another verifier. `scope rules` writes this file for a scenario; who runs a prover compares it
 * with L1.
 *
 * Memory: the arena given. Errors: REJECT_CONFIG, REJECT_JSON with a complaint at the place; a member that is not
 * known is refused, so that a misspelled one is not a silent default. */
#ifndef PROVER_PROVER_CONFIG_H
#define PROVER_PROVER_CONFIG_H

#include "codec/json_write.h"
#include "io/json.h"
#include "prover/prover.h"

struct prover_config {
    struct quorum quorum;      /* but for the deadline */
    address shared_bridge;
    u64 deadline_seconds;
    u64 blocks_max; /* of one request */
    struct rollup_rules *rules; /* ascending by chain id */
    size_t rollup_count;
};

enum err prover_config_read(struct prover_config *out, struct arena *arena, struct complaint *complaint,
                            const char *path) MUST_CHECK;
void prover_config_write(struct json_writer *w, const struct prover_config *b);

/* NULL: nothing is known of the chain. */
const struct rollup_rules *prover_config_rules(const struct prover_config *b, u64 chain_id);

#endif
