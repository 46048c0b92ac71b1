#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level functions: see the header */
#include "crypto/sha256.h"

#include <openssl/sha.h>

void sha256(hash32 *out, const void *ptr, size_t len)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, ptr, len);
    SHA256_Final(out->b, &context);
}
