#include "node/node.h"

#include "node/call_run.h"
#include "node/filters.h"
#include "node/mempool.h"
#include "node/subscriptions.h"

void node_init(struct node *n, struct chain *chain, struct local_chain *writer)
{
    *n = (struct node){
        .chain = chain,
        .writer = writer,
        .network_id = chain->rules->chain_id,
        .call_ms = CALL_MS,
        .client_version = "scope/v0.1.0",
    };
    reader_pool_init(&n->readers, chain);
    n->pool = mempool_open(chain->memory);
    n->filters = filters_open(chain->memory);
    n->subscriptions = subscriptions_open(n);
}

void node_release(struct node *n)
{
    subscriptions_close(n->subscriptions);
    filters_close(n->filters);
    mempool_close(n->pool);
    reader_pool_release(&n->readers);
}
