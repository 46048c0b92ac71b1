/* ripemd160 - RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996; ISO/IEC 10118-3), by libcrypto.
 *
 * Its low-level functions, for the reason of sha256.h: they look up nothing and allocate nothing. */
#ifndef CRYPTO_RIPEMD160_H
#define CRYPTO_RIPEMD160_H

#include "base/types.h"

void ripemd160(u8 out[20], const void *ptr, size_t len);

#endif
