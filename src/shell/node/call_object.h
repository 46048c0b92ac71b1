/* call_object - what a call asks for: an unsigned transaction of which most is optional.
 *
 *   {from, to, gas, gasPrice | maxFeePerGas + maxPriorityFeePerGas, maxFeePerBlobGas, value, nonce, data | input,
 *    chainId, accessList, blobVersionedHashes, authorizationList}
 *
 * Errors: REJECT_CALL with the error set. Memory: the request's arena. */
#ifndef NODE_CALL_OBJECT_H
#define NODE_CALL_OBJECT_H

#include "node/rpc_members.h"

struct call_object {
    struct tx tx; /* with its sender; zero where the object says nothing */
    bool has_gas, has_nonce, has_gas_price, has_max_fee, has_priority_fee, has_blob_hashes, has_access_list,
        has_authorizations;
};

/* index: the parameter that the object is, or is in, for messages. */
enum err call_object_read(struct rpc_request *r, struct call_object *out, struct json v, u32 index) MUST_CHECK;
/* Settles what the object leaves open: its type, and gas, at most gas_max. */
void call_object_complete(struct call_object *c, const struct chain_rules *rules, const struct header *h, u64 gas_max);

#endif
