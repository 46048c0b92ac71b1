/* session_call - what a transaction of a rollup would do now, calls to other chains answered; nothing changes.
 *
 *     eth_call, eth_estimateGas of a devnet --> session_call_across --> a first pass of one work (simulate/simulate.h)
 *
 * It is unsigned: its nonce and its sender's code are not checked, and without fees it pays none. */
#ifndef BUILDER_SESSION_CALL_H
#define BUILDER_SESSION_CALL_H

#include "builder/session.h"

struct call_outcome {
    bool success;        /* of the outermost call */
    enum halt halt;
    struct bytes output; /* in the arena */
    u64 gas_used;
    u64 cold_gas;        /* what a block charges more, at most (simulate/simulate.h) */
    u32 call_count;      /* scoped calls that it made */
};

/* t->sender is known; its type is TX_DYNAMIC_FEE. REJECT: a slot would reject it, with session_error(). */
enum err session_call_across(struct session *s, struct call_outcome *out, struct arena *arena, u64 chain_id,
                             const struct tx *t) MUST_CHECK;

#endif
