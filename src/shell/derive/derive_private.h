/* derive_private - what derive.c (L1's logs, steps, undoing), derive_bundle.c (one rollup's part of a bundle) and
 * derive_statement.c (what settled, made again) share.
 */
#ifndef DERIVE_DERIVE_PRIVATE_H
#define DERIVE_DERIVE_PRIVATE_H

#include "derive/derive.h"

/* What the event Settled says. */
struct settled {
    hash32 block_hash, state_root, da_hash, statement;
    u64 first_block, last_block;
};

/* What a rollup was before a block of L1 changed it. */
struct derive_step {
    struct derive_step *older;
    struct l1_place block;
    struct derived_rollup *rollup;
    struct derived_rollup before;
    u64 head;
};

/* The step at which a rollup stopped: its youngest, for nothing is handed to it afterwards. NULL: it did not stop. */
const struct derive_step *derive_stop(const struct derivation *d, const struct derived_rollup *r);

/* Where data was published ahead of its bundle. The same data may be there several times. */
struct derive_published {
    struct derive_published *older;
    struct l1_place block;
    u32 index;
    u32 rollup; /* index of whose data it is */
    u64 last_block;
    hash32 da_hash;
};

/* The rollup's blocks of a bundle: found, executed, compared, appended. What is left of them when that fails is the
 * caller's to drop. *source_failed: the error is not the data's. */
enum err derive_bundle(struct derivation *d, struct derived_rollup *r, struct arena *arena,
                       const struct l1_transaction *t, const struct settled *s, bool *source_failed) MUST_CHECK;

/* That what was derived, and the call that brought it, give the statement of the event. parent_forced: the hash chain
 * of the forced queue before these blocks. */
enum err derive_statement(const struct derivation *d, const struct derived_rollup *r, struct arena *arena,
                          const struct l1_place *block, struct bytes calldata, const struct settled *s,
                          const hash32 *parent_forced) MUST_CHECK;

#endif
