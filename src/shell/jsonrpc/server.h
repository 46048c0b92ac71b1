/* server - JSON-RPC over HTTP and WebSocket: several ports and paths, as geth answers (http/server.h has the limits).
 *
 *     POST /            application/json, application/json-rpc or application/jsonrequest, else 415
 *     GET / HEAD /      200 without a body: health checks of load balancers; other paths: get, else 404
 *     OPTIONS /         what CORS asks for, if an origin is allowed
 *     GET, Upgrade      a WebSocket: text frames both ways, subscriptions
 *
 * Host must be an IP address or one of `hosts` (DNS rebinding): 403. Without `origins` CORS is off, and browsers' pages
 * may open a WebSocket only from localhost.
 *
 * Threads: handlers run on the server's threads, many at once. A single call of a method for which is_quick says true
 * runs on the loop, before which every other connection waits: it must take microseconds and never block. A handler
 * with a subscription runs as any other; notifications wait until the response is queued.
 * Memory:  routes, lists and names are borrowed until jsonrpc_server_close. */
#ifndef JSONRPC_SERVER_H
#define JSONRPC_SERVER_H

#include "http/server.h"
#include "jsonrpc/jsonrpc.h"

struct jsonrpc_server;

/* What is called at a path of a port. */
struct jsonrpc_route {
    u32 listener;     /* index of the address */
    const char *path; /* "/", "/7001" */
    void *context;    /* of the callbacks: a chain */
};

struct jsonrpc_server_config {
    const char *const *listen; /* addresses and ports: http/server.h */
    u32 listen_count;
    const struct jsonrpc_route *route;
    u32 route_count;
    struct http_limits http;
    struct jsonrpc_limits limits;
    const char *const *hosts;   /* ended by NULL, "*" is any; NULL: localhost */
    const char *const *origins; /* ended by NULL, "*" is any; NULL: CORS is off */
    const struct memory *memory;
    jsonrpc_handler *handle;
    bool (*is_quick)(void *context, struct bytes method); /* NULL: none */
    /* GET and HEAD of a path that is no route: sets status, type and reply, on the loop. NULL: 404 */
    void (*get)(void *get_context, struct http_exchange *x);
    void *get_context;
    /* A WebSocket; NULL: nothing to do. After closed no handler of it runs, and jsonrpc_notify says false. */
    void (*opened)(void *context, struct jsonrpc_connection *connection);
    void (*closed)(void *context, struct jsonrpc_connection *connection);
    /* Of each route, before the server closes: notifications end here. NULL: there are none. */
    void (*closing)(void *context);
};

enum err jsonrpc_server_open(struct jsonrpc_server **out, struct complaint *complaint,
                             const struct jsonrpc_server_config *config) MUST_CHECK;
u16 jsonrpc_server_port(const struct jsonrpc_server *s, u32 listener);
void jsonrpc_server_counts(const struct jsonrpc_server *s, struct http_counts *out);
/* closing, then http_stop. No notification may be sent meanwhile or after. */
void jsonrpc_server_close(struct jsonrpc_server *s, u32 grace_ms);

/* --- WebSockets: from any thread --- */

/* {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x..","result":..}}; result is JSON.
 * False: the client is gone, or does not read (it is closed with 1008): forget its subscriptions. */
bool jsonrpc_notify(struct jsonrpc_connection *c, const char *method, u64 subscription, struct bytes result) MUST_CHECK;
/* Never the same twice in a server. */
u64 jsonrpc_connection_id(const struct jsonrpc_connection *c);
/* What the handlers keep with it: their own, to be freed by `closed`. */
void jsonrpc_connection_set_user(struct jsonrpc_connection *c, void *user);
void *jsonrpc_connection_user(const struct jsonrpc_connection *c);
/* One more reference, and one less: who notifies holds one. */
void jsonrpc_connection_hold(struct jsonrpc_connection *c);
void jsonrpc_connection_drop(struct jsonrpc_connection *c);

#endif
