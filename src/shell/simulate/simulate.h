/* simulate - the first pass: transactions are executed on several chains at once, to find out who calls whom and what
 * is returned.
 *
 *      a transaction on X runs until X's bridge emits ScopedCall for Y: nonce and request are in place,
 *      the response is not read yet
 *         |  the log hook takes over
 *         |----> run the handler on Y (it may call on, to any depth, back into X's half-done state too)
 *         |<---- Y's bridge emits ScopedCallExecuted: the response
 *         |  X's own fillResponsesIn takes it
 *      X's bridge runs on and reads it: hashes and clock come from the contract, not from a copy of its rules
 *
 * Each chain has one view (a block in progress on the head's state). A rejected scope is rolled back on all of them.
 * A transaction is rejected if a frame that made a scoped call reverts, caught or not: the target would have handled a
 * call that the source never made.
 *
 * On L1 no bundle exists yet: a carrier transaction is opened, the bridge opens a bundle through its own
 * self-only function, and steps run through another. All of it is discarded.
 *
 * What comes out is a plan (plan.h). Gas and roots are not part of it: the second pass defines them.
 * docs/protocol.md section 12. */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "ledger/ledger.h"
#include "simulate/call_frame.h"
#include "simulate/call_tree.h"
#include "simulate/plan.h"
#include "verify/rollup.h"

struct simulation;

/* What a caller changes of the chains' states before anything runs on them: for calls that are in no block. */
struct state_edit {
    enum err (*edit)(void *context, size_t chain, struct state *state);
    void *context;
};

struct sim_chain_config {
    struct ledger *ledger;
    address bridge;
    struct block_choice choice;
    bool in_bundle;       /* a rollup that the bundle may hold; ignored for L1 */
    const struct state_edit *edit; /* NULL: none */
    struct forced_list forced; /* what a rollup's block takes from its queue on L1 */
};

/* chain[0] is L1; the rollups follow, ascending. carrier is the transaction in whose frame the bundle would run: the
 * builder's, signed, with the authorizations that operations need. anchor is the L1 block that rollups anchor to.
 * Everything lives in arena but the views, which simulation_close releases. */
enum err simulation_open(struct simulation **out, struct arena *arena, const struct sim_chain_config *chain,
                         size_t chain_count, const struct tx *carrier, const struct header *anchor,
                         const hash32 *anchor_hash) MUST_CHECK;
void simulation_close(struct simulation *s);

/* The frames from the outermost to the one that failed, when the last scope was refused or reverted: copied to out, and
 * forgotten. 0: none. */
size_t simulation_failure(struct simulation *s, struct arena *out, const struct call_frame **frame);

/* Records the frames of each scope from now on. */
void simulation_record_trees(struct simulation *s);
/* Those of the last scope, also if it was rejected, in the simulation's arena. No frames: they are not recorded, or the
 * scope was rejected before its first one. Recording rests until the next scope. */
struct call_tree simulation_tree(struct simulation *s);

struct simulated {
    bool success;           /* of the outermost call */
    struct bytes output;    /* in the simulation's arena */
    enum halt halt;         /* of a transaction */
    u64 gas_used;           /* by a transaction */
    size_t first_call, call_count;
    const struct call_frame *frame; /* simulation_failure; set by who asks for it */
    size_t frame_count;
    struct call_tree tree;          /* simulation_tree; set by who asks for it */
};

/* What transactions of a rollup leave unchecked from now on (LENIENT_*, chain/execute.h): what is simulated then is for
 * no block. */
void simulation_be_lenient(struct simulation *s, size_t chain, u32 lenient);

/* Where the simulation stands, and back to it: what was simulated since has left no trace. */
struct sim_mark;
const struct sim_mark *simulation_mark(struct simulation *s);
void simulation_rewind(struct simulation *s, const struct sim_mark *mark);

/* OK: it is in the plan. REJECT: it is not, every chain is as before, and why has the message. */
enum err simulate_tx(struct simulation *s, struct simulated *out, size_t chain, size_t work, const struct tx *t,
                     struct buffer *why) MUST_CHECK;
enum err simulate_operation(struct simulation *s, struct simulated *out, size_t work, const struct signed_operation *o,
                            const address *submitter, struct buffer *why) MUST_CHECK;

/* Places an ordinary transaction of a rollup before an item that ran already, if that changes nothing that was
 * recorded: what it touches, no later item wrote, and what it writes, no later item read (state/access.h).
 * REJECT_WOULD_CHANGE: it might. REJECT_NOT_ORDINARY: it makes a scoped call. REJECT_SCOPE_SPLIT: it would
 * separate two parts of one root. */
enum err simulate_before(struct simulation *s, struct simulated *out, size_t chain, size_t before, size_t work,
                         const struct tx *t, struct buffer *why) MUST_CHECK;

/* The account's nonce as the simulation stands: what its next transaction is signed with. */
enum err simulation_nonce(struct simulation *s, u64 *out, size_t chain, const address *account) MUST_CHECK;
/* The next sequence number of key 0 of a delegated account: ScopedAccount.nonceOf. */
enum err simulation_operation_nonce(struct simulation *s, u256 *out, const address *account,
                                    struct buffer *why) MUST_CHECK;

/* What steps on L1 read from other contracts by STATICCALL: other transactions may change it before the bundle runs.
 * Includes reads of rejected work. In the simulation's arena. */
struct sim_read {
    size_t work;
    address target;
    struct bytes data;
    hash32 result_hash;
};
size_t simulation_reads(const struct simulation *s, const struct sim_read **out);

const struct plan *simulation_plan(const struct simulation *s);
/* Whether any step ran on L1. */
bool simulation_uses_l1(const struct simulation *s);

/* Gas that a system transaction needs to handle a call, bridge and RemoteAccount included. */
u64 handling_gas(const struct scoped_call *call);
/* Gas for closeLookups after an item. */
u64 closing_gas(const struct plan *p, size_t chain, size_t item);

#endif
