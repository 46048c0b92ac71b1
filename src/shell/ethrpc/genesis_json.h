/* genesis_json - a chain's rules and first block, as go-ethereum's genesis.json has them.
 *
 *   {"config": {"chainId", "londonBlock", "cancunTime", "blobSchedule", ..}, "gasLimit", .., "alloc": {..}}
 *      --> struct chain_rules: one activation for each fork that the config names
 *      --> struct header: genesis, with the root of its accounts, which are committed to the caller's state
 *
 * A config without a fork's key never activates it. Errors: REJECT_JSON, with a complaint at the place.
 * Memory: rules.activation points into the struct; the accounts' codes are new codes of s (state_new_codes). */
#ifndef ETHRPC_GENESIS_JSON_H
#define ETHRPC_GENESIS_JSON_H

#include "chain/header.h"
#include "chain/rules.h"
#include "io/json.h"
#include "state/state.h"

enum { GENESIS_ACTIVATIONS_MAX = 32 };

struct genesis {
    struct chain_rules rules;
    struct activation activation[GENESIS_ACTIVATIONS_MAX];
    struct header header;
};

/* A genesis points into itself: it stays where it was read. s is a view at the empty root, and is committed. */
enum err genesis_read(struct genesis *out, struct state *s, struct arena *arena, struct complaint *complaint,
                      struct json root) MUST_CHECK;

/* {"target", "max", "baseFeeUpdateFraction"}; what is not there leaves out as it is. */
enum err blob_schedule_read(struct blob_schedule *out, struct complaint *complaint, struct json row) MUST_CHECK;

#endif
