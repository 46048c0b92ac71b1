/* secp256k1 - the signer behind a signature: public data only, own code. Signing is signer/secp256k1_sign.h.
 *
 * r and s are 32 bytes big endian. Callers that need low s (EIP-2) ask for it. Nothing is allocated, and there is no
 * state between calls. */
#ifndef CRYPTO_SECP256K1_H
#define CRYPTO_SECP256K1_H

#include "base/err.h"
#include "base/types.h"

struct signature {
    hash32 r, s;
    u8 y_parity; /* 0 or 1 */
};

/* The signer's address; REJECT_SIGNATURE when no key can have made it. Any s in 1..n-1 is accepted. */
enum err secp256k1_recover(address *out, const hash32 *digest, const struct signature *sig) MUST_CHECK;
/* The same, the signer's public key: x || y. */
enum err secp256k1_recover_key(u8 key[64], const hash32 *digest, const struct signature *sig) MUST_CHECK;
/* The address of a public key: keccak256(x || y)[12:]. */
void secp256k1_address_of_key(address *out, const u8 key[64]);
/* s <= n/2 (EIP-2) */
bool secp256k1_is_low_s(const hash32 *s);

#endif
