#include "contracts/contracts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static bool contains(struct bytes all, const u8 *part, size_t len)
{
    for (size_t i = 0; i + len <= all.len; i++)
        if (memcmp(all.ptr + i, part, len) == 0)
            return true;
    return false;
}

/* The contracts of the protocol are there, and the two bridges answer to the specification's four functions
 * (selectors from `cast sig`). */
static void the_protocol_is_embedded(void **state)
{
    (void)state;
    static const char *const name[] = {"SharedBridge",  "RollupBridge",  "L1Context",    "Reader",
                                       "RemoteAccount", "ScopedAccount", "ProofRegistry", "RollupManager"};
    for (size_t i = 0; i < COUNT_OF(name); i++) {
        const struct contract *c = contract_find(name[i]);
        assert_non_null(c);
        assert_string_equal(c->name, name[i]);
    }
    static const u8 selector[][4] = {
        {0x75, 0x29, 0x49, 0xed}, /* scopedCall(uint256,address,(address,uint256,uint256,bytes)) */
        {0x96, 0x5c, 0xd5, 0x07}, /* handleScopedCall(uint256,address,uint256,(address,uint256,uint256,bytes)) */
        {0xb7, 0x19, 0x59, 0x15}, /* fillResponsesIn(uint256[],bytes32[],bytes[]) */
        {0x7d, 0x10, 0xaf, 0xd5}, /* getMailboxHashes(uint256) */
    };
    for (size_t i = 0; i < COUNT_OF(selector); i++) {
        assert_true(contains(contract_find("SharedBridge")->runtime_code, selector[i], 4));
        assert_true(contains(contract_find("RollupBridge")->runtime_code, selector[i], 4));
        assert_false(contains(contract_find("L1Context")->runtime_code, selector[i], 4));
    }
    assert_null(contract_find("SharedBridg"));
    assert_null(contract_find("SharedBridges"));
    assert_null(contract_find(""));
}

/* A row is a contract that a chain would take: EIP-170, EIP-3860, EIP-3541; its immutables are 32 zero bytes in the
 * runtime code, and the creation code carries that code. */
static void every_row_can_be_deployed(void **state)
{
    (void)state;
    static const u8 zeros[32];
    assert_true(contract_count > 0);
    for (size_t i = 0; i < contract_count; i++) {
        const struct contract *c = &contract_table[i];
        assert_true(i == 0 || strcmp(contract_table[i - 1].name, c->name) < 0);
        assert_in_range(c->runtime_code.len, 4, 24576);
        assert_in_range(c->creation_code.len, c->runtime_code.len, 49152);
        assert_int_not_equal(c->runtime_code.ptr[0], 0xef);
        assert_int_equal(c->abi.ptr[0], '[');
        assert_int_equal(c->abi.ptr[c->abi.len - 1], ']');
        for (size_t j = 0; j < c->immutable_count; j++) {
            assert_in_range(c->immutables[j].offset, 1, c->runtime_code.len - 32);
            assert_memory_equal(c->runtime_code.ptr + c->immutables[j].offset, zeros, 32);
            assert_int_equal(c->runtime_code.ptr[c->immutables[j].offset - 1], 0x7f); /* PUSH32 */
        }
        assert_true(contains(c->creation_code, c->runtime_code.ptr, c->runtime_code.len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_protocol_is_embedded),
        cmocka_unit_test(every_row_can_be_deployed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
