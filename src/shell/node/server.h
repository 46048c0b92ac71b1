/* server - a node's methods over HTTP: JSON-RPC 2.0, one call or a batch in a POST to any path.
 *
 * Errors: FAULT_NETWORK with a complaint: the address cannot be listened on. */
#ifndef NODE_SERVER_H
#define NODE_SERVER_H

#include "io/complaint.h"
#include "io/http_server.h"
#include "node/node.h"

enum err node_serve(struct http_server **out, struct complaint *complaint, struct node *node,
                    const char *listen) MUST_CHECK;

#endif
