/* Atomic groups in the list of work: none is cut, whatever does not fit or fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "builder/slot_stages.h"

enum { COUNT = 6 };

/* Work by its group: 0 is in none. */
struct list {
    struct work work[COUNT];
    struct slot_work item[COUNT];
    struct slot_works works;
};

static void make_list(struct list *l, const u64 group[COUNT])
{
    *l = (struct list){.works = {l->item, COUNT}};
    for (size_t i = 0; i < COUNT; i++) {
        l->work[i].group = group[i];
        l->item[i] = (struct slot_work){.work = &l->work[i], .handle = i, .fate = FATE_INCLUDED};
    }
}

static void units(void **state)
{
    static const u64 group[COUNT] = {0, 0, 3, 3, 5, 5};
    static const struct slot_unit want[COUNT] = {{0, 1}, {1, 2}, {2, 4}, {2, 4}, {4, 6}, {4, 6}};
    struct list l;
    (void)state;
    make_list(&l, group);
    for (size_t i = 0; i < COUNT; i++) {
        const struct slot_unit u = slot_unit_of(&l.works, i);
        assert_int_equal(u.first, want[i].first);
        assert_int_equal(u.end, want[i].end);
    }
}

/* Measured so many thousandths of a limit, so much work stays: groups as a whole, and the first unit always. */
static void what_does_not_fit_is_cut_between_groups(void **state)
{
    static const struct {
        u64 group[COUNT], filled;
        size_t stay;
        bool alone; /* it is the first unit that does not fit */
    } row[] = {
        {{0, 0, 0, 0, 0, 0}, 1960, 3, false},
        {{0, 0, 3, 3, 0, 0}, 1960, 2, false},
        {{0, 0, 3, 3, 3, 3}, 1100, 2, false},
        {{1, 1, 1, 1, 0, 0}, 3000, 4, false},
        {{1, 1, 1, 1, 1, 1}, 1100, 0, true},
    };
    (void)state;
    for (size_t r = 0; r < COUNT_OF(row); r++) {
        struct list l;
        make_list(&l, row[r].group);
        assert_true(slot_defer(&l.works, row[r].filled, "alone"));
        for (size_t i = 0; i < COUNT; i++) {
            const enum fate left_out = row[r].alone ? FATE_EXCLUDED : FATE_DEFERRED;
            const enum err why = row[r].alone ? REJECT_BUNDLE_TOO_LARGE : REJECT_BUNDLE_FULL;
            assert_int_equal(l.item[i].fate, i < row[r].stay ? FATE_INCLUDED : left_out);
            assert_int_equal(l.item[i].error, i < row[r].stay ? OK : why);
        }
    }
}

static void a_group_is_excluded_as_a_whole(void **state)
{
    static const u64 group[COUNT] = {0, 2, 2, 2, 0, 0};
    struct list l;
    (void)state;
    make_list(&l, group);
    slot_exclude(&l.works, 2, REJECT_L1_RACE, "a race");
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(l.item[i].fate, group[i] ? FATE_EXCLUDED : FATE_INCLUDED);
    assert_int_equal(l.item[1].error, REJECT_ATOMIC);
    assert_int_equal(l.item[2].error, REJECT_L1_RACE);
    assert_string_equal(l.item[2].reason, "a race");
    slot_exclude(&l.works, 3, REJECT_PASSES_DIFFER, "later"); /* the cause stays */
    assert_int_equal(l.item[2].error, REJECT_L1_RACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units),
        cmocka_unit_test(what_does_not_fit_is_cut_between_groups),
        cmocka_unit_test(a_group_is_excluded_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
