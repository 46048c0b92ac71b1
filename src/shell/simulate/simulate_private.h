/* simulate_private - a simulation in progress, as its files share it.
 *
 *   simulate.c        opening it, and running scopes: a transaction or an operation with all that it calls
 *   simulate_item.c   running code on one chain, as an item of the plan
 *   simulate_handle.c a request is handled on its target, and its response filled on its source
 *   simulate_call.c   what the hooks do while a scope runs: a call leaves its chain, and its response comes back
 *   simulate_attempt.c  a call that failed is undone on all chains, and handled once more as one without effect
 *   simulate_tree.c   all frames of a scope, for who asks for them */
#ifndef SIMULATE_SIMULATE_PRIVATE_H
#define SIMULATE_SIMULATE_PRIVATE_H

#include "bridge/calldata.h"
#include "codec/text.h"
#include "simulate/frame_trace.h"
#include "simulate/fuse.h"
#include "simulate/simulate.h"
#include "state/access.h"

enum { L1 = 0, DEPTH_MAX = 1026 };

/* Gas of the bridge's own messages in a simulation: no transaction limits them. */
#define AMPLE_GAS (1ull << 32)

struct sim_chain {
    struct simulation *s;
    size_t index;
    u64 chain_id;
    address bridge;
    struct ledger *ledger;
    struct state *state;
    struct block_run run;
    bool is_open;                      /* run has begun */
    struct hooks hooks;
    bool is_busy;                      /* an item runs: calls into this chain are nested */
    size_t item;                       /* its index */
    i32 waiting;                       /* this chain's innermost open scopedCall; PLAN_NONE */
    bool is_looking;                   /* its innermost open call is a lookup or attempt: nothing can be handled here */
    u32 depth;                         /* of the running frame */
    u32 calls_made;                    /* by this chain in the running item */
    u32 candidate_from;                /* the running item is to be placed before this number; 0: at the end */
    u32 candidate_number;
    u32 coinbase_read_by;              /* the last item that read the account that fees go to */
    u64 item_mark, item_end;           /* of the state, where the item began and ended */
    struct state_watch watch;
    u32 calls_at_enter[DEPTH_MAX];
    u32 static_depth;                  /* of the outermost static frame on L1; 0: none */
};

/* simulate_tree.c */
struct sim_tree {
    i32 *at;                       /* of each open frame: its place in frame. NULL: nobody asked */
    bool is_recording;
    LIST(struct tree_frame) frame;
    u32 depth;                     /* of the next frame, in the tree */
    u32 hidden_from;               /* 1 + the number of frames around one that is left out with all in it; 0: none */
    bool is_full;                  /* it is left out for want of room */
    size_t bytes;
    u32 left_out;
};

struct simulation {
    struct arena *arena;
    struct sim_chain *chain;
    size_t chain_count;
    struct tx_run carrier;
    bool carrier_open;
    struct plan plan;
    i32 handling;                      /* the call that is being handled; PLAN_NONE */
    size_t work;
    size_t first_call;                 /* of the running scope, in the plan */
    bool root_known;                   /* the running scope has made its first call */
    struct root root;
    u64 floor;                         /* the greatest root clock on any chain */
    bool needs_floor;                  /* the scope's root is not above it: openScope first */
    bool is_above_clocks;              /* the scope was opened above the clock of every chain */
    bool needs_clocks;                 /* it was not, and makes a lookup or an attempt */
    u32 attempts;                      /* that are being handled, one inside of another */
    bool uses_l1;
    struct buffer reads;               /* of struct sim_read */
    struct buffer *why;
    struct frame_trace trace;
    struct sim_tree tree;
    struct fuse_cause fuse;            /* of the running scope, on L1 */
};

/* Sets the message of a REJECT, unless there is one, and returns e. */
enum err sim_reject(struct simulation *s, enum err e, const char *message) MUST_CHECK;
/* The same, with how a call to a bridge ended. */
enum err sim_reject_result(struct simulation *s, enum err e, const char *what, const struct evm_result *r) MUST_CHECK;

/* --- all frames --- */

void sim_tree_begin(struct simulation *s); /* a scope */
void sim_tree_enter(const struct sim_chain *c, const struct evm_message *m);
void sim_tree_leave(struct simulation *s, u32 depth, const struct evm_result *r);

/* --- items: what runs on a chain in one piece --- */

struct plan_item *sim_item(struct sim_chain *c);
/* Adds one to the plan and marks the chain busy. */
enum err sim_item_begin(struct sim_chain *c, enum item_kind kind) MUST_CHECK;
enum err sim_item_end(struct sim_chain *c, bool success, const struct log *log, u32 log_count) MUST_CHECK;

/* --- ways to run code --- */

/* A function of the bridge, called by itself inside the transaction that is open on c. */
enum err sim_call_self(struct sim_chain *c, struct evm_result *r, struct bytes data, u32 depth) MUST_CHECK;
enum err sim_apply_system(struct sim_chain *c, const struct receipt **receipt, const address *to, struct bytes data,
                          u64 gas) MUST_CHECK;
/* A chain's Lamport clock. */
enum err sim_clock(struct sim_chain *c, u64 *clock) MUST_CHECK;
/* Deletes the responses to the lookups that the running item of a rollup made; ends an announcement. */
enum err sim_close_lookups(struct sim_chain *c) MUST_CHECK;
/* One step of L1's bundle, the item that was begun; ends it. */
enum err sim_run_step(struct sim_chain *l1, struct evm_result *r, const struct step *step,
                      const address *submitter) MUST_CHECK;

/* --- calls --- */

/* NULL: it takes no part in this bundle. */
struct sim_chain *sim_find_chain(struct simulation *s, u64 chain_id);
enum err sim_handle(struct sim_chain *target, size_t call) MUST_CHECK;
enum err sim_fill_response(struct sim_chain *source, size_t call) MUST_CHECK;
enum err sim_check_root(struct simulation *s, const struct scoped_call *call) MUST_CHECK;
/* A lookup or an attempt needs a root above the clock of every chain, else REJECT_ROOT_ORDER: the scope is opened anew.
 */
enum err sim_check_root_without_effect(struct simulation *s, const struct scoped_call *call) MUST_CHECK;
/* An equal lookup or attempt of the running scope, before a call; PLAN_NONE. */
i32 sim_find_equal(const struct sim_chain *source, const struct scoped_call *call, size_t before);

/* All chains but the source, the plan and the records before a call is handled. */
struct sim_point {
    struct plan_mark plan;
    struct block_mark *run; /* per rollup on which nothing runs */
    u64 *host;              /* per other chain */
    size_t *item;
    bool uses_l1;
    u32 tree_count, tree_left_out;
    size_t tree_bytes;
};
struct sim_point sim_point(struct sim_chain *source);
/* A call that failed, and whose caller fails with it, has had no effect: it is undone, and settles as an attempt. */
enum err sim_attempt(struct sim_chain *source, size_t call, const struct sim_point *before) MUST_CHECK;

/* The hooks of a chain, installed when it is opened. */
struct hooks sim_hooks(struct sim_chain *c);

#endif
