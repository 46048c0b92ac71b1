#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level functions: see the header */
#include "crypto/ripemd160.h"

#include <openssl/ripemd.h>

void ripemd160(u8 out[20], const void *ptr, size_t len)
{
    RIPEMD160_CTX context;
    RIPEMD160_Init(&context);
    RIPEMD160_Update(&context, ptr, len);
    RIPEMD160_Final(out, &context);
}
