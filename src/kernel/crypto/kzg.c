#include "crypto/kzg.h"

#include "crypto/kzg_scalar.h"
#include "crypto/sha256.h"

/* What compute_challenge hashes, in one piece: accelerators take no message in parts. */
struct challenge {
    u8 domain[16];
    u8 degree[16];
    struct kzg_blob blob;
    struct kzg_point commitment;
};

void kzg_hash_to_field(hash32 *out, const hash32 *digest)
{
    u256 x = u256_from_hash32(digest);
    for (unsigned times = 0; times < 2; times++) /* 2^256 < 3 r */
        modulus_reduce_once(&x, &x, 0, &kzg_r);
    *out = u256_to_hash32(&x);
}

void kzg_challenge(hash32 *out, const struct kzg_blob *blob, const struct kzg_point *commitment)
{
    struct challenge message;
    hash32 digest;
    memcpy(message.domain, "FSBLOBVERIFY_V1_", sizeof message.domain);
    memset(message.degree, 0, sizeof message.degree);
    store_be64(message.degree + 8, KZG_BLOB_BYTES / 32);
    message.blob = *blob;
    message.commitment = *commitment;
    sha256(&digest, &message, sizeof message);
    kzg_hash_to_field(out, &digest);
}
