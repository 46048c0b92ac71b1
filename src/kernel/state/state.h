/* state - one chain's accounts and storage as a journaled view over a trie.
 *
 *      writes, marks, rewinds          struct account, struct storage_slot (handles, stable)
 *              |                                ^
 *              v                                |
 *      [ state: journal + tables ]  -- first sight of a key -->  [ trie at parent root ]
 *              |
 *         state_commit: dirty accounts and storage slots -> new trie root
 *
 * Every change is recorded in one journal: a mark is a position in it, a rewind walks back. That holds across
 * transactions too, so a builder may undo any number of transactions on every chain that it touched. What was loaded
 * stays loaded: a handle keeps its address and shows the current values.
 *
 * A transaction is opened with state_tx_begin: warm sets, transient storage and "original" values then belong to it;
 * state_tx_end deletes what it destroyed (EIP-6780) and what is empty and touched (EIP-161). They are stamps, so that a
 * new transaction clears nothing: a storage slot is warm if it carries the running transaction's number. One
 * transaction at a time on a view; messages nest inside of it. Writes outside of a transaction (genesis, withdrawals)
 * work as well, but nothing clears the empty accounts that they leave.
 *
 * A read may need a trie node that is missing (a witness, a pruned store): FAULT_STATE_MISSING. A trie value that is no
 * valid account or storage slot is REJECT_ACCOUNT.
 * Memory: the state's own arenas, from the struct memory it was given; handles live until state_release. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "base/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "state/trie.h"

struct state;

/* Where bytecode comes from, by hash; FAULT_STATE_MISSING when it is missing. */
struct code_source {
    enum err (*code)(void *context, struct bytes *out, const hash32 *code_hash);
    void *context;
};

/* Who brings what the trie lacks, when a view first looks at an account, or with a key at one of its storage slots:
 * afterwards the trie's own source has the nodes on the way there, and the code's source the account's code. */
struct state_fetch {
    enum err (*fetch)(void *context, const hash32 *root, const address *at, const u256 *key /* or NULL */);
    void *context;
};

/* A view at a root. tries and codes (or NULL) are borrowed, and must outlive it. */
struct state *state_open(const struct memory *memory, struct trie_db *tries, const struct code_source *codes,
                         const hash32 *root);
void state_release(struct state *s);
/* Without it, what is missing is FAULT_STATE_MISSING. */
void state_fetch_from(struct state *s, const struct state_fetch *fetch);
/* An account in the trie at a root, without a view: for who reads one thing. value is its leaf. */
enum err state_find(struct trie_db *tries, const struct state_fetch *fetch /* or NULL */, bool *found,
                    struct bytes *value, const hash32 *root, const address *at) MUST_CHECK;

/* --- reading and writing; signatures follow host_ops (evm/host.h) ---
 * cold may be NULL, for who only looks: then nothing becomes warm. */
enum err state_account(struct state *s, const struct account **out, bool *cold, const address *at) MUST_CHECK;
enum err state_storage_slot(struct state *s, const struct storage_slot **out, bool *cold, const struct account *a,
                            const u256 *key) MUST_CHECK;
enum err state_code(struct state *s, struct bytes *out, const struct account *a) MUST_CHECK;
void state_set_storage_slot(struct state *s, const struct account *a, const struct storage_slot *storage_slot,
                            const u256 *value);
void state_transient(struct state *s, u256 *out, const struct account *a, const u256 *key);
void state_set_transient(struct state *s, const struct account *a, const u256 *key, const u256 *value);
/* Each of these makes the account exist, if it did not. */
void state_set_balance(struct state *s, const struct account *a, const u256 *balance);
void state_set_nonce(struct state *s, const struct account *a, u64 nonce);
void state_set_code(struct state *s, const struct account *a, struct bytes code);
void state_create(struct state *s, const struct account *a, u64 nonce); /* balance and storage stay */
void state_touch(struct state *s, const struct account *a);
/* In a transaction: marks a, and state_tx_end deletes it with its storage. For which SELFDESTRUCTs, the fork says. */
void state_destroy(struct state *s, const struct account *a);
/* Counts wei that leave the view with a destroyed account, journaled; and how many have since it was opened. */
void state_burn(struct state *s, const u256 *wei);
u256 state_burned(const struct state *s);
enum err state_has_storage(struct state *s, bool *out, const struct account *a) MUST_CHECK; /* EIP-7610 */

/* --- undo --- */
u64 state_mark(const struct state *s);
void state_rewind(struct state *s, u64 mark);
/* Journals that undo(context, word) is to be called when a rewind passes this point: for effects that must be undone
 * together with this state (on another chain). It may not touch this state. A commit forgets it uncalled. */
void state_on_rewind(struct state *s, void (*undo)(void *context, u64 word), void *context, u64 word);

/* --- transactions --- */
struct state_rules {
    bool clears_empty; /* EIP-161 */
};
void state_tx_begin(struct state *s);
void state_tx_end(struct state *s, const struct state_rules *rules);

/* --- roots --- */
/* Writes what is dirty into the trie db and gives the new root. The view goes on from there; the journal is
 * emptied, so older marks are void. Between transactions only. On failure nothing has changed. */
enum err state_commit(struct state *s, hash32 *root) MUST_CHECK;
/* The root that the view was opened at or last committed to. */
const hash32 *state_root(const struct state *s);
/* The codes that were set on this view since it was opened, rewound or not: what a store must keep besides nodes. */
enum err state_new_codes(struct state *s, enum err (*each)(void *context, const hash32 *code_hash, struct bytes code),
                         void *context) MUST_CHECK;

/* The accounts that this view has seen and that exist, and the storage slots that it has seen and that are not zero, in
 * no order. A view that began at the empty root has seen all there are. */
enum err state_each_account(struct state *s, enum err (*each)(void *context, const struct account *a),
                            void *context) MUST_CHECK;
enum err state_each_storage_slot(const struct account *a,
                                 enum err (*each)(void *context, const u256 *key, const u256 *value),
                                 void *context) MUST_CHECK;

/* The address of each account that this view has looked at, there or not, followed by the keys of those of its storage
 * slots.
 */
enum err state_each_key(struct state *s, enum err (*each)(void *context, struct bytes key), void *context) MUST_CHECK;

/* An account as it stands in a state trie, for proofs, dumps and trie_collect. */
struct account_leaf {
    u64 nonce;
    u256 balance;
    hash32 storage_root;
    hash32 code_hash;
};
enum err account_leaf_decode(struct account_leaf *out, struct bytes rlp) MUST_CHECK;
/* For trie_collect on a db of state tries: an account's leaf leads to its storage. */
bool state_links(hash32 *storage_root, struct bytes value);

#endif
