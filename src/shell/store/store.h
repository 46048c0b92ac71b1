/* store - a session's chains on disk, so that a process that was killed goes on where it was.
 *
 *   meta     version; position and mark: what the caller keeps with them, about its own work; session: work that waits
 *            and what L1 may take back (builder/session_persist.h);
 *            l1: id of an L1 of others, and the block to begin at
 *   blocks   (chain id, number) -> block            of L1 and of each rollup
 *   sidecars (chain id, number) -> blobs and their proofs       of a block with a blob transaction of ours
 *   heads    chain id -> number of the head
 *   nodes    hash -> trie node, RLP                 state and storage of every block
 *   codes    hash -> code
 *   outbox   ordinal -> what was sent to an L1 of others since the last commit (remote_l1/outbox.h)
 *
 * It is LMDB. store_commit is one transaction, synced: after a kill at any moment all of it is there or none, and what
 * was there before is whole. So the position, the blocks and the state never disagree: work is done again from the
 * position on, and done once. When the map is full it is doubled, and the transaction made again.
 *
 * An L1 of others is not in it, nor does it go back to where the commit was. What goes out there is in the outbox
 * before, a transaction of its own each; the commit that holds what came of it empties the outbox.
 *
 * A session is opened as ever (genesis, contracts); its blocks must be the first ones of the store, or the store is
 * another session's. store_restore then appends the rest, and has the state read from here, node by node, each checked
 * against its hash.
 *
 * One process at a time: a lock on the folder, which the system takes back from a process that dies.
 * Memory: what is handed out lives until the next call, the position until store_close.
 * Errors: FAULT_IO, FAULT_STORE_BUSY, REJECT_STORE (not a store, another version, another session, damaged); the
 * complaint has the sentence. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "builder/session.h"
#include "io/complaint.h"
#include "remote_l1/outbox.h"

enum { STORE_VERSION = 4 };

struct store;

struct store_config {
    const char *folder;      /* is made if it is not there; outlives the store and the complaint */
    size_t first_map_bytes;  /* 0: 16 MiB */
    const struct memory *memory;
};

enum err store_open(struct store **out, struct complaint *complaint, const struct store_config *config) MUST_CHECK;
void store_close(struct store *s); /* after the session */

/* What the last commit kept; empty: there was none. */
struct bytes store_position(const struct store *s);
struct bytes store_session(const struct store *s);

/* Between two commits, for what the next process is not to do again; a commit takes it away. Synced. */
enum err store_mark(struct store *s, struct complaint *complaint, struct bytes mark) MUST_CHECK;
struct bytes store_marked(const struct store *s);

/* An L1 of others is joined, whose head is this block: *first is where the mirror is to begin. REJECT_STORE: the store
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

#endif
