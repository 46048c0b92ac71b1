/* batch - consecutive blocks of a rollup as the bytes that are published on L1.
 *
 *   batch   = version:1 || deflate(content)         version 2
 *   content = rlp([ block, ... ])                   at most 16 MiB
 *   block   = [ timestamp, [ transaction, ... ] ]   transaction: its envelope as a string, system ones included
 *
 * Only what cannot be derived is in it: number, gas limit, coinbase, base fee and roots follow from the parent,
 * the rules and execution. From the batch, the genesis and the settled bundles anyone can rebuild the rollup.
 *
 * There is no form without compression: DEFLATE has stored blocks, five bytes in 65535, for what does not shrink.
 * Compressing is the shell's (io/deflate.h); the kernel only reads.
 *
 * Memory: a decoded batch lives in the arena: its content, and lists of at most 16 bytes for each byte of it.
 * Errors: REJECT_BATCH_VERSION; REJECT_DEFLATE_*; REJECT_TOO_LONG for content above BATCH_CONTENT_MAX; REJECT_BATCH for
 * content that is not of this form. Bounded: at most BATCH_BLOCKS_MAX blocks, and every list is counted before it is
 * made. docs/data.md */
#ifndef VERIFY_BATCH_H
#define VERIFY_BATCH_H

#include "base/buffer.h"
#include "base/err.h"

enum { BATCH_VERSION = 2, BATCH_BLOCKS_MAX = 4096, BATCH_CONTENT_MAX = 1 << 24 };

struct batch_block {
    u64 timestamp; /* seconds */
    const struct bytes *envelope;
    u32 envelope_count;
};

struct batch {
    struct batch_block *block;
    u32 block_count;
};

/* The content, not compressed. */
void batch_encode(struct buffer *out, const struct batch *b);
/* The batch as it is published: version and stream. */
enum err batch_decode(struct batch *out, struct arena *arena, struct bytes encoded) MUST_CHECK;

#endif
