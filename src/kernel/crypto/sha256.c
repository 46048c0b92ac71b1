#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level functions: see the header */
#include "crypto/sha256.h"

#include <openssl/sha.h>

_Static_assert(sizeof(struct sha256) >= sizeof(SHA256_CTX) && _Alignof(struct sha256) >= _Alignof(SHA256_CTX),
               "room for libcrypto's state");

void sha256(hash32 *out, const void *ptr, size_t len)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, ptr, len);
    SHA256_Final(out->b, &context);
}

void sha256_init(struct sha256 *hash)
{
    SHA256_Init((SHA256_CTX *)hash->private_);
}

void sha256_add(struct sha256 *hash, const void *ptr, size_t len)
{
    SHA256_Update((SHA256_CTX *)hash->private_, ptr, len);
}

void sha256_end(struct sha256 *hash, hash32 *out)
{
    SHA256_Final(out->b, (SHA256_CTX *)hash->private_);
}
