/* The rules of a rollup, as a hostile sequencer meets them: each row is a block, and no prover attests to one that
 * breaks a rule. */
#include "rollup_block/script_for_tests.h"

#include "scope/selector.h"

static void script_no_update(struct script *s)
{
    add_handle(s, 1, 1);
}

static void script_two_updates(struct script *s)
{
    add_update(s);
    add_update(s);
}

static void script_system_to_account(struct script *s)
{
    const address some_account = {{7}};
    add_update(s);
    add_system(s, &some_account, (struct bytes){0});
}

/* scopedCall is no system function: the system sender would be the caller. */
static void script_system_calls_out(struct script *s)
{
    add_update(s);
    add_system(s, &rollup_bridge_address, BYTES_LITERAL("\x75\x29\x49\xed"));
}

static void script_left_over(struct script *s)
{
    add_update(s);
    add_fill(s);
}

static void script_root_order(struct script *s)
{
    add_update(s);
    add_handle(s, 5, 5);
    add_handle(s, 4, 9);
}

static void script_split_by_user(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_user(s, &to, (struct bytes){0});
    add_handle(s, 1, 9);
}

static void script_split_by_root(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle(s, 2, 2);
    add_handle(s, 1, 9);
}

static void script_adjacent(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle(s, 1, 9);
}

/* A rollup outside of the circle names L1's root, and trades between two reads of its scope. */
static void script_split_by_stranger(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle_from(s, STRANGER, 0, 1, 4);
    add_handle(s, 1, 9);
}

static void script_ring(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle_from(s, FRIEND, 0, 1, 4);
    add_handle(s, 1, 9);
}

/* The two reads are lookups, and the trade is a call. */
static void script_lookups_split_by_stranger(struct script *s)
{
    add_update(s);
    add_handle_from(s, L1, NONCE_LOOKUP, 1, 2);
    add_handle_from(s, STRANGER, 0, 1, 4);
    add_handle_from(s, L1, NONCE_LOOKUP, 1, 9);
}

/* The two trades are calls, and the stranger reads what is between them. */
static void script_looked_at_by_stranger(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle_from(s, STRANGER, NONCE_LOOKUP, 1, 4);
    add_handle(s, 1, 9);
}

static void script_lookups_of_all(struct script *s)
{
    add_update(s);
    add_handle_from(s, L1, NONCE_LOOKUP, 1, 2);
    add_handle_from(s, STRANGER, NONCE_LOOKUP, 1, 4);
    add_handle_from(s, L1, NONCE_LOOKUP, 1, 9);
}

/* For any caller but the bridge the abort precompile is an empty account. */
static void script_user_calls_abort(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_user(s, &abort_precompile_address, BYTES_LITERAL("\x49\x12\xe4\x9a"));
}

/* A user who sends what only the system may: the call reverts, the transaction is an ordinary failed one. */
static void script_user_fills(struct script *s)
{
    const struct fill fill = {L1, {{9}}, BYTES_LITERAL("\x01\0\0\0\0\0\0\0\x09")};
    add_update(s);
    add_funding(s, 1);
    add_user(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

/* No response was filled: no block holds the transaction. */
static void script_answer_missing(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    hash32 key = {{0}};
    address from;
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&from, &key), OK);
    write_scoped_call(data, &from);
    add_update(s);
    add_funding(s, 1);
    add_user(s, &rollup_bridge_address, bytes_of(data, sizeof data));
}

/* While the user's call to L1 waits, a call back from another chain is handled, whose response is not as announced. */
static void add_call_back(struct script *s, u64 source)
{
    const struct nonce nonce = {.root = {4, A}, .clock = 4}, back = {.root = {4, A}, .depth = 1, .clock = 6};
    u8 data[4 + 8 * 32] = {0};
    hash32 key = {{0}}, announced = {{1}};
    struct scoped_call call = {.source_chain = A, .target_chain = L1, .nonce = nonce_pack(&nonce),
                               .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
    const struct scoped_call inline_call = {.source_chain = source, .target_chain = A, .from = {{1}},
                                            .nonce = nonce_pack(&back),
                                            .request = {.to = {{2}}, .gas_limit = {{21000}}}};
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&call.from, &key), OK);
    write_scoped_call(data, &call.from);
    struct nested queue = {.inbound = &inline_call, .response_hash = &announced, .count = 1};
    request_hash(&queue.request_hash, &call);
    add_update(s);
    add_funding(s, 1);
    add_system(s, &rollup_bridge_address, calldata_fill_nested_calls(&s->f->arena, &queue));
    add_user_tx(s, &(struct tx){.gas_limit = 2000000, .to = rollup_bridge_address,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

static void script_stranger_calls_back(struct script *s)
{
    add_call_back(s, STRANGER);
}

static void script_friend_calls_back(struct script *s)
{
    add_call_back(s, FRIEND);
}

/* The response to the first such call of the block, with returndata of this length. */
static void add_caught_fill(struct script *s, const address *catcher, size_t returndata)
{
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK};
    const struct scoped_call call = {.source_chain = A, .target_chain = L1, .from = *catcher,
                                     .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
    add_response_of(s, &call, true, returndata);
}

enum { TOO_LITTLE_GAS = 150000, GAS_ENOUGH = 2000000, LONG_RESPONSE = 1000 };

/* The attack: the builder fills a response that is long enough for the victim's call to run out of gas while it reads.
 * The victim catches, everything is rolled back, and the builder makes the same call
 * through the same contract again. */
static void script_starved_read(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, LONG_RESPONSE);
    add_caught_call(s, 1, &catcher, TOO_LITTLE_GAS);
    add_caught_call(s, 2, &catcher, GAS_ENOUGH);
}

/* The same call with the same little gas, and a short response. */
static void script_short_response(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, 32);
    add_caught_call(s, 1, &catcher, TOO_LITTLE_GAS);
}

/* The long response, and gas for it. */
static void script_long_response(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, LONG_RESPONSE);
    add_caught_call(s, 1, &catcher, GAS_ENOUGH);
}

/* A call that runs out of gas before it is made is a failure like any other. */
static void script_starved_before_the_call(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_call(s, 1, &catcher, 22500);
}

/* tryScopedCall with one wei, and the response that it failed. */
static struct bytes add_failed_call_with_value(struct script *s, const address *from)
{
    const struct nonce nonce = {
        .root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK, .flags = NONCE_LEAF};
    const struct scoped_call call = {.source_chain = A, .target_chain = L1, .from = *from,
                                     .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{[19] = 2}}, .value = {{1}}, .gas_limit = {{21000}}}};
    u8 data[4 + 8 * 32] = {0};
    write_scoped_call(data, from);
    store_be32(data, SELECTOR_TRY_SCOPED_CALL);
    data[4 + 4 * 32 + 31] = 1;
    add_response_of(s, &call, false, 0);
    return arena_copy(&s->f->arena, BYTES_OF(data));
}

/* A caller that refuses its refund, or lets it run out of gas, and catches. */
static void script_refund_refused(struct script *s)
{
    u8 gas[32] = {0};
    address catcher;
    store_be64(gas + 24, GAS_ENOUGH);
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    const struct bytes call = add_failed_call_with_value(s, &catcher);
    struct buffer data = buffer_in(&s->f->arena);
    buffer_add_bytes(&data, BYTES_OF(gas));
    buffer_add_bytes(&data, call);
    add_user_tx(s, &(struct tx){.nonce = 1, .to = catcher, .gas_limit = 3000000, .value = {{1}},
                                .data = buffer_bytes(&data)});
}

static void script_refund_taken(struct script *s)
{
    hash32 key = {{0}};
    address user;
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&user, &key), OK);
    add_update(s);
    add_funding(s, 1);
    const struct bytes call = add_failed_call_with_value(s, &user);
    add_user_tx(s, &(struct tx){.to = rollup_bridge_address, .gas_limit = 300000, .value = {{1}}, .data = call});
}

/* A call with this much gas whose failure is caught, with its response or without. */
static enum err verify_caught_call(u64 gas, bool has_response)
{
    struct fixture f;
    address catcher;
    open_fixture(&f);
    struct script s = {.f = &f};
    add_update(&s);
    add_funding(&s, 1);
    add_catcher(&s, &catcher);
    if (has_response)
        add_caught_fill(&s, &catcher, 32);
    add_caught_call(&s, 1, &catcher, gas);
    const enum err e = verify_script(&s);
    close_fixture(&f);
    return e;
}

/* At every gas: where the builder may leave out the response, because the failure is caught, the call fails with the
 * response as well. So it does not choose which branch the caller takes. */
static void no_abort_is_caught_at_any_gas(void **state)
{
    enum { FROM = 21000, TO = 120000, STEP = 487 };
    u32 caught = 0, rejected = 0;
    (void)state;
    for (u64 gas = FROM; gas < TO; gas += STEP) {
        const enum err without = verify_caught_call(gas, false);
        if (without == OK) {
            caught++;
            assert_int_equal(verify_caught_call(gas, true), REJECT_LEFTOVER);
        } else {
            rejected++;
            assert_true(without == REJECT_RESPONSE_MISSING || without == REJECT_SCOPED_CALL_HALTED);
        }
    }
    assert_true(caught > 1 && rejected > 1);
}

static void rollup_rules_hold(void **state)
{
    static const struct script_row row[] = {
        {"two handled calls of one root, adjacent", script_adjacent, OK},
        {"no L1Context update first", script_no_update, REJECT_NO_L1_CONTEXT},
        {"two updates", script_two_updates, REJECT_SYSTEM_TARGET},
        {"a system transaction to an account without rights", script_system_to_account, REJECT_SYSTEM_TARGET},
        {"a system transaction that calls out", script_system_calls_out, REJECT_SYSTEM_TARGET},
        {"a response that is not read", script_left_over, REJECT_LEFTOVER},
        {"a root before the last", script_root_order, REJECT_SYSTEM_TX_FAILED},
        {"a user's transaction between two parts of a root", script_split_by_user, REJECT_SCOPE_SPLIT},
        {"another root between two parts of a root", script_split_by_root, REJECT_SYSTEM_TX_FAILED /* RootOrder() */},
        {"a stranger's call between two parts of a root", script_split_by_stranger,
         REJECT_SYSTEM_TX_FAILED /* OutsideCircle() */},
        {"a call of the circle between two parts of a root", script_ring, OK},
        {"a stranger's call between two lookups of a root", script_lookups_split_by_stranger,
         REJECT_SYSTEM_TX_FAILED /* OutsideCircle() */},
        {"a stranger's lookup between two calls of a root", script_looked_at_by_stranger,
         REJECT_SYSTEM_TX_FAILED /* OutsideCircle() */},
        {"a stranger's lookup between two lookups of a root", script_lookups_of_all, OK},
        {"a stranger calls back", script_stranger_calls_back, REJECT_OUTSIDE_CIRCLE},
        {"a chain of the circle calls back", script_friend_calls_back, REJECT_NESTED_MISMATCH},
        {"the abort precompile called by a user", script_user_calls_abort, OK},
        {"a system function called by a user", script_user_fills, OK},
        {"a call whose answer is missing", script_answer_missing, REJECT_RESPONSE_MISSING},
        {"a call that runs out of gas in a long response, made again", script_starved_read, REJECT_SCOPED_CALL_HALTED},
        {"the same gas and a short response", script_short_response, OK},
        {"a long response and gas for it", script_long_response, OK},
        {"a call that runs out of gas before it is made", script_starved_before_the_call, OK},
        {"a refund refused, and caught", script_refund_refused, REJECT_REFUND_REFUSED},
        {"a refund taken", script_refund_taken, OK},
    };
    (void)state;
    verify_scripts(row, COUNT_OF(row));
}

/* At the greatest depth the bridge cannot call the abort precompile, and reverting instead could be caught. */
static void aborts_at_the_greatest_depth(void **state)
{
    static const struct { u32 depth; enum err want; } row[] = {
        {1023, REJECT_RESPONSE_MISSING},
        {1024, REJECT_SCOPED_CALL_HALTED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        open_fixture(&f);
        const address from = {{0xca}};
        u8 data[4 + 8 * 32] = {0};
        write_scoped_call(data, &from);
        struct evm_result r;
        const struct block_message m = {
            .from = from,
            .to = rollup_bridge_address,
            .data = BYTES_OF(data),
            .gas = 1000000,
            .depth = row[i].depth,
        };
        assert_int_equal(block_message(&f.block.run, &r, &m), row[i].want);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rollup_rules_hold),
        cmocka_unit_test(no_abort_is_caught_at_any_gas),
        cmocka_unit_test(aborts_at_the_greatest_depth),
    };
    return cmocka_run_group_tests_name("rollup rules", tests, NULL, NULL);
}
