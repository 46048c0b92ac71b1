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
 * Memory: the ledger's own arena; block bytes, headers and receipts live until ledger_release. */
#ifndef BUILDER_LEDGER_H
#define BUILDER_LEDGER_H

#include "base/arena.h"
#include "chain/execute.h"

struct ledger_block {
    struct header header;
    hash32 hash;
    struct bytes rlp;
    const struct tx *tx;
    const struct receipt *receipt; /* logs and outputs copied */
    u32 tx_count;
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
    struct ancestors ancestors;
    struct ledger_code **code;     /* open addressing */
    size_t code_count, code_room;
    struct ledger_block *block;    /* block[i].header.number == i */
    size_t block_count, block_room;
};

void ledger_init(struct ledger *l, const struct memory *memory, const struct chain_rules *rules,
                 struct code_cache *code_cache);
void ledger_release(struct ledger *l);

const struct ledger_block *ledger_head(const struct ledger *l);
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
/* Forgets every block above number. */
void ledger_drop_after(struct ledger *l, u64 number);

#endif
