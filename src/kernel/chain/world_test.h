/* world_test - what the tests of chain share: a small genesis, and a block in progress on it.
 *
 *   rich (key 1) has a million ether, poor (key 2) nothing; contract_with_key is a contract whose key (3) is known
 *   0x10.. logger   LOG0 of nothing, then SSTORE(0, SLOAD(0) + 1)      0x20.. reverter
 *   0x30.. spinner  an endless loop                                    0x40.. teller  returns ORIGIN, GASPRICE, CALLER
 *
 * Everything is static: one set for each test program; world_main opens and releases it around the tests. */
#ifndef CHAIN_WORLD_TEST_H
#define CHAIN_WORLD_TEST_H

#include "chain/execute.h"
#include "signer/secp256k1_sign.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { GWEI = 1000000000, BLOCK_GAS = 60000000 };

#define SHARED static __attribute__((unused)) /* not every program needs every one */

SHARED struct arena arena;
SHARED struct trie_db *tries;
SHARED struct code_cache *codes;
SHARED struct code_source source;
SHARED struct machine machine;
SHARED struct header genesis;
SHARED hash32 genesis_hash;

SHARED const hash32 rich_key = {{[31] = 1}}, poor_key = {{[31] = 2}}, contract_key = {{[31] = 3}};
SHARED address rich, poor, contract_with_key;
SHARED const address coinbase = {{0xcb}};
SHARED const address logger = {{0x10}};
SHARED const address reverter = {{0x20}};
SHARED const address spinner = {{0x30}};
SHARED const address teller = {{0x40}};

SHARED const char *const contract_code[][2] = {
    {"10", "5f5fa05f546001015f55"},
    {"20", "5f5ffd"},
    {"30", "5b5f56"},
    {"40", "325f523a602052336040526060" "5ff3"},
};

SHARED struct bytes unhex(const char *text)
{
    struct bytes out;
    assert_int_equal(hex_bytes(&arena, &out, bytes_of(text, strlen(text))), OK);
    return out;
}

SHARED enum err code_from_cache(void *cache, struct bytes *out, const hash32 *hash)
{
    const struct code *c = code_cache_get(cache, hash);
    if (!c)
        return FAULT_STATE_MISSING;
    *out = code_bytes(c);
    return OK;
}

SHARED enum err keep_code(void *cache, const hash32 *hash, struct bytes code)
{
    (void)code_cache_put(cache, hash, code);
    return OK;
}

SHARED const struct account *account_of(struct state *s, const address *at)
{
    const struct account *a;
    assert_int_equal(state_account(s, &a, NULL, at), OK);
    return a;
}

SHARED void fund(struct state *s, const address *at, u64 ether)
{
    const u256 wei = {{1000000000000000000u, 0, 0, 0}}, count = u256_from_u64(ether);
    u256 balance;
    u256_mul(&balance, &wei, &count);
    state_set_balance(s, account_of(s, at), &balance);
}

SHARED void make_genesis(void)
{
    struct state *s = state_open(&system_memory, tries, &source, &trie_empty_root);
    fund(s, &rich, 1000000);
    fund(s, &contract_with_key, 1000);
    state_set_code(s, account_of(s, &contract_with_key), unhex("00"));
    for (size_t i = 0; i < COUNT_OF(contract_code); i++) {
        const address at = {{unhex(contract_code[i][0]).ptr[0]}};
        state_set_code(s, account_of(s, &at), unhex(contract_code[i][1]));
    }
    genesis = (struct header){.field_count = HEADER_PRAGUE,
                              .gas_limit = BLOCK_GAS,
                              .timestamp = 1000,
                              .base_fee = u256_from_u64(GWEI),
                              .ommers_hash = empty_ommers_hash};
    assert_int_equal(state_commit(s, &genesis.state_root), OK);
    assert_int_equal(state_new_codes(s, keep_code, codes), OK);
    state_release(s);
    header_hash(&genesis_hash, &genesis, &arena);
}

SHARED struct chain_rules rules_of(const struct activation *active, const struct chain_hooks *hooks)
{
    return (struct chain_rules){.chain_id = 1, .activation = active, .activation_count = 1, .hooks = hooks};
}

SHARED const struct activation cancun = {.fork = &fork_table[FORK_CANCUN], .blobs = {3, 6, 3338477}};
SHARED const struct activation osaka = {.fork = &fork_table[FORK_OSAKA], .blobs = {6, 9, 5007716}};

/* A run on the genesis, and the state it is on. */
struct world {
    struct chain_rules rules;
    struct state *state;
    struct block_run run;
};

SHARED void open_world(struct world *w, const struct activation *active, const struct chain_hooks *hooks,
                       const struct hooks *listener)
{
    struct header h = genesis;
    h.number = 1;
    h.timestamp = 1012;
    h.parent_hash = genesis_hash;
    h.coinbase = coinbase;
    h.field_count = header_field_count(active->fork);
    w->rules = rules_of(active, hooks);
    w->state = state_open(&system_memory, tries, &source, &genesis.state_root);
    block_open(&w->run, &machine, &w->rules, w->state, &h, NULL, listener);
}

SHARED hash32 close_world(struct world *w)
{
    hash32 root;
    assert_int_equal(state_commit(w->state, &root), OK);
    block_release(&w->run);
    state_release(w->state);
    return root;
}

SHARED struct tx transfer(u64 nonce, const address *to)
{
    return (struct tx){.type = TX_DYNAMIC_FEE,
                       .has_chain_id = true,
                       .chain_id = 1,
                       .nonce = nonce,
                       .gas_limit = 100000,
                       .max_fee = u256_from_u64(3 * (u64)GWEI),
                       .max_priority_fee = u256_from_u64(GWEI),
                       .to = *to,
                       .sender = rich,
                       .has_sender = true};
}

SHARED u8 big_code[0xc001];
SHARED const hash32 blob_hashes[10] = {{{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}, {{1}}};

SHARED void make_blob(struct tx *t, u32 count)
{
    t->type = TX_BLOB;
    t->blob_hash = blob_hashes;
    t->blob_hash_count = count;
    t->max_blob_fee = u256_from_u64(1);
}

SHARED int world_main(const struct CMUnitTest *tests, size_t count)
{
    arena_init(&arena, &system_memory);
    codes = code_cache_open(&system_memory, 0);
    source = (struct code_source){code_from_cache, codes};
    tries = trie_db_open(&system_memory, NULL);
    machine_init(&machine, &system_memory, codes);
    if (secp256k1_address(&rich, &rich_key) || secp256k1_address(&poor, &poor_key) ||
        secp256k1_address(&contract_with_key, &contract_key))
        return 1;
    make_genesis();
    const int failed = _cmocka_run_group_tests("chain", tests, count, NULL, NULL);
    machine_release(&machine);
    trie_db_release(tries);
    code_cache_release(codes);
    arena_release(&arena);
    return failed;
}

#endif
