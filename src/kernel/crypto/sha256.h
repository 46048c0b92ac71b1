/* sha256 - SHA-256 (FIPS 180-4), by libcrypto, which takes the processor's SHA instructions.
 *
 * Its low-level functions, since they look up nothing and allocate nothing: 50 ns for 32 bytes where
 * the one-shot SHA256() of OpenSSL 3 takes 290 ns to fetch its digest. */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include "base/types.h"

void sha256(hash32 *out, const void *ptr, size_t len);

/* The same of a message in pieces. A value, to be copied freely; used up after sha256_end. */
struct sha256 {
    u64 private_[14];
};
void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *ptr, size_t len);
void sha256_end(struct sha256 *hash, hash32 *out);

#endif
