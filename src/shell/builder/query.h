/* query - reads of a session's chains, at the head or block by block: for reports, expectations and tests.
 *
 * Nothing is changed. Memory: views into the session; blocks until the chain's next one, codes until session_close,
 * outputs of calls until the next slot. Errors: REJECT_UNKNOWN_CHAIN, also for a block that does not exist;
 * FAULT_STATE_MISSING. */
#ifndef BUILDER_QUERY_H
#define BUILDER_QUERY_H

#include "bridge/genesis.h"
#include "builder/session.h"
#include "ledger/ledger.h"
#include "state/state.h"

struct prover_config;

/* --- the head --- */

enum err session_head(struct session *s, u64 *number, hash32 *block_hash, hash32 *state_root, u64 chain_id) MUST_CHECK;
enum err session_balance(struct session *s, u256 *out, u64 chain_id, const address *at) MUST_CHECK;
enum err session_storage(struct session *s, u256 *out, u64 chain_id, const address *at, const u256 *key) MUST_CHECK;
/* A call at the head that changes nothing. *success false: output is the revert data. */
enum err session_call(struct session *s, bool *success, struct bytes *output, u64 chain_id, const address *from,
                      const address *to, const u256 *value, struct bytes data) MUST_CHECK;
/* The RemoteAccount that represents, on one chain, an account of another (deployed or not). */
enum err session_remote_account(struct session *s, address *out, u64 on_chain, u64 of_chain,
                                const address *account) MUST_CHECK;

/* The configuration that a prover of this session's rollups needs (prover/prover_config.h); borrowed from the
 * session. */
void session_prover_config(struct session *s, struct prover_config *out);

/* --- any block --- */

/* NULL when the chain has no such block. */
enum err session_block(struct session *s, const struct ledger_block **out, u64 chain_id, u64 number) MUST_CHECK;
/* The sidecar of an L1 block with its cell proofs, which are made at the first call; NULL: it has none. */
enum err session_sidecar(struct session *s, const struct sidecar **out, u64 number) MUST_CHECK;

/* A rollup's rules and genesis. index: in ascending order of chain ids; false: it is too high. */
struct rollup_origin {
    const struct rollup_rules *rules;
    const struct genesis *genesis;
    const struct peer_config *peer;
    size_t peer_count;
};
bool session_rollup(const struct session *s, struct rollup_origin *out, size_t index);

/* The account in the state of a block: all zero, with the empty code's hash, if it does not exist. */
enum err session_account(struct session *s, struct account_leaf *out, u64 chain_id, u64 number,
                         const address *at) MUST_CHECK;

/* Its code; may be empty. */
enum err session_code(struct session *s, struct bytes *out, u64 chain_id, u64 number, const address *at) MUST_CHECK;

/* The number of accounts after a block. */
enum err session_account_count(struct session *s, size_t *out, u64 chain_id, u64 number) MUST_CHECK;

/* The genesis of each rollup, in the arena. */
const struct rollup_genesis *session_rollups(const struct session *s, struct arena *arena, size_t *count);

/* The L1 block in which the first rollup was registered; false: the session does not hold it. */
bool session_registered_at(const struct session *s, u64 *number);

/* The wei that a block of L1 burned: base fee and blob fee. */
enum err session_burned(struct session *s, u256 *out, u64 chain_id, u64 number) MUST_CHECK;

/* The wei that went with a SELFDESTRUCT in a block; 0 of a block that was restored from a store. */
enum err session_destroyed(struct session *s, u256 *out, u64 chain_id, u64 number) MUST_CHECK;

/* The wei of all accounts after a block. */
enum err session_total(struct session *s, u256 *out, u64 chain_id, u64 number) MUST_CHECK;

/* Each account that differs between two blocks of a chain, in the order of the keys (keccak256 of the address); one
 * that does not exist is passed as the empty account. On a remote L1: only accounts that were fetched, in the order in
 * which they were. */
enum err session_changes(struct session *s, u64 chain_id, u64 before, u64 after,
                         enum err (*each)(void *context, const hash32 *key, const struct account_leaf *before,
                                          const struct account_leaf *after),
                         void *context) MUST_CHECK;

#endif
