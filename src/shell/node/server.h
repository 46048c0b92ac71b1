/* server - the methods of nodes over HTTP and WebSocket (jsonrpc/server.h): one or more addresses, and on each any
 * number of paths, each the endpoint of one chain.
 *
 *     127.0.0.1:8545  "/", "/l1"    a struct node
 *                     "/7001"       another one
 *     127.0.0.1:8546  "/"           the same
 *
 * Errors: FAULT_NETWORK with a complaint: an address cannot be listened on. */
#ifndef NODE_SERVER_H
#define NODE_SERVER_H

#include "io/complaint.h"
#include "jsonrpc/server.h"
#include "node/node.h"

struct node_endpoints {
    const char *const *listen;
    u32 listen_count;
    const struct jsonrpc_route *route; /* context: a struct node */
    u32 route_count;
    /* GET of another path: as in struct jsonrpc_server_config; NULL: 404 */
    void (*get)(void *get_context, struct http_exchange *x);
    void *get_context;
};

/* What endpoints point to is borrowed until jsonrpc_server_close. */
enum err node_serve(struct jsonrpc_server **out, struct complaint *complaint,
                    const struct node_endpoints *endpoints) MUST_CHECK;

#endif
