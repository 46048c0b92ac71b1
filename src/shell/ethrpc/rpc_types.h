/* rpc_types - blocks and receipts as Ethereum's JSON-RPC writes them (execution-apis), into ours.
 *
 * A header is rebuilt field by field and hashed: what a node says of a block is then bound to the block's hash. Fields
 * that are not there end it (struct header: forks only append). A receipt alone is bound to nothing: the
 * caller compares it with what it expects. All receipts and all transactions of a block are bound by its header's
 * roots.
 *
 * Memory: logs and data live in the arena given. Errors: REJECT_RPC for a field that is absent or malformed, with a
 * sentence in why; REJECT_L1_HEADER where the header does not hash to the hash that stands beside it, or does not
 * name what came with it. */
#ifndef ETHRPC_RPC_TYPES_H
#define ETHRPC_RPC_TYPES_H

#include "chain/block.h"
#include "chain/receipt.h"
#include "io/json.h"

/* The object that eth_getBlockByNumber and eth_getBlockByHash give. */
enum err rpc_header(struct arena *arena, struct header *out, hash32 *hash, struct json block,
                    struct buffer *why) MUST_CHECK;

/* What eth_getTransactionReceipt gives, as far as a struct receipt has it, and where it stands. */
struct rpc_receipt {
    struct receipt receipt; /* no output, no halt: the node does not tell them */
    hash32 tx_hash, block_hash;
    u64 block_number, index;
};
enum err rpc_receipt(struct arena *arena, struct rpc_receipt *out, struct json receipt, struct buffer *why) MUST_CHECK;

/* What eth_getBlockReceipts gives: all of a block's, in order, under the root that its header names. REJECT_L1_HEADER:
 * they are not those. */
enum err rpc_receipts(struct arena *arena, struct rpc_receipt **out, u32 *count, struct json list,
                      const struct header *h, struct buffer *why) MUST_CHECK;

/* The transactions of the object that eth_getBlockByHash gives when it is asked for them whole, under the root that the
 * block's header names. */
enum err rpc_transactions(struct arena *arena, struct tx **out, u32 *count, struct json block, const struct header *h,
                          struct buffer *why) MUST_CHECK;

/* What debug_traceTransaction gives with callTracer: the calldata of each message to `at` (its code, its storage) that
 * was not undone, in the order in which they were made. */
enum err rpc_calls(struct arena *arena, const struct bytes **calldata, size_t *count, struct json trace,
                   const address *at, struct buffer *why) MUST_CHECK;

/* --- arguments: a JSON array, piece by piece --- */
struct rpc_params {
    struct buffer text;
};
struct rpc_params rpc_params(struct arena *arena);
void rpc_add_quantity(struct rpc_params *p, u64 x);
void rpc_add_u256(struct rpc_params *p, const u256 *x);
void rpc_add_hex(struct rpc_params *p, struct bytes data);
void rpc_add_json(struct rpc_params *p, struct bytes json);
void rpc_add_block(struct rpc_params *p, const hash32 *hash); /* EIP-1898 */
struct bytes rpc_params_end(struct rpc_params *p);

#endif
