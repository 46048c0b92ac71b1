/* A preview's blocks are those of the slot that follows; what a slot would not do at once is not exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builder/session_chains.h"
#include "builder/session_for_tests.h"
#include "builder/session_preview.h"

enum { BLOCKS_MAX = 2 };

/* The blocks of a preview, kept beyond it. */
struct seen {
    size_t chain[BLOCKS_MAX], tx_count[BLOCKS_MAX];
    hash32 hash[BLOCKS_MAX];
    size_t block_count, item_count, work_count;
};

static const struct ledger_block *head_of(struct fixture *f, size_t chain)
{
    return ledger_head(session_ledger_at(f->s, chain));
}

static struct seen preview(struct fixture *f, bool is_exact)
{
    struct preview v;
    struct arena arena;
    arena_init(&arena, &system_memory);
    check(f, session_preview(f->s, &v, &arena));
    assert_int_equal(v.is_exact, is_exact);
    struct seen out = {.block_count = v.block_count, .item_count = v.item_count, .work_count = v.work_count};
    assert_in_range(v.block_count, 0, BLOCKS_MAX);
    for (size_t i = 0; i < v.block_count; i++) {
        out.chain[i] = v.block[i].chain;
        out.hash[i] = v.block[i].hash;
        out.tx_count[i] = v.block[i].tx_count;
        assert_int_equal(v.block[i].header->number, head_of(f, v.block[i].chain)->header.number + 1);
    }
    preview_close(&v);
    arena_release(&arena);
    return out;
}

static void blocks_are(struct fixture *f, const struct seen *expected)
{
    for (size_t i = 0; i < expected->block_count; i++) {
        const struct ledger_block *b = head_of(f, expected->chain[i]);
        assert_memory_equal(&b->hash, &expected->hash[i], sizeof b->hash);
        assert_int_equal(b->tx_count, expected->tx_count[i]);
    }
}

/* Calls to the other rollup and to L1, and one from L1: two blocks, and a bundle with steps on L1. */
static void fill_queue(struct fixture *f, u64 work[3])
{
    const address on_l1 = deploy(f, L1, 1, BYTES_OF(counter_code)), on_b = deploy(f, B, 2, BYTES_OF(counter_code));
    const struct scoped_request request = {.to = on_b, .gas_limit = {{100000}}};
    count_on(f, &work[0], 1, NULL, B, &on_b);
    count_on(f, &work[1], 3, NULL, L1, &on_l1);
    operate(f, &work[2], 4, &request, B);
}

static void a_preview_is_the_slot(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[3];
    open_session(&f);
    fill_queue(&f, work);
    const struct ledger_block *before = head_of(&f, 0);
    const struct seen first = preview(&f, true), second = preview(&f, true);
    assert_ptr_equal(head_of(&f, 0), before);
    assert_int_equal(first.block_count, 2);
    assert_int_equal(first.item_count, 2); /* the operation is a transaction of no rollup */
    assert_int_equal(first.work_count, 3);
    assert_memory_equal(first.hash, second.hash, sizeof first.hash);
    slot_settles(&f, &r);
    for (size_t i = 0; i < COUNT_OF(work); i++)
        work_settled(&f, work[i]);
    blocks_are(&f, &first);
    close_session(&f);
}

/* What came after the preview waits for the next slot. A limit is for one slot. */
static void a_limited_slot_is_its_preview(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[3], late[3];
    open_session(&f);
    fill_queue(&f, work);
    const struct seen seen = preview(&f, true);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        call_bridge(&f, &late[i], 3, NULL, B, 1);
    session_limit_slot(f.s, seen.work_count);
    slot_settles(&f, &r);
    work_settled(&f, work[0]);
    assert_int_equal(status_of(&f, late[0]), WORK_PENDING);
    blocks_are(&f, &seen);
    session_limit_slot(f.s, 1);
    slot_settles(&f, &r);
    work_settled(&f, late[0]);
    assert_int_equal(status_of(&f, late[1]), WORK_PENDING);
    slot_settles(&f, &r);
    work_settled(&f, late[1]);
    work_settled(&f, late[2]);
    close_session(&f);
}

/* An eviction takes an attempt more than a preview makes. */
static void an_eviction_is_not_exact(void **state)
{
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 culprit, after;
    open_session(&f);
    const address logger = deploy_gas_logger(&f, 1);
    call_bridge(&f, &culprit, 3, &logger, B, 2);
    call_bridge(&f, &after, 1, NULL, B, 1);
    assert_int_equal(preview(&f, false).block_count, 0);
    slot_settles(&f, &r);
    work_settled(&f, after);
    close_session(&f);
}

static void a_full_block_is_not_exact(void **state)
{
    static const u8 zeros[120000];
    (void)state;
    struct fixture f;
    const struct slot_report *r;
    u64 work[2];
    const struct rollup_config rollup[] = {{.chain_id = A, .gas_limit = 10000000, .base_fee = {{1000000000}}},
                                           {.chain_id = B, .gas_limit = 10000000, .base_fee = {{1000000000}}}};
    const struct funded_account funded[] = {{A, address_of(1), ether}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.rollup = rollup;
    arena_init(&f.arena, &system_memory);
    check(&f, session_open(&f.s, &system_memory, &config));
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        const struct transact t = {.chain_id = A, .key = key_of(1), .to = {{0x77}}, .gas_limit = 9000000,
                                   .data = BYTES_OF(zeros)};
        check(&f, session_transact(f.s, &work[i], &t));
        preview(&f, i == 0);
    }
    slot_settles(&f, &r);
    work_settled(&f, work[0]);
    assert_int_equal(status_of(&f, work[1]), WORK_PENDING);
    close_session(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preview_is_the_slot),
        cmocka_unit_test(a_limited_slot_is_its_preview),
        cmocka_unit_test(an_eviction_is_not_exact),
        cmocka_unit_test(a_full_block_is_not_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
