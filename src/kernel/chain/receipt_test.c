/* Blooms, as go-ethereum's core/types/bloom9_test.go has them. */
#include "chain/receipt.h"

#include "codec/hex.h"
#include "crypto/keccak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct bytes text(const char *z)
{
    return bytes_of(z, strlen(z));
}

/* What was added is found; two words that were not are not. */
static void holds(void **unused)
{
    (void)unused;
    static const char *const added[] = {"testtest", "test", "hallo", "other"}, *const absent[] = {"tes", "lo"};
    struct bloom b = {{0}};
    for (size_t i = 0; i < COUNT_OF(added); i++) {
        assert_false(bloom_may_hold(&b, text(added[i])));
        bloom_add(&b, text(added[i]));
    }
    for (size_t i = 0; i < COUNT_OF(added); i++)
        assert_true(bloom_may_hold(&b, text(added[i])));
    for (size_t i = 0; i < COUNT_OF(absent); i++)
        assert_false(bloom_may_hold(&b, text(absent[i])));
}

/* A hundred words, and the hash of the bloom. */
static void extensively(void **unused)
{
    (void)unused;
    struct bloom b = {{0}};
    hash32 is, want;
    char word[64];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(word, sizeof word, "xxxxxxxxxx data %u yyyyyyyyyyyyyy", i);
        bloom_add(&b, text(word));
    }
    keccak256(&is, b.b, sizeof b.b);
    assert_int_equal(hex_fixed(want.b, sizeof want.b, BYTES_LITERAL("c8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f89a2dcf50b09eb263")), OK);
    assert_memory_equal(is.b, want.b, sizeof is.b);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(word, sizeof word, "xxxxxxxxxx data %u yyyyyyyyyyyyyy", i);
        assert_true(bloom_may_hold(&b, text(word)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds),
        cmocka_unit_test(extensively),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
