#include "signer/secp256k1_sign.h"

#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>

/* Secrets pass through here, so this is libsecp256k1, which hides its timing. Its context is a few hundred bytes in
 * the caller's frame, made in 0.5 us of the 31 us that a signature takes: nothing is kept between calls.
 * Recovery, which is public, is crypto/secp256k1_recover.c. */
struct signer {
    _Alignas(16) u8 memory[1024];
};

static enum err open_signer(struct signer *s, secp256k1_context **out)
{
    if (secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) > sizeof s->memory)
        return FAULT_CRYPTO;
    *out = secp256k1_context_preallocated_create(s->memory, SECP256K1_CONTEXT_NONE);
    return OK;
}

enum err secp256k1_sign(struct signature *out, const hash32 *digest, const hash32 *private_key)
{
    struct signer memory;
    secp256k1_context *context;
    TRY(open_signer(&memory, &context));
    if (!secp256k1_ec_seckey_verify(context, private_key->b))
        return REJECT_KEY;
    secp256k1_ecdsa_recoverable_signature sig;
    if (!secp256k1_ecdsa_sign_recoverable(context, &sig, digest->b, private_key->b, NULL, NULL))
        return FAULT_CRYPTO;
    u8 rs[64];
    int parity;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context, rs, &parity, &sig);
    if (parity > 1) /* r = x - n: one nonce in 2^127, and no signature of Ethereum can say it */
        return FAULT_CRYPTO;
    memcpy(out->r.b, rs, 32);
    memcpy(out->s.b, rs + 32, 32);
    out->y_parity = (u8)parity;
    return OK;
}

enum err secp256k1_address(address *out, const hash32 *private_key)
{
    struct signer memory;
    secp256k1_context *context;
    TRY(open_signer(&memory, &context));
    secp256k1_pubkey key;
    if (!secp256k1_ec_pubkey_create(context, &key, private_key->b))
        return REJECT_KEY;
    u8 point[65]; /* 0x04 || x || y */
    size_t len = sizeof point;
    secp256k1_ec_pubkey_serialize(context, point, &len, &key, SECP256K1_EC_UNCOMPRESSED);
    secp256k1_address_of_key(out, point + 1);
    return OK;
}
