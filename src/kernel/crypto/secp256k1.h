/* secp256k1 - keys and signatures by libsecp256k1, which hides its timing; recovery, which is public, by own code.
 *
 * A private key and r, s are 32 bytes big endian. Callers that need low s (EIP-2) ask for it. Nothing is allocated, and
 * there is no state between calls. */
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
/* Deterministic (RFC 6979), low s. REJECT_KEY for 0 or n and above; FAULT_CRYPTO when the library fails. */
enum err secp256k1_sign(struct signature *out, const hash32 *digest, const hash32 *private_key) MUST_CHECK;
/* REJECT_KEY, FAULT_CRYPTO as above. */
enum err secp256k1_address(address *out, const hash32 *private_key) MUST_CHECK;
/* The address of a public key: keccak256(x || y)[12:]. */
void secp256k1_address_of_key(address *out, const u8 key[64]);
/* s <= n/2 (EIP-2) */
bool secp256k1_is_low_s(const hash32 *s);

#endif
