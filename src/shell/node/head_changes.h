/* head_changes - what became of the canonical chain since a block was its head: for filters and subscriptions.
 *
 *     since --- x --- x                 removed: from since down to the block that both have
 *      \
 *       common --- o --- o --- head     added: from behind it up to the head
 *
 * A filter or subscription keeps `since` alone, and computes the rest from it whenever it is polled or served.
 * Memory: none. Blocks live as long as the chain. */
#ifndef NODE_HEAD_CHANGES_H
#define NODE_HEAD_CHANGES_H

#include "node/chain.h"

struct head_changes {
    const struct snapshot *at;
    const struct chain_block *removed; /* the next one that is no longer canonical; NULL: none */
    u64 added;                         /* the number of the next one that is */
};

struct head_changes head_changes(const struct snapshot *at, const struct chain_block *since);
/* Removed blocks, the newest first, then added ones, the oldest first. false: there are no more. */
bool head_changes_next(struct head_changes *c, const struct chain_block **out, bool *removed);

#endif
