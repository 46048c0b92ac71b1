/* state - one chain's accounts and storage as a journaled view over a trie.
 *
 *      writes, marks, rewinds          struct account, struct slot (handles, stable)
 *              |                                ^
 *              v                                |
 *      [ state: journal + tables ]  -- first sight of a key -->  [ trie at parent root ]
 *              |
 *         state_commit: dirty accounts and slots -> new trie root
 *
 * Everything that happens lands in one journal: a mark is a position in it, a rewind walks back. That
 * holds across transactions too, so a builder may undo a call on every chain that it touched.
 * A transaction is opened with state_tx_begin: warm sets, transient storage and
 * "original" values then belong to it; state_tx_end deletes what it destroyed (EIP-6780) and what is
 * empty and touched (EIP-161).
 *
 * Reads may need a trie node that is not there (a witness, a pruned store): FAULT_STATE_MISSING.
 * Memory: the state's own arenas, from the struct memory it was given; handles live until
 * state_release. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "base/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "state/trie.h"

struct state;

/* Where bytecode comes from, by hash; FAULT_STATE_MISSING when it is not there. */
struct code_source {
    enum err (*code)(void *context, struct bytes *out, const hash32 *code_hash);
    void *context;
};

/* A view at a root. tries and codes are borrowed, and must outlive it. */
struct state *state_open(const struct memory *memory, struct trie_db *tries, const struct code_source *codes, const hash32 *root);
void state_release(struct state *s);

/* --- reading and writing; signatures follow host_ops (evm/host.h) --- */
enum err state_account(struct state *s, const struct account **out, bool *cold, const address *at) MUST_CHECK;
enum err state_slot(struct state *s, const struct slot **out, bool *cold, const struct account *a, const u256 *key) MUST_CHECK;
enum err state_code(struct state *s, struct bytes *out, const struct account *a) MUST_CHECK;
void state_set_slot(struct state *s, const struct account *a, const struct slot *slot, const u256 *value);
void state_transient(struct state *s, u256 *out, const struct account *a, const u256 *key);
void state_set_transient(struct state *s, const struct account *a, const u256 *key, const u256 *value);
void state_set_balance(struct state *s, const struct account *a, const u256 *balance);
void state_set_nonce(struct state *s, const struct account *a, u64 nonce);
void state_set_code(struct state *s, const struct account *a, struct bytes code);
void state_create(struct state *s, const struct account *a, u64 nonce);
void state_destroy(struct state *s, const struct account *a);
void state_touch(struct state *s, const struct account *a);
enum err state_has_storage(struct state *s, bool *out, const struct account *a) MUST_CHECK; /* EIP-7610 */

/* --- undo --- */
u64 state_mark(const struct state *s);
void state_rewind(struct state *s, u64 mark);

/* --- transactions --- */
struct state_rules {
    bool clears_empty; /* EIP-161 */
};
void state_tx_begin(struct state *s);
void state_tx_end(struct state *s, const struct state_rules *rules);

/* --- roots --- */
/* Writes what is dirty into the trie db and gives the new root. The view goes on from there; the journal is
 * emptied, so older marks are void. */
enum err state_commit(struct state *s, hash32 *root) MUST_CHECK;

#endif
