/* node - one chain and everything that the methods of rpc.def need besides it.
 *
 * Shared by all RPC threads: what changes has a lock of its own. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/local_chain.h"
#include "node/reader.h"

struct mempool;

struct node {
    struct chain *chain;
    struct local_chain *writer;
    struct reader_pool readers;
    struct mempool *pool;
    u64 network_id;
    bool mines;                 /* what is sent; else the head comes from outside */
    const char *client_version; /* "scope/v0.1.0" */
};

void node_init(struct node *n, struct local_chain *writer);
void node_release(struct node *n);

#endif
