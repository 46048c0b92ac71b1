/* Forced entries in a rollup's block: a signed transaction is in the block exactly if it is valid, whatever a sequencer
 * wants, and entries are taken at the start of a block only. */
#include "rollup_block/script_for_tests.h"

#include "scope/selector.h"

enum { USER_KEY = 5 };

/* A block in progress on the fixture's genesis, with its update, and a user who has ether. */
struct open_block {
    struct fixture f;
    struct state *view;
    struct block_run run;
    address user;
};

static void apply_system(struct open_block *b, enum err want, const address *to, struct bytes data)
{
    struct tx *t = ARENA_TAKE(&b->f.arena, struct tx, 1);
    const struct receipt *receipt;
    *t = (struct tx){.type = TX_SYSTEM,
                     .has_chain_id = true,
                     .chain_id = A,
                     .block_number = b->run.header.number,
                     .index = b->run.tx.count,
                     .to = *to,
                     .gas_limit = 3000000,
                     .data = data,
                     .has_sender = true,
                     .sender = system_sender};
    assert_int_equal(rollup_apply(&b->run, &receipt, t, &b->f.arena), want);
}

static void take(struct open_block *b, enum err want, const struct forced_entry *e)
{
    apply_system(b, want, &rollup_bridge_address, calldata_take_forced(&b->f.arena, e));
}

static void update(struct open_block *b)
{
    hash32 hash;
    header_hash(&hash, &b->f.anchor, &b->f.arena);
    apply_system(b, OK, &l1_context_address,
                 calldata_update(&b->f.arena, b->f.anchor.number, &hash, b->f.anchor.timestamp, &b->f.anchor.base_fee));
}

/* A call from L1 that pays the user. */
static void fund(struct open_block *b)
{
    const u256 ether = u256_from_u64(1000000000000000000);
    take(b, OK, &(struct forced_entry){.from = {{1}}, .to = b->user, .value = ether, .gas_limit = 50000});
}

static void open_block(struct open_block *b)
{
    hash32 key = {{[31] = USER_KEY}};
    open_fixture(&b->f);
    rollup_block_close(&b->f.block);
    assert_int_equal(secp256k1_address(&b->user, &key), OK);
    const struct block_choice choice = rollup_block_choice(&b->f.rules, 1012);
    b->view = ledger_view(&b->f.ledger);
    assert_int_equal(block_begin(&b->run, &b->f.ledger.machine, &b->f.rules.chain, b->view,
                                 &ledger_head(&b->f.ledger)->header, &b->f.ledger.ancestors, &choice, NULL),
                     OK);
}

static void close_block(struct open_block *b)
{
    block_release(&b->run);
    state_release(b->view);
    close_fixture(&b->f);
}

/* --- transactions --- */

static struct bytes signed_tx(struct open_block *b, const struct tx *content)
{
    const hash32 key = {{[31] = USER_KEY}};
    struct tx t = *content;
    struct buffer envelope = buffer_in(&b->f.arena);
    t.type = t.type ? t.type : TX_DYNAMIC_FEE;
    t.has_chain_id = true;
    t.chain_id = t.chain_id ? t.chain_id : A;
    t.max_fee = u256_is_zero(&t.max_fee) ? u256_from_u64(2000000000) : t.max_fee;
    assert_int_equal(tx_sign(&t, &key, &b->f.arena), OK);
    tx_encode(&envelope, &t);
    return buffer_bytes(&envelope);
}

static struct bytes valid(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.gas_limit = 100000, .to = {{2}}, .value = {{7}}});
}

/* A revert is an outcome, and is paid for. */
static struct bytes reverting(struct open_block *b)
{
    const struct bytes no_function = BYTES_LITERAL("\1\2\3\4");
    return signed_tx(b, &(struct tx){.gas_limit = 100000, .to = rollup_bridge_address, .data = no_function});
}

static struct bytes wrong_nonce(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.nonce = 1, .gas_limit = 100000, .to = {{2}}});
}

static struct bytes other_chain(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.chain_id = FRIEND, .gas_limit = 100000, .to = {{2}}});
}

static struct bytes more_gas_than_paid(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.gas_limit = 300001, .to = {{2}}});
}

static struct bytes too_little_gas(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.gas_limit = 20999, .to = {{2}}});
}

static struct bytes low_fee(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.gas_limit = 100000, .to = {{2}}, .max_fee = {{1}}});
}

static struct bytes too_much_value(struct open_block *b)
{
    return signed_tx(b, &(struct tx){.gas_limit = 100000, .to = {{2}}, .value = {{0, 1}}});
}

static struct bytes truncated(struct open_block *b)
{
    const struct bytes whole = valid(b);
    return bytes_of(whole.ptr, whole.len - 1);
}

static struct bytes empty(struct open_block *b)
{
    (void)b;
    return (struct bytes){0};
}

/* One who could sign system transactions could take entries that L1 never had. */
static struct bytes system_tx(struct open_block *b)
{
    const struct forced_entry mint = {.from = {{1}}, .to = b->user, .value = {{1000}}, .gas_limit = 50000};
    struct buffer envelope = buffer_in(&b->f.arena);
    const struct tx t = {.type = TX_SYSTEM,
                         .has_chain_id = true,
                         .chain_id = A,
                         .block_number = b->run.header.number,
                         .index = b->run.tx.count + 1,
                         .to = rollup_bridge_address,
                         .gas_limit = 290000,
                         .data = calldata_take_forced(&b->f.arena, &mint)};
    tx_encode(&envelope, &t);
    return buffer_bytes(&envelope);
}

/* Nobody can have filled its response: it aborts, by rule. */
static struct bytes makes_a_scoped_call(struct open_block *b)
{
    u8 data[4 + 8 * 32] = {0};
    write_scoped_call(data, &b->user);
    return signed_tx(b, &(struct tx){.gas_limit = 300000, .to = rollup_bridge_address,
                                     .data = arena_copy(&b->f.arena, BYTES_OF(data))});
}

static void in_the_block_if_it_is_valid(void **state)
{
    static const struct {
        const char *what;
        struct bytes (*envelope)(struct open_block *);
        bool is_included;
    } row[] = {
        {"a transaction", valid, true},
        {"one that reverts", reverting, true},
        {"a nonce that is too high", wrong_nonce, false},
        {"another chain's", other_chain, false},
        {"more gas than was paid for on L1", more_gas_than_paid, false},
        {"less gas than a transaction needs", too_little_gas, false},
        {"a fee below the base fee", low_fee, false},
        {"more value than its sender has", too_much_value, false},
        {"not an envelope", truncated, false},
        {"no bytes", empty, false},
        {"a system transaction", system_tx, false},
        {"a scoped call", makes_a_scoped_call, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct open_block b;
        u64 count;
        open_block(&b);
        update(&b);
        fund(&b);
        const struct forced_entry e = {.gas_limit = 300000, .data = row[i].envelope(&b)};
        const size_t before = b.run.tx.count;
        take(&b, OK, &e);
        if (b.run.tx.count != before + 1 + row[i].is_included)
            fail_msg("%s: %zu transactions", row[i].what, b.run.tx.count - before);
        /* whatever became of it, it was taken, and cannot be taken as the same entry again */
        take(&b, OK, &e);
        assert_int_equal(b.run.tx.count, before + 2 + row[i].is_included);
        assert_int_equal(rollup_forced(b.view, &count, NULL), OK);
        assert_int_equal(count, 3);
        close_block(&b);
    }
}

/* A sequencer cannot make a transaction invalid by taking it where it has no room. */
static void it_has_room_or_is_not_taken(void **state)
{
    struct open_block b;
    (void)state;
    open_block(&b);
    update(&b);
    fund(&b);
    const struct forced_entry e = {.gas_limit = b.run.header.gas_limit, .data = valid(&b)};
    take(&b, REJECT_TX_GAS_ALLOWANCE, &e);
    close_block(&b);
}

static void at_the_start_of_a_block_only(void **state)
{
    const struct forced_entry call = {.from = {{1}}, .to = {{2}}, .gas_limit = 50000};
    struct open_block b;
    const struct receipt *receipt;
    struct tx t;
    (void)state;

    open_block(&b);
    take(&b, REJECT_SYSTEM_TX_PLACE, &call); /* before the update */
    update(&b);
    fund(&b);
    take(&b, OK, &(struct forced_entry){.gas_limit = 100000, .data = wrong_nonce(&b)});
    assert_int_equal(tx_decode(&t, &b.f.arena, valid(&b), TX_TYPES_ETHEREUM), OK);
    assert_int_equal(rollup_apply(&b.run, &receipt, &t, &b.f.arena), OK); /* it is not the one that was left out */
    take(&b, REJECT_SYSTEM_TX_PLACE, &call);
    close_block(&b);

    open_block(&b);
    update(&b);
    apply_system(&b, OK, &rollup_bridge_address, calldata_open_scope(&b.f.arena, 3));
    take(&b, REJECT_SYSTEM_TX_PLACE, &call); /* a fill could be there: the builder would choose what it finds */
    close_block(&b);
}

/* Who executes a block's transactions one by one, with those that followed by themselves, has the same block. */
static void executed_again(void **state)
{
    struct open_block b;
    const struct receipt *receipt;
    struct tx take_tx, t;
    (void)state;
    open_block(&b);
    update(&b);
    fund(&b);
    const struct forced_entry e = {.gas_limit = 100000, .data = valid(&b)};
    take_tx = (struct tx){.type = TX_SYSTEM,
                          .has_chain_id = true,
                          .chain_id = A,
                          .block_number = b.run.header.number,
                          .index = b.run.tx.count,
                          .to = rollup_bridge_address,
                          .gas_limit = 3000000,
                          .data = calldata_take_forced(&b.f.arena, &e),
                          .has_sender = true,
                          .sender = system_sender};
    assert_int_equal(block_apply(&b.run, &receipt, &take_tx), OK);
    assert_int_equal(tx_decode(&t, &b.f.arena, e.data, TX_TYPES_ETHEREUM), OK);
    assert_int_equal(block_apply(&b.run, &receipt, &t), OK);
    take(&b, OK, &(struct forced_entry){.from = {{1}}, .to = {{2}}, .gas_limit = 50000});
    close_block(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_block_if_it_is_valid),
        cmocka_unit_test(it_has_room_or_is_not_taken),
        cmocka_unit_test(at_the_start_of_a_block_only),
        cmocka_unit_test(executed_again),
    };
    return cmocka_run_group_tests_name("forced entries", tests, NULL, NULL);
}
