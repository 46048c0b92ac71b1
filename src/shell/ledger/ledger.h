/* ledger - the history of one chain: its rules, its head, its blocks, and the state tree that all of them share.
 *
 *   genesis --> block 1 --> ... --> head        append one, or drop the last ones
 *                                    |
 *                             ledger_view: a struct state on the head's root
 *
 * A block is appended after its execution on a view of the head (chain/execute.h): the builder runs
 * block_begin .. block_finish itself, and only the result's parent is checked here. The state tree and the codes are
 * shared by all views, so views of the same head are cheap; releasing a view discards its changes.
 *
 * A mirror (ledger_read_from) follows a remote chain: its blocks are verified headers, with only those transactions
 * that this process sent; state, codes and older hashes come from sources. It may begin at any block.
 *
 * Memory: the ledger's own arena; block bytes, headers and receipts live until ledger_release. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/list.h"
#include "chain/execute.h"

struct kzg_setup;
struct sidecar;

struct ledger_block {
    struct header header;
    hash32 hash;
    struct bytes rlp;
    const struct tx *tx;           /* of a mirror: only those that this process sent */
    const struct receipt *receipt; /* logs and outputs copied */
    u32 tx_count;
    const struct sidecar *sidecar; /* of its blob transaction; NULL: none */
    u256 burned;                   /* wei that went with a SELFDESTRUCT; 0 of a mirror and of a restored block */
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
    struct ancestors older;        /* of a mirror: blocks before the first */
    struct ledger_code **code;     /* open addressing */
    size_t code_count, code_room;
    LIST(struct ledger_block) block; /* block.item[i].header.number == first + i */
    u64 first;
};

void ledger_init(struct ledger *l, const struct memory *memory, const struct chain_rules *rules,
                 struct code_cache *code_cache);
void ledger_release(struct ledger *l);

/* Turns a ledger without blocks into a mirror, or drops the cached state of a mirror. No view may be open. */
void ledger_read_from(struct ledger *l, const struct node_source *nodes, const struct code_source *codes,
                      const struct state_fetch *fetch, const struct ancestors *older);

const struct ledger_block *ledger_head(const struct ledger *l);
/* NULL: the ledger does not hold it. */
const struct ledger_block *ledger_block_at(const struct ledger *l, u64 number);
/* The account in the state of a block: all zero, with the empty code's hash, if it does not exist. */
enum err ledger_account(struct ledger *l, struct account_leaf *out, const struct ledger_block *b,
                        const address *at) MUST_CHECK;
/* A view of the head; the caller releases it. */
struct state *ledger_view(struct ledger *l);
/* The empty state, for the genesis. */
struct state *ledger_empty_view(struct ledger *l);
/* Adds a code, copied. */
void ledger_add_code(struct ledger *l, struct bytes code);

/* Each code that was deployed. */
enum err ledger_each_code(const struct ledger *l,
                          enum err (*each)(void *context, const hash32 *hash, struct bytes code),
                          void *context) MUST_CHECK;
/* The head's child, restored from a store: rlp must outlive the ledger, there are no receipts, and its state is read
 * from the source of l->tries. Only its parent is checked. REJECT_BLOCK_*, REJECT_TX_*. */
enum err ledger_restore(struct ledger *l, struct bytes rlp) MUST_CHECK;
/* The receipts of a block, outputs included, for a store; and those of the head, restored: their root is checked.
 * REJECT_STORE_CORRUPT: they are not this block's. */
void ledger_persist_receipts(struct buffer *out, const struct ledger_block *b);
enum err ledger_restore_receipts(struct ledger *l, struct bytes persisted) MUST_CHECK;

/* The genesis, or the head's child. What lies in the run's arena is copied; codes that s deployed are added. run may be
 * NULL for the genesis. BUG unless the header's parent is the head. */
void ledger_append(struct ledger *l, const struct header *h, const struct block_run *run, struct state *s);
/* A mirror's first block, or the head's child. */
void ledger_mirror(struct ledger *l, const struct header *h, const hash32 *hash);
/* Adds a transaction that this process sent to a mirror's block. Copied. */
const struct receipt *ledger_add_own(struct ledger *l, u64 number, const struct tx *t, const struct receipt *r);
/* Attaches the blobs of the head's blob transaction: copied, cell proofs included. */
void ledger_add_sidecar(struct ledger *l, const struct sidecar *sidecar);
/* The cell proofs of a block's sidecar, if there is one without them. */
enum err ledger_prove_cells(struct ledger *l, u64 number, const struct kzg_setup *setup) MUST_CHECK;
/* Drops every block above number, which the ledger must hold. */
void ledger_drop_after(struct ledger *l, u64 number);

#endif
