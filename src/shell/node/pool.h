/* pool - transactions that are sent to a node, before they are in its pool. */
#ifndef NODE_POOL_H
#define NODE_POOL_H

#include "node/rpc.h"

/* Whether the pool takes a decoded transaction, on the head: go-ethereum's messages. Sets its sender. */
enum err pool_check(struct rpc_request *r, struct tx *t) MUST_CHECK;
/* Checks and sends it. */
enum err pool_send(struct rpc_request *r, struct tx *t) MUST_CHECK;

#endif
