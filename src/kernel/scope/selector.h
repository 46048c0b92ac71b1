/* selector - the function and error selectors that C code and the contracts share: selector.def.
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

#endif
