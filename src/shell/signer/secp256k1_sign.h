/* secp256k1_sign - what needs a private key, by libsecp256k1, which hides its timing.
 *
 * A private key is 32 bytes big endian. Nothing is allocated, and there is no state between calls. */
#ifndef SIGNER_SECP256K1_SIGN_H
#define SIGNER_SECP256K1_SIGN_H

#include "crypto/secp256k1.h"

/* Deterministic (RFC 6979), low s. REJECT_KEY for 0 or n and above; FAULT_CRYPTO when the library fails. */
enum err secp256k1_sign(struct signature *out, const hash32 *digest, const hash32 *private_key) MUST_CHECK;
/* REJECT_KEY, FAULT_CRYPTO as above. */
enum err secp256k1_address(address *out, const hash32 *private_key) MUST_CHECK;

#endif
