/* Arithmetic modulo an odd number. Expected values: tests/vectors/modulus.json, by JavaScript's BigInt. */
#include "crypto/folded.h"
#include "crypto/inverse.h"
#include "crypto/montgomery.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "io/vector.h"

static struct arena arena;
static struct json vectors;

static int open_vectors(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    vectors = vector_open(&arena, "tests/vectors/modulus.json");
    return 0;
}

static int close_vectors(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* A row of numbers. */
static void read_row(u256 *out, u32 count, struct json row)
{
    assert_int_equal(json_count(row), count);
    for (u32 i = 0; i < count; i++)
        assert_int_equal(json_u256(&out[i], json_at(row, i)), OK);
}

/* 1 / x for edges and random x, modulo primes of 2 to 256 bits. 0 gives 0. */
static void inverses(void **state)
{
    (void)state;
    enum { M, X, WANT, COLUMNS };
    const struct json rows = json_get(vectors, "inverses");
    assert_int_not_equal(json_count(rows), 0);
    for (struct json_iterator it = json_items(rows); json_next(&it);) {
        u256 row[COLUMNS], got;
        read_row(row, COLUMNS, it.value);
        inverse_mod(&got, &row[X], &row[M]);
        assert_memory_equal(&got, &row[WANT], 32);
    }
}

enum { X, Y, SUM, DIFFERENCE, PRODUCT, HALF, COLUMNS };

typedef void binary(u256 *r, const u256 *x, const u256 *y, const struct modulus *m);

static void check(binary *op, const struct modulus *m, const u256 row[COLUMNS], unsigned want)
{
    u256 got;
    op(&got, &row[X], &row[Y], m);
    assert_memory_equal(&got, &row[want], 32);
    got = row[X]; /* in place, both ways */
    op(&got, &got, &row[Y], m);
    assert_memory_equal(&got, &row[want], 32);
    got = row[Y];
    op(&got, &row[X], &got, m);
    assert_memory_equal(&got, &row[want], 32);
}

/* In C, in assembler where there is one, and in the roomy form below 2^254. */
static void check_row(const struct modulus *m, const u256 row[COLUMNS])
{
    check(modulus_add, m, row, SUM);
    check(modulus_sub, m, row, DIFFERENCE);
    check(modulus_mul, m, row, PRODUCT);
    check(modulus_add_plain, m, row, SUM);
    check(modulus_sub_plain, m, row, DIFFERENCE);
    check(modulus_mul_plain, m, row, PRODUCT);
    u256 half;
    modulus_halve(&half, &row[X], m);
    assert_memory_equal(&half, &row[HALF], 32);
    modulus_halve_plain(&half, &row[X], m);
    assert_memory_equal(&half, &row[HALF], 32);
    if (m->m.w[3] >> 62)
        return;
    check(modulus_add_roomy, m, row, SUM);
    check(modulus_mul_roomy, m, row, PRODUCT);
}

/* x + y, x - y, x y / R and x / 2. */
static void operations(void **state)
{
    (void)state;
    const struct json moduli = json_get(vectors, "operations");
    u32 roomy = 0;
    for (struct json_iterator it = json_items(moduli); json_next(&it);) {
        const struct modulus m = {vector_u256(it.value, "m"), vector_u64(it.value, "inverse"),
                                  vector_u256(it.value, "one"), vector_u256(it.value, "square"),
                                  vector_u256(it.value, "cube")};
        const struct json rows = json_get(it.value, "rows");
        assert_int_not_equal(json_count(rows), 0);
        roomy += m.m.w[3] >> 62 == 0;
        for (struct json_iterator row = json_items(rows); json_next(&row);) {
            u256 numbers[COLUMNS];
            read_row(numbers, COLUMNS, row.value);
            check_row(&m, numbers);
        }
    }
    assert_true(roomy > 0 && roomy < json_count(moduli));
}

static const struct modulus secp256k1_field = {.m = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
                                               .one = {{1}}};

/* Products modulo 2^256 - 2^32 - 977, with results around 0 and around the modulus. */
static void folded(void **state)
{
    (void)state;
    enum { FOLDED_X, FOLDED_Y, FOLDED_PRODUCT, SQUARE, FOLDED_COLUMNS };
    const struct modulus *m = &secp256k1_field;
    const struct json rows = json_get(vectors, "folded");
    assert_int_not_equal(json_count(rows), 0);
    for (struct json_iterator it = json_items(rows); json_next(&it);) {
        u256 row[FOLDED_COLUMNS], got;
        read_row(row, FOLDED_COLUMNS, it.value);
        const u256 *x = &row[FOLDED_X], *y = &row[FOLDED_Y], *product = &row[FOLDED_PRODUCT], *square = &row[SQUARE];
        folded_mul(&got, x, y, m);
        assert_memory_equal(&got, product, 32);
        folded_mul_plain(&got, x, y, m);
        assert_memory_equal(&got, product, 32);
        folded_square(&got, x, m);
        assert_memory_equal(&got, square, 32);
        folded_square_plain(&got, x, m);
        assert_memory_equal(&got, square, 32);
        got = *x; /* in place */
        folded_mul(&got, &got, y, m);
        assert_memory_equal(&got, product, 32);
        got = *x;
        folded_square(&got, &got, m);
        assert_memory_equal(&got, square, 32);
    }
}

/* In assembler and in C the same, for numbers whose limbs are often all zeros or all ones. */
static void folded_both_ways(void **state)
{
    (void)state;
    const struct modulus *m = &secp256k1_field;
    u64 seed = 88172645463325252;
    for (unsigned i = 0; i < 200000; i++) {
        u256 n[2], here, there;
        for (unsigned j = 0; j < 8; j++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            const u64 choice = seed >> 60;
            n[j / 4].w[j % 4] = choice < 3   ? UINT64_MAX
                                : choice < 6 ? 0
                                : choice < 7 ? choice
                                             : seed * 0x9e3779b97f4a7c15;
        }
        if (!u256_lt(&n[0], &m->m) || !u256_lt(&n[1], &m->m))
            continue;
        folded_mul(&here, &n[0], &n[1], m);
        folded_mul_plain(&there, &n[0], &n[1], m);
        assert_memory_equal(&here, &there, 32);
        folded_square(&here, &n[0], m);
        folded_square_plain(&there, &n[0], m);
        assert_memory_equal(&here, &there, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverses),
        cmocka_unit_test(operations),
        cmocka_unit_test(folded),
        cmocka_unit_test(folded_both_ways),
    };
    return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
