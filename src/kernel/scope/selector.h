/* selector - the function selectors and event topics that C code and the contracts share: selector.def, and the two
 * events.
 *
 * A selector is the first four bytes of keccak256(signature), as a big-endian number. */
#ifndef SCOPE_SELECTOR_H
#define SCOPE_SELECTOR_H

#include "base/types.h"

enum selector {
#define SELECTOR(name, value, signature) SELECTOR_##name = (int)value,
#include "scope/selector.def"
#undef SELECTOR
};

/* The first four bytes of calldata or of an error's data; 0 where there are fewer. */
static inline u32 selector_of(struct bytes data)
{
    return data.len >= 4 ? load_be32(data.ptr) : 0;
}

/* ScopedCall(uint256 indexed targetChainId, address indexed from, address indexed to, uint256 nonce, uint256 value,
 *            uint256 gasLimit, bytes data) */
extern const hash32 topic_scoped_call;
/* ScopedCallExecuted(bytes32 indexed requestHash, bytes response) */
extern const hash32 topic_scoped_call_executed;

#endif
