/* reader - what one request needs to run code on a state of the chain: a trie_db, codes and an EVM of its own.
 *
 *     struct reader *d = reader_take(&node->readers);
 *     struct state *s = reader_state(d, &block->header.state_root);      a private view: writes are not shared
 *     ...
 *     state_release(s);
 *     reader_give(&node->readers, d);
 *
 * Its trie_db asks the chain for nodes that it has not met (chain_node), so it shares nothing with another thread.
 * Readers are used again: what they learned (nodes, codes and their analysis) makes the next request faster; one that
 * holds more than READER_BYTES_MAX starts anew. The pool's lock is held to take and to give one, and never between. */
#ifndef NODE_READER_H
#define NODE_READER_H

#include "chain/execute.h"
#include "node/chain.h"
#include "state/state.h"

enum { READER_BYTES_MAX = 64 << 20 };

struct reader {
    struct reader *next;
    struct chain *chain;
    struct trie_db *tries;
    struct code_cache *codes;
    struct code_source source;
    struct machine machine;
    u8 node[CHAIN_NODE_MAX]; /* the last one that was read from a disk */
};

struct reader_pool {
    struct chain *chain;
    pthread_mutex_t lock; /* of free */
    struct reader *free;
};

void reader_pool_init(struct reader_pool *p, struct chain *chain);
/* Every reader has been given back. */
void reader_pool_release(struct reader_pool *p);

struct reader *reader_take(struct reader_pool *p);
void reader_give(struct reader_pool *p, struct reader *d);
/* A view at a root; the caller releases it before the reader is given back. */
struct state *reader_state(struct reader *d, const hash32 *root);

#endif
