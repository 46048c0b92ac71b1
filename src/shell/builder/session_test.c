/* A session end to end: calls in both directions settle, and what a hostile builder sends is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "adversary/forgery.h"
#include "bridge/calldata.h"
#include "builder/session_for_tests.h"
#include "codec/abi.h"
#include "scope/selector.h"
#include "signer/tx_sign.h"

/* Ether that an L1 account sends to a rollup arrives there, and L1 holds it in escrow. */
static void value_from_l1(void **state)
{
    (void)state;
    struct fixture f;
    open_session(&f);
    const struct slot_report *r;
    u64 work;
    const address to = {{0xde, 0xad}};
    const u256 before = balance(&f, L1, &session_contracts(f.s)->shared_bridge);
    const struct scoped_request request = {.to = to, .value = ether, .gas_limit = {{100000}}};
    operate(&f, &work, 1, &request, A);
    slot_settles(&f, &r);
    work_settled(&f, work);
    assert_int_equal(r->call_count, 1);
    u256 want;
    const u256 got = balance(&f, A, &to), held = balance(&f, L1, &session_contracts(f.s)->shared_bridge);
    assert_true(u256_eq(&got, &ether));
    u256_add(&want, &before, &ether);
    assert_true(u256_eq(&held, &want));
    print_message("L1 gas %lu\n", r->l1_gas_used);
    close_session(&f);
}

/* A rollup's transaction calls L1, and another rollup. */
static void value_from_rollup(void **state)
{
    (void)state;
    struct fixture f;
    open_session(&f);
    const struct slot_report *r;
    u64 work[2];
    const address to = {{0xde, 0xad}}, from = address_of(1);
    const struct scoped_request request = {.to = to, .value = ether, .gas_limit = {{100000}}};
    const u64 target[2] = {L1, B};
    for (int i = 0; i < 2; i++) {
        const struct transact t = {.chain_id = A,
                                   .key = key_of(1),
                                   .to = session_contracts(f.s)->rollup_bridge,
                                   .value = ether,
                                   .gas_limit = 3000000,
                                   .data = calldata_scoped_call(&f.arena, target[i], &from, &request)};
        check(&f, session_transact(f.s, &work[i], &t));
    }
    slot_settles(&f, &r);
    work_settled(&f, work[0]);
    work_settled(&f, work[1]);
    assert_int_equal(r->call_count, 2);
    for (int i = 0; i < 2; i++) {
        const u256 got = balance(&f, target[i], &to);
        assert_true(u256_eq(&got, &ether));
    }
    print_message("L1 gas %lu\n", r->l1_gas_used);
    close_session(&f);
}

static struct tx signed_call(struct fixture *f, u64 chain, const address *to, struct bytes data)
{
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = chain, .to = *to, .gas_limit = 3000000,
                   .max_fee = {{100000000000ull}}, .data = data};
    check(f, tx_sign(&t, &(hash32){{[31] = 1}}, &f->arena));
    return t;
}

/* As a wallet sends them: on a rollup a scoped call is a plain transaction; on L1 it is refused, nothing is mined. */
static void signed_transactions(void **state)
{
    (void)state;
    struct fixture f;
    open_session(&f);
    const struct slot_report *r;
    struct work_report w;
    u64 work, before, after;
    hash32 hash, root;
    const struct session_contracts *c = session_contracts(f.s);
    const address from = address_of(1), without_code = {{0xde, 0xad}};
    const struct scoped_request request = {.to = without_code, .gas_limit = {{100000}}};
    struct tx t = signed_call(&f, A, &c->rollup_bridge, calldata_scoped_call(&f.arena, B, &from, &request));
    check(&f, session_send(f.s, &work, A, &t));
    slot_settles(&f, &r);
    work_settled(&f, work);
    check(&f, session_status(f.s, &w, work));
    assert_true(hash32_eq(&w.tx_hash, &t.hash) && address_eq(&w.sender, &from));
    assert_int_equal(r->call_count, 1);

    check(&f, session_head(f.s, &before, &hash, &root, L1));
    t = signed_call(&f, L1, &c->shared_bridge, calldata_scoped_call(&f.arena, A, &from, &request));
    assert_int_equal(session_send(f.s, &work, L1, &t), REJECT_OUTSIDE_BUNDLE);
    t = signed_call(&f, L1, &without_code, (struct bytes){0});
    session_set_time(f.s, 1900000000);
    check(&f, session_send(f.s, &work, L1, &t));
    check(&f, session_status(f.s, &w, work));
    check(&f, session_head(f.s, &after, &hash, &root, L1));
    assert_true(w.status == WORK_SETTLED && w.success && w.block_number == after && after == before + 1);
    const struct ledger_block *block;
    check(&f, session_block(f.s, &block, L1, after));
    assert_int_equal(block->header.timestamp, 1900000000);
    assert_int_equal(session_send(f.s, &work, L1, &t), REJECT_TX_NONCE_LOW);
    close_session(&f);
}

/* A slot that failed would fail again: its work is rejected, and the next slot has none. */
static void rejected_pending_work(void **state)
{
    (void)state;
    struct fixture f;
    open_session(&f);
    const struct slot_report *r;
    struct work_report w;
    u64 work;
    const address without_code = {{0xde, 0xad}};
    const struct tx t = signed_call(&f, A, &without_code, (struct bytes){0});
    check(&f, session_send(f.s, &work, A, &t));
    assert_int_equal(session_pending_count(f.s), 1);
    session_reject_pending(f.s, FAULT_TIMEOUT, "no prover answered");
    check(&f, session_status(f.s, &w, work));
    assert_true(w.status == WORK_REJECTED && w.rejected == FAULT_TIMEOUT);
    assert_string_equal(w.reason, "no prover answered");
    check(&f, session_slot(f.s, &r));
    assert_true(!r->sent && session_pending_count(f.s) == 0);
    close_session(&f);
}

enum { MAILBOX_MISMATCH = (int)0x9cbf567a }; /* MailboxMismatch(uint256 here, uint256 there, uint256 lane) */

struct heads {
    hash32 rollup[2];
    u256 bridge;
};

static struct heads heads_of(struct fixture *f)
{
    struct heads h;
    const u64 chain[2] = {A, B};
    for (int i = 0; i < 2; i++) {
        u64 number;
        hash32 root;
        check(f, session_head(f->s, &number, &h.rollup[i], &root, chain[i]));
    }
    h.bridge = balance(f, L1, &session_contracts(f->s)->shared_bridge);
    return h;
}

/* Two calls to A, in one operation (one root) or in two. */
static void two_calls(struct fixture *f, u64 work[2], bool one_root)
{
    const address to = {{0xde, 0xad}}, from = address_of(1);
    const struct scoped_request request[2] = {
        {.to = to, .value = ether, .gas_limit = {{100000}}},
        {.to = to, .value = {{5}}, .gas_limit = {{100000}}},
    };
    struct operation_call call[2];
    for (int i = 0; i < 2; i++)
        call[i] = (struct operation_call){session_contracts(f->s)->shared_bridge, request[i].value,
                                          calldata_scoped_call(&f->arena, A, &from, &request[i])};
    for (int i = 0; i < (one_root ? 1 : 2); i++) {
        const struct operation o = {
            .key = key_of(1), .gas_limit = 3000000, .call = call + i, .call_count = one_root ? 2 : 1};
        check(f, session_operate(f->s, &work[i], &o));
    }
}

/* What a hostile builder does to answers, calls and their order is refused by the mailbox check, though every statement
 * is attested; every chain is as before, and the untouched bundle settles in the same session. */
static void forgeries(void **state)
{
    /* the lane as A, which the error names first, sees it */
    static const struct { struct forgery forgery; enum lane lane; } row[] = {
        {{FORGERY_RESPONSE_BYTE, 1, 0, 8}, RESPONSES_OUT}, /* of the clock: there is no returndata */
        {{FORGERY_LEAVE_OUT, 0, 0, 0}, REQUESTS_IN},
        {{FORGERY_LEAVE_OUT, 1, 0, 0}, REQUESTS_IN},
        {{FORGERY_SWAP, 0, 1, 0}, REQUESTS_IN},
    };
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[2];
    open_session(&f);
    two_calls(&f, work, true);
    const struct heads before = heads_of(&f);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        check(&f, session_slot_forged(f.s, &r, &row[i].forgery));
        assert_true(r->sent);
        assert_false(r->settled);
        assert_int_equal(selector_of(r->revert_data), (u32)MAILBOX_MISMATCH);
        struct abi_reader error = abi_reader(bytes_of(r->revert_data.ptr + 4, r->revert_data.len - 4));
        u64 here, there, lane;
        assert_int_equal(abi_u64(&error, &here), OK);
        assert_int_equal(abi_u64(&error, &there), OK);
        assert_int_equal(abi_u64(&error, &lane), OK);
        assert_int_equal(here, A);
        assert_int_equal(there, L1);
        assert_int_equal(lane, row[i].lane);
        const struct heads after = heads_of(&f);
        assert_memory_equal(&before, &after, sizeof before);
    }
    slot_settles(&f, &r);
    work_settled(&f, work[0]);
    close_session(&f);
}

/* Calls of two roots cannot even be handled in the opposite order: no block holds that. */
static void roots_in_opposite_order(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[2];
    const struct forgery swap = {FORGERY_SWAP, 0, 1, 0};
    open_session(&f);
    two_calls(&f, work, false);
    assert_int_equal(session_slot_forged(f.s, &r, &swap), REJECT_SYSTEM_TX_FAILED);
    slot_settles(&f, &r);
    work_settled(&f, work[1]);
    close_session(&f);
}

/* A transaction on L1 that reverts has the frames to its failure, and keeps them over slots. */
static void frames_of_a_transaction_on_l1(void **state)
{
    static const u8 inner_code[] = {0x60, 0x2a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xfd}; /* reverts with 42 */
    u8 outer_code[] = {0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                       0x5a, 0xf1, 0x5f, 0x5f, 0xfd}; /* calls it, and reverts without a reason */
    (void)state;
    struct fixture f;
    struct work_report w;
    u64 work, pays;
    const struct slot_report *r;
    open_session(&f);
    const address inner = deploy(&f, L1, 1, BYTES_OF(inner_code)), from = address_of(1);
    memcpy(outer_code + 6, inner.b, sizeof inner.b);
    const address outer = deploy(&f, L1, 1, BYTES_OF(outer_code));
    const struct transact t = {.chain_id = L1, .key = key_of(1), .to = outer, .gas_limit = 100000};
    check(&f, session_transact(f.s, &work, &t));
    call_bridge(&f, &pays, 1, NULL, B, 1);
    slot_settles(&f, &r);
    check(&f, session_status(f.s, &w, work));
    assert_int_equal(w.status, WORK_SETTLED);
    assert_false(w.success);
    assert_int_equal(w.frame_count, 2);
    assert_memory_equal(&w.frame[0].from, &from, sizeof from);
    assert_memory_equal(&w.frame[0].to, &outer, sizeof outer);
    assert_memory_equal(&w.frame[1].from, &outer, sizeof outer);
    assert_memory_equal(&w.frame[1].to, &inner, sizeof inner);
    assert_int_equal(w.frame[0].output.len, 0);
    assert_int_equal(w.frame[1].output.len, 32);
    assert_int_equal(w.frame[1].output.ptr[31], 42);
    assert_int_equal(w.frame[0].gas_limit, 100000 - 21000); /* of the transaction without its intrinsic gas */
    close_session(&f);
}

/* The target reverts, and with it the transaction: both are in a block, and so is the gas that it paid for. */
static void a_call_that_fails_is_included(void **state)
{
    static const u8 reverts[] = {0x60, 0x07, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xfd}; /* with the word 7 */
    static const u8 seven[32] = {[31] = 7};
    (void)state;
    for (u64 on = L1; on <= B; on += B - L1) {
        struct fixture f;
        const struct slot_report *r;
        struct work_report w;
        u64 work;
        open_session(&f);
        const address target = deploy(&f, on, on == B ? 2 : 1, BYTES_OF(reverts)), from = address_of(3);
        const u256 had = balance(&f, A, &from);
        count_on(&f, &work, 3, NULL, on, &target);
        slot_settles(&f, &r);
        check(&f, session_status(f.s, &w, work));
        assert_int_equal(w.status, WORK_SETTLED);
        assert_false(w.success);
        assert_int_equal(w.output.len, sizeof seven);
        assert_memory_equal(w.output.ptr, seven, sizeof seven);
        assert_int_equal(r->call_count, 1);
        assert_true(is_attempt(&r->call[0].call));
        const u256 has = balance(&f, A, &from);
        assert_true(u256_lt(&has, &had));
        close_session(&f);
    }
}

/* Why work is refused, by name; every chain stays as it is. */
static void refusals_have_names(void **state)
{
    static const u8 reverts[] = {0x5f, 0x5f, 0xfd}, loops[] = {0x5b, 0x5f, 0x56},
                    asks_coinbase[] = {0x41, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
    static const struct {
        const char *what;
        u64 on;                /* where the target is */
        const u8 *code;
        size_t len;
        bool is_operation;     /* by L1's user, to the target itself; else from A through the bridges */
        enum err want;
    } row[] = {
        {"the target on L1 burns more than half of its gas", L1, loops, sizeof loops, false, REJECT_HANDLING_FAILED},
        {"the target on L1 asks who proposes", L1, asks_coinbase, sizeof asks_coinbase, false, REJECT_READS_PROPOSER},
        {"an operation whose call reverts", L1, reverts, sizeof reverts, true, REJECT_OPERATION_FAILED},
        {"an operation that concerns no rollup", L1, counter_code, sizeof counter_code, true, REJECT_NO_ROLLUP},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        const struct slot_report *r;
        struct work_report w;
        u64 work;
        open_session(&f);
        const address target = deploy(&f, row[i].on, row[i].on == B ? 2 : 1, bytes_of(row[i].code, row[i].len));
        const struct operation_call call = {.to = target};
        const struct operation o = {.key = key_of(4), .gas_limit = 1000000, .call = &call, .call_count = 1};
        if (row[i].is_operation)
            check(&f, session_operate(f.s, &work, &o));
        else
            count_on(&f, &work, 3, NULL, row[i].on, &target);
        const struct heads before = heads_of(&f);
        check(&f, session_slot(f.s, &r));
        assert_false(r->sent);
        check(&f, session_status(f.s, &w, work));
        if (w.rejected != row[i].want)
            print_message("%s: %s: %s\n", row[i].what, err_name(w.rejected), w.reason);
        assert_int_equal(w.status, WORK_REJECTED);
        assert_int_equal(w.rejected, row[i].want);
        const struct heads after = heads_of(&f);
        assert_memory_equal(&before, &after, sizeof before);
        close_session(&f);
    }
}

/* An operation on L1 alone is refused, and what comes behind it is judged on the state without it: both spend 60 of 100
 * ether. */
static void a_refused_operation_leaves_no_trace(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 alone, behind;
    struct work_report w;
    open_session(&f);
    const u256 sixty = u256_from_u64(60);
    u256 value;
    u256_mul(&value, &ether, &sixty);
    const address to = {{0xde, 0xad}};
    const struct operation_call pay = {.to = to, .value = value};
    const struct operation o = {.key = key_of(1), .gas_limit = 1000000, .call = &pay, .call_count = 1};
    const struct scoped_request request = {.to = to, .value = value, .gas_limit = {{100000}}};
    check(&f, session_operate(f.s, &alone, &o));
    operate(&f, &behind, 1, &request, A);
    slot_settles(&f, &r);
    work_settled(&f, behind);
    check(&f, session_status(f.s, &w, alone));
    assert_int_equal(w.status, WORK_REJECTED);
    assert_int_equal(w.rejected, REJECT_NO_ROLLUP);
    const u256 got = balance(&f, A, &to), none = balance(&f, L1, &to);
    assert_true(u256_eq(&got, &value));
    assert_true(u256_is_zero(&none));
    close_session(&f);
}

/* An operation that counts on A, then on B. */
static void count_on_both(struct fixture *f, u64 *work, u8 user, const address counter[2])
{
    const u64 target[2] = {A, B};
    const address from = address_of(user);
    struct operation_call call[2];
    for (int i = 0; i < 2; i++) {
        const struct scoped_request request = {.to = counter[i], .gas_limit = {{100000}}};
        call[i] = (struct operation_call){.to = session_contracts(f->s)->shared_bridge,
                                          .data = calldata_scoped_call(&f->arena, target[i], &from, &request)};
    }
    const struct operation o = {.key = key_of(user), .gas_limit = 3000000, .call = call, .call_count = 2};
    check(f, session_operate(f->s, work, &o));
}

/* Two transactions that both touch A and B: one after the other on A, the other way around on B. Neither by swapping
 * what B handles nor by moving it is there a block of B that holds that. */
static void opposite_order_on_two_chains(void **state)
{
    static const struct forgery opposite[] = {
        {.kind = FORGERY_SWAP, .call = 1, .other = 3},
        {.kind = FORGERY_MOVE, .call = 3, .other = 0},
        {.kind = FORGERY_SWAP, .call = 0, .other = 2},
    };
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[2];
    open_session(&f);
    const address counter[2] = {deploy(&f, A, 1, BYTES_OF(counter_code)), deploy(&f, B, 2, BYTES_OF(counter_code))};
    count_on_both(&f, &work[0], 1, counter);
    count_on_both(&f, &work[1], 4, counter);
    const struct heads before = heads_of(&f);
    for (size_t i = 0; i < COUNT_OF(opposite); i++) {
        assert_int_equal(session_slot_forged(f.s, &r, &opposite[i]), REJECT_SYSTEM_TX_FAILED); /* RootOrder() */
        const struct heads after = heads_of(&f);
        assert_memory_equal(&before, &after, sizeof before);
    }
    slot_settles(&f, &r);
    for (int i = 0; i < 2; i++) {
        struct work_report w;
        check(&f, session_status(f.s, &w, work[i]));
        assert_true(w.gas_used > 21000 && w.gas_used < r->l1_gas_used / 2); /* its own, and not the bundle's */
        assert_int_equal(r->call[i].response.returndata.ptr[31], 1); /* the first, on both chains */
        assert_int_equal(r->call[2 + i].response.returndata.ptr[31], 2);
        assert_int_equal(count_of(&f, i ? B : A, &counter[i]), 2);
    }
    close_session(&f);
}

/* Calls another with its own calldata, and does not care whether that fails. */
static address deploy_catcher(struct fixture *f, const address *target)
{
    u8 code[] = {0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x34, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                 0, 0, 0, 0, 0, 0, 0x5a, 0xf1, 0x50, 0x00};
    memcpy(code + 10, target->b, sizeof target->b);
    return deploy(f, A, 1, BYTES_OF(code));
}

/* A builder who leaves out an answer would choose what a contract that catches does next. Under how many frames
 * that catch it does not matter: no block holds the transaction. */
static void no_abort_is_caught_on_a_rollup(void **state)
{
    enum { DEPTHS = 6 };
    static const struct forgery no_answer = {.kind = FORGERY_FILL_LEFT_OUT};
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work;
    open_session(&f);
    const address counter = deploy(&f, B, 2, BYTES_OF(counter_code));
    const address caller = deploy_catcher(&f, &session_contracts(f.s)->rollup_bridge);
    const struct scoped_request request = {.to = counter, .gas_limit = {{100000}}};
    address top = caller;
    for (int depth = 1; depth <= DEPTHS; depth++) {
        const struct transact t = {.chain_id = A, .key = key_of(3), .to = top, .gas_limit = 3000000,
                                   .data = calldata_scoped_call(&f.arena, B, &caller, &request)};
        check(&f, session_transact(f.s, &work, &t));
        const struct heads before = heads_of(&f);
        assert_int_equal(session_slot_forged(f.s, &r, &no_answer), REJECT_RESPONSE_MISSING);
        const struct heads after = heads_of(&f);
        assert_memory_equal(&before, &after, sizeof before);
        slot_settles(&f, &r);
        work_settled(&f, work);
        assert_int_equal(count_of(&f, B, &counter), depth);
        top = deploy_catcher(&f, &top);
    }
    close_session(&f);
}

/* Sixteen rollups in one bundle, each calling the next, and L1 the first: one transaction settles all of them. */
/* A transaction uses a million of ten million gas and may use nine: one fits into a block, the others wait, in their
 * order, also the one behind them on the other rollup. What fits into no block is rejected. */
static void a_full_block_makes_work_wait(void **state)
{
    (void)state;
    struct fixture f;
    u64 work[5];
    static const u8 zeros[120000];
    const u64 gas[] = {9000000, 9000000, 9000000, 9000000, 10000001};
    const struct rollup_config rollup[] = {{.chain_id = A, .gas_limit = 10000000, .base_fee = {{1000000000}}},
                                           {.chain_id = B, .gas_limit = 10000000, .base_fee = {{1000000000}}}};
    const struct funded_account funded[] = {{A, address_of(1), ether}, {B, address_of(2), ether}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.rollup = rollup;
    arena_init(&f.arena, &system_memory);
    check(&f, session_open(&f.s, &system_memory, &config));
    const struct slot_report *r;
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        const struct transact t = {.chain_id = i == 3 ? B : A, .key = key_of(i == 3 ? 2 : 1), .to = {{0x77}},
                                   .gas_limit = gas[i], .data = BYTES_OF(zeros)};
        check(&f, session_transact(f.s, &work[i], &t));
    }
    for (size_t slot = 0; slot < 3; slot++) {
        slot_settles(&f, &r);
        for (size_t i = 0; i < 4; i++) {
            struct work_report w;
            check(&f, session_status(f.s, &w, work[i]));
            assert_int_equal(w.status, i <= slot || (i == 3 && slot == 2) ? WORK_SETTLED : WORK_PENDING);
        }
    }
    struct work_report w;
    check(&f, session_status(f.s, &w, work[4]));
    assert_int_equal(w.status, WORK_REJECTED);
    assert_int_equal(w.rejected, REJECT_TX_GAS_ALLOWANCE);
    close_session(&f);
}

static void many_rollups(void **state)
{
    enum { ROLLUPS = 16, FIRST = 1000 };
    (void)state;
    struct fixture f;
    struct rollup_config rollup[ROLLUPS] = {0};
    struct funded_account funded[ROLLUPS + 1];
    u64 work[ROLLUPS + 1];
    for (size_t i = 0; i < ROLLUPS; i++) {
        rollup[i] = (struct rollup_config){
            .chain_id = FIRST + i, .coinbase = {{0xaa}}, .gas_limit = 30000000, .base_fee = {{1000}}};
        funded[i] = (struct funded_account){FIRST + i, address_of(1), ether};
    }
    funded[ROLLUPS] = (struct funded_account){L1, address_of(1), ether};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.rollup = rollup;
    config.rollup_count = ROLLUPS;
    arena_init(&f.arena, &system_memory);
    check(&f, session_open(&f.s, &system_memory, &config));
    const address from = address_of(1), to = {{0xde, 0xad}};
    const struct scoped_request request = {.to = to, .value = {{7}}, .gas_limit = {{100000}}};
    for (size_t i = 0; i < ROLLUPS; i++) {
        const struct transact t = {.chain_id = FIRST + i, .key = key_of(1), .to = session_contracts(f.s)->rollup_bridge,
                                   .value = request.value, .gas_limit = 3000000,
                                   .data = calldata_scoped_call(&f.arena, FIRST + (i + 1) % ROLLUPS, &from, &request)};
        check(&f, session_transact(f.s, &work[i], &t));
    }
    operate(&f, &work[ROLLUPS], 1, &request, FIRST);
    const struct slot_report *r;
    slot_settles(&f, &r);
    assert_int_equal(r->rollup_count, ROLLUPS);
    assert_int_equal(r->call_count, ROLLUPS + 1);
    for (size_t i = 0; i <= ROLLUPS; i++)
        work_settled(&f, work[i]);
    for (size_t i = 0; i < ROLLUPS; i++) {
        const u256 got = balance(&f, FIRST + i, &to);
        assert_int_equal(got.w[0], i ? 7 : 14);
    }
    close_session(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_from_l1),
        cmocka_unit_test(value_from_rollup),
        cmocka_unit_test(signed_transactions),
        cmocka_unit_test(rejected_pending_work),
        cmocka_unit_test(forgeries),
        cmocka_unit_test(roots_in_opposite_order),
        cmocka_unit_test(frames_of_a_transaction_on_l1),
        cmocka_unit_test(a_call_that_fails_is_included),
        cmocka_unit_test(refusals_have_names),
        cmocka_unit_test(a_refused_operation_leaves_no_trace),
        cmocka_unit_test(opposite_order_on_two_chains),
        cmocka_unit_test(no_abort_is_caught_on_a_rollup),
        cmocka_unit_test(a_full_block_makes_work_wait), cmocka_unit_test(many_rollups),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
