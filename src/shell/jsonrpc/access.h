/* access - who may ask: a request's Content-Type, Host and Origin.
 *
 * A page that a browser has loaded from anywhere can reach a server on loopback. What keeps it out: a Content-Type that
 * it cannot send without asking first (CORS), a Host that a name of its own does not have (DNS rebinding), and for
 * WebSockets, which browsers do not ask for, the Origin. All of it as geth has it (node/rpcstack.go, rpc/websocket.go).
 *
 * Each takes the header's value, NULL where there is none. Pure functions. */
#ifndef JSONRPC_ACCESS_H
#define JSONRPC_ACCESS_H

#include "base/types.h"

/* application/json, application/json-rpc, application/jsonrequest; parameters do not matter. */
bool access_is_json(const char *content_type);
/* No Host, an IP address, or one of the names (NULL: localhost; "*": any), whatever the port. */
bool access_host(const char *const *hosts, const char *host);
/* CORS: the origin is one of those, or "*" is. Without origins none is allowed. */
bool access_origin(const char *const *origins, const char *origin);
/* WebSocket: as CORS; without origins those of localhost. */
bool access_socket_origin(const char *const *origins, const char *origin);

#endif
