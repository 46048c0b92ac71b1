/* batch - consecutive blocks of a rollup as the bytes that are published on L1.
 *
 *   batch = version:1 || rlp([ block, ... ])      version 1: not compressed
 *   block = [ timestamp, [ transaction, ... ] ]   transaction: its envelope as a string, system ones included
 *
 * Only what cannot be derived is in it: number, gas limit, coinbase, base fee and roots follow from the parent,
 * the rules and execution. From the batch, the genesis and the settled bundles anybody rebuilds the rollup.
 *
 * Memory: a decoded batch points into the bytes given, its lists live in the arena.
 * Errors: REJECT_BATCH with nothing decoded. Bounded: a batch has at most BATCH_BLOCKS_MAX blocks, and every list is
 * counted before it is made. docs/protocol.md section 11. */
#ifndef VERIFY_BATCH_H
#define VERIFY_BATCH_H

#include "base/buffer.h"
#include "base/err.h"

enum { BATCH_VERSION = 1, BATCH_BLOCKS_MAX = 4096 };

struct batch_block {
    u64 timestamp; /* seconds */
    const struct bytes *envelope;
    u32 envelope_count;
};

struct batch {
    struct batch_block *block;
    u32 block_count;
};

void batch_encode(struct buffer *out, const struct batch *b);
enum err batch_decode(struct batch *out, struct arena *arena, struct bytes encoded) MUST_CHECK;

#endif
