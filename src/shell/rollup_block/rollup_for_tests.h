/* rollup_for_tests - what tests of a rollup's rules and witness share: a rollup with one honest block, and verify. */
#ifndef ROLLUP_BLOCK_ROLLUP_FOR_TESTS_H
#define ROLLUP_BLOCK_ROLLUP_FOR_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/genesis.h"
#include "io/memory.h"
#include "rollup_block/rollup_block.h"
#include "scope/request.h"

enum { L1 = 1, A = 901, FRIEND = 902, STRANGER = 903 };

/* One rollup with one block: ether from L1 to an account, as a handled call. */
struct fixture {
    struct arena arena;
    struct code_cache *codes;
    struct rollup_rules rules;
    struct ledger ledger;
    struct plan plan;
    struct header anchor;
    struct rollup_block block;
    struct settlement_context context;
    struct verify_input honest;
    hash32 statement;
};

static inline void open_fixture(struct fixture *f)
{
    const address bridge = {{0x11}}, coinbase = {{0xaa}};
    static const struct peer_config peer[] = {
        {.chain_id = L1, .max_gas = 6000000, .default_gas = 1000000},
        {.chain_id = FRIEND, .max_gas = 6000000, .default_gas = 1000000, .is_trusted = true},
        {.chain_id = STRANGER, .max_gas = 6000000, .default_gas = 1000000},
    };
    const struct genesis g = {
        .timestamp = 1000, .gas_limit = 30000000, .base_fee = {{1000000000}}, .coinbase = coinbase};
    memset(f, 0, sizeof *f);
    arena_init(&f->arena, &system_memory);
    f->codes = code_cache_open(&system_memory, 0);
    rollup_rules_init(&f->rules, A, L1, &bridge, &coinbase, 30000000);
    ledger_init(&f->ledger, &system_memory, &f->rules.chain, f->codes);
    assert_int_equal(genesis_rollup(&f->ledger, &f->rules, &g, peer, COUNT_OF(peer), NULL), OK);

    plan_init(&f->plan, &f->arena, 2);
    f->plan.chain[0].chain_id = L1;
    f->plan.chain[1].chain_id = A;
    const struct nonce nonce = {.root = {1, L1}, .clock = 1};
    const struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .value = {{77}}, .gas_limit = {{50000}}}};
    plan_add_call(&f->plan, &call);
    plan_add_item(&f->plan, 1, ITEM_HANDLE);
    f->plan.chain[1].item.item[0].call = 0;

    f->anchor =
        (struct header){.number = 5, .timestamp = 900, .base_fee = {{7}}, .gas_limit = 1, .field_count = HEADER_PRAGUE};
    struct rollup_block_input in = {
        .ledger = &f->ledger, .rules = &f->rules, .memory = &system_memory, .plan = &f->plan, .chain = 1,
        .timestamp = 1012, .anchor = &f->anchor, .is_forged = true /* there was no simulation */,
    };
    header_hash(&in.anchor_hash, &f->anchor, &f->arena);
    struct buffer why = buffer_in(&f->arena);
    assert_int_equal(rollup_block_build(&f->block, &f->arena, &in, &why), OK);
    f->context = (struct settlement_context){.l1_chain_id = L1, .bridge = bridge, .plan_hash = {{3}}};
    f->honest = (struct verify_input){
        .rules = &f->rules, .context = &f->context, .witness = f->block.witness, .data = f->block.data};
    assert_int_equal(statement_hash(&f->statement, &f->context, &f->block.transition, &f->arena), OK);
}

static inline void close_fixture(struct fixture *f)
{
    rollup_block_close(&f->block);
    ledger_release(&f->ledger);
    code_cache_release(f->codes);
    arena_release(&f->arena);
}

/* The statement is left alone on failure. */
static inline enum err verified(hash32 *statement, const struct verify_input *in)
{
    static const hash32 untouched = {{0xee}};
    hash32 s = untouched;
    const enum err e = verify(&s, NULL, &system_memory, in);
    if (e != OK)
        assert_memory_equal(s.b, untouched.b, 32);
    *statement = s;
    return e;
}

#endif
