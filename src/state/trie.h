/* trie - the Merkle Patricia tree of Ethereum (yellow paper appendix D), persistent and lazily hashed.
 *
 * A struct trie_db holds nodes; a tree is its root hash. Updates make new nodes along the path and leave
 * the old tree readable, so several views and several heads share one db. Nodes that are not in
 * memory are asked for by hash from a source (a witness, a store); where there is none, an absent node
 * is FAULT_STATE_MISSING and never an empty answer.
 *
 * Keys are hashed by the caller where the tree is "secure". */
#ifndef STATE_TRIE_H
#define STATE_TRIE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

struct trie_db;

struct node_source {
    enum err (*node)(void *context, struct bytes *rlp, const hash32 *hash);
    void *context;
};

extern const hash32 trie_empty_root; /* keccak256(rlp("")) */

struct trie_db *trie_db_open(const struct memory *memory, const struct node_source *source /* or NULL */);
void trie_db_release(struct trie_db *db);

/* Absent: *found false. value points into the db. */
enum err trie_get(struct trie_db *db, bool *found, struct bytes *value, const hash32 *root, struct bytes key) MUST_CHECK;

/* One change: an empty value deletes the key (and collapses branches, for which a sibling may be needed). */
struct trie_change {
    struct bytes key;
    struct bytes value;
};
/* The changes need not be sorted; a key twice is a bug. */
enum err trie_update(struct trie_db *db, hash32 *new_root, const hash32 *root, const struct trie_change *change, size_t count) MUST_CHECK;

/* Calls back with each node that was read since recording began, once: the witness. */
void trie_record(struct trie_db *db, bool on);
enum err trie_recorded(struct trie_db *db, enum err (*each)(void *context, const hash32 *hash, struct bytes rlp), void *context) MUST_CHECK;

/* The root of rlp(index) -> item, for transactions, receipts and withdrawals. */
void trie_list_root(hash32 *root, struct arena *scratch, const struct bytes *item, size_t count);

/* EIP-1186: the nodes from the root to key, appended in order; and the check of such a list. */
enum err trie_prove(struct trie_db *db, struct arena *out, struct bytes **node, size_t *count, const hash32 *root, struct bytes key) MUST_CHECK;
enum err trie_verify_proof(bool *found, struct bytes *value, const hash32 *root, struct bytes key, const struct bytes *node, size_t count, struct arena *scratch) MUST_CHECK;

#endif
