/* ripemd160 - RIPEMD-160 (ISO/IEC 10118-3), by libcrypto's low-level functions, as in sha256.h. */
#ifndef CRYPTO_RIPEMD160_H
#define CRYPTO_RIPEMD160_H

#include "base/types.h"

void ripemd160(u8 out[20], const void *ptr, size_t len);

#endif
