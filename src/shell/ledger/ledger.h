/* ledger - one chain's past: its rules, its head, its blocks, and the state tree that all of them share.
 *
 *   genesis --> block 1 --> ... --> head        append one, or drop back to an earlier one
 *                                    |
 *                             ledger_view: a struct state on the head's root
 *
 * A block comes in by being executed on a view of the head (chain/execute.h): the builder runs
 * block_begin .. block_finish itself and appends what came out, which is checked here only for lineage. The state tree
 * and the codes are shared by all views, so views of the same head are cheap; a view that is released leaves no trace.
 *
 * A mirror (ledger_read_from) is the past of a chain that others make: blocks come in as headers that were checked,
 * with those transactions only that we sent; state, codes and older hashes come from sources. It may begin at any
 * block.
 *
 * Memory: the ledger's own arena; block bytes, headers and receipts live until ledger_release. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/arena.h"
#include "chain/execute.h"

struct sidecar;

struct ledger_block {
    struct header header;
    hash32 hash;
    struct bytes rlp;
    const struct tx *tx;           /* of a mirror: only our own */
    const struct receipt *receipt; /* logs and outputs copied */
    u32 tx_count;
    const struct sidecar *sidecar; /* of its blob transaction; NULL: it has none */
};

struct ledger_code; /* a code by its hash */

struct ledger {
    const struct memory *memory;
    struct arena arena;
    const struct chain_rules *rules;
    struct machine machine;
    struct code_cache *code_cache; /* borrowed */
    struct trie_db *tries;
    struct code_source codes;
    struct state_fetch fetch;      /* of a mirror */
    struct ancestors ancestors;
    struct ancestors elders;       /* of a mirror: blocks before the first */
    struct ledger_code **code;     /* open addressing */
    size_t code_count, code_room;
    struct ledger_block *block;    /* block[i].header.number == first + i */
    u64 first;
    size_t block_count, block_room;
};

void ledger_init(struct ledger *l, const struct memory *memory, const struct chain_rules *rules,
                 struct code_cache *code_cache);
void ledger_release(struct ledger *l);

/* Makes a mirror of a ledger that has no block yet; or forgets what its state tree holds. No view may be open. */
void ledger_read_from(struct ledger *l, const struct node_source *nodes, const struct code_source *codes,
                      const struct state_fetch *fetch, const struct ancestors *elders);

const struct ledger_block *ledger_head(const struct ledger *l);
/* NULL: there is no such block here. */
const struct ledger_block *ledger_block_at(const struct ledger *l, u64 number);
/* The account as the state of a block has it: all zero, with the empty code's hash, where there is none. */
enum err ledger_account(struct ledger *l, struct account_leaf *out, const struct ledger_block *b,
                        const address *at) MUST_CHECK;
/* A view of the head; the caller releases it. */
struct state *ledger_view(struct ledger *l);
/* The state with nothing in it, for the genesis. */
struct state *ledger_empty_view(struct ledger *l);
/* Keeps a code that a view has deployed. */
void ledger_keep_code(struct ledger *l, struct bytes code);

/* Every code that is kept. */
enum err ledger_each_code(const struct ledger *l,
                          enum err (*each)(void *context, const hash32 *hash, struct bytes code),
                          void *context) MUST_CHECK;
/* The head's child as a store gives it back: rlp outlives the ledger, there are no receipts, and its state is read from
 * the source of l->tries. Only its lineage is checked. REJECT_BLOCK_*, REJECT_TX_*. */
enum err ledger_restore(struct ledger *l, struct bytes rlp) MUST_CHECK;

/* The genesis, or the head's child. Everything that the run's arena holds is copied; codes that s deployed are kept.
 * run may be NULL for the genesis. BUG unless the header continues the head. */
void ledger_append(struct ledger *l, const struct header *h, const struct block_run *run, struct state *s);
/* A mirror's first block, or the head's child. */
void ledger_mirror(struct ledger *l, const struct header *h, const hash32 *hash);
/* A transaction of ours is in a mirror's block. Copied. */
const struct receipt *ledger_add_own(struct ledger *l, u64 number, const struct tx *t, const struct receipt *r);
/* Keeps the blobs of the head's blob transaction beside it: copied, cell proofs included. */
void ledger_keep_sidecar(struct ledger *l, const struct sidecar *sidecar);
/* Forgets every block above number, which is not before the first. */
void ledger_drop_after(struct ledger *l, u64 number);

#endif
