/* p256 - ECDSA verification on the curve secp256r1 (FIPS 186-5), as EIP-7951 requires it; by libcrypto.
 *
 * All numbers are 32 bytes big endian; nothing is reduced that must be rejected.
 *
 *   e = digest, u1 = e / s, u2 = r / s mod n;   the signature is valid if r = x(u1 G + u2 Q) mod n
 *
 * No state between calls: libcrypto's description of the curve is created and freed by each, on libcrypto's heap, which
 * is 10 us of the 85 that a call takes. */
#ifndef CRYPTO_P256_H
#define CRYPTO_P256_H

#include "base/err.h"

/* OK when (r, s) signs the digest under the key (x, y). REJECT_SIGNATURE when not; REJECT_FIELD when r or s is not in
 * 1 .. n - 1 or x or y not below p; REJECT_POINT when (x, y) is not on the curve. FAULT_CRYPTO when libcrypto fails. */
enum err p256_verify(const hash32 *digest, const hash32 *r, const hash32 *s, const hash32 *x,
                     const hash32 *y) MUST_CHECK;

#endif
