/* proved_state - the state of a remote L1 at pinned blocks: every value read is proved from the block's state root.
 *
 *     struct state ---- a node is missing ----> fetch(root, account, key)
 *                                                 |  eth_getProof for it, and once a block for all that was ever looked
 *                                                 |  at, in one batch; eth_getCode for accounts seen the first time
 *                                                 v
 *     proof: keccak(node) = what its parent names, from the pinned header's state root down to the leaf
 *     code:  keccak(code) = the code hash of a proved leaf
 *                                                 |
 *     struct trie_db <---- node by its hash ------'
 *
 * Nodes and codes are kept by their hash, so what did not change from block to block is not asked for again. A view
 * over them (state_open) executes as if the whole state were there; it can read everything, and commit nothing.
 *
 * Memory: its own, until proved_state_close; proved_state_forget gives it back when it has become much.
 * Errors: REJECT_PROOF, REJECT_L1_CODE where the node lies; those of rpc_client.h where it does not answer;
 *         FAULT_STATE_MISSING for a root that is not pinned. proved_state_why() has the sentence. */
#ifndef REMOTE_L1_PROVED_STATE_H
#define REMOTE_L1_PROVED_STATE_H

#include "ethrpc/rpc_client.h"
#include "state/state.h"

struct proved_state;

struct proved_state *proved_state_open(const struct memory *memory, struct rpc_client *rpc);
void proved_state_close(struct proved_state *s);
const char *proved_state_why(const struct proved_state *s);

/* The state of this block may be asked for from now on. Its header was checked by the caller. The last 64 stay. */
void proved_state_pin(struct proved_state *s, const hash32 *state_root, const hash32 *block_hash);

/* What a trie_db and a struct state over it take. */
struct node_source proved_state_nodes(struct proved_state *s);
struct code_source proved_state_codes(struct proved_state *s);
struct state_fetch proved_state_fetch(struct proved_state *s);

/* Every account that was ever looked at, each once, in the order of the first time. */
size_t proved_state_account_count(const struct proved_state *s);
const address *proved_state_account(const struct proved_state *s, size_t index);

/* Its slots that were ever looked at: up to max of them into out. */
size_t proved_state_slots(const struct proved_state *s, u256 *out, size_t max, size_t account_index);

struct proved_state_counts {
    u64 rounds;   /* requests */
    u64 accounts; /* proofs of accounts, checked */
    u64 slots;    /* proofs of slots, checked */
    u64 codes;
    u64 nodes;    /* kept */
    u64 bytes;    /* of them */
};
struct proved_state_counts proved_state_counts(const struct proved_state *s);

/* Forgets nodes and codes, and not who was looked at. A trie_db that stands on them must be opened anew. */
void proved_state_forget(struct proved_state *s);

#endif
