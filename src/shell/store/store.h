/* store - a session's chains on disk, so that a run resumes after its process was killed.
 *
 *   meta     version; position and mark: the caller's own state; session: pending work and what an L1 reorg may undo
 *            (builder/session_persist.h); l1: chain id of a remote L1, and the block at which the mirror begins
 *   blocks   (chain id, number) -> block            of L1 and of each rollup
 *   receipts (chain id, number) -> receipts of the block (ledger.h)
 *   sidecars (chain id, number) -> blobs and their proofs       of a block with a blob transaction of this builder
 *   heads    chain id -> number of the head
 *   nodes    hash -> trie node, RLP                 state and storage of every block
 *   codes    hash -> code
 *   outbox   ordinal -> transactions sent to a remote L1 since the last commit (remote_l1/outbox.h)
 *   rows     key -> value, the caller's own: what it has put into the next commit, or written between commits
 *
 * The format is LMDB. store_commit is one synced transaction: after a kill at any moment either all of it is stored or
 * none, and earlier commits are intact. So position, blocks and state never disagree: work is repeated from the
 * position on, and takes effect once. When the map is full, its size is doubled and the transaction repeated.
 *
 * A remote L1 is not stored and does not roll back to the commit. Each transaction to it is stored in the outbox first,
 * in a database transaction of its own; the commit that contains its result empties the outbox.
 *
 * A session is opened as without a store (genesis, contracts); its blocks must be the first ones of the store,
 * otherwise the store is another session's. store_restore then appends the rest, and lets the state be read from the
 * store, node by node, each checked against its hash.
 *
 * One process at a time: a lock on the folder, which the system releases when the process dies.
 * Threads: one, except for the functions of the last section in a store that is shared.
 * Memory: returned bytes are valid until the next call, the position until store_close.
 * Errors, with a message in the complaint: FAULT_IO; FAULT_STORE_BUSY; REJECT_NOT_A_STORE: not a database, or one of
 * another program; REJECT_STORE_VERSION; REJECT_STORE_MISMATCH: of another scenario, configuration or L1;
 * REJECT_STORE_CORRUPT. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "builder/session.h"
#include "io/complaint.h"
#include "remote_l1/outbox.h"

enum { STORE_VERSION = 5, STORE_NODE_MAX = 4096 };

struct store;

struct store_config {
    const char *folder;      /* created if it does not exist; outlives the store and the complaint */
    size_t first_map_bytes;  /* 0: 16 MiB */
    bool is_shared;          /* by threads: the map has its largest size at once, since it cannot grow under readers */
    const struct memory *memory;
};

enum err store_open(struct store **out, struct complaint *complaint, const struct store_config *config) MUST_CHECK;
void store_close(struct store *s); /* after the session */

/* What the last commit stored; empty: there was none. */
struct bytes store_position(const struct store *s);
struct bytes store_session(const struct store *s);

/* Stored between two commits, for what the next process must not repeat; a commit deletes it. Synced. */
enum err store_mark(struct store *s, struct complaint *complaint, struct bytes mark) MUST_CHECK;
struct bytes store_marked(const struct store *s);

/* Joins a remote L1 whose head is this block: *first is where the mirror begins. REJECT_STORE_MISMATCH: the store
 * is of another L1, or of one of the session's own. */
enum err store_join_l1(struct store *s, struct complaint *complaint, u64 *first, u64 chain_id, u64 head) MUST_CHECK;
struct outbox *store_outbox(struct store *s);

/* After session_open, when there was a commit. */
enum err store_restore(struct store *s, struct complaint *complaint, struct session *session) MUST_CHECK;

/* All that is new since the last commit, and the position, at once. Not within a slot. */
enum err store_commit(struct store *s, struct complaint *complaint, struct session *session,
                      struct bytes position) MUST_CHECK;

/* The same for ledgers without a session (scope derive), at most so many, each time in the same order: what they hold
 * themselves must be the first blocks of the store. */
enum { STORE_LEDGERS_MAX = 1024 };
enum err store_restore_ledgers(struct store *s, struct complaint *complaint, struct ledger *const *ledger,
                               size_t count) MUST_CHECK;
enum err store_commit_ledgers(struct store *s, struct complaint *complaint, struct ledger *const *ledger, size_t count,
                              struct bytes position) MUST_CHECK;

/* --- rows --- */

/* Part of the next commit; copied. The later one of a key counts. */
void store_put_row(struct store *s, struct bytes key, struct bytes value);
void store_delete_row(struct store *s, struct bytes key);
bool store_has_put(const struct store *s);
/* Each row whose key begins with the prefix, by key; it may not write. */
enum err store_each_row(struct store *s, struct complaint *complaint, struct bytes prefix,
                        enum err (*each)(void *context, struct bytes key, struct bytes value),
                        void *context) MUST_CHECK;

/* --- any thread, if the store is shared --- */

/* Rows at once, synced; value.ptr NULL: deleted. */
struct store_row {
    struct bytes key, value;
};
enum err store_write_rows(struct store *s, struct complaint *complaint, const struct store_row *row,
                          size_t count) MUST_CHECK;
/* *found false: there is none. The value is copied to the arena. */
enum err store_read_row(struct store *s, struct arena *arena, bool *found, struct bytes *value,
                        struct bytes key) MUST_CHECK;
/* A trie node of any chain, as the last commits have it, checked against its hash. FAULT_STATE_MISSING: there is none;
 * REJECT_STORE_CORRUPT: it is not the node of that hash. */
enum err store_read_node(struct store *s, u8 out[STORE_NODE_MAX], size_t *len, const hash32 *hash) MUST_CHECK;

#endif
