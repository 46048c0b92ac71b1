/* Methods about the node itself. */
#include "crypto/keccak.h"
#include "node/dispatch.h"
#include "node/node.h"
#include "node/write.h"

#include <stdio.h>

enum err rpc_web3_clientVersion(struct rpc_request *r)
{
    json_write_z(r->out, r->node->client_version);
    return OK;
}

enum err rpc_web3_sha3(struct rpc_request *r)
{
    const struct bytes data = rpc_data(r, 0);
    hash32 hash;
    keccak256(&hash, data.ptr, data.len);
    write_hash(r->out, &hash);
    return OK;
}

enum err rpc_net_version(struct rpc_request *r)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)r->node->network_id);
    json_write_z(r->out, text);
    return OK;
}

enum err rpc_net_listening(struct rpc_request *r)
{
    json_write_bool(r->out, true);
    return OK;
}

enum err rpc_net_peerCount(struct rpc_request *r)
{
    json_write_quantity(r->out, 0);
    return OK;
}

enum err rpc_eth_chainId(struct rpc_request *r)
{
    json_write_quantity(r->out, r->at->chain->rules->chain_id);
    return OK;
}

enum err rpc_eth_syncing(struct rpc_request *r)
{
    json_write_bool(r->out, false);
    return OK;
}

enum err rpc_eth_accounts(struct rpc_request *r)
{
    json_write_array(r->out);
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_coinbase(struct rpc_request *r)
{
    json_write_address(r->out, &r->at->head->header.coinbase);
    return OK;
}

enum err rpc_debug_getBadBlocks(struct rpc_request *r)
{
    return rpc_eth_accounts(r);
}

/* The part of each method's name before its underscore, once each; seen: the names so far, each behind a blank. */
static void write_modules(struct rpc_request *r, struct buffer *seen, const char *const *method, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t len = strcspn(method[i], "_");
        buffer_add_u8(seen, ' ');
        buffer_add(seen, method[i], len);
        buffer_add_u8(seen, ' ');
        if (memmem(seen->ptr, seen->len - len - 2, seen->ptr + seen->len - len - 2, len + 2)) {
            seen->len -= len + 2;
            continue;
        }
        json_write_key_bytes(r->out, bytes_of(method[i], len));
        json_write_z(r->out, "1.0");
    }
}

enum err rpc_rpc_modules(struct rpc_request *r)
{
    static const char *const method[] = {
#define RPC(name, parameters, what) #name,
#include "node/rpc.def"
#undef RPC
    };
    struct buffer seen = buffer_in(r->arena);
    json_write_object(r->out);
    write_modules(r, &seen, method, COUNT_OF(method));
    for (size_t i = 0; r->node->more && i < r->node->more->count; i++)
        write_modules(r, &seen, &r->node->more->method[i].name, 1);
    json_write_end(r->out);
    return OK;
}
