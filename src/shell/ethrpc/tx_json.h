/* tx_json - transactions as JSON-RPC and the transition tool write them, read into a struct tx.
 *
 *   {"type": "0x2", "chainId", "nonce", "gas" or "gasLimit", "gasPrice" or "maxFeePerGas" and "maxPriorityFeePerGas",
 *    "to", "value", "input" or "data", "accessList", "maxFeePerBlobGas", "blobVersionedHashes", "authorizationList",
 *    "v" or "yParity", "r", "s"}     or, in place of the last three, "secretKey", with which it is signed
 *
 * A number that does not fit is the REJECT_TX_* that the same number in RLP would meet. REJECT_JSON, with a complaint:
 * this is no transaction at all. Memory: lists and data go into the arena. */
#ifndef ETHRPC_TX_JSON_H
#define ETHRPC_TX_JSON_H

#include "chain/tx.h"
#include "io/json.h"

enum err tx_from_json(struct tx *out, struct arena *arena, struct complaint *complaint, struct json fields) MUST_CHECK;

#endif
