/* transfers - the logs of calls and, if asked for, one for each transfer of ether (traceTransfers of eth_simulateV1).
 *
 *   address 0xeeee..ee, topics [Transfer(address,address,uint256), from, to], data: the wei
 *
 * Logs of a frame that failed are dropped; their numbers are not given to others, as go-ethereum does it.
 * Memory: the arena given. */
#ifndef NODE_TRANSFERS_H
#define NODE_TRANSFERS_H

#include "base/arena.h"
#include "evm/evm.h"
#include "state/state.h"

struct traced_log {
    struct log log;
    u32 index; /* in the block */
};

struct transfers {
    struct hooks hooks;
    struct arena *arena;
    struct state *state;
    bool traces_transfers;
    struct traced_log *log; /* of the call that runs */
    u32 log_count, log_room;
    u32 next_index;
    u32 *start;             /* log_count when the frames that are open began */
    u32 depth, depth_room;
};

void transfers_init(struct transfers *t, struct arena *arena, struct state *state, bool traces_transfers);
/* Before each call. */
void transfers_next(struct transfers *t);
const struct traced_log *transfers_logs(const struct transfers *t, u32 *count);

#endif
