#include "evm/key_memo.h"

#include "base/u256.h"
#include "crypto/keccak.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static u64 random_word(void)
{
    static u64 state = 88172645463325252; /* Marsaglia's xorshift */
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void must_be_keccak(struct key_memo *memo, const u8 key[64])
{
    hash32 want;
    u256 got;
    keccak256(&want, key, 64);
    const u256 number = u256_from_hash32(&want);
    key_memo_hash(&got, memo, key);
    assert_true(u256_eq(&got, &number));
}

/* The first answer of all is right for the bytes that every entry starts with, and for any others. */
static void starts_right(void **state)
{
    (void)state;
    struct key_memo *memo = key_memo_open(&system_memory);
    u8 key[64] = {0};
    must_be_keccak(memo, key);
    key[63] = 1; /* Solidity: element 0 of the mapping in slot 1 */
    must_be_keccak(memo, key);
    key[63] = 0;
    must_be_keccak(memo, key);
    key_memo_release(memo, &system_memory);
}

/* Far more keys than entries, in any order and again: each entry changes hands many times, and a key that differs
 * from the one before in a single bit, wherever that is, has its own hash. */
static void forgets_but_never_errs(void **state)
{
    (void)state;
    enum { KEYS = 3 * KEY_MEMO_ENTRIES };
    static u8 key[KEYS][64];
    struct key_memo *memo = key_memo_open(&system_memory);
    for (unsigned i = 0; i < KEYS; i++) {
        if (i % 3 == 0)
            for (unsigned j = 0; j < 64; j++)
                key[i][j] = (u8)(random_word() >> 32);
        else
            memcpy(key[i], key[i - 1], 64);
        key[i][i / 3 % 64] ^= (u8)(1 << i % 8);
    }
    for (unsigned i = 0; i < 4 * KEYS; i++) {
        const u8 *chosen = key[random_word() % KEYS];
        must_be_keccak(memo, chosen);
        must_be_keccak(memo, chosen);
    }
    for (unsigned i = 0; i < KEYS; i++)
        must_be_keccak(memo, key[i]);
    key_memo_release(memo, &system_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_right),
        cmocka_unit_test(forgets_but_never_errs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
