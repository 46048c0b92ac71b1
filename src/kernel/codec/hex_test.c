/* Addresses: the examples of EIP-55. */
#include "codec/hex.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes z(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* Digits of either case, an even number of them, and nothing else. */
static void bytes_in_and_out(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err want;
        const char *again; /* written back */
    } row[] = {
        {"", OK, "0x"},
        {"0x", OK, "0x"},
        {"0X00ff", OK, "0x00ff"},
        {"00fF", OK, "0x00ff"},
        {"0xABCDEFabcdef0123456789", OK, "0xabcdefabcdef0123456789"},
        {"0x0", REJECT_HEX, NULL},
        {"abc", REJECT_HEX, NULL},
        {"0x0g", REJECT_HEX, NULL},
        {"0x0x00", REJECT_HEX, NULL},
        {" 00", REJECT_HEX, NULL},
        {"00 ", REJECT_HEX, NULL},
        {"00 0", REJECT_HEX, NULL},
        {"/0", REJECT_HEX, NULL},
        {":0", REJECT_HEX, NULL},
        {"@0", REJECT_HEX, NULL},
        {"G0", REJECT_HEX, NULL},
        {"`0", REJECT_HEX, NULL},
        {"g0", REJECT_HEX, NULL},
        {"\xc3\xa9", REJECT_HEX, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct bytes out = {NULL, 77};
        assert_int_equal(hex_bytes(&arena, &out, z(row[i].text)), row[i].want);
        if (row[i].want) {
            assert_int_equal(out.len, 77);
            continue;
        }
        struct buffer b = buffer_in(&arena);
        hex_add(&b, out);
        assert_int_equal(b.len, strlen(row[i].again));
        assert_memory_equal(b.ptr, row[i].again, b.len);
        u8 fixed[16] = {0};
        assert_int_equal(hex_fixed(fixed, out.len, z(row[i].text)), OK);
        if (out.len)
            assert_memory_equal(fixed, out.ptr, out.len);
        assert_int_equal(hex_fixed(fixed, out.len + 1, z(row[i].text)), REJECT_HEX);
    }
    assert_int_equal(hex_bytes(&arena, &(struct bytes){0}, bytes_of("0\0000", 4)), REJECT_HEX); /* a NUL inside */
}

/* Every byte decodes as exactly one digit or none. */
static void digits(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const char *lower = c ? strchr("0123456789abcdef", (int)c) : NULL,
                   *upper = c ? strchr("0123456789ABCDEF", (int)c) : NULL;
        const unsigned want = lower   ? (unsigned)(lower - strchr(lower, 'f') + 15)
                              : upper ? (unsigned)(upper - strchr(upper, 'F') + 15)
                                      : 0xff;
        assert_int_equal(hex_digit((u8)c), want);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err want;
    } row[] = {
        {"0x52908400098527886E0F7030069857D2E4169EE7", OK}, /* all capitals */
        {"0x8617E340B3D01FA5F11F306F4090FD50E238070D", OK},
        {"0xde709f2102306220921060314715629080e2fb77", OK}, /* all small */
        {"0x27b1fdb04752bbc536007a920d24acb045561c26", OK},
        {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", OK},
        {"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", OK},
        {"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", OK},
        {"D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", OK},
        {"0xD1220a0cf47c7B9Be7A2E6BA89F429762e7b9aDb", REJECT_CHECKSUM}, /* one letter smaller */
        {"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDB", REJECT_CHECKSUM}, /* one larger */
        {"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9a", REJECT_HEX},
        {"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb00", REJECT_HEX},
        {"0x0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", REJECT_HEX},
        {"0x0x220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", REJECT_HEX},
        {"", REJECT_HEX},
        {"0x", REJECT_HEX},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        address a = {{7}};
        assert_int_equal(address_read(&a, z(row[i].text)), row[i].want);
        assert_true(row[i].want == OK || (a.b[0] == 7 && a.b[1] == 0));
    }
    for (size_t i = 0; i < 7; i++) { /* EIP-55's own spelling comes out again */
        address a;
        struct buffer b = buffer_in(&arena);
        assert_int_equal(address_read(&a, z(row[i].text)), OK);
        address_add(&b, &a);
        assert_int_equal(b.len, 42);
        assert_memory_equal(b.ptr, row[i].text, 42);
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_in_and_out),
        cmocka_unit_test(digits),
        cmocka_unit_test(addresses),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
