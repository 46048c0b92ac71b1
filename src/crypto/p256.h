/* p256 - ECDSA verification on the curve secp256r1 (FIPS 186-5), by libcrypto.
 *
 * All numbers are 32 bytes big endian. The ranges (0 < r, s < n; x, y < p) are checked here, since
 * libcrypto would reduce coordinates instead of refusing them. */
#ifndef CRYPTO_P256_H
#define CRYPTO_P256_H

#include "base/err.h"
#include "base/types.h"

/* OK when (r, s) signs the digest under the key (x, y). REJECT_SIGNATURE when not, REJECT_POINT when
 * (x, y) is no point of the curve, FAULT_CRYPTO when libcrypto failed (it allocates). */
enum err p256_verify(const hash32 *digest, const hash32 *r, const hash32 *s, const hash32 *x, const hash32 *y) MUST_CHECK;

#endif
