/* The rules of attempts (docs/protocol.md section 7), as a hostile sequencer meets them. */
#include "rollup_block/script_for_tests.h"

#include "scope/selector.h"

enum { ANNOUNCED = FIRST_CALL_CLOCK }; /* the root's clock; its first call takes the next one */

/* The call of add_user_call, or the attempt in its place. */
static struct scoped_call call_of(const address *from, u32 flags, u64 root_clock, u64 clock)
{
    const struct nonce nonce = {.root = {root_clock, A}, .flags = flags, .clock = clock};
    return (struct scoped_call){.source_chain = A, .target_chain = L1, .from = *from, .nonce = nonce_pack(&nonce),
                                .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
}

static address user(void)
{
    hash32 key = {{0}};
    address out;
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&out, &key), OK);
    return out;
}

static void add_attempt_fill(struct script *s, const address *from, u64 clock)
{
    const struct scoped_call call = call_of(from, NONCE_ATTEMPT, ANNOUNCED, clock);
    u8 *response = arena_take_zero(&s->f->arena, 9);
    struct fill fill = {.chain_id = L1, .response = bytes_of(response, 9)};
    response[0] = 4;
    response[8] = (u8)(clock - 1);
    request_hash(&fill.request_hash, &call);
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

static void add_announcement(struct script *s)
{
    add_system(s, &rollup_bridge_address, calldata_announce_root(&s->f->arena, 0));
}

static void add_user_call(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    const address from = user();
    write_scoped_call(data, &from);
    add_user(s, &rollup_bridge_address, arena_copy(&s->f->arena, BYTES_OF(data)));
}

static void add_closing(struct script *s, const address *from, u64 clock)
{
    const struct scoped_call call = call_of(from, NONCE_ATTEMPT, ANNOUNCED, clock);
    hash32 hash;
    request_hash(&hash, &call);
    add_system(s, &rollup_bridge_address, calldata_close_lookups(&s->f->arena, &hash, 1));
}

static void begin(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
}

/* --- made --- */

/* The transaction fails with it, and is in the block. */
static void script_attempt(struct script *s)
{
    const address from = user();
    begin(s);
    add_announcement(s);
    add_attempt_fill(s, &from, ANNOUNCED + 1);
    add_user_call(s);
    add_closing(s, &from, ANNOUNCED + 1);
}

static void script_attempt_caught(struct script *s)
{
    address catcher;
    begin(s);
    add_catcher(s, &catcher);
    add_announcement(s);
    add_attempt_fill(s, &catcher, ANNOUNCED + 1);
    add_caught_call(s, 1, &catcher, 500000);
    add_closing(s, &catcher, ANNOUNCED + 1);
}

static void script_attempt_of_an_unnamed_root(struct script *s)
{
    const address from = user();
    begin(s);
    add_attempt_fill(s, &from, FIRST_CALL_CLOCK);
    add_user_call(s);
    add_closing(s, &from, FIRST_CALL_CLOCK);
}

static void script_attempt_at_another_clock(struct script *s)
{
    const address from = user();
    begin(s);
    add_announcement(s);
    add_attempt_fill(s, &from, ANNOUNCED + 2);
    add_user_call(s);
    add_closing(s, &from, ANNOUNCED + 2);
}

static void script_attempt_not_closed(struct script *s)
{
    const address from = user();
    begin(s);
    add_attempt_fill(s, &from, ANNOUNCED + 1);
}

/* tryScopedCall does not revert: it takes the response to a call alone. */
static void script_attempt_tried(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    const address from = user();
    begin(s);
    add_announcement(s);
    add_attempt_fill(s, &from, ANNOUNCED + 1);
    write_scoped_call(data, &from);
    store_be32(data, SELECTOR_TRY_SCOPED_CALL);
    add_user(s, &rollup_bridge_address, arena_copy(&s->f->arena, BYTES_OF(data)));
    add_closing(s, &from, ANNOUNCED + 1);
}

/* --- handled --- */

static void add_handled(struct script *s, const address *to, u32 flags, u64 root_clock, u64 clock, struct bytes data)
{
    const struct nonce nonce = {.root = {root_clock, L1}, .flags = flags, .clock = clock};
    const struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = *to, .gas_limit = {{1000000}}, .data = data}};
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

/* ForbiddenTarget() */
static void script_handled(struct script *s)
{
    add_update(s);
    add_handled(s, &rollup_bridge_address, NONCE_ATTEMPT, 1, 2, (struct bytes){0});
}

static void script_handled_and_succeeds(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_handled(s, &to, NONCE_ATTEMPT, 1, 2, (struct bytes){0});
}

static void script_handled_as_a_leaf(struct script *s)
{
    add_update(s);
    add_handled(s, &rollup_bridge_address, NONCE_ATTEMPT | NONCE_LEAF, 1, 2, (struct bytes){0});
}

static void script_handled_as_a_lookup(struct script *s)
{
    add_update(s);
    add_handled(s, &rollup_bridge_address, NONCE_ATTEMPT | NONCE_LOOKUP, 1, 2, (struct bytes){0});
}

static void script_handled_at_its_root(struct script *s)
{
    add_update(s);
    add_handled(s, &rollup_bridge_address, NONCE_ATTEMPT, 2, 2, (struct bytes){0});
}

static void script_handled_late(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1); /* 2, 3 */
    add_handled(s, &rollup_bridge_address, NONCE_ATTEMPT, 1, 3, (struct bytes){0});
}

/* The target makes a call, and does not care whether it fails. */
static void script_call_in_attempt(struct script *s)
{
    u8 data[32 + 4 + 8 * 32] = {0};
    address catcher;
    begin(s);
    add_catcher(s, &catcher);
    store_be64(data + 24, 500000);
    write_scoped_call(data + 32, &catcher);
    add_handled(s, &catcher, NONCE_ATTEMPT, 5, 6, arena_copy(&s->f->arena, BYTES_OF(data)));
}

/* While the user's call waits. */
static void script_inline_and_succeeds(struct script *s)
{
    const address from = user();
    const struct scoped_call call = call_of(&from, 0, FIRST_CALL_CLOCK, FIRST_CALL_CLOCK);
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .flags = NONCE_ATTEMPT, .depth = 1,
                                .clock = FIRST_CALL_CLOCK + 1};
    const struct scoped_call back = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .gas_limit = {{21000}}}};
    const hash32 leaf = {{1}};
    struct nested nested = {.inbound = &back, .response_hash = &leaf, .count = 1};
    u8 data[4 + 8 * 32] = {0};
    request_hash(&nested.request_hash, &call);
    begin(s);
    add_system(s, &rollup_bridge_address, calldata_fill_nested_calls(&s->f->arena, &nested));
    add_response_of(s, &call, true, 0);
    write_scoped_call(data, &from);
    add_user_tx(s, &(struct tx){.to = rollup_bridge_address, .gas_limit = 1000000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

static void attempt_rules_hold(void **state)
{
    static const struct script_row row[] = {
        {"an attempt", script_attempt, OK},
        {"an attempt, caught", script_attempt_caught, OK},
        {"an attempt whose call names the root", script_attempt_of_an_unnamed_root, REJECT_NOT_ANNOUNCED},
        {"an attempt at another clock", script_attempt_at_another_clock, REJECT_RESPONSE_MISSING},
        {"an attempt's response that is not closed", script_attempt_not_closed, REJECT_LEFTOVER},
        {"an attempt in place of a call by tryScopedCall", script_attempt_tried, REJECT_RESPONSE_MISSING},
        {"a handled attempt", script_handled, OK},
        {"a handled attempt that succeeds", script_handled_and_succeeds,
         REJECT_SYSTEM_TX_FAILED /* AttemptSucceeded() */},
        {"an attempt that is a leaf", script_handled_as_a_leaf, REJECT_SYSTEM_TX_FAILED /* MalformedLookup() */},
        {"an attempt that is a lookup", script_handled_as_a_lookup, REJECT_SYSTEM_TX_FAILED /* MalformedLookup() */},
        {"an attempt at its root's clock", script_handled_at_its_root, REJECT_SYSTEM_TX_FAILED /* RootOrder() */},
        {"an attempt after what its source had not heard of", script_handled_late,
         REJECT_SYSTEM_TX_FAILED /* LookupLate() */},
        {"a call in an attempt", script_call_in_attempt, REJECT_CALL_IN_ATTEMPT},
        {"an inline attempt that succeeds", script_inline_and_succeeds, REJECT_ATTEMPT_SUCCEEDED},
    };
    (void)state;
    verify_scripts(row, COUNT_OF(row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(attempt_rules_hold)};
    return cmocka_run_group_tests_name("attempt rules", tests, NULL, NULL);
}
