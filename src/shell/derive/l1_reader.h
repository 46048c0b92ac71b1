/* l1_reader - the blocks of a remote L1, in order up to a pinned head; everything in them is proved.
 *
 *     pin:      the block that the node calls the latest
 *     headers   n, n+1, .. 100 in a request: rebuilt, hashed, each naming the one before
 *                  |  its bloom does not match: the next one
 *                  v
 *     block     transactions under the transactions root, receipts under the receipts root
 *     ..        until the head, which must have the hash that was pinned
 *
 * So the blocks are proved when l1_reader_next reports the end, and not before.
 *
 * A chain that is reorganized meanwhile: REJECT_L1_REORGANIZED. The caller undoes blocks that are no longer there
 * (l1_reader_has), pins anew and goes on from the last one that is (l1_reader_go).
 *
 * Memory: its own; a block that was handed out lives until the next one. Bounded by the largest answer of a node
 * (rpc_client.h), whatever the chain's length.
 * Errors: REJECT_L1_HEADER where the node lies; REJECT_RPC, and those of rpc_client.h, where it does not answer.
 * l1_reader_why() has the sentence. */
#ifndef DERIVE_L1_READER_H
#define DERIVE_L1_READER_H

#include "chain/receipt.h"
#include "derive/derive.h"

struct l1_reader;

struct l1_reader_config {
    const char *url;
    u64 chain_id; /* that it must be: REJECT_L1_CHAIN */
    /* Whether a block with such a bloom is looked at. */
    bool (*looks)(void *context, const struct bloom *bloom);
    void *context;
};

/* *out is also set on failure, for why. */
enum err l1_reader_open(struct l1_reader **out, const struct memory *memory,
                        const struct l1_reader_config *config) MUST_CHECK;
void l1_reader_close(struct l1_reader *r);
const char *l1_reader_why(const struct l1_reader *r);

/* Pins what the node calls the latest block. */
enum err l1_reader_pin(struct l1_reader *r, struct l1_place *head) MUST_CHECK;

/* The next block is `number`, whatever its parent is. */
void l1_reader_begin(struct l1_reader *r, u64 number);
/* The next block is the child of this one. */
void l1_reader_go(struct l1_reader *r, const struct l1_place *after);
/* Whether the node's chain has this block now. */
enum err l1_reader_has(struct l1_reader *r, bool *out, const struct l1_place *block) MUST_CHECK;

struct l1_block {
    struct l1_place place;
    const struct tx *tx;
    const struct rpc_receipt *receipt;
    u32 count;
};
/* The next block that is looked at; NULL: that was the head. */
enum err l1_reader_next(struct l1_reader *r, const struct l1_block **out) MUST_CHECK;
/* The last block whose header was read: as far as everything is linked. */
const struct l1_place *l1_reader_at(const struct l1_reader *r);

/* One block again, into the arena. */
enum err l1_reader_block(struct l1_reader *r, struct arena *arena, struct l1_block *out,
                         const hash32 *hash) MUST_CHECK;

/* The first block with a log like this, as the node says: believed no further than that reading begins there. topic[1]
 * may be any of count. false: there is none. */
enum err l1_reader_find(struct l1_reader *r, bool *found, u64 *number, const address *at, const hash32 *topic,
                        const hash32 *one_of, size_t count) MUST_CHECK;

/* The calldata of each call to `at` within a transaction that was not undone, in order, as debug_traceTransaction
 * tells. It is not proved by anything. FAULT_NO_TRACE: the node has no such method, or no trace of it. */
enum err l1_reader_calls(struct l1_reader *r, struct arena *arena, const struct bytes **calldata, size_t *count,
                         const hash32 *tx_hash, const address *at) MUST_CHECK;

#endif
