/* bundles - the bundles that have settled, the newest BUNDLES_MAX: what each held, cost and left in the mailboxes.
 *
 * Threads: the caller's lock. Memory: a ring, and one piece for each bundle. */
#ifndef DEVNET_BUNDLES_H
#define DEVNET_BUNDLES_H

#include "builder/report.h"

enum { BUNDLES_MAX = 4096 };

struct bundle_rollup {
    u64 chain_id, first_block, last_block, gas_used, transactions, system_transactions, data_bytes, attestations;
    hash32 block_hash, state_root, statement;
};

struct bundle_record {
    hash32 hash;               /* of the L1 transaction */
    u64 block_number, timestamp, gas_used;
    size_t tx_bytes;           /* of that transaction, without a sidecar */
    bool is_in_blobs;
    u64 blob_count;
    u256 data_wei, other_wei;  /* what it was estimated to cost where its data is, and in the other place */
    const hash32 *work;        /* the transactions and operations in it */
    size_t work_count;
    const struct pair_report *pair;
    size_t pair_count;
    const struct bundle_rollup *rollup;
    size_t rollup_count;
    size_t call_count;         /* scoped calls */
};

struct bundles;

struct bundles *bundles_open(const struct memory *memory);
void bundles_close(struct bundles *b);
/* Copied. */
void bundles_add(struct bundles *b, const struct bundle_record *r);
/* NULL: not known. */
const struct bundle_record *bundles_find(const struct bundles *b, const hash32 *hash);
/* The newest is 0; NULL: there are not so many. */
const struct bundle_record *bundles_at(const struct bundles *b, size_t age);
/* How many there were so far; those that were forgotten count. */
u64 bundles_added(const struct bundles *b);
/* Forgets those in blocks of L1 above a number. */
void bundles_forget_above(struct bundles *b, u64 block_number);

/* In the arena. */
void bundle_copy(struct bundle_record *out, struct arena *arena, const struct bundle_record *r);

#endif
