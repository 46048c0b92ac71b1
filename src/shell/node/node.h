/* node - one chain and everything that the methods of rpc.def need besides it.
 *
 * Shared by all RPC threads: what changes has a lock of its own. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/local_chain.h"
#include "node/reader.h"

#include <stdatomic.h>

struct filters;
struct mempool;
struct rpc_request;
struct rpc_table;
struct subscriptions;
struct tx;

/* Who makes blocks of the transactions that are sent. */
struct block_maker {
    /* Puts t into the pool, and may wait for its block: OK, or the error of rpc_fail. */
    enum err (*send)(void *context, struct rpc_request *r, const struct tx *t);
    void *context;
};

/* Of all calls since the beginning. */
struct rpc_counts {
    _Atomic u64 calls, errors, us;
};

struct node {
    struct chain *chain;
    struct local_chain *writer;      /* NULL: the node does not write the chain */
    struct reader_pool readers;
    struct mempool *pool;
    struct filters *filters;
    struct subscriptions *subscriptions;
    u64 network_id;
    struct rpc_counts counts;
    u64 call_ms;                     /* for the code that a request runs */
    const struct block_maker *maker; /* NULL: transactions stay in the pool, and the head comes from outside */
    const struct rpc_table *more;    /* methods besides those of rpc.def, or in place of them; NULL: none */
    void *more_context;              /* theirs */
    const char *client_version;      /* "scope/v0.1.0" */
};

/* A chain that has its genesis. The node stays where it is. */
void node_init(struct node *n, struct chain *chain, struct local_chain *writer);
void node_release(struct node *n);

#endif
