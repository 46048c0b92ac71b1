/* store - a session's chains on disk, so that a process that was killed goes on where it was.
 *
 *   meta     version, and what the caller keeps with them (the position in its own work)
 *   blocks   (chain id, number) -> block            of L1 and of each rollup
 *   sidecars (chain id, number) -> blobs and their proofs       of a block with a blob transaction of ours
 *   heads    chain id -> number of the head
 *   nodes    hash -> trie node, RLP                 state and storage of every block
 *   codes    hash -> code
 *
 * It is LMDB. store_commit is one transaction, synced: after a kill at any moment all of it is there or none, and what
 * was there before is whole. So the position, the blocks and the state never disagree: work is done again from the
 * position on, and done once. When the map is full it is doubled, and the transaction made again.
 *
 * A session is opened as ever (genesis, contracts); its blocks must be the first ones of the store, or the store is
 * another session's. store_restore then appends the rest, and has the state read from here, node by node, each checked
 * against its hash.
 *
 * One process at a time: a lock on the folder, which the system takes back from a process that dies.
 * Memory: what is handed out lives until the next call, the position until store_close.
 * Errors: FAULT_IO, FAULT_STORE_BUSY, REJECT_STORE (not a store, another version, another session, damaged); the
 * complaint has the sentence. */
#ifndef NODE_STORE_H
#define NODE_STORE_H

#include "base/err.h"
#include "builder/session.h"
#include "io/complaint.h"

enum { STORE_VERSION = 2 };

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

/* After session_open, when there was a commit. */
enum err store_restore(struct store *s, struct complaint *complaint, struct session *session) MUST_CHECK;

/* All that is new since the last commit, and the position, at once. Not within a slot. */
enum err store_commit(struct store *s, struct complaint *complaint, struct session *session,
                      struct bytes position) MUST_CHECK;

#endif
