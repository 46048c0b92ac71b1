/* typed_data - the digest of EIP-712 typed data, as eth_signTypedData_v4 takes it:
 *
 *     {"types": {"Mail": [{"name": "to", "type": "address"}, ..], "EIP712Domain": [..]},
 *      "primaryType": "Mail", "domain": {..}, "message": {..}}
 *
 *     keccak256(0x1901 || hashStruct(EIP712Domain, domain) || hashStruct(primaryType, message))
 *
 * Each member of a type must be there, and in its range; the message says which is not. Members that no type names are
 * not signed, and ignored, as in other signers.
 *
 * Memory: the arena. Errors: REJECT_JSON, with the message in why. */
#ifndef DEVNET_TYPED_DATA_H
#define DEVNET_TYPED_DATA_H

#include "base/buffer.h"
#include "io/json.h"

enum err typed_data_digest(hash32 *out, struct arena *arena, struct json data, struct buffer *why) MUST_CHECK;

#endif
