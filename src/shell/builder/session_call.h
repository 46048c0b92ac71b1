/* session_call - what a transaction of a rollup would do now, with every call to other chains answered.
 *
 *     eth_call, eth_estimateGas of a devnet --> session_call_across --> a first pass of one work (simulate/simulate.h)
 *                                                                   --> its block, with less and less gas
 *
 *     scope_call, scope_simulate --> session_simulate --> a first pass of several
 *     scope_estimate --> session_cost --> a slot of one work, up to its bundle's execution on L1 (slot_stages.h)
 *
 * It is unsigned: its nonce and its sender's code are not checked, and without fees it pays none. Nothing
 * changes. */
#ifndef BUILDER_SESSION_CALL_H
#define BUILDER_SESSION_CALL_H

#include "builder/session.h"

struct state_edit; /* simulate/simulate.h */

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
 * the budget allowed it. edit NULL: the states are those of the heads. */
enum err session_call_across(struct session *s, struct call_outcome *out, u64 *gas_limit, struct arena *arena,
                             u64 chain_id, const struct tx *t, const struct call_budget *budget,
                             const struct state_edit *edit) MUST_CHECK;

/* Several such transactions and operations, one after the other, each on the state that those before it left. An
 * operation is signed, or its account's code is overridden. REJECT_UNKNOWN_CHAIN. */
struct simulated_call {
    u64 chain_id;        /* in: a rollup; of an operation, L1 */
    const struct tx *tx; /* in; NULL: */
    const struct signed_operation *operation;
    const struct authorization *authorization; /* of the operation's account; NULL: it is delegated already */
    enum err result;     /* OK, or why a slot would reject it: then it left nothing */
    const char *reason;  /* the message for it */
    struct call_outcome outcome;
};
enum err session_simulate(struct session *s, struct arena *arena, struct simulated_call *call, size_t count,
                          const struct state_edit *edit) MUST_CHECK;

/* What one of them would cost if it were alone in a bundle. Prices are those of the next L1 block. L1's gas is that of
 * the bundle's execution; with overrides, or provers in other processes, an estimate, up to 1.8 times as high. */
struct call_leg {
    u64 chain_id, gas_used; /* of the rollup's block, system transactions included */
    size_t data_bytes;      /* published on L1 */
};
struct call_cost {
    const struct call_leg *leg; /* in the arena */
    size_t leg_count;
    struct data_report data;
};
/* REJECT: a slot would reject it, with session_error(). */
enum err session_cost(struct session *s, struct arena *arena, struct call_cost *out, const struct simulated_call *call,
                      const struct state_edit *edit) MUST_CHECK;

#endif
