/* mailbox - the four rolling hashes that make a cross-chain call all-or-nothing, one set per peer chain.
 *
 *        this chain                    remote chain
 *        REQUESTS_OUT   --- equal -->  REQUESTS_IN
 *        RESPONSES_IN   <-- equal ---  RESPONSES_OUT
 *        value_out      --- equal -->  value_in
 *
 * A lane folds left, lane' = keccak256(lane || leaf), so order is part of the value: skip, swap or
 * edit one call and the two chains never meet again. value_out and value_in count the wei of calls
 * that succeeded, since genesis.
 *
 * Invariant: equal lanes <=> equal leaf sequences (collision resistance of keccak256).
 * Memory:    values; copy them freely. docs/protocol.md sections 2, 5 and 9. */
#ifndef SCOPE_MAILBOX_H
#define SCOPE_MAILBOX_H

#include "base/err.h"
#include "base/types.h"

enum lane { REQUESTS_OUT, REQUESTS_IN, RESPONSES_OUT, RESPONSES_IN, LANE_COUNT };

struct mailbox {
    u64 peer_chain;
    hash32 lane[LANE_COUNT];
    u256 value_out; /* wei, cumulative */
    u256 value_in;
};

/* lane' = keccak256(lane || leaf) */
void mailbox_fold(struct mailbox *m, enum lane lane, const hash32 *leaf);

/* OK, or what the settlement contract says of such a pair: REJECT_MAILBOX_MISMATCH, REJECT_VALUE_MISMATCH.
 * here.peer_chain and there.peer_chain are the caller's to check. */
enum err mailbox_settle(const struct mailbox *here, const struct mailbox *there) MUST_CHECK;

#endif
