/* mempool - transactions that were accepted and are in no block yet, by sender and nonce.
 *
 *   sender A:  5 6 7 | 9        pending: without a gap from the account's nonce on; behind a gap: queued
 *   sender B:  0                another one of the same nonce replaces it for 10 % more, of both fees
 *
 * Who makes blocks removes what they took; on an imported chain it stays, and who lists the pool skips nonces below the
 * account's.
 * At most MEMPOOL_MAX transactions, MEMPOOL_SENDER_MAX of a sender; beyond that a new one is refused.
 *
 * Threads: each function takes the pool's lock. Memory: a copy of each transaction. */
#ifndef NODE_MEMPOOL_H
#define NODE_MEMPOOL_H

#include "base/err.h"
#include "chain/tx.h"
#include "codec/json_write.h"

enum { MEMPOOL_MAX = 8192, MEMPOOL_SENDER_MAX = 256 };

struct mempool;

struct mempool *mempool_open(const struct memory *memory);
void mempool_close(struct mempool *p);

/* Takes t, whose sender is known. NULL, or why not, in go-ethereum's words. */
const char *mempool_add(struct mempool *p, const struct tx *t);
/* The nonce behind the last one without a gap from `nonce` on. */
u64 mempool_next_nonce(struct mempool *p, const address *sender, u64 nonce);
/* The transaction with a hash, as JSON; false: there is none, and nothing is written. */
bool mempool_write_tx(struct mempool *p, struct json_writer *w, const hash32 *hash) MUST_CHECK;
/* The transaction with a hash, as an envelope in the arena; empty: there is none. */
struct bytes mempool_envelope(struct mempool *p, struct arena *arena, const hash32 *hash);
/* All of them, by sender and nonce; arrival grows with each that is added. t lives for the call. */
enum err mempool_each(struct mempool *p, enum err (*each)(void *context, const struct tx *t, u64 arrival),
                      void *context) MUST_CHECK;
/* The hash of a sender's transaction with a nonce; false: there is none. */
bool mempool_find(struct mempool *p, hash32 *hash, const address *sender, u64 nonce);
/* Removes it; hash: only if it has that hash, or NULL. */
void mempool_remove(struct mempool *p, const address *sender, u64 nonce, const hash32 *hash);
void mempool_clear(struct mempool *p);
u32 mempool_count(struct mempool *p);

/* Hashes of what was accepted, in that order: at most max of those behind number *after, which advances. Only the last
 * MEMPOOL_MAX are there. */
u32 mempool_arrivals(struct mempool *p, hash32 *out, u32 max, u64 *after);
/* How many have been accepted so far. */
u64 mempool_arrived(struct mempool *p);
/* Sets the observer of mempool_add; NULL: none. It is called on the sender's thread and must not block. */
void mempool_observe(struct mempool *p, void (*arrived)(void *context), void *context);

#endif
