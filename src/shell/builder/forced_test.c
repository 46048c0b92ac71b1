/* Forced inclusion end to end: an honest builder takes what L1 asks for, a censoring one settles nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "builder/session_for_tests.h"
#include "builder/session_hooks.h"
#include "signer/tx_sign.h"

enum { WINDOW = 1800, USER = 1, PAYER = 2 };

#define OVERDUE "0xa9fc604d" /* the selector of ForcedQueue's Overdue(uint256,uint256,uint256) */

static void open_with_payer(struct fixture *f)
{
    struct funded_account funded[] = {
        {L1, address_of(PAYER), ether}, {A, address_of(USER), ether}, {B, address_of(USER), ether}};
    const u256 hundred = u256_from_u64(100);
    for (size_t i = 0; i < COUNT_OF(funded); i++)
        u256_mul(&funded[i].balance, &ether, &hundred);
    const struct session_config config = devnet(funded, COUNT_OF(funded));
    arena_init(&f->arena, &system_memory);
    check(f, session_open(&f->s, &system_memory, &config));
}

/* The payer's transaction to the queue, with more than it needs: the rest comes back. */
static void enqueue(struct fixture *f, struct bytes data)
{
    const struct transact t = {.chain_id = L1,
                               .key = key_of(PAYER),
                               .to = session_contracts(f->s)->forced_queue,
                               .value = {{2 * ether.w[0]}},
                               .gas_limit = 8000000,
                               .data = data};
    struct work_report w;
    u64 work;
    check(f, session_transact(f->s, &work, &t));
    check(f, session_status(f->s, &w, work));
    assert_true(w.success);
}

static void force_call(struct fixture *f, u64 chain, const address *to, const u256 *value)
{
    enqueue(f, calldata_enqueue_call(&f->arena, chain, to, value, 50000, (struct bytes){0}));
}

static void force_transfer(struct fixture *f, u64 nonce, const address *to)
{
    const hash32 key = key_of(USER);
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = A, .nonce = nonce, .gas_limit = 21000,
                   .to = *to, .value = ether, .max_fee = {{100000000000}}};
    struct buffer envelope = buffer_in(&f->arena);
    assert_int_equal(tx_sign(&t, &key, &f->arena), OK);
    tx_encode(&envelope, &t);
    enqueue(f, calldata_enqueue_transaction(&f->arena, A, 21000, buffer_bytes(&envelope)));
}

static void transfer(struct fixture *f, u64 chain, const address *to)
{
    const struct transact t = {
        .chain_id = chain, .key = key_of(USER), .to = *to, .value = ether, .gas_limit = 21000};
    u64 work;
    check(f, session_transact(f->s, &work, &t));
}

static void has_ether(struct fixture *f, u64 chain, const address *at, u64 count)
{
    const u256 got = balance(f, chain, at), n = u256_from_u64(count);
    u256 want;
    u256_mul(&want, &ether, &n);
    assert_true(u256_eq(&got, &want));
}

static u64 waiting(struct fixture *f, u64 chain)
{
    u64 count;
    check(f, session_forced_waiting(f->s, &count, chain));
    return count;
}

static void settle(struct fixture *f)
{
    const struct slot_report *r;
    slot_settles(f, &r);
}

/* The ether of a rollup that is not in its bridge; and what L1 owes it. */
static void is_backed(struct fixture *f, u64 chain, const u256 *escrow_before, const u256 *bridge_before)
{
    const u256 bridge = balance(f, chain, &session_contracts(f->s)->rollup_bridge);
    const u256 escrow = balance(f, L1, &session_contracts(f->s)->shared_bridge);
    u256 left, added;
    u256_sub(&left, bridge_before, &bridge);
    u256_sub(&added, &escrow, escrow_before);
    assert_true(u256_eq(&left, &added));
}

/* A transaction and calls, with no other work: the slot has a bundle, prover and L1 agree, and value is escrow. */
static void an_honest_builder_takes_them(void **state)
{
    static const address friend = {{0xde, 0xad}}, other = {{0xbe, 0xef}};
    struct fixture f;
    (void)state;
    open_with_payer(&f);
    const u256 escrow = balance(&f, L1, &session_contracts(f.s)->shared_bridge);
    const u256 bridge = balance(&f, A, &session_contracts(f.s)->rollup_bridge);
    force_transfer(&f, 0, &friend);
    force_call(&f, A, &other, &ether);
    force_transfer(&f, 7, &friend); /* its nonce is invalid */
    assert_int_equal(waiting(&f, A), 3);
    assert_int_equal(waiting(&f, B), 0);
    settle(&f);
    assert_int_equal(waiting(&f, A), 0);
    has_ether(&f, A, &friend, 1);
    has_ether(&f, A, &other, 1);
    is_backed(&f, A, &escrow, &bridge);

    /* nothing waits: a slot without work is none */
    const struct slot_report *r;
    check(&f, session_slot(f.s, &r));
    assert_false(r->sent);

    /* beside other work, in both rollups */
    force_call(&f, B, &other, &ether);
    force_transfer(&f, 1, &friend);
    transfer(&f, A, &other);
    settle(&f);
    has_ether(&f, A, &friend, 2);
    has_ether(&f, A, &other, 2);
    has_ether(&f, B, &other, 1);
    close_session(&f);
}

/* It leaves an entry for longer than the queue allows, and nothing of that rollup settles any more; the others do. */
static void a_censoring_builder_settles_nothing(void **state)
{
    static const address friend = {{0xde, 0xad}}, other = {{0xbe, 0xef}};
    struct fixture f;
    const struct slot_report *r;
    (void)state;
    open_with_payer(&f);
    session_ignore_forced(f.s, true);
    force_call(&f, A, &friend, &ether);
    for (u32 i = 0; i < WINDOW - 2; i++)
        check(&f, session_mine(f.s, NULL, NULL));
    transfer(&f, A, &other); /* in time */
    settle(&f);
    has_ether(&f, A, &other, 1);
    check(&f, session_mine(f.s, NULL, NULL));
    transfer(&f, A, &other);
    assert_int_equal(session_slot(f.s, &r), REJECT_PASSES_DIFFER); /* it is not even sent */
    if (!strstr(session_error(f.s), OVERDUE))
        fail_msg("%s", session_error(f.s));
    has_ether(&f, A, &other, 1);
    session_reject_pending(f.s, REJECT_PASSES_DIFFER, "");
    transfer(&f, B, &other);
    settle(&f);

    session_ignore_forced(f.s, false);
    transfer(&f, A, &other);
    settle(&f);
    has_ether(&f, A, &friend, 1);
    has_ether(&f, A, &other, 2);
    close_session(&f);
}

/* More than a block takes: the rest follows in the next blocks, in order. */
static void a_long_queue(void **state)
{
    static const address friend = {{0xde, 0xad}};
    struct fixture f;
    (void)state;
    open_with_payer(&f);
    for (u32 i = 0; i < 5; i++)
        enqueue(&f, calldata_enqueue_call(&f.arena, A, &friend, &ether, 3700000, (struct bytes){0}));
    assert_int_equal(waiting(&f, A), 5);
    settle(&f);
    assert_int_equal(waiting(&f, A), 2);
    settle(&f);
    assert_int_equal(waiting(&f, A), 0);
    has_ether(&f, A, &friend, 5);
    close_session(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_builder_takes_them),
        cmocka_unit_test(a_censoring_builder_settles_nothing),
        cmocka_unit_test(a_long_queue),
    };
    return cmocka_run_group_tests_name("forced inclusion", tests, NULL, NULL);
}
