#include "node/node.h"

#include "node/mempool.h"

void node_init(struct node *n, struct local_chain *writer)
{
    *n = (struct node){
        .chain = &writer->chain,
        .writer = writer,
        .network_id = writer->genesis.rules.chain_id,
        .client_version = "scope/v0.1.0",
    };
    reader_pool_init(&n->readers, n->chain);
    n->pool = mempool_open(n->chain->memory);
}

void node_release(struct node *n)
{
    mempool_close(n->pool);
    reader_pool_release(&n->readers);
}
