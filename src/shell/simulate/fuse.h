/* fuse - which gas it was that Fuse() stands for (docs/protocol.md section 7): that of an operation which used half of
 * its gas limit, that of a handled call which did, or what an abort took. */
#ifndef SIMULATE_FUSE_H
#define SIMULATE_FUSE_H

#include "evm/evm.h"

struct buffer;

/* What was seen of a step on L1. */
struct fuse_cause {
    u32 aborted;       /* the selector of the first abort; 0: none */
    u64 used, limit;   /* of the last frame that a fuse measures: an operation's, or the target of a handled call */
    u64 from_chain;    /* whose call that was; 0: an operation */
    address to;
};

/* The bridge called the abort precompile with this. */
void fuse_saw_abort(struct fuse_cause *f, struct bytes input);
/* Adds why SharedBridge ended so, if an abort or the fuse is the reason. False: neither is. */
bool fuse_explain(const struct fuse_cause *f, struct buffer *why, enum halt halt, struct bytes output);

#endif
