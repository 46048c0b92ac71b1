/* look - what the chains of a session hold, block by block: for reports, expectations and tests.
 *
 * Reads only. Memory: views into the session; blocks until the chain's next one, codes until session_close.
 * Errors: REJECT_UNKNOWN_CHAIN, also for a block that is not there; FAULT_STATE_MISSING. */
#ifndef BUILDER_QUERY_H
#define BUILDER_QUERY_H

#include "bridge/genesis.h"
#include "builder/session.h"
#include "ledger/ledger.h"
#include "state/state.h"

/* NULL when the chain has no such block. */
enum err session_block(struct session *s, const struct ledger_block **out, u64 chain_id, u64 number) MUST_CHECK;

/* How a rollup began. index: in ascending order of the chain ids; false: there are not so many. */
struct rollup_origin {
    const struct rollup_rules *rules;
    const struct genesis *genesis;
    const struct peer_config *peer;
    size_t peer_count;
};
bool session_rollup(const struct session *s, struct rollup_origin *out, size_t index);

/* The account as the state of a block has it: all zero, with the empty code's hash, where there is none. */
enum err session_account(struct session *s, struct account_leaf *out, u64 chain_id, u64 number,
                         const address *at) MUST_CHECK;

/* Its code; empty where there is none. */
enum err session_code(struct session *s, struct bytes *out, u64 chain_id, u64 number, const address *at) MUST_CHECK;

/* How many accounts there are after a block. */
enum err session_account_count(struct session *s, size_t *out, u64 chain_id, u64 number) MUST_CHECK;

/* How each rollup began, in the arena. */
const struct rollup_genesis *session_rollups(const struct session *s, struct arena *arena, size_t *count);

/* The block of L1 in which the first rollup was registered; false: it is not among those that the session holds. */
bool session_registered_at(const struct session *s, u64 *number);

/* The wei that a block of L1 burned: base fee and blob fee. */
enum err session_burned(struct session *s, u256 *out, u64 chain_id, u64 number) MUST_CHECK;

/* The wei of all accounts after a block. */
enum err session_total(struct session *s, u256 *out, u64 chain_id, u64 number) MUST_CHECK;

/* Each account that differs between two blocks of a chain, in the order of the keys (keccak256 of the address).
 * An account that is not there is the empty one. On an L1 of others: of the accounts that were ever looked at, in the
 * order in which they were. */
enum err session_changes(struct session *s, u64 chain_id, u64 before, u64 after,
                         enum err (*each)(void *context, const hash32 *key, const struct account_leaf *before,
                                          const struct account_leaf *after),
                         void *context) MUST_CHECK;

#endif
