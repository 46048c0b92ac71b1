/* secp256k1 and P-256. What an accelerator may or may not reject by itself is rejected here. */
#include "base/u256.h"
#include "crypto/p256.h"
#include "crypto/secp256k1.h"
#include "rv/zkvm_accelerators.h"

static const u256 secp256k1_order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}};
static const u256 p256_order = {{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}};
static const u256 p256_prime = {{0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001}};

static bool is_below(const hash32 *x, const u256 *limit)
{
    const u256 number = u256_from_hash32(x);
    return u256_lt(&number, limit);
}

static bool is_scalar_of(const hash32 *x, const u256 *order)
{
    return !hash32_is_zero(x) && is_below(x, order);
}

static zkvm_bytes_32 aligned(const hash32 *x)
{
    zkvm_bytes_32 out;
    memcpy(out.data, x->b, sizeof out.data);
    return out;
}

static zkvm_bytes_64 pair_of(const hash32 *x, const hash32 *y)
{
    zkvm_bytes_64 out;
    memcpy(out.data, x->b, sizeof x->b);
    memcpy(out.data + sizeof x->b, y->b, sizeof y->b);
    return out;
}

enum err secp256k1_recover_key(u8 key[64], const hash32 *digest, const struct signature *sig)
{
    if (sig->y_parity > 1 || !is_scalar_of(&sig->r, &secp256k1_order) || !is_scalar_of(&sig->s, &secp256k1_order))
        return REJECT_SIGNATURE;
    const zkvm_secp256k1_hash message = aligned(digest);
    const zkvm_secp256k1_signature signature = pair_of(&sig->r, &sig->s);
    zkvm_secp256k1_pubkey out;
    if (zkvm_secp256k1_ecrecover(&message, &signature, sig->y_parity, &out) != ZKVM_EOK)
        return REJECT_SIGNATURE;
    memcpy(key, out.data, sizeof out.data);
    return OK;
}

enum err p256_verify(const hash32 *digest, const hash32 *r, const hash32 *s, const hash32 *x, const hash32 *y)
{
    if (!is_scalar_of(r, &p256_order) || !is_scalar_of(s, &p256_order) || !is_below(x, &p256_prime) ||
        !is_below(y, &p256_prime))
        return REJECT_FIELD;
    const zkvm_secp256r1_hash message = aligned(digest);
    const zkvm_secp256r1_signature signature = pair_of(r, s);
    const zkvm_secp256r1_pubkey key = pair_of(x, y);
    bool verified = false;
    if (zkvm_secp256r1_verify(&message, &signature, &key, &verified) != ZKVM_EOK)
        return REJECT_POINT;
    return verified ? OK : REJECT_SIGNATURE;
}
