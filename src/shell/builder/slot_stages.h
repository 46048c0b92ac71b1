/* slot_stages - one L1 slot as a row of stages: what each takes, and the value that it gives.
 *
 *     slot_collect       session                              -> pending work
 *     slot_read_forced   session                              -> what each rollup's forced queue on L1 asks for
 *     slot_make_carrier  work                                 -> the transaction in whose frame the bundle will run
 *     slot_simulate      carrier, work                        -> first pass: the plan, and what each work did
 *     slot_build         first pass                           -> second pass: rollup blocks, without evicted work
 *     slot_plan_l1       first pass, second pass              -> L1's part, and what statements commit to
 *     slot_weigh         carrier, second pass, L1's part      -> placement: calldata or blobs, or neither fits
 *     slot_publish       second pass, L1's part, placement    -> the data in its place, and a statement per rollup
 *     slot_attest        L1's part, published data            -> a proof per rollup
 *     slot_send          all of them                          -> the L1 transaction and its receipt
 *     slot_settle        all of them                          -> new heads, settled work
 *     slot_report        all of them                          -> the report
 *
 * A stage reads the values of earlier ones through const pointers and writes its own; what it reads of the session is
 * in struct slot_env. Only those that make the carrier, send, settle and report touch the session itself. Work that a
 * stage finds fault with has that fate in the stage's own copy of the list, so an earlier value does not change. slot.c
 * runs the stages, and runs them again without the work that failed.
 *
 * Work is numbered by its place in the list, chains as in the plan: 0 is L1.
 * Memory: values live in the slot's arena; a second pass also holds views, until second_pass_close.
 * Errors: FAULT_*, or REJECT_* with the message in `why`. */
#ifndef BUILDER_SLOT_STAGES_H
#define BUILDER_SLOT_STAGES_H

#include "bridge/calldata.h"
#include "builder/session_private.h"
#include "ledger/sidecar.h"
#include "prover/request.h"
#include "rollup_block/batcher.h"
#include "rollup_block/rollup_block.h"
#include "simulate/simulate.h"

enum { L1 = 0, BUNDLE_GAS = 1 << 24 /* EIP-7825 */, OPERATION_SECONDS = 3600 };
enum { TX_BYTES_MAX = 128 * 1024 /* what nodes accept from each other, a blob transaction's sidecar not counted */ };

/* --- what every stage may read --- */

struct slot_chain {
    struct ledger *ledger;
    const struct rollup_rules *rules; /* NULL: L1 */
};

struct slot_env {
    const struct memory *memory;
    const struct slot_chain *chain; /* [0] is L1 */
    size_t chain_count;
    u64 l1_chain_id;
    const struct activation *l1_activation;
    const struct session_contracts *contracts;
    const struct provers *provers;
    address builder;
    hash32 builder_key;
    bool owns_l1;
    bool records_trees; /* the simulation does, of each piece of work */
    u32 lenient;        /* what transactions of rollups leave unchecked: of calls that are in no slot */
    const struct state_edit *edit; /* of the states before such calls; NULL: none */
    bool is_forged; /* the plan is not the one that was simulated: its results are not compared with the simulation */
};

/* --- work --- */

/* What became of a piece of work in this slot, so far. */
enum fate {
    FATE_PENDING,  /* not simulated yet */
    FATE_INCLUDED, /* in the bundle as it stands */
    FATE_REFUSED,  /* the simulation refused it; it left no trace */
    FATE_EVICTED,  /* the second pass differed from the first: rolled back on all chains, in this attempt */
    FATE_EXCLUDED, /* failed in an earlier attempt: left out for the rest of the slot */
    FATE_DEFERRED, /* did not fit: waits for the next slot */
};

struct slot_work {
    const struct work *work;        /* as it was requested */
    u64 handle;
    enum fate fate;
    enum err error;                 /* why it is not included */
    const char *reason;             /* the message of that error */
    const struct tx *tx;            /* signed by the simulation; NULL: an operation */
    const struct signed_operation *operation;
    struct simulated simulated;
    u64 step_floor;                 /* what L1's clock must be raised to before its steps; 0: no need */
    u64 operation_gas;              /* that its account's frame used in the bundle */
};

struct slot_works {
    struct slot_work *item;
    size_t count;
};

static inline bool is_included(const struct slot_works *work, size_t i)
{
    return work->item[i].fate == FATE_INCLUDED;
}
static inline bool is_evicted(const struct slot_works *work, size_t i)
{
    return work->item[i].fate == FATE_EVICTED;
}

/* The pending work of a session, in the order of its handles. */
struct slot_works slot_collect(const struct session *s, struct arena *arena);
struct slot_works slot_works_copy(const struct slot_works *from, struct arena *arena);
/* A copy of a message in the arena, zero-terminated. */
const char *slot_message(struct arena *arena, const struct buffer *text);
/* Work first to end - 1: the atomic group that a piece of work is in, or itself. What becomes of one becomes of all. */
struct slot_unit {
    size_t first, end;
};
struct slot_unit slot_unit_of(const struct slot_works *work, size_t i);
/* Leaves work out for the rest of the slot, with its atomic group. An earlier reason stays. */
void slot_exclude(struct slot_works *work, size_t i, enum err e, const char *reason);
/* Defers included work for want of room, the last first: so much as was measured to be above 1,000 thousandths of a
 * limit, and at least one. What does not fit alone is excluded, with the reason given. False: there is none. */
bool slot_defer(struct slot_works *work, u64 filled, const char *alone);
/* Defers work from `first` on, where a unit begins: a slot takes work in the order of the queue, so what comes behind
 * waits, too. */
void slot_defer_from(struct slot_works *work, size_t first, const char *reason);
size_t slot_count_included(const struct slot_works *work);

/* --- carrier --- */

struct carrier {
    struct tx tx;                       /* the builder's, signed, with the authorizations that operations need */
    struct block_choice l1_choice;      /* the L1 block that the bundle is for */
    struct session_prices prices;       /* of that block */
    enum data_choice data;              /* where the bundle's data may go */
    const struct forced_list *forced;   /* per chain: entries that its block takes; NULL: none does */
    bool follows_lost;                  /* there because a lost bundle may still be pending under the same nonce */
};
/* The entries of each rollup's queue on L1's head that its next block takes, per chain. A rollup with an entry has a
 * block in the bundle, whether there is other work for it or not. */
enum err slot_read_forced(const struct forced_list **out, struct session *s, struct arena *arena) MUST_CHECK;
static inline struct forced_list slot_forced(const struct carrier *carrier, size_t chain)
{
    return carrier->forced ? carrier->forced[chain] : (struct forced_list){0};
}
enum err slot_make_carrier(struct carrier *out, struct session *s, struct arena *arena, const struct slot_env *env,
                           const struct slot_works *work) MUST_CHECK;

/* --- the first pass --- */

struct first_pass {
    struct slot_works work;
    const struct plan *plan;
    const struct sim_read *read; /* what steps on L1 read by STATICCALL */
    size_t read_count;
    bool has_rollup;             /* some rollup has an item; without one there is no bundle */
};
enum err slot_simulate(struct first_pass *out, struct arena *arena, const struct slot_env *env,
                       const struct carrier *carrier, const struct slot_works *work, struct buffer *why) MUST_CHECK;

/* What is not checked of a transaction that is not signed: session_call.h. */
enum { LENIENT_CALL = LENIENT_NONCE | LENIENT_SENDER | LENIENT_FEES };
/* One such transaction of a rollup, on all chains at their heads. */
enum err slot_simulate_call(struct simulated *out, const struct plan **plan, struct arena *arena,
                            const struct slot_env *env, const struct carrier *carrier, size_t chain, const struct tx *t,
                            struct buffer *why) MUST_CHECK;
/* Several, one after the other in one simulation. */
struct slot_call {
    size_t chain;
    const struct tx *tx;                      /* NULL: */
    const struct signed_operation *operation;
    struct simulated simulated;
    enum err result;
    struct buffer why;
};
enum err slot_simulate_calls(struct slot_call *call, size_t count, struct arena *arena, const struct slot_env *env,
                             const struct carrier *carrier) MUST_CHECK;
/* What the stages of a session read. */
struct slot_env slot_env_of(struct session *s, struct arena *arena, bool is_forged);
/* The same for calls that are in no slot. */
struct slot_env slot_env_of_calls(struct session *s, struct arena *arena, const struct state_edit *edit);

/* --- the second pass --- */

struct second_pass {
    struct slot_works work;
    const struct plan *plan;
    struct rollup_block *block;          /* per chain; not open where a rollup has none */
    size_t chain_count;
    const struct rollup_block **bundled; /* those that the bundle holds, ascending */
    size_t bundled_count;
    size_t l1_item_count;                /* of the plan, without those of evicted work */
};
/* Executes the plan scope by scope. A scope that differs from the first pass is evicted. On failure, too, it is to be
 * closed. */
enum err slot_build(struct second_pass *out, struct arena *arena, const struct slot_env *env,
                    const struct carrier *carrier, const struct first_pass *first, struct buffer *why) MUST_CHECK;
/* A gas limit with which such a transaction ends in its block as it did in the first pass: the least, to 1.5 %, if the
 * budget (session_call.h; NULL: no limit) allows it. */
struct call_budget;
enum err slot_estimate(u64 *gas_limit, struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                       const struct plan *plan, size_t chain, const struct tx *t, const struct call_budget *budget,
                       struct buffer *why) MUST_CHECK;
/* The second half of that stage: headers, batches and witnesses. */
enum err slot_finish_blocks(struct second_pass *p, const struct slot_env *env) MUST_CHECK;
void second_pass_close(struct second_pass *p);

/* --- L1's part --- */

struct l1_part {
    struct l1_plan plan;
    const struct plan_item **step_item; /* of each step */
    size_t *precondition_work;          /* whose read each precondition is */
    struct settlement_context context;
};
/* Errors are those of reading L1. */
enum err slot_plan_l1(struct l1_part *out, struct arena *arena, const struct slot_env *env,
                      const struct first_pass *first, const struct second_pass *second) MUST_CHECK;

/* --- data --- */

/* A limit, and what it is compared with. */
struct room {
    const char *what;
    u64 taken, max;
};

struct placement {
    bool fits;                   /* in a transaction, calldata or blobs */
    struct room tightest;        /* of the place where it is closest to fitting */
    u64 filled;                  /* its thousandths */
    u64 intrinsic_gas, floor_gas; /* of the transaction in the place that was chosen */
    bool delegates_first; /* blobs, but the carrier has authorizations: they go ahead in a transaction of their own */
    struct data_report report;
    struct packed_batch *batch;  /* per bundled block, when it is in blobs */
    struct kzg_blob *blob;
    size_t blob_count;
};
struct placement slot_weigh(struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                            const struct second_pass *second, const struct l1_part *l1);
/* The report of a placement, once the bundle's gas is known: the other place differs in what its bytes cost. */
struct data_report slot_weigh_again(struct arena *arena, const struct slot_env *env, const struct carrier *carrier,
                                    const struct second_pass *second, const struct l1_part *l1,
                                    const struct placement *before, u64 gas_used);
/* The carrier without its bundle: it delegates, and does nothing else. Not signed. */
struct tx slot_delegation(const struct carrier *carrier, const struct slot_env *env);

/* A rollup's part of the bundle. */
struct published_rollup {
    const struct rollup_block *block;
    const struct rollup_rules *rules;
    struct published_data data;
    hash32 statement;
    struct transition_input input; /* its proof is still missing */
};
struct published {
    struct published_rollup *rollup; /* per bundled block */
    size_t count;
    struct sidecar sidecar;          /* without cell proofs; blob_count 0: the data is calldata */
};
/* setup: for blobs; else NULL. */
enum err slot_publish(struct published *out, struct arena *arena, const struct slot_env *env,
                      const struct second_pass *second, const struct l1_part *l1, const struct placement *placement,
                      const struct kzg_setup *setup) MUST_CHECK;

/* --- proofs --- */

struct proofs {
    const struct bytes *proof;          /* per published rollup */
    const struct remote_report *report; /* of provers in other processes */
    size_t report_count;
};
/* What a prover is asked about one rollup. */
struct prove_request slot_prove_request(const struct l1_part *l1, const struct published_rollup *r, u64 deadline);
/* REJECT_STATEMENTS_DIFFER: a prover in this process computed another statement. FAULT_NO_QUORUM: too few of the remote
 * ones signed. */
enum err slot_attest(struct proofs *out, struct arena *arena, const struct slot_env *env, const struct l1_part *l1,
                     const struct published *published, u64 deadline, struct buffer *why) MUST_CHECK;
/* For a bundle that is measured, and sent to nobody: keys in this process sign the builder's statements, and execute
 * nothing. */
enum err slot_attest_unproved(struct proofs *out, struct arena *arena, const struct slot_env *env,
                              const struct published *published, u64 deadline) MUST_CHECK;

/* --- the bundle --- */

/* What it is made of; borrowed. */
struct bundle {
    const struct carrier *carrier;
    const struct second_pass *second;
    const struct l1_part *l1;
    const struct published *published;
    const struct proofs *proofs;
};

struct sent_bundle {
    struct slot_works work;         /* with the gas of operations */
    struct tx tx;
    const struct receipt *receipt;  /* NULL: it is in no block */
    bool as_expected;               /* the chain's result is that of the execution here */
    size_t culprit;                 /* REJECT_PASSES_DIFFER: the work whose step differed; work.count: not known */
};
/* Executes the bundle on L1's head and broadcasts it if each step did what it did in the simulation. Errors:
 * REJECT_BUNDLE_FULL, REJECT_PASSES_DIFFER, and those of ledger/l1.h. */
enum err slot_send(struct sent_bundle *out, struct session *s, struct arena *arena, const struct slot_env *env,
                   const struct bundle *bundle, struct buffer *why) MUST_CHECK;

/* Executes it in the same way, and drops it. Errors are those of slot_send. */
enum err slot_measure(u64 *gas_used, struct session *s, struct arena *arena, const struct slot_env *env,
                      const struct bundle *bundle, struct buffer *why) MUST_CHECK;

/* slot_race.c: executes a bundle that reverted on a remote L1 again, on the new head, to find the work whose step makes
 * it fail; work.count: none does. */
enum err slot_find_culprit(size_t *culprit, struct session *s, struct arena *arena, const struct slot_env *env,
                           const struct bundle *bundle, const struct sent_bundle *sent) MUST_CHECK;

/* --- what the session records --- */

/* slot_settle.c. After each simulation: */
void slot_report_simulated(struct session *s, const struct slot_works *work);
/* At the end, of evicted, excluded and deferred work: it is pending again, in another context, a bounded number of
 * times; then it is rejected. */
void slot_report_left_out(struct session *s, const struct slot_works *work);
/* What was simulated and did not settle is pending again: the work of a forged or failed slot. */
void slot_requeue(struct session *s, const struct slot_works *work);
/* A bundle that settled: the rollups' blocks become their heads, its work gets its receipts. */
void slot_settle(struct session *s, struct arena *arena, const struct bundle *bundle, const struct sent_bundle *sent);
/* What to follow or roll back when L1 reorgs the bundle's block. first_block: per rollup; 0: not in it. is_pinned: it
 * is valid only on top of its block's parent. */
void slot_record_inclusion(struct session *s, const struct slot_works *work, const u64 *first_block, bool is_pinned,
                           const struct receipt *receipt);

/* slot_report.c. Errors are those of reading L1. */
enum err slot_report(struct slot_report *out, struct session *s, struct arena *arena, const struct slot_env *env,
                     const struct bundle *bundle, const struct sent_bundle *sent) MUST_CHECK;

/* --- across processes: slot_reconcile.c --- */

/* What the next process needs to finish this slot if the bundle settles. */
struct bytes slot_note(struct arena *arena, const struct second_pass *second, const struct slot_works *work);

struct reconciled_slot {
    bool is_finished; /* a bundle of an earlier process has settled; the session's records and the report are written */
    u32 races_lost;
    u64 gas_lost;
};
/* Looks up the bundles and delegations that an earlier process broadcast for this slot. */
enum err slot_reconcile(struct reconciled_slot *out, struct session *s, struct arena *arena, const struct slot_env *env,
                        const struct slot_works *work) MUST_CHECK;

#endif
