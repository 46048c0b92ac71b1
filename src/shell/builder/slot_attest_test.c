/* What becomes of a slot whose provers do not come to the builder's statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builder/devnet_for_tests.h"
#include "builder/session_hooks.h"
#include "chain/header.h"
#include "prover/request.h"

static struct session *open_session(void)
{
    const struct funded_account funded = {A, address_of(1), {{1000000000000000000u}}};
    const struct session_config config = devnet(&funded, 1);
    struct session *s;
    assert_int_equal(session_open(&s, &system_memory, &config), OK);
    return s;
}

/* What the builder has and the provers get is one memory: here it goes wrong in between. */
struct flip {
    bool on;
    hash32 statement; /* the builder's */
};

static void flip_a_bit(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct flip *f = context;
    f->statement = *statement;
    if (!f->on)
        return;
    const struct bytes parent = r->witness.header[r->witness.header_count - 1];
    struct header h;
    assert_int_equal(header_decode(&h, parent), OK);
    u8 timestamp[4];
    store_be32(timestamp, (u32)h.timestamp);
    for (size_t at = 0; at + sizeof timestamp <= parent.len; at++)
        if (memcmp(parent.ptr + at, timestamp, sizeof timestamp) == 0) {
            ((u8 *)(uintptr_t)parent.ptr)[at + 3] ^= 1;
            return;
        }
    fail_msg("the parent's header has no timestamp");
}

/* A prover that comes to another statement than the builder ends the slot by name: nothing is sent, the rollup is as it
 * was, the work waits. Where the memory holds, the same work settles. */
static void another_statement(void **state)
{
    (void)state;
    struct session *s = open_session();
    struct flip flip = {.on = true};
    const struct slot_report *report;
    struct work_report work_report;
    u64 work, l1_before, l1_after, rollup_head;
    hash32 hash, root;
    const struct transact t = {
        .chain_id = A, .key = key_of(1), .to = {{0xd0}}, .value = {{7}}, .gas_limit = 21000};
    session_watch_proofs(s, flip_a_bit, &flip);
    assert_int_equal(session_transact(s, &work, &t), OK);
    assert_int_equal(session_head(s, &l1_before, &hash, &root, L1), OK);
    assert_int_equal(session_slot(s, &report), REJECT_STATEMENTS_DIFFER);
    assert_string_equal(session_error(s), "chain 901");
    assert_int_equal(session_head(s, &l1_after, &hash, &root, L1), OK);
    assert_int_equal(session_head(s, &rollup_head, &hash, &root, A), OK);
    assert_int_equal(l1_after, l1_before);
    assert_int_equal(rollup_head, 0);
    assert_int_equal(session_status(s, &work_report, work), OK);
    assert_int_equal(work_report.status, WORK_PENDING);

    flip.on = false;
    assert_int_equal(session_slot(s, &report), OK);
    assert_true(report->settled);
    assert_memory_equal(&report->rollup[0].statement, &flip.statement, sizeof flip.statement);
    session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
