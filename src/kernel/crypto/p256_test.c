/* 622 cases of Wycheproof are in the fixtures. */
#include "crypto/p256_rows.h"

#include <openssl/err.h>

static void verifications(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const enum err got = verify(i);
        if (got != row[i].want)
            fail_msg("%s: %s", row[i].name, err_name(got));
        assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the next who asks libcrypto */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verifications)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
