/* overrides - what a caller changes of a state and of a block before code runs on them.
 *
 *   state   {address: {balance, nonce, code, state | stateDiff, movePrecompileToAddress}}
 *   block   {number, time, gasLimit, feeRecipient, prevRandao, difficulty, baseFeePerGas, blobBaseFee, beaconRoot,
 *            withdrawals}
 *
 * Errors: REJECT_CALL with the error set; FAULT_* of the state. */
#ifndef NODE_OVERRIDES_H
#define NODE_OVERRIDES_H

#include "evm/precompile.h"
#include "node/rpc_members.h"
#include "state/state.h"

enum { PRECOMPILE_MOVES_MAX = 32 };

/* Where precompiles stand, once overrides have moved or hidden some of the fork's. */
struct precompile_moves {
    const struct fork *fork;
    struct { address at; const struct precompile *precompile; } move[PRECOMPILE_MOVES_MAX]; /* NULL: hidden */
    u32 count;
};
/* NULL: an ordinary account. */
const struct precompile *precompile_moved(const struct precompile_moves *m, const address *at);

/* JSON_NONE or null: nothing changes. index: the parameter, for messages. */
enum err state_overrides_apply(struct rpc_request *r, struct state *s, struct precompile_moves *moves,
                               struct json overrides, u32 index) MUST_CHECK;

struct block_overrides {
    bool has_number, has_time, has_gas_limit, has_coinbase, has_prevrandao, has_difficulty, has_base_fee,
        has_blob_base_fee, has_beacon_root;
    u64 number, time, gas_limit;
    address coinbase;
    hash32 prevrandao, beacon_root;
    u256 difficulty, base_fee, blob_base_fee;
    struct withdrawal *withdrawal;
    u32 withdrawal_count;
};
enum err block_overrides_read(struct rpc_request *r, struct block_overrides *out, struct json v, u32 index) MUST_CHECK;

#endif
