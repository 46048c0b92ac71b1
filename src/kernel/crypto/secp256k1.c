#include "crypto/secp256k1.h"

#include "crypto/keccak.h"

void secp256k1_address_of_key(address *out, const u8 key[64])
{
    hash32 hash;
    keccak256(&hash, key, 64);
    memcpy(out->b, hash.b + 12, sizeof out->b);
}

enum err secp256k1_recover(address *out, const hash32 *digest, const struct signature *sig)
{
    u8 key[64];
    TRY(secp256k1_recover_key(key, digest, sig));
    secp256k1_address_of_key(out, key);
    return OK;
}

bool secp256k1_is_low_s(const hash32 *s)
{
    static const hash32 half_order = {{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                       0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0}};
    return memcmp(s->b, half_order.b, 32) <= 0;
}
