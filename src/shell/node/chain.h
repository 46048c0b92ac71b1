/* chain - one chain as many threads read it: blocks, indexes and states, published by one writer.
 *
 *   writer (import, mining, a session)            readers (RPC threads)
 *     execute a block on its own trie_db            s = snapshot_take(chain)      head, blocks, finality: frozen
 *     chain_add_block: body, receipts, new          snapshot_at, chain_block_by_hash, snapshot_find_tx
 *       trie nodes, codes, indexes                  reader_state(.., &block->header.state_root)   reader.h
 *     chain_publish(head, safe, finalized)          snapshot_drop(s)
 *
 * This is all that the RPC methods know of a chain: the producer of blocks publishes them here, and the methods are the
 * same for an imported chain, a development chain and the chains of a session.
 *
 * A snapshot is an immutable value: the canonical blocks up to its head. Blocks, nodes and codes are added before the
 * snapshot that needs them is published, are never changed, and live as long as the chain. So a reader takes no lock
 * but the one around the reference count of the newest snapshot, and a slow reader never holds up the writer.
 *
 * Memory: the chain's arena, which the writer alone uses. All history stays in memory, but for the nodes of states that
 * chain_older has. */
#ifndef NODE_CHAIN_H
#define NODE_CHAIN_H

#include "base/arena.h"
#include "chain/block.h"
#include "chain/execute.h"
#include "chain/receipt.h"
#include "node/hash_index.h"
#include "state/trie.h"

#include <pthread.h>
#include <stdatomic.h>

struct chain_block {
    hash32 hash; /* the key of the index: first */
    struct header header;
    struct bytes rlp;
    const struct tx *tx; /* with sender and hash */
    const struct receipt *receipt;
    u32 tx_count;
    u32 log_count;
    const struct withdrawal *withdrawal;
    u32 withdrawal_count;
    const struct header *ommer;
    u32 ommer_count;
};

/* Where a transaction is: in each block that has it, canonical or not. */
struct tx_place {
    hash32 hash;
    const struct chain_block *block;
    u32 index;
    u32 first_log; /* of the block's logs */
};

struct block_list; /* canonical blocks, by number */

struct snapshot {
    atomic_uint references;
    struct chain *chain;
    struct block_list *list;
    const struct chain_block *head;
    const struct chain_block *safe, *finalized; /* NULL: the consensus layer has not said */
    const struct chain_block *pending;          /* the head's child as its builder has promised it; NULL: none */
};

/* Nodes of states that were not added: those on a disk. Called by any reader; FAULT_STATE_MISSING: there is none. */
enum { CHAIN_NODE_MAX = 4096 };
struct chain_older {
    enum err (*node)(void *context, u8 out[CHAIN_NODE_MAX], size_t *len, const hash32 *hash); /* NULL: none */
    void *context;
};

struct chain {
    const struct memory *memory;
    const struct chain_rules *rules;
    struct arena arena;
    struct hash_index blocks, txs, nodes, codes;
    struct chain_older older; /* set before the first reader */
    pthread_mutex_t lock; /* of what follows, held for a few instructions */
    struct snapshot *newest;
    void (*published)(void *context); /* NULL: no observer */
    void *published_context;
};

/* The chain has no block until the first chain_publish: no snapshot may be taken before. rules are borrowed. */
void chain_init(struct chain *c, const struct memory *memory, const struct chain_rules *rules);
/* Every snapshot has been dropped. */
void chain_release(struct chain *c);

/* --- the writer --- */

/* A block with its results: copied, receipts and logs included. Whether it extends anything is for chain_publish. */
struct chain_block *chain_add_block(struct chain *c, const struct block *b, const struct receipt *const *receipt);
/* Each node of the state at root that the db has made since then (trie_now), storage included. */
enum err chain_add_state(struct chain *c, struct trie_db *db, const hash32 *root, u32 since) MUST_CHECK;
enum err chain_add_code(void *chain, const hash32 *hash, struct bytes code) MUST_CHECK; /* for state_new_codes */
/* Makes head the newest block: each of its ancestors was added. safe and finalized may be NULL. */
void chain_publish(struct chain *c, const struct chain_block *head, const struct chain_block *safe,
                   const struct chain_block *finalized);

/* The same head with another pending block, which was added; NULL: none. chain_publish ends it, too. */
void chain_publish_pending(struct chain *c, const struct chain_block *pending);

/* Sets the observer of chain_publish; NULL: none. It is called on the writer's thread and must not block. */
void chain_observe(struct chain *c, void (*published)(void *context), void *context);

/* --- readers --- */

struct snapshot *snapshot_take(struct chain *c);
void snapshot_drop(struct snapshot *s);
/* The canonical block of a number; NULL: above the head. */
const struct chain_block *snapshot_at(const struct snapshot *s, u64 number);
bool snapshot_is_canonical(const struct snapshot *s, const struct chain_block *b);
/* Canonical or not; NULL: unknown. */
const struct chain_block *chain_block_by_hash(struct chain *c, const hash32 *hash);
/* In the pending block, or with the next function in a canonical one; NULL: in none. */
const struct tx_place *snapshot_find_pending_tx(const struct snapshot *s, const hash32 *hash);
const struct tx_place *snapshot_find_tx(const struct snapshot *s, const hash32 *hash);

/* A node of a state; *rlp may be in room. */
enum err chain_node(struct chain *c, struct bytes *rlp, u8 room[CHAIN_NODE_MAX], const hash32 *hash) MUST_CHECK;
/* For state_open and block_open; context: the chain, the snapshot. */
enum err chain_code(void *chain, struct bytes *out, const hash32 *hash) MUST_CHECK;
enum err snapshot_ancestor(void *snapshot, hash32 *out, u64 number) MUST_CHECK;

/* Hashes on the line of one block, canonical or not, its own among them; context: the line. FAULT_STATE_MISSING: above
 * the tip. */
struct chain_line {
    struct chain *chain;
    const struct chain_block *tip;
};
enum err chain_line_hash(void *line, hash32 *out, u64 number) MUST_CHECK;

#endif
