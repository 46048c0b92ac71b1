/* remote_source - rollups from a remote L1 (derive/derive.h), block by block as it is proved (l1_reader.h).
 *
 *     TRY(derive_l1_open(&l1, memory, &config));              the node, and where blobs are
 *     const struct derive_source source = derive_l1_source(l1);
 *     TRY(derive_open(&d, .., &source));                      from genesis, or where it was kept (derive_persist.h)
 *     TRY(derive_l1_read(l1, &d, &after));                    up to what is the head now
 *
 * A reorganization on the way, or since `after` was read: what the lost blocks did is undone (derive_rewind), and
 * reading goes on from the youngest step that is still in the chain, or else from the first block.
 * REJECT_L1_REORGANIZED when that happens again and again, or when it reaches below what can be undone.
 *
 * When it returns an error, the derivation holds what all blocks before the one that failed have led to.
 *
 * Memory: that of the reader and of the derivation. Errors: those of l1_reader.h and derive.h; derive_l1_why() has the
 * sentence. */
#ifndef DERIVE_REMOTE_SOURCE_H
#define DERIVE_REMOTE_SOURCE_H

#include "derive/derive.h"
#include "derive/l1_blobs.h"
#include "derive/l1_reader.h"

struct derive_l1;

struct derive_l1_config {
    const char *url;
    u64 chain_id;
    struct l1_blobs_config blobs;
    /* Where reading begins, at the latest where the first rollup was registered. Not has_first_block: the node is asked
     * for the registrations (eth_getLogs); its answer determines only where reading begins. */
    bool has_first_block;
    u64 first_block;
    /* After each block that was read: the derivation reflects all of them, and may be persisted (derive_persist.h).
     * May be NULL. */
    enum err (*after)(void *context, const struct l1_place *at, const struct l1_place *head);
    void *context;
};

/* *out is also set on failure, for why. */
enum err derive_l1_open(struct derive_l1 **out, const struct memory *memory,
                        const struct derive_l1_config *config) MUST_CHECK;
void derive_l1_close(struct derive_l1 *l); /* after the derivation */
const char *derive_l1_why(const struct derive_l1 *l);
struct derive_source derive_l1_source(struct derive_l1 *l);

/* From the child of `after` on; NULL: from the first block. */
enum err derive_l1_read(struct derive_l1 *l, struct derivation *d, const struct l1_place *after) MUST_CHECK;
/* The last block of L1 that was read whole, and is what the derivation has come to; all zero: none. */
struct l1_place derive_l1_at(const struct derive_l1 *l);

#endif
