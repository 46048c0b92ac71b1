/* u256 against GMP, an independent implementation: the same random and extreme operands through both.
 * Operands are drawn so that the rare branches of division are taken: limbs of all ones, of zero, of the top bit
 * alone, dividends just below a multiple of the divisor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gmp.h>

#include "base/u256.h"

#ifdef SANITIZE
enum { ROUNDS = 20000 };
#else
enum { ROUNDS = 300000 };
#endif

static u64 random_state = 20251122;

static u64 next(void) /* splitmix64 */
{
    u64 z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static u64 limb(void)
{
    switch (next() % 8) {
    case 0: return 0;
    case 1: return ~(u64)0;
    case 2: return (u64)1 << 63;
    case 3: return next() % 3;
    case 4: return ~(next() % 3);
    case 5: return (u64)1 << next() % 64;
    default: return next();
    }
}

static u256 operand(void)
{
    u256 x = {{0, 0, 0, 0}};
    const u64 limbs = next() % 5;
    for (u64 i = 0; i < limbs; i++)
        x.w[i] = limb();
    return x;
}

static mpz_t two256, mx, my, mm, want, got_z, t;

static void set(mpz_t z, const u256 *x)
{
    mpz_import(z, 4, -1, 8, 0, 0, x->w);
}

static void signed_of(mpz_t z)
{
    if (mpz_tstbit(z, 255))
        mpz_sub(z, z, two256);
}

static void expect(const char *name, const u256 *got, const u256 *x, const u256 *y, const u256 *m)
{
    mpz_fdiv_r_2exp(want, want, 256);
    set(got_z, got);
    if (mpz_cmp(want, got_z) != 0) {
        set(mx, x);
        set(my, y);
        set(mm, m);
        gmp_printf("%s x %Zx y %Zx m %Zx\n want %Zx\n  got %Zx\n", name, mx, my, mm, want, got_z);
        fail();
    }
}

static void check(const u256 *x, const u256 *y, const u256 *m)
{
    u256 r, q;
    set(mx, x);
    set(my, y);
    set(mm, m);
    const bool y0 = u256_is_zero(y), m0 = u256_is_zero(m);

    mpz_add(want, mx, my);
    assert_int_equal(u256_add(&r, x, y), mpz_cmp(want, two256) >= 0);
    expect("add", &r, x, y, m);
    mpz_sub(want, mx, my);
    assert_int_equal(u256_sub(&r, x, y), mpz_sgn(want) < 0);
    expect("sub", &r, x, y, m);
    assert_int_equal(u256_lt(x, y), mpz_cmp(mx, my) < 0);
    assert_int_equal(u256_cmp(x, y), (mpz_cmp(mx, my) > 0) - (mpz_cmp(mx, my) < 0));
    mpz_mul(want, mx, my);
    u256_mul(&r, x, y);
    const bool overflows = mpz_cmp(want, two256) >= 0;
    expect("mul", &r, x, y, m);
    assert_int_equal(u256_mul_overflows(&r, x, y), overflows);
    expect("mul_overflows", &r, x, y, m);

    u256_divmod(&q, &r, x, y);
    if (y0)
        mpz_set_ui(want, 0);
    else
        mpz_fdiv_q(want, mx, my);
    expect("div", &q, x, y, m);
    if (y0)
        mpz_set_ui(want, 0);
    else
        mpz_fdiv_r(want, mx, my);
    expect("mod", &r, x, y, m);
    q = *x;
    u256_divmod(&q, NULL, &q, y); /* outputs may alias inputs */
    u256_divmod(NULL, &r, x, y);
    expect("mod alone", &r, x, y, m);
    if (!y0)
        mpz_fdiv_q(want, mx, my);
    expect("div in place", &q, x, y, m);

    set(mx, x);
    set(my, y);
    signed_of(mx);
    signed_of(my);
    u256_sdiv(&q, x, y);
    u256_smod(&r, x, y);
    if (y0)
        mpz_set_ui(want, 0);
    else
        mpz_tdiv_q(want, mx, my);
    expect("sdiv", &q, x, y, m);
    set(mx, x);
    set(my, y);
    signed_of(mx);
    signed_of(my);
    if (y0)
        mpz_set_ui(want, 0);
    else
        mpz_tdiv_r(want, mx, my);
    expect("smod", &r, x, y, m);

    set(mx, x);
    set(my, y);
    mpz_add(t, mx, my);
    if (m0)
        mpz_set_ui(want, 0);
    else
        mpz_fdiv_r(want, t, mm);
    u256_addmod(&r, x, y, m);
    expect("addmod", &r, x, y, m);
    mpz_mul(t, mx, my);
    if (m0)
        mpz_set_ui(want, 0);
    else
        mpz_fdiv_r(want, t, mm);
    u256_mulmod(&r, x, y, m);
    expect("mulmod", &r, x, y, m);
    q = *m;
    u256_mulmod(&q, x, y, &q);
    expect("mulmod in place", &q, x, y, m);
    if (!m0) {
        struct u256_modulus prepared;
        u256_modulus_init(&prepared, m);
        u256_mulmod_prepared(&r, x, y, &prepared);
        expect("mulmod prepared", &r, x, y, m);
    }
}

static void arithmetic_agrees_with_gmp(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        u256 x = operand(), y = operand(), m = operand();
        if (i % 4 == 1 && !u256_is_zero(&y)) { /* x just around a multiple of y, m = y */
            u256 k = operand(), d = u256_from_u64(next() % 3);
            u256_divmod(&k, NULL, &k, &y);
            u256_mul(&x, &k, &y);
            u256_sub(&x, &x, &d);
            m = y;
        }
        check(&x, &y, &m);
    }
}

static void exp_agrees_with_gmp(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS / 50; i++) {
        const u256 x = i % 3 ? operand() : u256_from_u64((u64)1 << next() % 64),
                   y = i % 2 ? operand() : u256_from_u64(next() % 300);
        u256 r;
        u256_exp(&r, &x, &y);
        set(mx, &x);
        set(my, &y);
        mpz_powm(want, mx, my, two256);
        expect("exp", &r, &x, &y, &y);
    }
}

static void shifts_agree_with_gmp(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS / 300; i++)
        for (unsigned n = 0; n < 300; n++) {
            const u256 x = operand();
            u256 r;
            set(mx, &x);
            u256_shl(&r, &x, n);
            mpz_mul_2exp(want, mx, n);
            expect("shl", &r, &x, &x, &x);
            u256_shr(&r, &x, n);
            mpz_fdiv_q_2exp(want, mx, n);
            expect("shr", &r, &x, &x, &x);
            u256_sar(&r, &x, n);
            signed_of(mx);
            mpz_fdiv_q_2exp(want, mx, n);
            expect("sar", &r, &x, &x, &x);

            const u64 index = n % 40;
            set(mx, &x);
            u256_signextend(&r, &x, index);
            mpz_set(want, mx);
            if (index < 31) {
                mpz_fdiv_r_2exp(want, mx, (index + 1) * 8);
                if (mpz_tstbit(want, (index + 1) * 8 - 1)) {
                    mpz_set_ui(t, 1);
                    mpz_mul_2exp(t, t, (index + 1) * 8);
                    mpz_sub(want, want, t);
                }
            }
            expect("signextend", &r, &x, &x, &x);
            r = u256_from_u64(u256_byte(&x, index));
            mpz_set_ui(want, 0);
            if (index < 32) {
                mpz_fdiv_q_2exp(want, mx, 248 - 8 * index);
                mpz_fdiv_r_2exp(want, want, 8);
            }
            expect("byte", &r, &x, &x, &x);
        }
}

/* big endian there and back, and the widths of it */
static void conversions(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS / 50; i++) {
        const u256 x = operand();
        u8 b[32], wanted[32] = {0};
        size_t count;
        u256_to_be(b, &x);
        set(mx, &x);
        const size_t len = mpz_sgn(mx) ? (mpz_sizeinbase(mx, 2) + 7) / 8 : 0;
        mpz_export(wanted + 32 - len, &count, 1, 1, 1, 0, mx);
        assert_memory_equal(b, wanted, 32);
        const u256 back = u256_from_be(b), short_back = u256_from_bytes(b + 32 - len, len);
        assert_true(u256_eq(&back, &x));
        assert_true(u256_eq(&short_back, &x));
        assert_int_equal(u256_byte_length(&x), len);
        assert_int_equal(u256_bit_length(&x), mpz_sgn(mx) ? mpz_sizeinbase(mx, 2) : 0);
        const address a = u256_to_address(&x);
        assert_memory_equal(a.b, b + 12, 20);
        const u256 of_address = u256_from_address(&a);
        mpz_fdiv_r_2exp(want, mx, 160);
        expect("address", &of_address, &x, &x, &x);
    }
}

int main(void)
{
    mpz_inits(two256, mx, my, mm, want, got_z, t, NULL);
    mpz_ui_pow_ui(two256, 2, 256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_agrees_with_gmp),
        cmocka_unit_test(exp_agrees_with_gmp),
        cmocka_unit_test(shifts_agree_with_gmp),
        cmocka_unit_test(conversions),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mpz_clears(two256, mx, my, mm, want, got_z, t, NULL);
    return failed;
}
