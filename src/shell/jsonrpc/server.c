#include "jsonrpc/server.h"

#include "jsonrpc/access.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUICK_BYTES = 4096, METHODS_MAX = 64 };

struct jsonrpc_server {
    struct jsonrpc_server_config config;
    struct http_server *http;
};

struct jsonrpc_connection {
    atomic_uint references;
    struct jsonrpc_server *server;
    struct http_socket *socket;
    const struct jsonrpc_route *route;
    void *user;
};

/* A request that the loop has read already, for the worker. */
struct prepared {
    struct jsonrpc_request request;
    bool is_read;
    const struct jsonrpc_route *route;
};

static const struct jsonrpc_route *find_route(const struct jsonrpc_server *s, const struct http_exchange *x)
{
    for (u32 i = 0; i < s->config.route_count; i++)
        if (s->config.route[i].listener == x->listener && strcmp(s->config.route[i].path, x->path) == 0)
            return &s->config.route[i];
    return NULL;
}

/* --- answering --- */

static void answer_exchange(void *context, struct http_exchange *x)
{
    struct jsonrpc_server *s = context;
    struct prepared *p = x->user;
    struct jsonrpc_connection *connection = x->socket ? http_socket_user(x->socket) : NULL;
    struct buffer out = {.arena = x->arena, .ptr = x->room, .room = x->room_size};
    p->request.arena = x->arena; /* it moves with the exchange */
    if (!p->is_read)
        jsonrpc_read(&p->request, x->arena, x->body);
    jsonrpc_answer(&out, &p->request, &s->config.limits, connection, s->config.handle, p->route->context);
    x->status = 200;
    x->type = "application/json";
    x->reply = buffer_bytes(&out);
}

static bool is_subscription(struct bytes method)
{
    static const char suffix[] = "_subscribe";
    const size_t len = sizeof suffix - 1;
    return method.len >= len && memcmp(method.ptr + method.len - len, suffix, len) == 0;
}

/* Small requests are read here: where a call runs depends on its method. */
static enum http_where place(struct jsonrpc_server *s, struct http_exchange *x, const struct jsonrpc_route *route)
{
    struct prepared *p = ARENA_TAKE_ZERO(x->arena, struct prepared, 1);
    p->route = route;
    x->user = p;
    if (x->body.len > QUICK_BYTES)
        return HTTP_WORKER_HOLD;
    jsonrpc_read(&p->request, x->arena, x->body);
    p->is_read = true;
    const struct bytes method = jsonrpc_method(&p->request);
    if (method.len == 0)
        return json_kind(p->request.body) == JSON_ARRAY ? HTTP_WORKER_HOLD : HTTP_HERE;
    if (s->config.is_quick && s->config.is_quick(route->context, method))
        return HTTP_HERE;
    return is_subscription(method) ? HTTP_WORKER_HOLD : HTTP_WORKER;
}

/* --- HTTP --- */

static enum http_where plain(struct http_exchange *x, u32 status)
{
    x->status = status;
    return HTTP_REPLIED;
}

static enum http_where refuse_http(struct http_exchange *x, u32 status, const char *name, const char *message)
{
    http_refuse(x, status, name, message);
    return HTTP_REPLIED;
}

/* A browser asks for a page where programs ask whether anybody is there. */
static bool wants_page(const struct http_exchange *x)
{
    const char *accepted = http_header(x, "accept");
    return accepted && strstr(accepted, "text/html");
}

static enum http_where serve_get(struct jsonrpc_server *s, struct http_exchange *x, const struct jsonrpc_route *route)
{
    if (route && !(s->config.get && wants_page(x)))
        return plain(x, 200);
    if (s->config.get) {
        s->config.get(s->config.get_context, x);
        return HTTP_REPLIED;
    }
    return refuse_http(x, 404, "HTTP_NOT_FOUND", "not found");
}

static enum http_where post(struct jsonrpc_server *s, struct http_exchange *x, const struct jsonrpc_route *route)
{
    if (!access_is_json(http_header(x, "content-type")))
        return refuse_http(x, 415, "HTTP_CONTENT_TYPE", "invalid content type, only application/json is supported");
    if (x->body.len == 0) /* as geth: nothing is asked, nothing is answered */
        return plain(x, 200);
    return place(s, x, route);
}

static enum http_where route_exchange(void *context, struct http_exchange *x)
{
    struct jsonrpc_server *s = context;
    if (x->socket) {
        const struct jsonrpc_connection *c = http_socket_user(x->socket);
        return place(s, x, c->route);
    }
    const struct jsonrpc_route *route = find_route(s, x);
    const char *origin = http_header(x, "origin");
    const bool is_get = strcmp(x->method, "GET") == 0, is_allowed = access_origin(s->config.origins, origin);
    if (!access_host(s->config.hosts, http_header(x, "host")))
        return refuse_http(x, 403, "HTTP_HOST", "invalid host specified");
    if (is_get && http_header(x, "upgrade")) {
        if (!route)
            return refuse_http(x, 404, "HTTP_NOT_FOUND", "not found");
        if (origin && !access_socket_origin(s->config.origins, origin))
            return refuse_http(x, 403, "HTTP_ORIGIN", "origin not allowed");
        x->upgrade = true;
        x->user = (void *)route;
        return HTTP_REPLIED;
    }
    if (s->config.origins)
        http_add_header(x, "Vary", "Origin");
    if (is_allowed)
        http_add_header(x, "Access-Control-Allow-Origin", origin);
    if (strcmp(x->method, "OPTIONS") == 0) {
        const char *headers = http_header(x, "access-control-request-headers");
        http_add_header(x, "Allow", "GET, HEAD, OPTIONS, POST");
        if (is_allowed) {
            http_add_header(x, "Access-Control-Allow-Methods", "GET, POST");
            http_add_header(x, "Access-Control-Max-Age", "600");
            if (headers)
                http_add_header(x, "Access-Control-Allow-Headers", headers);
        }
        return plain(x, 204);
    }
    if (is_get || strcmp(x->method, "HEAD") == 0)
        return serve_get(s, x, route);
    if (!route)
        return refuse_http(x, 404, "HTTP_NOT_FOUND", "not found");
    if (strcmp(x->method, "POST") == 0)
        return post(s, x, route);
    http_add_header(x, "Allow", "GET, HEAD, OPTIONS, POST");
    return refuse_http(x, 405, "HTTP_METHOD", "method not allowed");
}

/* --- WebSockets --- */

static void *on_socket_opened(void *context, struct http_socket *socket, const struct http_exchange *handshake)
{
    struct jsonrpc_server *s = context;
    struct jsonrpc_connection *c = calloc(1, sizeof *c);
    BUG_UNLESS(c);
    atomic_init(&c->references, 1);
    c->server = s;
    c->socket = socket;
    c->route = handshake->user;
    http_socket_hold(socket);
    if (s->config.opened)
        s->config.opened(c->route->context, c);
    return c;
}

static void closed(void *context, struct http_socket *socket)
{
    struct jsonrpc_server *s = context;
    struct jsonrpc_connection *c = http_socket_user(socket);
    if (s->config.closed)
        s->config.closed(c->route->context, c);
    jsonrpc_connection_drop(c);
}

void jsonrpc_connection_hold(struct jsonrpc_connection *c)
{
    atomic_fetch_add(&c->references, 1);
}

void jsonrpc_connection_drop(struct jsonrpc_connection *c)
{
    if (atomic_fetch_sub(&c->references, 1) != 1)
        return;
    http_socket_drop(c->socket);
    free(c);
}

u64 jsonrpc_connection_id(const struct jsonrpc_connection *c)
{
    return http_socket_id(c->socket);
}

void jsonrpc_connection_set_user(struct jsonrpc_connection *c, void *user)
{
    c->user = user;
}

void *jsonrpc_connection_user(const struct jsonrpc_connection *c)
{
    return c->user;
}

bool jsonrpc_notify(struct jsonrpc_connection *c, const char *method, u64 subscription, struct bytes result)
{
    char head[METHODS_MAX + 128];
    const int len = snprintf(head, sizeof head,
                             "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":{\"subscription\":\"0x%llx\",\"result\":",
                             method, (unsigned long long)subscription);
    BUG_UNLESS(strlen(method) <= METHODS_MAX && len > 0 && (size_t)len < sizeof head && result.len > 0);
    return http_socket_send(c->socket,
                            (const struct bytes[3]){bytes_of(head, (size_t)len), result, BYTES_LITERAL("}}")}, 3);
}

/* --- opening and closing --- */

enum err jsonrpc_server_open(struct jsonrpc_server **out, struct complaint *complaint,
                             const struct jsonrpc_server_config *config)
{
    struct jsonrpc_server *s = calloc(1, sizeof *s);
    BUG_UNLESS(s && config->handle);
    s->config = *config;
    const struct http_service service = {
        .context = s, .begin = route_exchange, .answer = answer_exchange, .opened = on_socket_opened, .closed = closed};
    const enum err e = http_start(&s->http, complaint, config->listen, config->listen_count, &config->http,
                                  &service, config->memory);
    if (e) {
        free(s);
        return e;
    }
    *out = s;
    return OK;
}

u16 jsonrpc_server_port(const struct jsonrpc_server *s, u32 listener)
{
    return http_port(s->http, listener);
}

void jsonrpc_server_counts(const struct jsonrpc_server *s, struct http_counts *out)
{
    http_count(s->http, out);
}

void jsonrpc_server_close(struct jsonrpc_server *s, u32 grace_ms)
{
    for (u32 i = 0; s->config.closing && i < s->config.route_count; i++)
        s->config.closing(s->config.route[i].context);
    http_stop(s->http, grace_ms);
    free(s);
}
