/* A derivation's place: undone step by step, kept and taken up again, and refused when it is of another or cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/u256.h"
#include "codec/abi.h"
#include "derive/derive_persist.h"
#include "derive/derive_private.h"
#include "io/memory.h"

enum { A = 7001, L1 = 31337 };

static struct arena arena;
static const address bridge = {{0xb1}};

static const char *why(void *unused)
{
    (void)unused;
    return "";
}
static const struct derive_source source = {.why = why}; /* nothing is settled here, so nothing is asked */

static void open(struct derivation *d, u64 gas_limit)
{
    static const struct peer_config peer = {.chain_id = L1, .max_gas = 6000000, .default_gas = 1000000};
    const struct rollup_genesis g = {
        .chain_id = A,
        .coinbase = {{0xcb}},
        .gas_limit = gas_limit,
        .genesis = {.timestamp = 1767225600,
                    .gas_limit = gas_limit,
                    .base_fee = u256_from_u64(1000000000),
                    .coinbase = {{0xcb}}},
        .peer = &peer,
        .peer_count = 1,
    };
    assert_int_equal(derive_open(d, &system_memory, L1, &bridge, &g, 1, &source), OK);
}

static struct l1_place place(u64 number)
{
    return (struct l1_place){number, 1767225600 + 12 * number, {{(u8)number, 1}}, {{(u8)(number - 1), 1}}};
}

/* A transaction in an L1 block with one event of the bridge, about rollup A. */
static void hand_over(struct derivation *d, u64 number, const hash32 *topic, struct bytes data)
{
    static const struct tx tx = {.type = TX_DYNAMIC_FEE};
    struct log log = {.at = bridge, .topic_count = 2, .topic = {*topic}, .data = data};
    store_be64(log.topic[1].b + 24, A);
    const struct l1_transaction t = {.block = place(number), .tx = &tx, .log = &log, .log_count = 1};
    assert_int_equal(derive_transaction(d, &t), OK);
}

static void hand_over_registration(struct derivation *d, u64 number)
{
    const struct ledger_block *genesis = ledger_head(d->rollup[0].ledger);
    hash32 rules;
    struct buffer data = buffer_in(&arena);
    struct abi_writer w = abi_writer(&data);
    rollup_rules_hash(&rules, d->rollup[0].rules);
    abi_open(&w, 4);
    abi_add_hash32(&w, &genesis->hash);
    abi_add_hash32(&w, &genesis->header.state_root);
    abi_add_hash32(&w, &rules);
    abi_add_u64(&w, 5);
    abi_close(&w);
    hand_over(d, number, &d->topic_registered, buffer_bytes(&data));
}

static void hand_over_published(struct derivation *d, u64 number, u64 first_block, u64 last_block)
{
    const hash32 da = {{0xda, (u8)number}};
    struct buffer data = buffer_in(&arena);
    struct abi_writer w = abi_writer(&data);
    abi_open(&w, 3);
    abi_add_u64(&w, first_block);
    abi_add_u64(&w, last_block);
    abi_add_hash32(&w, &da);
    abi_close(&w);
    hand_over(d, number, &d->topic_published, buffer_bytes(&data));
}

static size_t published(const struct derivation *d)
{
    size_t count = 0;
    for (const struct derive_published *p = d->published; p; p = p->older)
        count++;
    return count;
}

static struct bytes kept(const struct derivation *d, u64 number)
{
    const struct l1_place at = place(number);
    struct buffer out = buffer_in(&arena);
    derive_persist(&out, d, &at);
    return buffer_bytes(&out);
}

/* What L1's blocks did is undone from the youngest on; where nothing is left to undo, the rollup is as it began. */
static void undone(void **unused)
{
    (void)unused;
    struct derivation d;
    struct l1_place step;
    open(&d, 30000000);
    assert_false(derive_last_step(&d, &step, UINT64_MAX));
    hand_over_registration(&d, 10);
    assert_true(d.rollup[0].is_registered);
    assert_true(derive_last_step(&d, &step, UINT64_MAX));
    assert_int_equal(step.number, 10);
    assert_false(derive_last_step(&d, &step, 10));
    derive_rewind(&d, 10);
    assert_true(d.rollup[0].is_registered);
    derive_rewind(&d, 9);
    assert_false(d.rollup[0].is_registered);
    derive_conclude(&d, 20);
    assert_int_equal(d.rollup[0].error, REJECT_GENESIS);
    assert_ptr_equal(derive_failed(&d), &d.rollup[0]);
    derive_close(&d);
}

/* A rollup that stopped is one that did not, when what stopped it is undone; and it is taken up before that block. */
static void stopped(void **unused)
{
    (void)unused;
    static const u8 nonsense[5 * 32] = {1};
    struct derivation d, again;
    struct l1_place at;
    open(&d, 30000000);
    hand_over_registration(&d, 10);
    hand_over(&d, 12, &d.topic_settled, BYTES_OF(nonsense)); /* one topic too few */
    assert_int_equal(d.rollup[0].error, REJECT_ABI);
    hand_over(&d, 13, &d.topic_settled, BYTES_OF(nonsense));
    open(&again, 30000000);
    assert_int_equal(derive_restore(&again, &at, kept(&d, 20)), OK);
    assert_int_equal(at.number, 11);
    assert_memory_equal(at.hash.b, place(11).hash.b, 32);
    assert_int_equal(again.rollup[0].error, OK);
    assert_true(again.rollup[0].is_registered);
    derive_close(&again);
    derive_rewind(&d, 11);
    assert_int_equal(d.rollup[0].error, OK);
    assert_true(d.rollup[0].is_registered);
    derive_close(&d);
}

/* Taken up, it is kept as the same bytes again, and undone alike. What is final is forgotten. */
static void there_and_back(void **unused)
{
    (void)unused;
    struct derivation d, again;
    struct l1_place at;
    open(&d, 30000000);
    hand_over_registration(&d, 10);
    hand_over_published(&d, 11, 1, 3);
    hand_over_published(&d, 12, 4, 4);
    hand_over_published(&d, 12, 0, 0); /* of a block that is there: of no use */
    assert_int_equal(published(&d), 2);
    const struct bytes bytes = kept(&d, 15);
    open(&again, 30000000);
    assert_int_equal(derive_restore(&again, &at, bytes), OK);
    assert_int_equal(at.number, 15);
    assert_memory_equal(at.hash.b, place(15).hash.b, 32);
    assert_true(bytes_eq(kept(&again, 15), bytes));
    assert_int_equal(published(&again), 2);
    derive_rewind(&again, 11);
    assert_int_equal(published(&again), 1);
    assert_true(again.reaches_genesis);
    derive_forget(&again, 9);
    assert_true(again.reaches_genesis);
    derive_forget(&again, 10);
    assert_false(again.reaches_genesis);
    derive_rewind(&again, 0);
    assert_true(again.rollup[0].is_registered);
    derive_close(&again);
    derive_close(&d);
}

/* Cut anywhere, longer, of another version, or of other rules: refused. */
static void refused(void **unused)
{
    (void)unused;
    struct derivation d, other;
    struct l1_place at;
    open(&d, 30000000);
    hand_over_registration(&d, 10);
    hand_over_published(&d, 11, 1, 3);
    const struct bytes bytes = kept(&d, 15), longer = arena_copy(&arena, bytes_of(bytes.ptr, bytes.len));
    for (size_t len = 0; len < bytes.len; len++) {
        open(&other, 30000000);
        assert_int_equal(derive_restore(&other, &at, bytes_of(bytes.ptr, len)), REJECT_STORE_CORRUPT);
        derive_close(&other);
    }
    u8 *version = arena_take(&arena, longer.len);
    memcpy(version, longer.ptr, longer.len);
    version[3] ^= 3; /* behind the list's three bytes of length */
    open(&other, 30000000);
    assert_int_equal(derive_restore(&other, &at, bytes_of(version, longer.len)), REJECT_STORE_VERSION);
    derive_close(&other);
    open(&other, 30000001);
    assert_int_equal(derive_restore(&other, &at, bytes), REJECT_STORE_MISMATCH);
    derive_close(&other);
    derive_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undone),
        cmocka_unit_test(stopped),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused),
    };
    arena_init(&arena, &system_memory);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
