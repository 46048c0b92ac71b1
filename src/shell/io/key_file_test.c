/* A private key is read from a file that contains one and that only its owner can read or write. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/key_file.h"

#define SEVEN "0000000000000000000000000000000000000000000000000000000000000007"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141" /* of secp256k1: SEC 2 */

static const struct {
    const char *text;
    mode_t mode;
    enum err want;
} row[] = {
    {SEVEN "\n", 0600, OK},
    {"0x" SEVEN, 0400, OK},
    {SEVEN, 0640, REJECT_KEY_FILE},
    {SEVEN, 0604, REJECT_KEY_FILE},
    {SEVEN, 0620, REJECT_KEY_FILE},
    {"", 0600, REJECT_KEY_FILE},
    {"7", 0600, REJECT_KEY_FILE},
    {SEVEN "00", 0600, REJECT_KEY_FILE},
    {SEVEN "\n\n", 0600, REJECT_KEY_FILE},
    {"g" SEVEN, 0600, REJECT_KEY_FILE},
    {SEVEN SEVEN SEVEN, 0600, REJECT_KEY_FILE},
    {"0000000000000000000000000000000000000000000000000000000000000000", 0600, REJECT_KEY},
    {ORDER, 0600, REJECT_KEY},
};

static void key_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        char path[] = "/tmp/key_file_test.XXXXXX";
        struct complaint complaint = {0};
        hash32 key = {{0xee}};
        const int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, row[i].text, strlen(row[i].text)), strlen(row[i].text));
        assert_int_equal(fchmod(fd, row[i].mode), 0);
        const enum err e = key_file_read(&key, &complaint, path);
        close(fd);
        unlink(path);
        assert_int_equal(e, row[i].want);
        assert_int_equal(key.b[0], e == OK ? 0 : 0xee); /* left alone on failure */
        assert_int_equal(key.b[31], e == OK ? 7 : 0);
        if (e == REJECT_KEY_FILE)
            assert_null(strstr(complaint.text, "07")); /* nothing of the content is shown */
    }
}

static void no_file(void **state)
{
    (void)state;
    struct complaint complaint = {0};
    hash32 key;
    assert_int_equal(key_file_read(&key, &complaint, "/tmp"), REJECT_KEY_FILE);
    assert_int_equal(key_file_read(&key, &complaint, "/nowhere/at/all"), REJECT_PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_files),
        cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests_name("key_file", tests, NULL, NULL);
}
