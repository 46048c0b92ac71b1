/* session_call - what a transaction of a rollup would do now, with every call to other chains answered.
 *
 *     eth_call, eth_estimateGas of a devnet --> session_call_across --> a first pass of one work (simulate/simulate.h)
 *                                                                   --> its block, with less and less gas
 *
 * It is unsigned: its nonce and its sender's code are not checked, and without fees it pays none. Nothing
 * changes. */
#ifndef BUILDER_SESSION_CALL_H
#define BUILDER_SESSION_CALL_H

#include "builder/session.h"

struct call_outcome {
    bool success;        /* of the outermost call */
    enum halt halt;
    struct bytes output; /* in the arena */
    u64 gas_used;        /* in the first pass, where responses cost less and calls back nothing */
    u32 call_count;      /* scoped calls that it made */
    struct call_tree tree; /* if session_record_trees; also of what a slot would reject */
};

/* A caller's clock: an estimate that has spent its time is not made tighter. NULL: no limit. */
struct call_budget {
    bool (*is_spent)(void *context);
    void *context;
};

/* t->sender is known; its type is TX_DYNAMIC_FEE. REJECT: a slot would reject it, with session_error(). *gas_limit,
 * unless it is NULL or the call did not succeed: gas with which its block ends as with t's; the least, to 1.5 %, if
 * the budget allowed it. */
enum err session_call_across(struct session *s, struct call_outcome *out, u64 *gas_limit, struct arena *arena,
                             u64 chain_id, const struct tx *t, const struct call_budget *budget) MUST_CHECK;

/* Several such transactions, one after the other, each on the state that those before it left. REJECT_UNKNOWN_CHAIN. */
struct simulated_call {
    u64 chain_id;        /* in: a rollup */
    const struct tx *tx; /* in */
    enum err result;     /* OK, or why a slot would reject it: then it left nothing */
    const char *reason;  /* the message for it */
    struct call_outcome outcome;
};
enum err session_simulate(struct session *s, struct arena *arena, struct simulated_call *call, size_t count) MUST_CHECK;

#endif
