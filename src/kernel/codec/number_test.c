/* The 256-bit values were computed with Python's integers. */
#include "codec/number.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes z(const char *text)
{
    return bytes_of(text, strlen(text));
}

#define MAX_DECIMAL "115792089237316195423570985008687907853269984665640564039457584007913129639935"
#define MAX_HEX     "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

enum { NUMBER = 1, QUANTITY = 2, AMOUNT = 4 };

/* What each of the three forms takes, and the value as its quantity. */
static void reading(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int taken_by;
        const char *quantity;
    } row[] = {
        {"0", NUMBER | AMOUNT, "0x0"},
        {"0x0", NUMBER | QUANTITY | AMOUNT, "0x0"},
        {"0x41", NUMBER | QUANTITY | AMOUNT, "0x41"},
        {"0x00", NUMBER | AMOUNT, "0x0"},
        {"0X41", NUMBER | AMOUNT, "0x41"},
        {"0x0041", NUMBER | AMOUNT, "0x41"},
        {"065", NUMBER | AMOUNT, "0x41"},
        {"0xDeadBeef", NUMBER | QUANTITY | AMOUNT, "0xdeadbeef"},
        {"18446744073709551615", NUMBER | AMOUNT, "0xffffffffffffffff"},
        {"18446744073709551616", NUMBER | AMOUNT, "0x10000000000000000"},
        {"10000000000000000000", NUMBER | AMOUNT, "0x8ac7230489e80000"},
        {MAX_DECIMAL, NUMBER | AMOUNT, MAX_HEX},
        {MAX_HEX, NUMBER | QUANTITY | AMOUNT, MAX_HEX},
        {"1 ether", AMOUNT, "0xde0b6b3a7640000"},
        {"1ether", AMOUNT, "0xde0b6b3a7640000"},
        {"1.5 ether", AMOUNT, "0x14d1120d7b160000"},
        {"0.000000000000000001 ether", AMOUNT, "0x1"},
        {"20 gwei", AMOUNT, "0x4a817c800"},
        {"0.5gwei", AMOUNT, "0x1dcd6500"},
        {"7 wei", AMOUNT, "0x7"},
        {"1e18", AMOUNT, "0xde0b6b3a7640000"},
        {"1.25e2", AMOUNT, "0x7d"},
        {"1.50", 0, NULL},
        {"1.00", AMOUNT, "0x1"},
        {"0e999", AMOUNT, "0x0"},
        {"1_000_000", AMOUNT, "0xf4240"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u256 x[3];
        const enum err e[3] = {number_u256(&x[0], z(row[i].text)), quantity_u256(&x[1], z(row[i].text)),
                               amount_u256(&x[2], z(row[i].text))};
        for (int form = 0; form < 3; form++) {
            assert_int_equal(e[form], row[i].taken_by >> form & 1 ? OK : REJECT_NUMBER);
            if (e[form])
                continue;
            struct buffer b = buffer_in(&arena);
            quantity_add_u256(&b, &x[form]);
            assert_int_equal(b.len, strlen(row[i].quantity));
            assert_memory_equal(b.ptr, row[i].quantity, b.len);
        }
    }
}

/* Malformed is not the same as too large. */
static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err number, amount;
    } row[] = {
        {"", REJECT_NUMBER, REJECT_NUMBER},
        {"0x", REJECT_NUMBER, REJECT_NUMBER},
        {"-1", REJECT_NUMBER, REJECT_NUMBER},
        {"+1", REJECT_NUMBER, REJECT_NUMBER},
        {" 1", REJECT_NUMBER, REJECT_NUMBER},
        {"1 ", REJECT_NUMBER, REJECT_NUMBER},
        {"0xg", REJECT_NUMBER, REJECT_NUMBER},
        {"0x1_0", REJECT_NUMBER, REJECT_NUMBER},
        {"1a", REJECT_NUMBER, REJECT_NUMBER},
        {"_1", REJECT_NUMBER, REJECT_NUMBER},
        {"1_", REJECT_NUMBER, REJECT_NUMBER},
        {"1__0", REJECT_NUMBER, REJECT_NUMBER},
        {"1.", REJECT_NUMBER, REJECT_NUMBER},
        {".5", REJECT_NUMBER, REJECT_NUMBER},
        {"1.2.3", REJECT_NUMBER, REJECT_NUMBER},
        {"1e", REJECT_NUMBER, REJECT_NUMBER},
        {"1e-1", REJECT_NUMBER, REJECT_NUMBER},
        {"1e0x2", REJECT_NUMBER, REJECT_NUMBER},
        {"e5", REJECT_NUMBER, REJECT_NUMBER},
        {"ether", REJECT_NUMBER, REJECT_NUMBER},
        {"1 finney", REJECT_NUMBER, REJECT_NUMBER},
        {"0x1 ether", REJECT_NUMBER, REJECT_NUMBER},
        {"0.0000000000000000001 ether", REJECT_NUMBER, REJECT_NUMBER}, /* a tenth of a wei */
        {"115792089237316195423570985008687907853269984665640564039457584007913129639936", REJECT_NUMBER_RANGE,
         REJECT_NUMBER_RANGE},
        {MAX_DECIMAL "0", REJECT_NUMBER_RANGE, REJECT_NUMBER_RANGE},
        {MAX_DECIMAL "0x", REJECT_NUMBER, REJECT_NUMBER},
        {"0x10000000000000000000000000000000000000000000000000000000000000000", REJECT_NUMBER_RANGE,
         REJECT_NUMBER_RANGE},
        {"0x10000000000000000000000000000000000000000000000000000000000000000z", REJECT_NUMBER, REJECT_NUMBER},
        {"1e78", REJECT_NUMBER, REJECT_NUMBER_RANGE},
        {"1e99999999999999999999", REJECT_NUMBER, REJECT_NUMBER_RANGE},
        {"1e1001", REJECT_NUMBER, REJECT_NUMBER_RANGE},
        {"200000000000000000000000000000000000000000000000000000000000 ether", REJECT_NUMBER, REJECT_NUMBER_RANGE},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u256 x = {{1, 2, 3, 4}};
        assert_int_equal(number_u256(&x, z(row[i].text)), row[i].number);
        assert_int_equal(amount_u256(&x, z(row[i].text)), row[i].amount);
        assert_true(x.w[0] == 1 && x.w[3] == 4);
    }
    u64 x = 5;
    assert_int_equal(number_u64(&x, z("18446744073709551616")), REJECT_NUMBER_RANGE);
    assert_int_equal(quantity_u64(&x, z("0x10000000000000000")), REJECT_NUMBER_RANGE);
    assert_int_equal(quantity_u64(&x, z("0x")), REJECT_NUMBER);
    assert_int_equal(quantity_u64(&x, z("41")), REJECT_NUMBER);
    assert_int_equal(x, 5);
    assert_int_equal(number_u64(&x, z("18446744073709551615")), OK);
    assert_true(x == UINT64_MAX);
    assert_int_equal(quantity_u64(&x, z("0x10")), OK);
    assert_int_equal(x, 16);
}

/* Decimal out, around the powers of ten by which it is cut. */
static void writing(void **state)
{
    (void)state;
    static const char *const row[] = {
        "0",
        "1",
        "9",
        "10",
        "18446744073709551615",
        "18446744073709551616",
        "9999999999999999999",
        "10000000000000000000",
        "100000000000000000000000000000000000000",
        "100000000000000000000000000000000000001",
        "1000000000000000000000000000000000000000000000000000000000",
        "10000000000000000000000000000000000000000000000000000000000000000000000000000",
        "57896044618658097711785492504343953926634992332820282019728792003956564819968",
        MAX_DECIMAL,
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u256 x;
        struct buffer b = buffer_in(&arena);
        assert_int_equal(number_u256(&x, z(row[i])), OK);
        number_add_u256(&b, &x);
        assert_int_equal(b.len, strlen(row[i]));
        assert_memory_equal(b.ptr, row[i], b.len);
    }
    struct buffer b = buffer_in(&arena);
    number_add_u64(&b, 0);
    buffer_add_u8(&b, ' ');
    number_add_u64(&b, UINT64_MAX);
    buffer_add_u8(&b, ' ');
    quantity_add_u64(&b, 1024);
    assert_int_equal(b.len, 28);
    assert_memory_equal(b.ptr, "0 18446744073709551615 0x400", 28);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),
        cmocka_unit_test(refused),
        cmocka_unit_test(writing),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
