/* fill - what the sender of a transaction left open: fees for the next blocks, type, chain id, nonce, gas. */
#ifndef NODE_FILL_H
#define NODE_FILL_H

#include "node/call_object.h"

/* Parameter 0, which must name its sender. Fees, type and chain id are filled in, with gas_default where no gas is
 * given; the nonce is not. */
enum err fill_read(struct rpc_request *r, struct call_object *out, u64 gas_default) MUST_CHECK;
/* The same for a call object that was read elsewhere. */
void fill_complete(struct rpc_request *r, struct call_object *c, u64 gas_default);
/* The account's next nonce, behind its transactions in the pool. */
enum err fill_nonce(struct rpc_request *r, u64 *out, const address *at) MUST_CHECK;
/* eth_fillTransaction, with gas from an estimate. */
enum err fill_transaction(struct rpc_request *r,
                          enum err (*estimate)(struct rpc_request *r, u64 *gas)) MUST_CHECK;

#endif
