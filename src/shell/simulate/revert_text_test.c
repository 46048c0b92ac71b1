/* Revert data as text: encodings are viem's (encodeErrorResult). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/hex.h"
#include "codec/text.h"
#include "io/memory.h"
#include "simulate/revert_text.h"

#define WORD(digits) "00000000000000000000000000000000000000000000000000000000000000" digits
#define ACCOUNT "0000000000000000000000003c44cdddb6a900fa2b585dd299e03d12fa4293bc"
#define REASON "08c379a0" WORD("20") WORD("0e") "7661756c7420697320656d707479" "000000000000000000000000000000000000"
#define ZEROS_28 "00000000000000000000000000000000000000000000000000000000"

static const struct {
    const char *data, *text;
} row[] = {
    {"", "no reason given"},
    {"203d", "0x203d"},
    {REASON, "vault is empty"},
    {"4e487b71" WORD("11"), "panic 17"},
    {"203d82d8", "Expired()"},
    {"59236d5a" ACCOUNT WORD("40") WORD("64") REASON ZEROS_28, "vault is empty"},
    {"59236d5a" ACCOUNT WORD("40") WORD("04") "203d82d8" ZEROS_28, "Expired()"},
    {"59236d5a" ACCOUNT WORD("40") WORD("00"), "no reason given"},
    {"cb1d8bba" WORD("07"), "0xcb1d8bba" WORD("07")},
    /* what is cut off is no reason, and nothing is read behind the end */
    {"08c379a0" WORD("20") WORD("0e"), "0x08c379a0" WORD("20") WORD("0e")},
    {"4e487b71", "0x4e487b71"},
    {"59236d5a" ACCOUNT WORD("40"), "OperationFailed(address,bytes)"},
};

static void texts(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, &system_memory);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer out = buffer_in(&arena);
        const size_t len = strlen(row[i].data) / 2;
        u8 *data = arena_take(&arena, len);
        struct buffer text = buffer_in(&arena);
        text_add(&text, "0x");
        text_add_z(&text, row[i].data);
        assert_int_equal(hex_fixed(data, len, buffer_bytes(&text)), OK);
        revert_text(&out, bytes_of(data, len));
        if (!bytes_eq(buffer_bytes(&out), bytes_of(row[i].text, strlen(row[i].text))))
            fail_msg("%s is %.*s", row[i].data, (int)out.len, (const char *)out.ptr);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts)};
    return cmocka_run_group_tests_name("revert_text", tests, NULL, NULL);
}
