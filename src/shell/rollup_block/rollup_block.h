/* rollup_block - the second pass of a rollup: its block, executed exactly as it will be published, and its witness.
 *
 *   L1Context update
 *   takeForced for each entry of the forced queue that it takes
 *   for each item of the plan:   openScope(floor) or announceRoot(floor), if needed
 *                                fillNestedCalls, fillResponsesIn: what the item reads, immediately before it
 *                                the transaction, or handleScopedCall
 *                                closeLookups, if it made any or was announced
 *
 * It runs on a view of its own, from the parent's state, and records every trie node and code that it touches: the
 * witness. This pass defines gas and roots. Each item must end as it did in the first pass (logs, success), or it is
 * REJECT_PASSES_DIFFER, with a message that names the item.
 *
 * Memory: the arena given; the run and its view until rollup_block_close. */
#ifndef ROLLUP_BLOCK_ROLLUP_BLOCK_H
#define ROLLUP_BLOCK_ROLLUP_BLOCK_H

#include "ledger/ledger.h"
#include "scope/settlement.h"
#include "simulate/plan.h"
#include "verify/verify.h"

struct rollup_block_input {
    struct ledger *ledger;
    const struct rollup_rules *rules;
    const struct memory *memory;
    const struct plan *plan;
    size_t chain;                  /* in the plan */
    const struct tx *const *tx;    /* by work number */
    u64 timestamp;
    const struct header *anchor;   /* the L1 block that it is anchored to */
    hash32 anchor_hash;
    struct forced_list forced;     /* what it takes from the queue on L1 */
    bool is_forged;                /* the plan is not what was simulated: results are not compared */
};

struct rollup_block {
    struct header header;
    hash32 hash;
    struct bytes batch;            /* as it is published */
    struct published_data data;    /* as calldata */
    struct witness witness;
    struct transition transition;  /* with the da_hash of that */
    bool has_forced;               /* it takes some entry */
    u64 forced_count;              /* entries that the rollup has taken so far */
    u64 transactions, system_transactions;
    size_t *item_tx;               /* the position in the block of each item; ROLLUP_BLOCK_ABSENT: it was rolled back */
    size_t item_count;             /* of items in the block */
    /* private */
    struct rollup_block_build *build;
    struct machine machine;
    struct code_cache *codes;
    struct state *state;
    struct block_run run;
    bool is_open;
};

#define ROLLUP_BLOCK_ABSENT SIZE_MAX

/* Opens the block with its L1Context update. On failure there is nothing to close. */
enum err rollup_block_open(struct rollup_block *out, struct arena *arena, const struct rollup_block_input *in,
                           struct buffer *why) MUST_CHECK;

/* One item with what it reads; before it, the clock is raised to floor unless that is 0. On REJECT part of it is in the
 * block: rewind. */
enum err rollup_block_apply(struct rollup_block *b, size_t item, u64 floor) MUST_CHECK;

/* Undo of whole items. */
struct rollup_block_mark {
    struct block_mark run;
    size_t envelope_count, item_count;
    u64 transactions, system_transactions;
};
struct rollup_block_mark rollup_block_mark(struct rollup_block *b);
void rollup_block_rewind(struct rollup_block *b, const struct rollup_block_mark *mark);

/* Header, batch, transition and witness. */
enum err rollup_block_finish(struct rollup_block *b) MUST_CHECK;
/* The transition if its batch is published there. */
struct transition rollup_block_transition(const struct rollup_block *b, const struct published_data *data,
                                          struct arena *scratch);

/* All of it: opens, applies every item of the plan, finishes. */
enum err rollup_block_build(struct rollup_block *out, struct arena *arena, const struct rollup_block_input *in,
                            struct buffer *why) MUST_CHECK;
void rollup_block_close(struct rollup_block *b);

#endif
