/* witnesses - what provers were asked about the newest rollup blocks that settled: their witness and published data.
 *
 *   a slot asks provers -------> witnesses_propose   one per rollup; a later attempt of the slot takes its place
 *   the bundle has settled ----> witnesses_settle    the proposals of its statements; all others are forgotten
 *
 * The newest WITNESSES_MAX are there, as far as they take at most WITNESSES_BYTES_MAX. They are not persisted: a
 * witness follows from the blocks, and is large.
 *
 * Threads: the caller's lock, but for proposals, which are the builder's thread's alone. Memory: one piece each. */
#ifndef DEVNET_WITNESSES_H
#define DEVNET_WITNESSES_H

#include "base/arena.h"
#include "devnet/bundles.h"

enum { WITNESSES_MAX = 4096, WITNESSES_BYTES_MAX = 1 << 27 };

struct witness_record {
    u64 chain_id, first_block, last_block;
    hash32 statement;
    hash32 bundle;         /* the L1 transaction that settled it, */
    u64 bundle_block;      /* and its block */
    struct bytes request;  /* prover/request.h */
};

struct witnesses;

struct witnesses *witnesses_open(const struct memory *memory);
void witnesses_close(struct witnesses *w);
/* Copied. */
void witnesses_propose(struct witnesses *w, u64 chain_id, const hash32 *statement, struct bytes request);
/* settled NULL: the slot settled nothing. */
void witnesses_settle(struct witnesses *w, const struct bundle_record *settled);
/* In the arena; false: it is not there. */
bool witnesses_find(const struct witnesses *w, struct arena *arena, struct witness_record *out, u64 chain_id,
                    u64 block_number);
/* Forgets those that settled in blocks of L1 above a number. */
void witnesses_forget_above(struct witnesses *w, u64 l1_block_number);

#endif
