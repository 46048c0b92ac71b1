#include "node/server.h"

#include "evm/evm.h"
#include "io/memory.h"
#include "node/dispatch.h"
#include "node/subscriptions.h"

/* What is known without a lock or a state: slow calls on all workers do not hold these up. */
static bool takes_microseconds(void *node, struct bytes method)
{
    static const char *const quick[] = {"eth_blockNumber", "eth_chainId", "eth_syncing", "net_version", "net_listening",
                                        "web3_clientVersion"};
    (void)node;
    for (size_t i = 0; i < COUNT_OF(quick); i++)
        if (bytes_eq(method, bytes_of(quick[i], strlen(quick[i]))))
            return true;
    return false;
}

static void connection_closed(void *node, struct jsonrpc_connection *connection)
{
    subscriptions_forget(((struct node *)node)->subscriptions, connection);
}

static void server_closes(void *node)
{
    subscriptions_stop(((struct node *)node)->subscriptions);
}

enum err node_serve(struct jsonrpc_server **out, struct complaint *complaint, const struct node_endpoints *endpoints)
{
    struct jsonrpc_server_config config = {
        .listen = endpoints->listen,
        .listen_count = endpoints->listen_count,
        .route = endpoints->route,
        .route_count = endpoints->route_count,
        .http = http_default_limits(),
        .limits = jsonrpc_default_limits(),
        .memory = &system_memory,
        .handle = rpc_handle,
        .is_quick = takes_microseconds,
        .get = endpoints->get,
        .get_context = endpoints->get_context,
        .closed = connection_closed,
        .closing = server_closes,
    };
    config.http.stack_bytes = EVM_STACK_BYTES + (1 << 20);
    return jsonrpc_server_open(out, complaint, &config);
}
