/* The rules of lookups and announced roots (docs/protocol.md section 6), as a hostile sequencer meets them. */
#include "rollup_block/script_for_tests.h"

#include "scope/selector.h"

/* The user's lookup, whose root takes the clock after the funding's. */
static struct scoped_call user_lookup(u64 clock)
{
    hash32 key = {{0}};
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .flags = NONCE_LOOKUP, .clock = clock};
    struct scoped_call call = {.source_chain = A, .target_chain = L1, .nonce = nonce_pack(&nonce),
                               .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&call.from, &key), OK);
    return call;
}

static void add_lookup_fill(struct script *s, u8 status)
{
    const struct scoped_call call = user_lookup(FIRST_CALL_CLOCK);
    u8 *response = arena_take_zero(&s->f->arena, 9);
    struct fill fill = {.chain_id = L1, .response = bytes_of(response, 9)};
    response[0] = status;
    response[8] = FIRST_CALL_CLOCK;
    request_hash(&fill.request_hash, &call);
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

static void add_announcement(struct script *s)
{
    add_system(s, &rollup_bridge_address, calldata_announce_root(&s->f->arena, 0));
}

static void add_user_lookup(struct script *s, u64 nonce)
{
    u8 data[4 + 8 * 32] = {0};
    const struct scoped_call call = user_lookup(0);
    write_scoped_call(data, &call.from);
    store_be32(data, SELECTOR_SCOPED_STATIC_CALL);
    add_user_tx(s, &(struct tx){.nonce = nonce, .to = rollup_bridge_address, .gas_limit = 300000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

static void add_closing(struct script *s, size_t count)
{
    const struct scoped_call call = user_lookup(FIRST_CALL_CLOCK);
    hash32 hash;
    request_hash(&hash, &call);
    add_system(s, &rollup_bridge_address, calldata_close_lookups(&s->f->arena, &hash, count));
}

static void add_handled_lookup(struct script *s, u64 root_clock, u64 clock)
{
    add_handle_from(s, L1, NONCE_LOOKUP, root_clock, clock);
}

static void script_lookup(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_lookup_fill(s, 3);
    add_user_lookup(s, 0);
    add_closing(s, 1);
}

static void script_lookup_unannounced(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_lookup_fill(s, 3);
    add_user_lookup(s, 0);
    add_closing(s, 1);
}

static void script_lookup_missing(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user_lookup(s, 0);
    add_closing(s, 0);
}

static void script_lookup_answered_as_a_call(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_lookup_fill(s, 1);
    add_user_lookup(s, 0);
    add_closing(s, 0);
}

/* The transaction catches the abort of a missing answer: a STATICCALL of the precompile is obeyed as well. */
static void script_lookup_missing_and_caught(struct script *s)
{
    u8 data[32 + 4 + 8 * 32] = {0};
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_announcement(s);
    store_be64(data + 24, 100000);
    write_scoped_call(data + 32, &catcher);
    store_be32(data + 32, SELECTOR_SCOPED_STATIC_CALL);
    add_user_tx(s, &(struct tx){.nonce = 1, .to = catcher, .gas_limit = 300000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
    add_closing(s, 0);
}

static void script_lookup_not_closed(struct script *s)
{
    add_update(s);
    add_lookup_fill(s, 3);
}

static void script_call_closed(struct script *s)
{
    add_update(s);
    add_lookup_fill(s, 1);
    add_closing(s, 1);
}

static void script_announcement_unused(struct script *s)
{
    add_update(s);
    add_announcement(s);
}

static void script_announcement_closed_unused(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_closing(s, 0);
}

static void script_announced_twice(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_announcement(s);
}

static void script_announced_for_two(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_user_tx(s, &(struct tx){.nonce = 1, .gas_limit = 200000, .to = to});
    add_closing(s, 0);
}

static void script_announced_and_handled(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_handle(s, 9, 9);
}

static void script_announced_and_filled_late(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_lookup_fill(s, 3);
    add_closing(s, 1);
}

static void script_announced_and_handled_late(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_handled_lookup(s, 9, 9);
    add_closing(s, 0);
}

/* A block that ends after the transaction. */
static void script_announced_and_not_closed(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
}

static void script_lookups_adjacent(struct script *s)
{
    add_update(s);
    add_handled_lookup(s, 1, 1);
    add_handle(s, 1, 1); /* 2, 3 */
    add_handled_lookup(s, 1, 3);
    add_handled_lookup(s, 1, 3);
}

static void script_lookup_late(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1); /* 2, 3 */
    add_handled_lookup(s, 1, 2);
}

static void script_lookups_split(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_handled_lookup(s, 5, 5);
    add_user(s, &to, (struct bytes){0});
    add_handled_lookup(s, 5, 5);
}

static void script_lookup_of_an_earlier_root(struct script *s)
{
    add_update(s);
    add_handled_lookup(s, 5, 5);
    add_handled_lookup(s, 4, 6);
}

/* While the user's call waits, a lookup that is older than the call. */
static void script_inline_lookup_late(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK};
    const struct nonce late = {.flags = NONCE_LOOKUP};
    struct scoped_call call = user_lookup(0);
    const struct scoped_call back = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&late),
                                     .request = {.to = {{2}}, .gas_limit = {{21000}}}};
    const hash32 leaf = {{1}};
    struct nested nested = {.inbound = &back, .response_hash = &leaf, .count = 1};
    call.nonce = nonce_pack(&nonce);
    request_hash(&nested.request_hash, &call);
    write_scoped_call(data, &call.from);
    add_update(s);
    add_funding(s, 1);
    add_system(s, &rollup_bridge_address, calldata_fill_nested_calls(&s->f->arena, &nested));
    add_response_of(s, &call, true, 0);
    add_user_tx(s, &(struct tx){.to = rollup_bridge_address, .gas_limit = 1000000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

static void lookup_rules_hold(void **state)
{
    static const struct script_row row[] = {
        {"a lookup", script_lookup, OK},
        {"a lookup without a root", script_lookup_unannounced, REJECT_NOT_ANNOUNCED},
        {"a lookup whose answer is missing", script_lookup_missing, REJECT_RESPONSE_MISSING},
        {"the same, caught", script_lookup_missing_and_caught, REJECT_RESPONSE_MISSING},
        {"a lookup answered as a call", script_lookup_answered_as_a_call, REJECT_RESPONSE_MISSING},
        {"a lookup's answer that is not closed", script_lookup_not_closed, REJECT_LEFTOVER},
        {"a call's answer that is closed", script_call_closed, REJECT_SYSTEM_TX_FAILED /* NotLookup() */},
        {"a root announced for nothing", script_announcement_unused, REJECT_LEFTOVER},
        {"and closed", script_announcement_closed_unused, REJECT_ANNOUNCEMENT},
        {"a root announced twice", script_announced_twice, REJECT_ANNOUNCEMENT},
        {"a root announced for two transactions", script_announced_for_two, REJECT_ANNOUNCEMENT},
        {"a call handled while a root is announced", script_announced_and_handled, REJECT_ANNOUNCEMENT},
        {"a fill after an announced transaction", script_announced_and_filled_late, REJECT_ANNOUNCEMENT},
        {"a lookup handled after an announced transaction", script_announced_and_handled_late, REJECT_ANNOUNCEMENT},
        {"an announced transaction that is not closed", script_announced_and_not_closed, REJECT_LEFTOVER},
        {"lookups and calls of one root, adjacent", script_lookups_adjacent, OK},
        {"a lookup after what its source had not heard of", script_lookup_late,
         REJECT_SYSTEM_TX_FAILED /* LookupLate() */},
        {"a transaction between two lookups of a root", script_lookups_split, REJECT_SCOPE_SPLIT},
        {"a lookup of a root before the last", script_lookup_of_an_earlier_root, REJECT_SYSTEM_TX_FAILED},
        {"an inline lookup that is late", script_inline_lookup_late, REJECT_LOOKUP_LATE},
    };
    (void)state;
    verify_scripts(row, COUNT_OF(row));
}

/* At the greatest depth there is no frame for the abort of a lookup, and none for what comes before it: a revert that
 * does not depend on the builder. */
static void lookups_at_the_greatest_depth(void **state)
{
    static const struct { u32 depth; enum err want; } row[] = {
        {1023, REJECT_NOT_ANNOUNCED},
        {1024, OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        open_fixture(&f);
        const address from = {{0xca}};
        u8 data[4 + 8 * 32] = {0};
        write_scoped_call(data, &from);
        store_be32(data, SELECTOR_SCOPED_STATIC_CALL);
        struct evm_result r;
        const struct block_message m = {
            .from = from,
            .to = rollup_bridge_address,
            .data = BYTES_OF(data),
            .gas = 1000000,
            .depth = row[i].depth,
            .is_static = true,
        };
        assert_int_equal(block_message(&f.block.run, &r, &m), row[i].want);
        if (row[i].want == OK)
            assert_int_equal(r.halt, HALT_REVERT);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup_rules_hold),
        cmocka_unit_test(lookups_at_the_greatest_depth),
    };
    return cmocka_run_group_tests_name("lookup rules", tests, NULL, NULL);
}
