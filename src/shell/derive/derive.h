/* derive - the rollups, out of L1 alone.
 *
 *   genesis of a rollup ------------------------------------------------+
 *   L1: RollupRegistered  --- its hash, root and rules must be these <--+
 *       Published         --> remembered: a later bundle may name it
 *       Settled           --> the bundle's calldata --> data: calldata, or blobs under its versioned hashes
 *                             --> batch --> blocks, executed again --> the hash and root that settled
 *                             --> mailboxes, anchor, plan --> the statement that settled
 *
 * The caller passes L1's transactions in order, with their logs (derive_transaction), and provides what they do not
 * contain (struct derive_source): blobs, internal calls, transactions of earlier blocks. Attestations are ignored:
 * everything is recomputed, and compared with what L1 settled.
 *
 * A rollup with bad data stops at its last good block, with an error by name and a message; the others continue.
 *
 * Reorgs of L1 are followed by derive_rewind, as far back as steps are stored.
 *
 * Memory: the derivation's own, until derive_close; bounded by the limits of a batch (verify/batch.h) for each bundle.
 * docs/data.md, docs/protocol.md section 11. */
#ifndef DERIVE_DERIVE_H
#define DERIVE_DERIVE_H

#include "bridge/calldata.h"
#include "bridge/genesis.h"
#include "crypto/kzg.h"
#include "ledger/ledger.h"
#include "verify/rollup.h"

/* --- L1, as it is handed over --- */

struct l1_place {
    u64 number;
    u64 timestamp; /* seconds */
    hash32 hash;
    hash32 parent_hash;
};

/* A transaction that succeeded. */
struct l1_transaction {
    struct l1_place block;
    u32 index;
    const struct tx *tx;
    const struct log *log;
    u32 log_count;
};

/* A blob that a transaction of L1 carried, and who says whether something is it. */
struct wanted_blob {
    struct l1_place block;
    const struct tx *tx;
    hash32 versioned_hash;
    enum err (*judge)(void *context, const struct kzg_blob *blob);
    void *context;
};

/* What a transaction and its logs do not tell. Each function leaves a sentence for why() when it fails. */
struct derive_source {
    void *context;
    /* OK: one that judge took is in *out. REJECT_BLOB_PROOF: all that was found are others. FAULT_BLOB_MISSING. */
    enum err (*blob)(void *context, struct kzg_blob *out, const struct wanted_blob *wanted);
    /* The calldata of each call to the bridge within t that was not undone, in order. FAULT_NO_TRACE: it cannot tell.
     */
    enum err (*calls)(void *context, struct arena *arena, const struct bytes **calldata, size_t *count,
                      const struct l1_transaction *t);
    /* A transaction of a block that was handed over before. */
    enum err (*transaction)(void *context, struct arena *arena, struct l1_transaction *out,
                            const struct l1_place *block, u32 index);
    const char *(*why)(void *context);
};

/* --- the rollups --- */

struct derived_rollup {
    const struct rollup_rules *rules;
    struct ledger *ledger;    /* its head is the last good block */
    bool is_registered;
    u64 bundles;              /* settled ones that it took part in */
    u64 batch_bytes, blobs;   /* that were read for it */
    u64 transactions;
    enum err error;           /* OK: as far as L1 was read */
    const char *why;          /* the sentence to it */
};

struct derive_step;
struct derive_published;

struct derivation {
    struct arena arena;
    const struct memory *memory;
    struct code_cache *codes;
    struct derive_source source;
    address shared_bridge;
    hash32 topic_registered, topic_settled, topic_published;
    struct derived_rollup *rollup; /* ascending by chain id */
    size_t rollup_count;
    struct kzg_setup *kzg;         /* NULL: no blobs so far */
    struct derive_step *step;      /* what L1 did, the youngest first */
    struct derive_step *free_step;
    struct derive_published *published;
    bool reaches_genesis;          /* the steps that are kept do */
    u64 foreign;                   /* settlements of rollups that are not derived */
};

/* From genesis, which is made here. On failure nothing is to be closed. */
enum err derive_open(struct derivation *d, const struct memory *memory, u64 l1_chain_id, const address *shared_bridge,
                     const struct rollup_genesis *genesis, size_t count, const struct derive_source *source) MUST_CHECK;
void derive_close(struct derivation *d);

/* FAULT_* of the machine or of the source, but for what is missing of a rollup's data alone: that, and what is wrong
 * with it, is in the rollup's error. */
enum err derive_transaction(struct derivation *d, const struct l1_transaction *t) MUST_CHECK;

/* Whether a block with these logs may hold anything for a derivation: bridge and topics. */
bool derive_may_follow(const struct derivation *d, const struct bloom *bloom);

/* The youngest block of L1 below `number` that changed something here; false: there is none that is kept. */
bool derive_last_step(const struct derivation *d, struct l1_place *out, u64 below);
/* Undoes what L1's blocks above `number` did. */
void derive_rewind(struct derivation *d, u64 number);
/* Forgets how to undo what is up to `number`: those blocks are final. */
void derive_forget(struct derivation *d, u64 number);

/* L1 was read up to block `number`, all of it: a rollup that it has not registered by then is stopped, REJECT_GENESIS.
 */
void derive_conclude(struct derivation *d, u64 number);

/* The first rollup that stopped; NULL: none. */
const struct derived_rollup *derive_failed(const struct derivation *d);

#endif
