/* local_chain - the writer of a chain that this process makes or imports itself: genesis, blocks, head.
 *
 *   genesis.json --> block 0          local_chain_open
 *   CHAIN.rlp    --> blocks 1 .. n    local_chain_import: each executed, each root checked; the last one is the head
 *                    forkchoice       local_chain_set_head: any block that is known
 *
 * Blocks before the merge are taken too; their proof of work is not checked (chain/header.h).
 *
 * Threads: its functions take the writer's lock; readers only use .chain (chain.h).
 * Errors: FAULT_* or REJECT_*, with a complaint about the file. Memory: its own arenas, until local_chain_close. */
#ifndef NODE_LOCAL_CHAIN_H
#define NODE_LOCAL_CHAIN_H

#include "ethrpc/genesis_json.h"
#include "io/complaint.h"
#include "node/chain.h"

struct local_chain {
    struct chain chain;
    struct genesis genesis;
    struct arena arena;
    struct trie_db *tries;
    struct code_cache *codes;
    struct code_source source;
    struct machine machine;
    pthread_mutex_t lock; /* of the writer */
};

/* A chain with its genesis as the head. It points into itself: it stays where it was opened. */
enum err local_chain_open(struct local_chain *l, const struct memory *memory, struct complaint *complaint,
                          const char *genesis_path) MUST_CHECK;
void local_chain_close(struct local_chain *l);
/* A file of blocks in RLP, one behind the other. The ones before a block that is refused stay. */
enum err local_chain_import(struct local_chain *l, struct complaint *complaint, const char *path) MUST_CHECK;
/* NULL in safe or finalized: as before. */
void local_chain_set_head(struct local_chain *l, const struct chain_block *head, const struct chain_block *safe,
                          const struct chain_block *finalized);

#endif
