#include "node/server.h"

#include "evm/evm.h"
#include "io/memory.h"
#include "node/rpc.h"

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
        .get = endpoints->get,
        .get_context = endpoints->get_context,
    };
    config.http.stack_bytes = EVM_STACK_BYTES + (1 << 20);
    return jsonrpc_server_open(out, complaint, &config);
}
