/* secp256k1: recovery says of any digest, r, s and parity what libsecp256k1 says.
 *
 * The first byte says how r and s are made of the rest: as they stand, or of a signature by a key, tampered with, so
 * that most are points of the curve; or r and s are small, or close to the order. */
#include "crypto/secp256k1.h"

#include "signer/secp256k1_sign.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const u8 order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                             0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                             0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

static bool recover_by_library(address *out, const hash32 *digest, const struct signature *sig)
{
    u8 rs[64], point[65];
    memcpy(rs, sig->r.b, 32);
    memcpy(rs + 32, sig->s.b, 32);
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (sig->y_parity > 1 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed, rs, sig->y_parity) ||
        !secp256k1_ecdsa_recover(secp256k1_context_static, &key, &parsed, digest->b))
        return false;
    size_t len = sizeof point;
    secp256k1_ec_pubkey_serialize(secp256k1_context_static, point, &len, &key, SECP256K1_EC_UNCOMPRESSED);
    secp256k1_address_of_key(out, point + 1);
    return true;
}

static hash32 take(const uint8_t **data, size_t *size)
{
    hash32 h = {{0}};
    const size_t len = *size < 32 ? *size : 32;
    if (len)
        memcpy(h.b, *data, len);
    *data += len;
    *size -= len;
    return h;
}

/* order + x - 128 for a byte x: around the order. */
static hash32 near_order(u8 x)
{
    hash32 h;
    memcpy(h.b, order, 32);
    int carry = x - 128;
    for (int i = 31; i >= 0 && carry; i--) {
        const int sum = h.b[i] + carry;
        h.b[i] = (u8)sum;
        carry = sum >> 8;
    }
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const u8 way = *data++;
    size--;
    const hash32 digest = take(&data, &size), x = take(&data, &size), y = take(&data, &size);
    struct signature sig = {x, y, way >> 7};
    if ((way & 7) == 1) {
        if (secp256k1_sign(&sig, &digest, &x) != OK)
            return 0;
        for (unsigned i = 0; i < 32; i++)
            sig.s.b[i] ^= y.b[i];
        sig.y_parity ^= way >> 7;
    } else if ((way & 7) == 2) {
        memset(sig.r.b, 0, 31);
    } else if ((way & 7) == 3) {
        memset(sig.s.b, 0, 31);
    } else if ((way & 7) == 4) {
        sig.r = near_order(x.b[0]);
    } else if ((way & 7) == 5) {
        sig.s = near_order(x.b[0]);
        memset(sig.r.b, 0, 31);
    } else if ((way & 7) == 6) {
        sig.s = digest; /* both multiples alike */
        sig.r = y;
    }
    address here = {{0}}, there = {{0}};
    const enum err e = secp256k1_recover(&here, &digest, &sig);
    const bool known = recover_by_library(&there, &digest, &sig);
    BUG_UNLESS(e == OK || e == REJECT_SIGNATURE);
    BUG_UNLESS((e == OK) == known && address_eq(&here, &there));
    return 0;
}
