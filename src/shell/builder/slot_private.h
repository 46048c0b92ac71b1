/* slot_private - one slot in progress, as the files of the slot share it.
 *
 *   slot.c         the steps in order: carrier, first pass, L1 plan, bundle
 *   slot_blocks.c  the second pass: the rollups' blocks, scope by scope, and eviction
 *   slot_attest.c  the provers: a proof for each transition
 *   slot_data.c    calldata or blobs, and what does not fit
 *   slot_report.c  what became of it
 *   slot_race.c    a bundle that others made fail, on an L1 that is not ours
 *   slot_reconcile.c  a bundle that a previous process sent
 *
 * Work is numbered by its place in slot->work; chains as in the plan, 0 is L1. */
#ifndef BUILDER_SLOT_PRIVATE_H
#define BUILDER_SLOT_PRIVATE_H

#include "bridge/calldata.h"
#include "builder/session_private.h"
#include "ledger/sidecar.h"
#include "rollup_block/rollup_block.h"
#include "simulate/simulate.h"

enum { L1 = 0, BUNDLE_GAS = 1 << 24 /* EIP-7825 */, OPERATION_SECONDS = 3600 };

struct slot_run {
    struct session *s;
    struct arena *arena;
    struct buffer why;
    forger *forge;                  /* NULL: the builder is honest */
    void *forge_context;
    struct work **work;             /* pending, in order */
    u64 *handle;                    /* of each */
    size_t work_count;
    enum err *verdict;              /* of the last simulation; of the second pass, where that took it back */
    bool *excluded;                 /* per work: taken back, and not tried again in this slot */
    struct simulated *simulated;
    const char **reason;
    struct block_choice l1_choice;
    struct tx carrier;
    bool *in_bundle;                /* per chain */
    size_t chain_count;
    struct simulation *simulation;
    const struct plan *plan;
    struct plan forged;
    struct rollup_block *block;     /* per rollup; not open where it is not in the bundle */
    struct l1_plan l1_plan;
    const struct sim_read *read;    /* what steps on L1 read */
    size_t read_count;
    size_t *precondition_work;      /* whose read each precondition of the L1 plan is */
    struct settlement_context context;
    const struct remote_report *prover;
    size_t prover_count;
    struct transition_input *input;
    size_t input_count;
    size_t *next_item;              /* per chain: where the second pass is in the plan */
    u64 *floor;                     /* per chain: what the clock must be raised to before its next item; 0: nothing */
    u64 *step_floor;                /* per work: the same for its steps on L1 */
    bool *evicted;                  /* per work: taken back by the second pass */
    hash32 *statement;              /* per input */
    u64 *operation_gas;             /* per work: what its operation used in the bundle */
    bool *waits;                    /* per work: excluded for want of room, and not for anything that it did */
    bool is_in_blobs;
    struct sidecar sidecar;
    struct data_report data;
    const struct receipt *receipt;  /* of the bundle; NULL: nothing was sent */
    bool as_expected;                  /* the chain made of it what the run here did */
    u32 races_lost;
    u32 blameless;                  /* of those, the ones that nobody's step explains */
    u64 gas_lost;
    size_t culprit;                 /* the work whose step made a bundle differ; work_count: none */
    struct tx bundle;
};

/* A sentence that outlives the slot. */
const char *slot_keep_text(struct slot_run *slot, const struct buffer *text);

static inline void slot_enter(const struct slot_run *slot, enum slot_phase phase)
{
    if (slot->s->phase_begins)
        slot->s->phase_begins(slot->s->phase_context, phase);
}

/* Whether the bundle holds a chain's block. */
static inline bool slot_sends(const struct slot_run *slot, size_t chain)
{
    return slot->block[chain].is_open && !slot->plan->chain[chain].withheld;
}
/* Taken back, and not tried again in this slot; why and verdict say for what reason. */
void slot_exclude(struct slot_run *slot, size_t work, enum err e);
/* --- slot_race.c --- */
/* Whether the bundle went out and did not settle because of others. */
bool slot_lost_race(const struct slot_run *slot, enum err e);
/* It is built anew on what is there now, without the work that others made fail; a bounded number of times. */
enum err slot_take_back(struct slot_run *slot, enum err e, bool *again) MUST_CHECK;
/* On an L1 of others: what the steps read there becomes the bundle's preconditions. */
enum err slot_make_preconditions(struct slot_run *slot) MUST_CHECK;
/* What to take back when L1 takes back the bundle's block. first_block: per rollup; 0: not in it. */
void slot_remember(struct slot_run *slot, const u64 *first_block, bool is_pinned);
/* So that what takes its nonce pays more. */
void slot_remember_sent(struct session *s, const struct tx *t);

/* --- slot_reconcile.c --- */
/* What another process must know to finish this slot when the bundle settles; in the slot's arena. */
struct bytes slot_note(struct slot_run *slot);
/* Looks after what an earlier process sent for this slot. *done: its bundle has settled, and the slot is finished. */
enum err slot_take_up(struct slot_run *slot, bool *done) MUST_CHECK;

/* --- slot_blocks.c --- */
/* Builds the blocks of all rollups that have items. A scope that differs from the first pass is taken back on all
 * chains: evicted, with verdict and reason. */
enum err slot_build_blocks(struct slot_run *slot) MUST_CHECK;
void slot_close_blocks(struct slot_run *slot);
void slot_append_blocks(struct slot_run *slot);

/* --- slot.c --- */
/* Statements and inputs, for where the data is now. */
enum err slot_make_inputs(struct slot_run *slot) MUST_CHECK;

/* --- slot_data.c --- */
/* Decides where the data goes, and makes the inputs for it. *again: accounts were delegated ahead, or some work waits
 * because it does not fit, and the rest is to be built anew. */
enum err slot_place_data(struct slot_run *slot, bool *again) MUST_CHECK;
/* Leaves out the last quarter of the work, for want of room; rejects what does not fit alone. False: there is none. */
bool slot_wait(struct slot_run *slot);
/* Makes slot->bundle, to be signed, a blob transaction. */
enum err slot_carry_blobs(struct slot_run *slot) MUST_CHECK;

/* --- slot_attest.c --- */
/* Fills in the proof of each input. REJECT_STATEMENTS_DIFFER: a prover in this process came to another statement.
 * FAULT_NO_QUORUM: too few of those elsewhere signed. */
enum err slot_attest(struct slot_run *slot) MUST_CHECK;

/* --- slot_report.c --- */
void slot_report_verdicts(struct slot_run *slot);
void slot_report_settled(struct slot_run *slot);
/* A scope that answered differently is simulated again, in the next slot and so in another context, a bounded number of
 * times; then it is rejected. */
void slot_report_evicted(struct slot_run *slot);
/* What did not settle stays queued: the work of a forged or failed slot. */
void slot_requeue(struct slot_run *slot);
enum err slot_report(struct slot_run *slot) MUST_CHECK;

#endif
