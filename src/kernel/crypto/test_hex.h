/* test_hex - hex literals as bytes, for the tests of this folder. */
#ifndef CRYPTO_TEST_HEX_H
#define CRYPTO_TEST_HEX_H

#include "codec/hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Exactly len bytes, or the test fails. */
static inline void unhex(void *out, size_t len, const char *hex)
{
    assert_int_equal(hex_fixed(out, len, bytes_of(hex, strlen(hex))), OK);
}

static inline hash32 unhex32(const char *hex)
{
    hash32 h;
    unhex(h.b, sizeof h.b, hex);
    return h;
}

/* The bytes i * 7 + len for i from 0. */
static inline void fill_message(u8 *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (u8)(i * 7 + len);
}

#endif
