/* Methods that show transactions, receipts, and both as bytes. */
#include "node/mempool.h"
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

static enum err give_null(struct rpc_request *r)
{
    json_write_null(r->out);
    return OK;
}

/* The block with a hash, canonical or not; NULL: unknown. */
static const struct chain_block *transaction_block_by_hash(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    return chain_block_by_hash(r->at->chain, &hash);
}

/* --- transactions --- */

enum err rpc_eth_getTransactionByHash(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    const struct tx_place *p = snapshot_find_tx(r->at, &hash);
    if (!p)
        return mempool_write_tx(r->node->pool, r->out, &hash) ? OK : give_null(r);
    write_tx_at(r->out, p->block, p->index);
    return OK;
}

static enum err give_by_index(struct rpc_request *r, const struct chain_block *b)
{
    const u64 index = rpc_quantity(r, 1);
    if (!b || index >= b->tx_count)
        return give_null(r);
    write_tx_at(r->out, b, (u32)index);
    return OK;
}

enum err rpc_eth_getTransactionByBlockNumberAndIndex(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return give_by_index(r, b);
}

enum err rpc_eth_getTransactionByBlockHashAndIndex(struct rpc_request *r)
{
    return give_by_index(r, transaction_block_by_hash(r));
}

/* --- receipts --- */

enum err rpc_eth_getTransactionReceipt(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    const struct tx_place *p = snapshot_find_tx(r->at, &hash);
    if (!p)
        return give_null(r);
    write_receipt(r->out, r->at->chain->rules, p->block, p->index, p->first_log);
    return OK;
}

enum err rpc_eth_getBlockReceipts(struct rpc_request *r)
{
    const struct chain_block *b;
    u32 log = 0;
    TRY(rpc_block(r, &b, 0));
    if (!b)
        return give_null(r);
    json_write_array(r->out);
    for (u32 i = 0; i < b->tx_count; i++) {
        write_receipt(r->out, r->at->chain->rules, b, i, log);
        log += b->receipt[i].log_count;
    }
    json_write_end(r->out);
    return OK;
}

/* --- as bytes --- */

static enum err raw_block(struct rpc_request *r, const struct chain_block **out)
{
    TRY(rpc_block(r, out, 0));
    return *out ? OK : rpc_fail(r, JSONRPC_SERVER_ERROR, "header not found");
}

enum err rpc_debug_getRawBlock(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(raw_block(r, &b));
    json_write_hex(r->out, b->rlp);
    return OK;
}

enum err rpc_debug_getRawHeader(struct rpc_request *r)
{
    const struct chain_block *b;
    struct buffer rlp = buffer_in(r->arena);
    TRY(raw_block(r, &b));
    header_encode(&rlp, &b->header);
    json_write_hex(r->out, buffer_bytes(&rlp));
    return OK;
}

enum err rpc_debug_getRawReceipts(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(raw_block(r, &b));
    json_write_array(r->out);
    for (u32 i = 0; i < b->tx_count; i++) {
        struct buffer bytes = buffer_in(r->arena);
        receipt_encode(&bytes, &b->receipt[i]);
        json_write_hex(r->out, buffer_bytes(&bytes));
    }
    json_write_end(r->out);
    return OK;
}

static void give_envelope(struct rpc_request *r, const struct tx *t)
{
    struct buffer envelope = buffer_in(r->arena);
    tx_encode(&envelope, t);
    json_write_hex(r->out, buffer_bytes(&envelope));
}

/* Empty bytes for one that is not known, as go-ethereum has it. */
enum err rpc_debug_getRawTransaction(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    const struct tx_place *p = snapshot_find_tx(r->at, &hash);
    if (p)
        give_envelope(r, &p->block->tx[p->index]);
    else
        json_write_hex(r->out, mempool_envelope(r->node->pool, r->arena, &hash));
    return OK;
}

enum err rpc_eth_getRawTransactionByHash(struct rpc_request *r)
{
    return rpc_debug_getRawTransaction(r);
}
