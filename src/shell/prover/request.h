/* request - what a builder asks a prover: one rollup's blocks, and all that is needed to execute them again.
 *
 *   request = version:1 || rlp([ chainId, submitter, l1BlockNumber, l1ParentHash, planHash, deadline,
 *                                calldata, [ [ blob, commitment, proof ], ... ], witness ])
 *
 * Data as in verify/data.h, in one of both places; witness as in verify/witness.h.
 *
 * None of it is trusted. The rules of the rollup, L1's chain id, the bridge and the verifier are not in it: a prover
 * takes them from its own configuration (prover/prover_config.h), or a builder could have it attest to blocks under the
 * builder's rules. The rest is either hashed into the statement, where L1 compares it (submitter, L1 block, plan, data;
 * blobs by commitments whose proofs are checked), or found by hash (the witness).
 *
 * Memory: what is decoded points into the bytes given; lists live in the arena.
 * Errors: REJECT_REQUEST with nothing decoded. Numbers of items are bounded by the bytes given. */
#ifndef PROVER_REQUEST_H
#define PROVER_REQUEST_H

#include "base/buffer.h"
#include "base/err.h"
#include "scope/settlement.h"
#include "verify/data.h"
#include "verify/witness.h"

enum { PROVE_REQUEST_VERSION = 1 };

struct prove_request {
    u64 chain_id;
    address submitter;
    u64 l1_block_number;
    hash32 l1_parent_hash;
    hash32 plan_hash;
    u64 deadline;              /* of the signature; L1 timestamp, seconds */
    struct published_data data;
    struct witness witness;
};

/* As JSON, members of the open object: those of the witness (verify/witness.h), statement, and the published data:
 * `data` and `blobs`. */
void prove_request_write_json(struct json_writer *w, const struct prove_request *r, const hash32 *statement);

void prove_request_encode(struct buffer *out, const struct prove_request *r);
enum err prove_request_decode(struct prove_request *out, struct arena *arena, struct bytes encoded) MUST_CHECK;

#endif
