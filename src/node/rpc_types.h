/* rpc_types - blocks and receipts as Ethereum's JSON-RPC writes them (execution-apis), into ours.
 *
 * A header is rebuilt field by field and hashed: what a node says of a block is then bound to the block's hash. Fields
 * that are not there end it (struct header: forks only append). A receipt is bound to nothing: the caller compares
 * it with what it expects.
 *
 * Memory: logs and data live in the arena given. Errors: REJECT_RPC for a field that is absent or malformed, with a
 * sentence in why; REJECT_L1_HEADER where the header does not hash to the hash that stands beside it. */
#ifndef NODE_RPC_TYPES_H
#define NODE_RPC_TYPES_H

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
