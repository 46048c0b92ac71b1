/* P-256 by libcrypto, where that has no memory. */
#include "crypto/p256_rows.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

/* libcrypto's heap: how many requests are granted before the one that is refused, and whether those after it are
 * refused, too. */
static size_t granted = SIZE_MAX;
static bool for_good, refused;

static bool is_granted(void)
{
    if (granted == SIZE_MAX)
        return true;
    if (granted == 0) {
        refused = true;
        granted = for_good ? 0 : SIZE_MAX;
        return false;
    }
    granted--;
    return true;
}

static void *take(size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return is_granted() ? malloc(len) : NULL;
}

static void *resize(void *p, size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return is_granted() ? realloc(p, len) : NULL;
}

static void give_back(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

/* Whichever request for memory is refused, the answer is the right one or FAULT_CRYPTO. The address sanitizer sees
 * that all is given back. */
static void without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(row); i++) {
        const size_t at = i / 2;
        unsigned faults = 0;
        for_good = i & 1;
        refused = true;
        for (size_t limit = 0; refused; limit++) {
            refused = false;
            granted = limit;
            const enum err got = verify(at);
            granted = SIZE_MAX;
            ERR_clear_error();
            if (got != row[at].want && got != FAULT_CRYPTO)
                fail_msg("%s with %zu requests granted: %s", row[at].name, limit, err_name(got));
            faults += got == FAULT_CRYPTO;
        }
        assert_true(faults > 5);
    }
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(take, resize, give_back))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
