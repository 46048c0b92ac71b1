#include "node/server.h"

#include "evm/evm.h"
#include "io/memory.h"
#include "node/rpc.h"

enum {
    CONNECTIONS_MAX = 256,
    BODY_MAX = 5 << 20, /* go-ethereum's */
    BODIES_MAX = 64 << 20,
    IDLE_MS = 120000,
};

static void handle(void *context, struct http_reply *reply, const struct http_call *call)
{
    const struct jsonrpc_limits limits = jsonrpc_default_limits();
    struct buffer response = buffer_in(reply->arena);
    struct jsonrpc_request request;
    if (strcmp(call->method, "POST") != 0) {
        reply->status = 405;
        reply->allow = "POST";
        return;
    }
    jsonrpc_read(&request, reply->arena, call->body);
    jsonrpc_answer(&response, &request, &limits, NULL, rpc_handle, context);
    reply->status = 200;
    reply->type = "application/json";
    reply->body = buffer_bytes(&response);
}

enum err node_serve(struct http_server **out, struct complaint *complaint, struct node *node, const char *listen)
{
    const struct http_server_config config = {
        .listen = listen,
        .connections_max = CONNECTIONS_MAX,
        .body_max = BODY_MAX,
        .bodies_max = BODIES_MAX,
        .idle_ms = IDLE_MS,
        .stack_bytes = EVM_STACK_BYTES + (1 << 20),
        .memory = &system_memory,
        .handle = handle,
        .context = node,
    };
    return http_server_open(out, complaint, &config);
}
