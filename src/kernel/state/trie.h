/* trie - the Merkle Patricia tree of Ethereum (yellow paper appendix D), persistent.
 *
 *   root hash --> [ roots ] --> node --> node --> leaf         a tree is its root hash
 *                                 \                            an update makes new nodes along the changed
 *   new root ---> [ roots ] --> node' --'                      paths and shares the rest
 *
 * A struct trie_db holds the nodes of any number of trees: state and storage, of several heads and views. Old trees
 * stay readable until trie_collect drops what no retained root reaches. Nodes that are not in memory are loaded by hash
 * from a source (a witness, a store) when a path first reaches them; without one, a missing node is
 * FAULT_STATE_MISSING, never an empty answer. The source is trusted to return the preimage of the hash; if that is not
 * a trie node, REJECT_TRIE_NODE.
 *
 * Keys have at most TRIE_KEY_MAX bytes (node.h). They are hashed by the caller where the tree is "secure".
 *
 * Cost: an update sorts its changes, walks the tree once, creates each new node once, and then hashes
 * the new nodes level by level from the bottom, many at a time.
 * Memory: the db's own arenas. Bytes that it returns live until trie_collect or trie_db_release. */
#ifndef STATE_TRIE_H
#define STATE_TRIE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

struct trie_db;

struct node_source {
    /* *rlp need be valid only until the next call. FAULT_STATE_MISSING: it has none. */
    enum err (*node)(void *context, struct bytes *rlp, const hash32 *hash);
    void *context;
};

extern const hash32 trie_empty_root; /* keccak256(rlp("")) */

struct trie_db *trie_db_open(const struct memory *memory, const struct node_source *source /* or NULL */);
void trie_db_release(struct trie_db *db);

/* Absent: *found false. value points into the db. */
enum err trie_get(struct trie_db *db, bool *found, struct bytes *value, const hash32 *root,
                  struct bytes key) MUST_CHECK;

/* One change: an empty value deletes the key (and collapses branches, for which a sibling may be needed). */
struct trie_change {
    struct bytes key;
    struct bytes value;
};
/* The changes need not be sorted; a key twice is a bug. Keys and values are borrowed for the call. */
enum err trie_update(struct trie_db *db, hash32 *new_root, const hash32 *root, const struct trie_change *change,
                     size_t count) MUST_CHECK;

/* Several trees at once, so that their nodes are hashed together. On success each root is the new one; on failure none
 * has changed. */
struct trie_job {
    hash32 root;
    const struct trie_change *change;
    size_t count;
};
enum err trie_update_many(struct trie_db *db, struct trie_job *job, size_t count) MUST_CHECK;

/* --- walking --- */

/* The key next to `key` in order: the first above it, or the last below it. `key` itself need not be there, and
 * is never the answer. key_out has room for TRIE_KEY_MAX bytes. */
enum trie_side { TRIE_BELOW, TRIE_ABOVE };
enum err trie_neighbor(struct trie_db *db, bool *found, u8 *key_out, size_t *key_len, struct bytes *value,
                       const hash32 *root, struct bytes key, enum trie_side side) MUST_CHECK;

/* Each key and value in order. The callback may not change the db. */
enum err trie_each(struct trie_db *db, const hash32 *root,
                   enum err (*each)(void *context, struct bytes key, struct bytes value), void *context) MUST_CHECK;

/* --- what a store or a witness wants --- */

/* A point in the db's life. */
u32 trie_now(const struct trie_db *db);
/* Each node of the tree that was made after `since` (trie_now then), children before parents: what to write to
 * a store that has all that is older. The rlp lives for the call. */
enum err trie_made_since(struct trie_db *db, const hash32 *root, u32 since,
                         enum err (*each)(void *context, const hash32 *hash, struct bytes rlp),
                         void *context) MUST_CHECK;

/* Records each node that is read, by whatever function: the witness. Nodes made while recording is on are left out,
 * since who replays the same updates makes them himself; so record only what one view does. Turning it on discards
 * earlier records; turning it off keeps them. */
void trie_record(struct trie_db *db, bool on);
/* Calls back with each recorded node once. The rlp lives for the call. */
enum err trie_recorded(struct trie_db *db, enum err (*each)(void *context, const hash32 *hash, struct bytes rlp),
                       void *context) MUST_CHECK;

/* --- memory --- */

/* Bytes of nodes in memory, reachable or not; and whether they have doubled since the last trie_collect (and are
 * worth one): collecting when this says so costs a constant for each byte ever made. */
size_t trie_db_bytes(const struct trie_db *db);
bool trie_wants_collect(const struct trie_db *db);
/* Keeps the trees of these roots and those that their values link to, moves them together and gives back the rest:
 * time and memory follow what is kept. links, if not NULL, says which tree a value leads to (false: none).
 * Every other root is forgotten (a source may still know it). Not while recording. */
void trie_collect(struct trie_db *db, const hash32 *keep, size_t count,
                  bool (*links)(hash32 *root, struct bytes value));

/* --- without a db --- */

/* The root of rlp(index) -> item, for transactions, receipts and withdrawals. No item is empty. */
void trie_list_root(hash32 *root, struct arena *scratch, const struct bytes *item, size_t count);

/* --- proofs --- */

/* EIP-1186: the nodes from the root to key in order, copied to out, for presence and for absence. Embedded nodes stand
 * in their parents; an empty tree has no nodes. */
enum err trie_prove(struct trie_db *db, struct arena *out, struct bytes **node, size_t *count, const hash32 *root,
                    struct bytes key) MUST_CHECK;

/* Checks such a list, exactly: a node missing, left over or changed is REJECT_PROOF. An empty tree may be proved by no
 * node or by its root's preimage 0x80. value points into node or scratch. */
enum err trie_verify_proof(bool *found, struct bytes *value, const hash32 *root, struct bytes key,
                           const struct bytes *node, size_t count, struct arena *scratch) MUST_CHECK;

#endif
