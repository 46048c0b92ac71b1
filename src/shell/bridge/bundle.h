/* bundle - the parts of a bundle, as values: responses to fill in, queues of nested calls, the steps that L1 runs.
 *
 * Made from a simulation's plan (simulate/plan.h), encoded by bridge/calldata.h.
 * Memory: all of it is borrowed. */
#ifndef BRIDGE_BUNDLE_H
#define BRIDGE_BUNDLE_H

#include "base/types.h"
#include "bridge/operation.h"
#include "scope/request.h"

struct fill {
    u64 chain_id; /* that responded */
    hash32 request_hash;
    struct bytes response;
};

struct nested {
    hash32 request_hash;
    const struct scoped_call *inbound;
    const hash32 *response_hash;
    size_t count;
};

/* An entry of a rollup's forced queue (contracts/src/types/ForcedEntry.sol). */
struct forced_entry {
    address from; /* an account of L1; 0: data is the envelope of a signed transaction */
    address to;
    u256 value;
    u64 gas_limit;
    struct bytes data;
};

/* Those that one block takes, in order. */
struct forced_list {
    const struct forced_entry *entry;
    size_t count;
};

/* --- L1's part, as executeBundle takes it (contracts/src/interfaces/ISharedBridge.sol) --- */

struct step {
    u64 floor;
    bool announces; /* an operation's root, before its first call */
    const struct scoped_call *inbound;       /* one of the two is NULL */
    const struct signed_operation *operation;
};

struct precondition {
    address target;
    struct bytes data;
    hash32 result_hash;
};

struct l1_plan {
    const struct precondition *precondition;
    size_t precondition_count;
    const struct fill *fill;
    size_t fill_count;
    const struct nested *nested;
    size_t nested_count;
    const struct step *step;
    size_t step_count;
};

#endif
