/* forced - what became of an entry of a forced queue on its rollup, as the derived blocks have it.
 *
 *   block: update, takeForced(entry 0), its transaction, takeForced(entry 1), takeForced(entry 2), its transaction, ..
 *
 * A transaction follows the entry that carries it exactly if it is valid there (verify/rollup.h), so a block shows
 * which entries were skipped. docs/protocol.md section 14. */
#ifndef DERIVE_FORCED_H
#define DERIVE_FORCED_H

#include "derive/derive.h"

struct forced_outcome {
    u64 block;           /* of the rollup */
    bool is_transaction; /* a signed one, not a call from L1 */
    bool is_included;    /* always, of a call */
    bool success;
    hash32 tx_hash;      /* of a transaction */
    /* Why a transaction was skipped; OK: its nonce or its balance did not fit in that place, or it called another
     * chain. */
    enum err reason;
};

/* Needs the receipts of all blocks: a rollup that was derived from its genesis by this process. found: a block took it.
 * Errors: REJECT_ABI for a log that is not the event. Memory: arena, for the time of the call. */
enum err forced_find(struct forced_outcome *out, bool *found, struct arena *arena, const struct derived_rollup *r,
                     u64 index, const struct forced_entry *e) MUST_CHECK;

/* Why no block of a rollup would ever include the transaction of an entry: it is malformed, of another chain, not
 * signed, or needs more gas than the entry has. OK: it may be valid. Decodes into t, which lives in the arena. */
enum err forced_transaction_check(struct tx *t, struct arena *arena, const struct rollup_rules *rules,
                                  const struct forced_entry *e) MUST_CHECK;

#endif
