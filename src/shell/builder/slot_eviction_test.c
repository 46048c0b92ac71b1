/* Scopes that behave differently in the blocks or in the bundle are evicted, alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builder/session_for_tests.h"

/* A scope that responds differently in the second pass is evicted from all chains, with what depends on it; the rest of
 * the bundle stays. It is tried again and finally rejected by name; the dependent settles without it. */
static void eviction(void **state)
{
    static const u64 target[] = {B, L1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(target); i++) {
        struct fixture f;
        const struct slot_report *r;
        struct work_report w;
        u64 before, culprit, dependent, after;
        open_session(&f);
        const address logger = deploy_gas_logger(&f, 1);
        call_bridge(&f, &before, 1, NULL, target[i], 1);
        call_bridge(&f, &culprit, 3, &logger, target[i], 2);
        call_bridge(&f, &dependent, 3, NULL, target[i], 4); /* of the same sender: its nonce is one too far */
        call_bridge(&f, &after, 1, NULL, target[i], 8);

        slot_settles(&f, &r);
        assert_int_equal(status_of(&f, before), WORK_SETTLED);
        assert_int_equal(status_of(&f, culprit), WORK_PENDING);
        assert_int_equal(status_of(&f, after), WORK_SETTLED);
        const address to = {{0xde, 0xad}};
        u256 got = balance(&f, target[i], &to);
        assert_int_equal(got.w[0], 9);
        assert_int_equal(status_of(&f, dependent), WORK_PENDING);

        check(&f, session_slot(f.s, &r));
        assert_int_equal(status_of(&f, culprit), WORK_REJECTED);
        check(&f, session_status(f.s, &w, culprit));
        assert_int_equal(w.rejected, REJECT_PASSES_DIFFER);
        slot_settles(&f, &r);
        assert_int_equal(status_of(&f, dependent), WORK_SETTLED);
        got = balance(&f, target[i], &to);
        assert_int_equal(got.w[0], 13);
        close_session(&f);
    }
}

/* A scope that saw on L1 what an evicted one left there: L1 itself tells, all is built anew, and it is told the count
 * without it. */
static void eviction_of_what_others_saw(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 culprit, dependent;
    open_session(&f);
    const address counter = deploy(&f, L1, 1, BYTES_OF(counter_code)), logger = deploy_gas_logger(&f, 1);
    count_on(&f, &culprit, 3, &logger, L1, &counter);
    count_on(&f, &dependent, 1, NULL, L1, &counter);
    slot_settles(&f, &r);
    assert_int_equal(status_of(&f, culprit), WORK_PENDING);
    assert_int_equal(status_of(&f, dependent), WORK_SETTLED);
    assert_int_equal(count_of(&f, L1, &counter), 1);
    assert_int_equal(r->call[r->call_count - 1].response.returndata.len, 32);
    assert_int_equal(r->call[r->call_count - 1].response.returndata.ptr[31], 1);
    check(&f, session_slot(f.s, &r));
    assert_int_equal(status_of(&f, culprit), WORK_REJECTED);
    assert_int_equal(count_of(&f, L1, &counter), 1);
    close_session(&f);
}

/* An operation that fails only because of a scope that is evicted is judged without it, in the same slot. */
static void refused_because_of_an_evicted_scope(void **state)
{
    /* reverts at the second call */
    static const u8 once[] = {0x5f, 0x54, 0x60, 0x0a, 0x57, 0x60, 0x01, 0x5f, 0x55, 0x00, 0x5b, 0x5f, 0x5f, 0xfd};
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 culprit, behind;
    open_session(&f);
    const address target = deploy(&f, B, 2, BYTES_OF(once)), logger = deploy_gas_logger(&f, 1);
    const struct scoped_request request = {.to = target, .gas_limit = {{100000}}};
    count_on(&f, &culprit, 3, &logger, B, &target);
    operate(&f, &behind, 1, &request, B);
    slot_settles(&f, &r);
    assert_int_equal(status_of(&f, culprit), WORK_PENDING);
    work_settled(&f, behind);
    check(&f, session_slot(f.s, &r));
    assert_int_equal(status_of(&f, culprit), WORK_REJECTED);
    close_session(&f);
}

/* An L1 contract that responds differently in the bundle than in the simulation makes the rollup's response wrong,
 * which only the settlement detects; its caller alone is evicted, and settles on its own. What differs here: whether a
 * response of A is filled on L1, for the operation that comes after (docs/security.md, limits). */
static void an_answer_of_l1_that_differs(void **state)
{
    /* calls the bridge with its own calldata, and answers whether that succeeds */
    u8 code[] = {0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x5f, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                 0, 0, 0, 0, 0, 0, 0x5a, 0xf1, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 culprit, other;
    open_session(&f);
    memcpy(code + 10, session_contracts(f.s)->shared_bridge.b, 20);
    const address teller = deploy(&f, L1, 1, BYTES_OF(code)), from = address_of(3), to = {{0xde, 0xad}};
    const struct scoped_request ask = {
        .to = teller, .gas_limit = {{300000}}, .data = calldata_get_mailbox_hashes(&f.arena, A)};
    const struct transact t = {.chain_id = A, .key = key_of(3), .to = session_contracts(f.s)->rollup_bridge,
                               .gas_limit = 3000000, .data = calldata_scoped_call(&f.arena, L1, &from, &ask)};
    const struct scoped_request pay = {.to = to, .value = {{9}}, .gas_limit = {{100000}}};
    check(&f, session_transact(f.s, &culprit, &t));
    operate(&f, &other, 1, &pay, A);
    slot_settles(&f, &r);
    assert_int_equal(status_of(&f, culprit), WORK_PENDING);
    assert_int_equal(status_of(&f, other), WORK_SETTLED);
    const u256 got = balance(&f, A, &to);
    assert_int_equal(got.w[0], 9);
    slot_settles(&f, &r); /* alone, it is told the same in both */
    work_settled(&f, culprit);
    close_session(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eviction),
        cmocka_unit_test(eviction_of_what_others_saw),
        cmocka_unit_test(refused_because_of_an_evicted_scope),
        cmocka_unit_test(an_answer_of_l1_that_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
