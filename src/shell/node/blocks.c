/* Methods that show blocks. */
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

/* The block with a hash, canonical or not; NULL: unknown. */
static const struct chain_block *block_param_by_hash(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    return chain_block_by_hash(r->at->chain, &hash);
}

enum err rpc_eth_blockNumber(struct rpc_request *r)
{
    json_write_quantity(r->out, r->at->head->header.number);
    return OK;
}

static enum err give_block(struct rpc_request *r, const struct chain_block *b)
{
    if (b)
        write_block(r->out, b, rpc_bool(r, 1));
    else
        json_write_null(r->out);
    return OK;
}

enum err rpc_eth_getBlockByNumber(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_block(r, b);
}

enum err rpc_eth_getBlockByHash(struct rpc_request *r)
{
    return give_block(r, block_param_by_hash(r));
}

static enum err give_header(struct rpc_request *r, const struct header *h, const hash32 *hash)
{
    if (!h) {
        json_write_null(r->out);
        return OK;
    }
    json_write_object(r->out);
    write_header_members(r->out, h, hash);
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_getHeaderByNumber(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_header(r, b ? &b->header : NULL, b ? &b->hash : NULL);
}

enum err rpc_eth_getHeaderByHash(struct rpc_request *r)
{
    const struct chain_block *b = block_param_by_hash(r);
    return give_header(r, b ? &b->header : NULL, b ? &b->hash : NULL);
}

static enum err give_count(struct rpc_request *r, const struct chain_block *b, u32 count)
{
    if (b)
        json_write_quantity(r->out, count);
    else
        json_write_null(r->out);
    return OK;
}

enum err rpc_eth_getBlockTransactionCountByNumber(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_count(r, b, b ? b->tx_count : 0);
}

enum err rpc_eth_getBlockTransactionCountByHash(struct rpc_request *r)
{
    const struct chain_block *b = block_param_by_hash(r);
    return give_count(r, b, b ? b->tx_count : 0);
}

enum err rpc_eth_getUncleCountByBlockNumber(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_count(r, b, b ? b->ommer_count : 0);
}

enum err rpc_eth_getUncleCountByBlockHash(struct rpc_request *r)
{
    const struct chain_block *b = block_param_by_hash(r);
    return give_count(r, b, b ? b->ommer_count : 0);
}

static enum err give_ommer(struct rpc_request *r, const struct chain_block *b)
{
    const u64 index = rpc_quantity(r, 1);
    hash32 hash;
    if (!b || index >= b->ommer_count)
        return give_header(r, NULL, NULL);
    header_hash(&hash, &b->ommer[index], r->arena);
    return give_header(r, &b->ommer[index], &hash);
}

enum err rpc_eth_getUncleByBlockNumberAndIndex(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_ommer(r, b);
}

enum err rpc_eth_getUncleByBlockHashAndIndex(struct rpc_request *r)
{
    return give_ommer(r, block_param_by_hash(r));
}
