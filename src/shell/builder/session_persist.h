/* session_keep - what a session has beside its chains, as bytes for a store: so that work which waits is not lost, and
 * what L1 may still take back can be taken back by the next process, too.
 *
 *     rlp([ [registry, bridge, verifier, attester, ..], work count, sent,
 *           [ [handle, settled, attempts, work], .. ]                  work that waits, and that of the bundles below
 *           [ [L1 block, its hash, transaction, is bundle, parent or "",
 *               [first block, ..], [handle, ..]], .. ] ])     inclusions, the oldest first; parent: of a pinned bundle
 *
 *     work = rlp([ 0, chain, sender, creates, to, value, gas limit, data ])                  a transaction
 *            rlp([ 1, chain, sender, gas limit, deadline, submitter, [[to, value, data], ..] ])    an operation
 *
 * Keys are not in it: who takes it up knows them, by address. Inclusions deeper than KEPT_DEPTH blocks are left out; a
 * reorganization beyond is seen by session_check_heads. Handles stay what they were.
 *
 * Errors: REJECT_STORE, with session_error() for why. */
#ifndef BUILDER_SESSION_PERSIST_H
#define BUILDER_SESSION_PERSIST_H

#include "builder/session.h"

enum { KEPT_DEPTH = 64 };

struct work;

void session_keep(struct buffer *out, const struct session *s);
/* Into a session in which nothing was done yet. key_of: REJECT_STORE for an account that it does not know. */
enum err session_take_up(struct session *s, struct bytes kept,
                         enum err (*key_of)(void *context, hash32 *key, const address *at), void *context) MUST_CHECK;

/* What the set-up came to alone, before a session is opened on it. */
enum err session_kept_known(struct session_known *out, struct bytes kept) MUST_CHECK;
/* The first L1 block that the kept needs to be there: the oldest inclusion, or else the head. */
u64 session_first_needed(const struct session *s);

/* Whether each rollup's head is what SharedBridge has settled, on an L1 of others: REJECT_L1_REORGANIZED where L1 is
 * behind, REJECT_L1_AHEAD where it settled what is not here. */
enum err session_check_heads(struct session *s) MUST_CHECK;

/* A work's content as above: what is asked for, without what became of it. */
void work_encode(struct buffer *out, const struct work *w);

#endif
