/* derive - the rollups, out of L1 alone.
 *
 *   genesis of a rollup ------------------------------------------------+
 *   L1: RollupRegistered  --- its hash, root and rules must be these <--+
 *       Settled           --> the bundle's transaction --> data: calldata, or blobs under its versioned hashes
 *                             --> batch --> blocks, executed again --> the hash, root and mailboxes that settled
 *
 * Whoever calls hands over L1's transactions in order, with their logs, and the blobs of those that carry any. What
 * the provers attested is not asked: everything is computed, and compared with what L1 settled.
 *
 * A rollup whose data is bad stops there, with its last good block, an error by name and a sentence; the others go on.
 * Memory: the derivation's own, until derive_close; bounded by the limits of a batch (verify/batch.h) for each bundle.
 * docs/data.md, docs/protocol.md section 11. */
#ifndef BUILDER_DERIVE_H
#define BUILDER_DERIVE_H

#include "builder/calldata.h"
#include "builder/genesis.h"
#include "builder/ledger.h"
#include "crypto/kzg.h"
#include "verify/rollup.h"

struct derived_rollup {
    struct rollup_rules rules;
    struct ledger ledger;     /* its head is the last good block */
    bool is_registered;
    u64 bundles;              /* settled ones that it took part in */
    u64 batch_bytes, blobs;   /* that were read for it */
    u64 transactions;
    enum err error;           /* OK: as far as L1 was read */
    const char *why;          /* the sentence to it */
};

struct derivation {
    struct arena arena;
    const struct memory *memory;
    struct code_cache *codes;
    address shared_bridge;
    hash32 topic_registered, topic_settled;
    struct derived_rollup *rollup; /* ascending by chain id */
    size_t rollup_count;
    struct kzg_setup *kzg;         /* NULL: no blobs so far */
    u64 foreign;                   /* settlements of rollups that nobody asked for */
};

/* The genesis blocks are made. On failure nothing is to be closed. */
enum err derive_open(struct derivation *d, const struct memory *memory, u64 l1_chain_id, const address *shared_bridge,
                     const struct rollup_genesis *genesis, size_t count) MUST_CHECK;
void derive_close(struct derivation *d);

/* A transaction of L1 that succeeded. blob: those of the transaction, in order; NULL where they are not to be had. */
struct l1_transaction {
    u64 block_number;
    const struct tx *tx;
    const struct log *log;
    u32 log_count;
    const struct kzg_blob *blob;
    size_t blob_count;
};
/* FAULT_* of the machine; what is wrong with a rollup's data is in its error. */
enum err derive_transaction(struct derivation *d, const struct l1_transaction *t) MUST_CHECK;

/* The first rollup that stopped; NULL: none. */
const struct derived_rollup *derive_failed(const struct derivation *d);

#endif
