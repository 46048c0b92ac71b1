/* The table: which precompile exists in which fork, and what it costs. What the functions compute is tested beside them
 * (crypto/) and by the vectors of the fixtures (scope precompiletest). Prices of MODEXP: the formulas of EIP-198,
 * EIP-2565 and EIP-7883 in Python's integers. */
#include "evm/precompile.h"

#include "codec/hex.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static address address_of(u64 number)
{
    address a = {{0}};
    store_be64(a.b + 12, number);
    return a;
}

static const struct precompile *find(enum fork_id id, u64 number)
{
    const struct fork fork = {.id = id};
    const address at = address_of(number);
    return precompile_find(&fork, &at);
}

/* Each address is a precompile from one fork on, and stays one. */
static void since(void **state)
{
    (void)state;
    static const struct {
        u64 number;
        const char *name; /* EIP-7910 */
        enum fork_id since;
    } row[] = {
        {0x01, "ECREC", FORK_FRONTIER},
        {0x02, "SHA256", FORK_FRONTIER},
        {0x03, "RIPEMD160", FORK_FRONTIER},
        {0x04, "ID", FORK_FRONTIER},
        {0x05, "MODEXP", FORK_BYZANTIUM},
        {0x06, "BN254_ADD", FORK_BYZANTIUM},
        {0x07, "BN254_MUL", FORK_BYZANTIUM},
        {0x08, "BN254_PAIRING", FORK_BYZANTIUM},
        {0x09, "BLAKE2F", FORK_ISTANBUL},
        {0x0a, "KZG_POINT_EVALUATION", FORK_CANCUN},
        {0x0b, "BLS12_G1ADD", FORK_PRAGUE},
        {0x0c, "BLS12_G1MSM", FORK_PRAGUE},
        {0x0d, "BLS12_G2ADD", FORK_PRAGUE},
        {0x0e, "BLS12_G2MSM", FORK_PRAGUE},
        {0x0f, "BLS12_PAIRING_CHECK", FORK_PRAGUE},
        {0x10, "BLS12_MAP_FP_TO_G1", FORK_PRAGUE},
        {0x11, "BLS12_MAP_FP2_TO_G2", FORK_PRAGUE},
        {0x100, "P256VERIFY", FORK_OSAKA},
    };
    for (enum fork_id id = 0; id < FORK_COUNT; id++) {
        const struct fork fork = {.id = id};
        unsigned there = 0;
        for (size_t i = 0; i < COUNT_OF(row); i++) {
            const struct precompile *p = find(id, row[i].number);
            assert_int_equal(p != NULL, id >= row[i].since);
            if (!p)
                continue;
            assert_string_equal(p->name, row[i].name);
            assert_ptr_equal(precompile_at_index(&fork, there), p);
            there++;
        }
        assert_null(precompile_at_index(&fork, there));
    }
}

/* The neighboring addresses are not precompiles. */
static void strangers(void **state)
{
    (void)state;
    static const u64 stranger[] = {
        0, 0x12, 0x13, 0xff, 0x101, 0x105, 0x10001, 0x1000001, (u64)1 << 32 | 1, (u64)1 << 63 | 1};
    for (size_t i = 0; i < COUNT_OF(stranger); i++)
        assert_null(find(FORK_OSAKA, stranger[i]));
    const struct fork osaka = {.id = FORK_OSAKA};
    for (unsigned i = 0; i < 18; i++) {
        address at = address_of(1);
        at.b[i] = 1;
        assert_null(precompile_find(&osaka, &at));
    }
}

static void flat_prices(void **state)
{
    (void)state;
    static const struct {
        enum fork_id fork;
        u64 number;
        size_t len;
        u64 want;
    } row[] = {
        {FORK_FRONTIER, 1, 0, 3000},         {FORK_OSAKA, 1, 128, 3000},
        {FORK_FRONTIER, 2, 0, 60},           {FORK_FRONTIER, 2, 1, 72},
        {FORK_FRONTIER, 2, 32, 72},          {FORK_OSAKA, 2, 33, 84},
        {FORK_FRONTIER, 3, 0, 600},          {FORK_OSAKA, 3, 33, 840},
        {FORK_FRONTIER, 4, 0, 15},           {FORK_OSAKA, 4, 65, 24},
        {FORK_BYZANTIUM, 6, 128, 500},       {FORK_PETERSBURG, 6, 128, 500},
        {FORK_ISTANBUL, 6, 128, 150},        {FORK_OSAKA, 6, 0, 150},
        {FORK_PETERSBURG, 7, 96, 40000},     {FORK_ISTANBUL, 7, 96, 6000},
        {FORK_PETERSBURG, 8, 0, 100000},     {FORK_PETERSBURG, 8, 384, 260000},
        {FORK_ISTANBUL, 8, 0, 45000},        {FORK_OSAKA, 8, 1920, 385000},
        {FORK_CANCUN, 0x0a, 192, 50000},     {FORK_PRAGUE, 0x0b, 256, 375},
        {FORK_PRAGUE, 0x0c, 160, 12000},     {FORK_PRAGUE, 0x0c, 320, 22776},
        {FORK_PRAGUE, 0x0c, 128 * 160, 797184}, {FORK_PRAGUE, 0x0c, 129 * 160, 803412}, /* the discount ends at 128 */
        {FORK_PRAGUE, 0x0d, 512, 600},       {FORK_PRAGUE, 0x0e, 288, 22500},
        {FORK_PRAGUE, 0x0e, 576, 45000},     {FORK_PRAGUE, 0x0e, 128 * 288, 1509120},
        {FORK_PRAGUE, 0x0e, 200 * 288, 2358000}, {FORK_PRAGUE, 0x0f, 384, 70300},
        {FORK_PRAGUE, 0x0f, 768, 102900},    {FORK_PRAGUE, 0x10, 64, 5500},
        {FORK_PRAGUE, 0x11, 128, 23800},     {FORK_OSAKA, 0x100, 160, 6900},
    };
    static const u8 zeros[200 * 288];
    for (size_t i = 0; i < COUNT_OF(row); i++)
        assert_int_equal(precompile_gas(find(row[i].fork, row[i].number), bytes_of(zeros, row[i].len)), row[i].want);
}

/* Lengths of zero and without end, exponents of which only a part was sent, the edges of each formula. */
static void modexp_prices(void **state)
{
    (void)state;
    static const struct {
        const char *name, *lengths;
        size_t base_len; /* zeros before the exponent */
        const char *exponent;
        u64 byzantium, berlin, osaka;
    } row[] = {
        {"nothing", "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", 0, "", 0ull, 200ull, 500ull},
        {"exponent 0", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000020", 32, "0000000000000000000000000000000000000000000000000000000000000000", 51ull, 200ull, 500ull},
        {"exponent 1", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000020", 32, "01", 51ull, 200ull, 500ull},
        {"exponent 2", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000020", 32, "02", 51ull, 200ull, 500ull},
        {"32 bytes, full exponent", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000020", 32, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 13056ull, 1360ull, 4080ull},
        {"33 bytes", "000000000000000000000000000000000000000000000000000000000000002100000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000021", 33, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 13884ull, 2125ull, 12750ull},
        {"64 bytes", "000000000000000000000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000030000000000000000000000000000000000000000000000000000000000000040", 64, "010001", 3276ull, 341ull, 2048ull},
        {"65 bytes", "000000000000000000000000000000000000000000000000000000000000004100000000000000000000000000000000000000000000000000000000000000030000000000000000000000000000000000000000000000000000000000000041", 65, "010001", 3379ull, 432ull, 2592ull},
        {"1024 bytes", "000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000000000000000000000000030000000000000000000000000000000000000000000000000000000000000400", 1024, "010001", 285900ull, 87381ull, 524288ull},
        {"1025 bytes", "000000000000000000000000000000000000000000000000000000000000040100000000000000000000000000000000000000000000000000000000000000030000000000000000000000000000000000000000000000000000000000000401", 1025, "010001", 286387ull, 88752ull, 532512ull},
        {"base longer", "000000000000000000000000000000000000000000000000000000000000006400000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000000000000000000000001", 100, "80000000", 13993ull, 1746ull, 10478ull},
        {"modulus longer", "000000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000000000000000000000064", 1, "80000000", 13993ull, 1746ull, 10478ull},
        {"exponent of 33 bytes, head 0", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000210000000000000000000000000000000000000000000000000000000000000020", 32, "000000000000000000000000000000000000000000000000000000000000000000", 409ull, 200ull, 500ull},
        {"exponent of 33 bytes, head 1", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000210000000000000000000000000000000000000000000000000000000000000020", 32, "0000000000000000000000000000000000000000000000000000000000000001ff", 409ull, 200ull, 500ull},
        {"exponent of 200 bytes", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000c80000000000000000000000000000000000000000000000000000000000000020", 32, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 81868ull, 8528ull, 47088ull},
        {"exponent that was not sent", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000400000000000000000000000000000000000000000000000000000000000000020", 32, "", 13107ull, 1365ull, 8192ull},
        {"exponent half sent", "000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000020", 32, "80", 13056ull, 1360ull, 4080ull},
        {"modulus 0 bytes, exponent enormous", "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080000000000000000000000000000000000000000000000000000000000000000000000000000000", 0, "", 0ull, 200ull, 18446744073709551615ull},
        {"base enormous, modulus 0 bytes", "000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", 0, "", 18446744073709551615ull, 18446744073709551615ull, 18446744073709551615ull},
        {"base beyond 2^64", "000000000000010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", 0, "", 18446744073709551615ull, 18446744073709551615ull, 18446744073709551615ull},
        {"exponent beyond 2^64", "000000000000000000000000000000000000000000000000000000000000000180000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001", 1, "", 18446744073709551615ull, 18446744073709551615ull, 18446744073709551615ull},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        static u8 input[4096];
        const size_t exponent_len = strlen(row[i].exponent) / 2;
        memset(input, 0, sizeof input);
        assert_int_equal(hex_fixed(input, 96, bytes_of(row[i].lengths, 192)), OK);
        assert_int_equal(
            hex_fixed(input + 96 + row[i].base_len, exponent_len, bytes_of(row[i].exponent, 2 * exponent_len)), OK);
        const struct bytes in = bytes_of(input, 96 + row[i].base_len + exponent_len);
        if (precompile_gas(find(FORK_BYZANTIUM, 5), in) != row[i].byzantium ||
            precompile_gas(find(FORK_BERLIN, 5), in) != row[i].berlin ||
            precompile_gas(find(FORK_OSAKA, 5), in) != row[i].osaka)
            fail_msg("%s: %llu %llu %llu", row[i].name, (unsigned long long)precompile_gas(find(FORK_BYZANTIUM, 5), in),
                     (unsigned long long)precompile_gas(find(FORK_BERLIN, 5), in),
                     (unsigned long long)precompile_gas(find(FORK_OSAKA, 5), in));
    }
}

/* What each answers to no bytes at all, to one byte more than it takes, and to bytes of ones: an answer, or a refusal.
 */
static void odd_inputs(void **state)
{
    (void)state;
    static const struct {
        u64 number;
        size_t len;
        u8 fill;
        enum halt halt;
        size_t output_len;
    } row[] = {
        {0x01, 0, 0, HALT_RETURN, 0},       {0x01, 128, 0xff, HALT_RETURN, 0},
        {0x02, 0, 0, HALT_RETURN, 32},      {0x03, 0, 0, HALT_RETURN, 32},
        {0x04, 0, 0, HALT_RETURN, 0},       {0x04, 33, 7, HALT_RETURN, 33},
        {0x05, 0, 0, HALT_RETURN, 0},       {0x05, 96, 0xff, HALT_OUT_OF_GAS, 0},
        {0x06, 0, 0, HALT_RETURN, 64},      {0x06, 1, 1, HALT_PRECOMPILE, 0},
        {0x06, 200, 0, HALT_RETURN, 64},    {0x07, 0, 0, HALT_RETURN, 64},
        {0x07, 96, 0xff, HALT_PRECOMPILE, 0}, {0x08, 0, 0, HALT_RETURN, 32},
        {0x08, 191, 0, HALT_PRECOMPILE, 0}, {0x08, 192, 0, HALT_RETURN, 32},
        {0x08, 193, 0, HALT_PRECOMPILE, 0}, {0x09, 0, 0, HALT_PRECOMPILE, 0},
        {0x09, 212, 0, HALT_PRECOMPILE, 0}, {0x09, 213, 0, HALT_RETURN, 64},
        {0x09, 214, 0, HALT_PRECOMPILE, 0}, {0x0a, 0, 0, HALT_PRECOMPILE, 0},
        {0x0a, 192, 0, HALT_PRECOMPILE, 0}, {0x0b, 0, 0, HALT_PRECOMPILE, 0},
        {0x0b, 256, 0, HALT_RETURN, 128},   {0x0b, 257, 0, HALT_PRECOMPILE, 0},
        {0x0c, 0, 0, HALT_PRECOMPILE, 0},   {0x0c, 160, 0, HALT_RETURN, 128},
        {0x0c, 161, 0, HALT_PRECOMPILE, 0}, {0x0d, 512, 0, HALT_RETURN, 256},
        {0x0d, 256, 0, HALT_PRECOMPILE, 0}, {0x0e, 288, 0, HALT_RETURN, 256},
        {0x0e, 0, 0, HALT_PRECOMPILE, 0},   {0x0e, 287, 0, HALT_PRECOMPILE, 0},
        {0x0f, 0, 0, HALT_PRECOMPILE, 0},   {0x0f, 384, 0, HALT_RETURN, 32},
        {0x0f, 385, 0, HALT_PRECOMPILE, 0}, {0x10, 64, 0, HALT_RETURN, 128},
        {0x10, 63, 0, HALT_PRECOMPILE, 0},  {0x10, 64, 0xff, HALT_PRECOMPILE, 0},
        {0x11, 128, 0, HALT_RETURN, 256},   {0x11, 129, 0, HALT_PRECOMPILE, 0},
        {0x100, 0, 0, HALT_RETURN, 0},      {0x100, 160, 0, HALT_RETURN, 0},
        {0x100, 161, 0, HALT_RETURN, 0},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct arena_mark mark = arena_mark(&arena);
        u8 *in = arena_take(&arena, row[i].len);
        memset(in, row[i].fill, row[i].len);
        const struct precompile *p = find(FORK_OSAKA, row[i].number);
        struct precompile_result r;
        assert_int_equal(precompile_run(&r, p, bytes_of(in, row[i].len), 1000000, &arena), OK);
        if (r.halt != row[i].halt || r.output.len != row[i].output_len)
            fail_msg("%s, %zu bytes of %02x: halt %d, %zu bytes", p->name, row[i].len, row[i].fill, (int)r.halt,
                     r.output.len);
        assert_int_equal(r.gas_used,
                         r.halt == HALT_RETURN ? (i64)precompile_gas(p, bytes_of(in, row[i].len)) : 1000000);
        arena_rewind(&arena, mark);
    }
}

/* Exactly its gas is enough; one unit less is not, and is gone. */
static void gas_boundary(void **state)
{
    (void)state;
    for (u64 number = 1; number <= 4; number++) {
        const struct precompile *p = find(FORK_FRONTIER, number);
        const i64 cost = (i64)precompile_gas(p, (struct bytes){NULL, 0});
        struct precompile_result r;
        assert_int_equal(precompile_run(&r, p, (struct bytes){NULL, 0}, cost, &arena), OK);
        assert_int_equal(r.halt, HALT_RETURN);
        assert_int_equal(r.gas_used, cost);
        assert_int_equal(precompile_run(&r, p, (struct bytes){NULL, 0}, cost - 1, &arena), OK);
        assert_int_equal(r.halt, HALT_OUT_OF_GAS);
        assert_int_equal(r.gas_used, cost - 1);
    }
}

/* MODEXP takes numbers of 1024 bytes and not of 1025 in Osaka (EIP-7823), and longer ones before. */
static void modexp_bounds(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        for (unsigned len = 1024; len <= 1025; len++) {
            u8 in[96] = {0};
            in[31] = in[63] = in[95] = 1;
            in[32 * which + 30] = (u8)(len >> 8);
            in[32 * which + 31] = (u8)len;
            struct precompile_result r;
            assert_int_equal(precompile_run(&r, find(FORK_OSAKA, 5), BYTES_OF(in), 1 << 30, &arena), OK);
            assert_int_equal(r.halt, len == 1024 ? HALT_RETURN : HALT_PRECOMPILE);
            assert_int_equal(precompile_run(&r, find(FORK_PRAGUE, 5), BYTES_OF(in), 1 << 30, &arena), OK);
            assert_int_equal(r.halt, HALT_RETURN);
            assert_int_equal(r.output.len, which == 2 ? len : 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(since),
        cmocka_unit_test(strangers),
        cmocka_unit_test(flat_prices),
        cmocka_unit_test(modexp_prices),
        cmocka_unit_test(odd_inputs),
        cmocka_unit_test(gas_boundary),
        cmocka_unit_test(modexp_bounds),
    };
    arena_init(&arena, &system_memory);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
