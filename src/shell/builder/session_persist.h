/* session_persist - a session without its chains, as bytes for a store, so that the next process still has the pending
 * work and can undo what L1 reorgs.
 *
 *     rlp([ [registry, bridge, verifier, attester, ..], work count, lost bundle,
 *           [ [handle, settled, attempts, work], .. ]                  pending work, and that of the inclusions below
 *           [ [L1 block, its hash, transaction, is bundle, parent or "",
 *               [first block, ..], [handle, ..]], .. ] ])     inclusions, the oldest first; parent: of a pinned bundle
 *
 *     work = rlp([ 0, chain, sender, creates, to, value, gas limit, data ])                  a transaction
 *            rlp([ 1, chain, sender, gas limit, deadline, submitter, [[to, value, data], ..] ])    an operation
 *            rlp([ 2, chain, sender, envelope ])                              a transaction that its sender signed
 *            rlp([ 3, .. as 1, nonce, signature, [] or the authorization ])       an operation that its account signed
 *
 * Keys are not persisted: the caller of session_restore supplies them by address. Inclusions deeper than
 * PERSISTED_DEPTH blocks are left out; session_check_heads detects a deeper reorg. Handles keep their numbers.
 *
 * Errors, with the message in session_error(): REJECT_STORE_MISMATCH: of another session; REJECT_STORE_CORRUPT. */
#ifndef BUILDER_SESSION_PERSIST_H
#define BUILDER_SESSION_PERSIST_H

#include "builder/session.h"

enum { PERSISTED_DEPTH = 64 };

struct work;

void session_persist(struct buffer *out, const struct session *s);
/* Into a session in which nothing was done yet. key_of: REJECT_STORE_MISMATCH for an account that it does not know. */
enum err session_restore(struct session *s, struct bytes persisted,
                         enum err (*key_of)(void *context, hash32 *key, const address *at), void *context) MUST_CHECK;

/* The deployment alone, before a session is opened on it. */
enum err session_persisted_deployment(struct session_deployment *out, struct bytes persisted) MUST_CHECK;
/* The first L1 block that session_restore will need: that of the oldest persisted inclusion, or else the head. */
u64 session_first_required_block(const struct session *s);

/* Compares each rollup's head with the one that SharedBridge has settled on a remote L1: REJECT_L1_REORGANIZED where L1
 * is behind, REJECT_L1_AHEAD where it settled a block that is unknown here. */
enum err session_check_heads(struct session *s) MUST_CHECK;

/* A work as above: the request, without its outcome. */
void work_encode(struct buffer *out, const struct work *w);
/* The same of one that came signed, by its handle, and the other way: queued again. */
void session_persist_work(struct buffer *out, const struct session *s, u64 work);
enum err session_resume_work(struct session *s, u64 *work, struct bytes persisted) MUST_CHECK;

#endif
