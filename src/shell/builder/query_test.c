/* What a session's chains hold, after one transfer on L1 whose every effect is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "bridge/genesis.h"
#include "builder/devnet_for_tests.h"
#include "builder/query.h"
#include "chain/system_contracts.h"
#include "crypto/keccak.h"

enum { TRANSFER_GAS = 21000, WEI = 12345 };

static const address coinbase = {{0xcc}}, recipient = {{0xde, 0xad}};

static struct session *open_session(void)
{
    const struct funded_account funded[] = {{L1, address_of(1), {{0, 1}}}, {A, address_of(1), {{0, 1}}}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.l1_coinbase = coinbase;
    config.rollup_count = 1;
    struct session *s;
    assert_int_equal(session_open(&s, &system_memory, &config), OK);
    return s;
}

static u64 head(struct session *s, u64 chain)
{
    u64 number;
    hash32 hash, root;
    assert_int_equal(session_head(s, &number, &hash, &root, chain), OK);
    return number;
}

struct seen {
    u32 sender, recipient, coinbase, system, other;
};

static bool is_key_of(const hash32 *key, const address *at)
{
    hash32 h;
    keccak256(&h, at->b, sizeof at->b);
    return hash32_eq(key, &h);
}

static enum err see(void *context, const hash32 *key, const struct account_leaf *was, const struct account_leaf *is)
{
    struct seen *seen = context;
    const address sender = address_of(1);
    if (is_key_of(key, &sender)) {
        seen->sender++;
        assert_int_equal(is->nonce, was->nonce + 1);
    } else if (is_key_of(key, &recipient)) {
        seen->recipient++;
        assert_true(u256_is_zero(&was->balance));
        assert_int_equal(is->balance.w[0], WEI);
        assert_true(hash32_eq(&was->storage_root, &trie_empty_root));
    } else if (is_key_of(key, &coinbase)) {
        seen->coinbase++;
    } else {
        bool system = false;
        for (u32 i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
            system |= is_key_of(key, &system_contract[i].at);
        *(system ? &seen->system : &seen->other) += 1;
    }
    return OK;
}

/* A transfer changes who sent, who got, and who got the fee; the block's system calls change storage; nothing else
 * changes. The base fee is burned: all balances together are less by it, and by nothing more. */
static void a_transfer_changes_what_it_must(void **state)
{
    (void)state;
    struct session *s = open_session();
    const u64 before = head(s, L1);
    const struct transact t = {
        .chain_id = L1, .key = key_of(1), .to = recipient, .value = {{WEI}}, .gas_limit = TRANSFER_GAS};
    u64 work;
    assert_int_equal(session_transact(s, &work, &t), OK);
    const u64 after = head(s, L1);
    assert_int_equal(after, before + 1);

    struct seen seen = {0};
    assert_int_equal(session_changes(s, L1, before, after, see, &seen), OK);
    assert_int_equal(seen.sender, 1);
    assert_int_equal(seen.recipient, 1);
    assert_int_equal(seen.coinbase, 1);
    assert_int_equal(seen.other, 0);
    assert_true(seen.system >= 2); /* EIP-4788 and EIP-2935 write in every block */
    seen = (struct seen){0};
    assert_int_equal(session_changes(s, L1, after, after, see, &seen), OK);
    assert_int_equal(seen.sender + seen.recipient + seen.coinbase + seen.system + seen.other, 0);

    const struct ledger_block *block;
    assert_int_equal(session_block(s, &block, L1, after), OK);
    assert_int_equal(block->tx_count, 1);
    u256 had, has, burned = u256_from_u64(TRANSFER_GAS);
    u256_mul(&burned, &burned, &block->header.base_fee);
    assert_int_equal(session_total(s, &had, L1, before), OK);
    assert_int_equal(session_total(s, &has, L1, after), OK);
    u256_add(&has, &has, &burned);
    assert_true(u256_eq(&had, &has));
    assert_int_equal(session_block(s, &block, L1, after + 1), OK);
    assert_null(block);
    session_close(s);
}

static void a_genesis_holds_what_was_asked_for(void **state)
{
    (void)state;
    struct session *s = open_session();
    struct account_leaf a;
    struct bytes code;
    size_t count;
    u256 total;
    const u256 supply = genesis_rollup_supply();
    const address funded = address_of(1), empty = address_of(7);
    assert_int_equal(session_account_count(s, &count, L1, 0), OK);
    assert_int_equal(count, 2 + SYSTEM_CONTRACT_COUNT); /* the account, the builder */
    assert_int_equal(session_account(s, &a, L1, 0, &funded), OK);
    assert_int_equal(a.balance.w[1], 1);
    assert_int_equal(session_account(s, &a, L1, 0, &empty), OK);
    assert_true(u256_is_zero(&a.balance) && hash32_eq(&a.code_hash, &keccak_of_empty));
    assert_int_equal(session_code(s, &code, L1, 0, &empty), OK);
    assert_int_equal(code.len, 0);
    assert_int_equal(session_code(s, &code, L1, 0, &system_contract[0].at), OK);
    assert_true(bytes_eq(code, system_contract[0].code));
    assert_int_equal(session_total(s, &total, A, 0), OK);
    assert_true(u256_eq(&total, &supply));
    assert_int_equal(session_total(s, &total, 77, 0), REJECT_UNKNOWN_CHAIN);
    assert_int_equal(session_account(s, &a, L1, 99, &empty), REJECT_UNKNOWN_CHAIN);
    session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_changes_what_it_must),
        cmocka_unit_test(a_genesis_holds_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
