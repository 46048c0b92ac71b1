#include "signer/tx_sign.h"

#include "signer/secp256k1_sign.h"

enum err tx_sign(struct tx *t, const hash32 *private_key, struct arena *scratch)
{
    hash32 digest;
    struct signature signature;
    address sender;
    BUG_UNLESS(t->type != TX_SYSTEM);
    tx_signing_hash(&digest, t, scratch);
    TRY(secp256k1_address(&sender, private_key));
    TRY(secp256k1_sign(&signature, &digest, private_key));
    t->signature = signature;
    t->sender = sender;
    t->has_sender = true;
    t->has_hash = false;
    tx_hash(&t->hash, t, scratch);
    t->has_hash = true;
    return OK;
}

enum err authorization_sign(struct authorization *a, const hash32 *private_key)
{
    hash32 digest;
    struct signature signature;
    address signer;
    authorization_signing_hash(&digest, a);
    TRY(secp256k1_address(&signer, private_key));
    TRY(secp256k1_sign(&signature, &digest, private_key));
    a->r = signature.r;
    a->s = signature.s;
    a->y_parity = signature.y_parity;
    a->signer = signer;
    a->signer_is = SIGNER_FOUND;
    return OK;
}
