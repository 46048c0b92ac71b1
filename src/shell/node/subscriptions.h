/* subscriptions - eth_subscribe over WebSocket: heads, logs and transactions of the pool are sent as they come.
 *
 *     chain_publish, mempool_add --wake--> the notifier's thread: for each subscription, what changed since its last
 *                                          head (head_changes.h) --jsonrpc_notify--> its connection
 *
 *   newHeads                     a header for each new canonical block
 *   logs {address, topics}       a log for each that the filter takes; removed: true where its block left the chain
 *   newPendingTransactions       a hash, or with true the transaction, for each that the pool accepted
 *
 *   news of others               what a struct news writes: subscribe_news
 *
 * Who publishes only wakes the thread. A client that does not read is closed by the server (queue_max, queue_bytes of
 * http/server.h), which ends its subscriptions. At most SUBSCRIPTIONS_MAX, and SUBSCRIPTIONS_CONNECTION_MAX on one
 * connection.
 *
 * Threads: the lock guards the list and is held for a few instructions for each item; the notifier alone takes items
 * out, so it reads them without the lock. */
#ifndef NODE_SUBSCRIPTIONS_H
#define NODE_SUBSCRIPTIONS_H

#include "base/arena.h"
#include "jsonrpc/server.h"

enum { SUBSCRIPTIONS_MAX = 10000, SUBSCRIPTIONS_CONNECTION_MAX = 1024 /* reth's */ };

struct json_writer;
struct node;
struct rpc_request;
struct subscriptions;

/* News that are not the chain's: numbered items, in order. Both functions are called on threads of the node. */
struct news {
    const char *method; /* of notifications: "scope_subscription" */
    u64 (*count)(void *context); /* of the items so far */
    /* Writes the first item behind number *since, if it is still there, and moves it; false: there is none. */
    bool (*next)(void *context, struct json_writer *w, u64 *since);
};
/* Subscribes the connection of the request, from now on, and writes the id. */
enum err subscribe_news(struct rpc_request *r, const struct news *news, void *context) MUST_CHECK;
/* There are news. */
void subscriptions_wake(struct subscriptions *s);

struct subscriptions *subscriptions_open(struct node *node);
/* Ends the thread, which begins with the first subscription, and all of them: before the server is closed. */
void subscriptions_stop(struct subscriptions *s);
/* After subscriptions_stop. */
void subscriptions_close(struct subscriptions *s);
/* The connection is gone. */
void subscriptions_forget(struct subscriptions *s, const struct jsonrpc_connection *connection);

#endif
