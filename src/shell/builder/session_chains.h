/* session_chains - the chains of a session as ledgers: for a store, for comparisons, and to undo a slot.
 *
 * Index 0 is L1, i + 1 the i-th rollup in ascending order of chain ids. Ledgers live until
 * session_close. */
#ifndef BUILDER_SESSION_CHAINS_H
#define BUILDER_SESSION_CHAINS_H

#include "builder/session.h"
#include "ledger/ledger.h"

/* L1 and the rollups. */
size_t session_chain_count(const struct session *s);
struct ledger *session_ledger_at(struct session *s, size_t chain);
/* NULL if there is no such chain; else *chain, unless NULL, is its index. */
struct ledger *session_ledger(struct session *s, u64 chain_id, size_t *chain);

/* The account that pays for bundles. */
const address *session_builder(const struct session *s);

/* Drops all blocks above head[i] of each chain, and all work. Only for a session with a local L1. */
void session_reset(struct session *s, const u64 *head);

#endif
