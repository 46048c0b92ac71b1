#include "base/list.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Items keep their values and order while the list grows, and an array handed out earlier keeps its own. */
static void test_grows(void **state)
{
    struct arena arena;
    struct {
        LIST(u64) list;
        u64 after; /* a write beyond the list's own fields would show here */
    } s = {.after = 7};
    (void)state;
    arena_init(&arena, &system_memory);
    const u64 *first = NULL;
    for (u64 i = 0; i < 1000; i++) {
        *LIST_ADD(&s.list, &arena) = i * i;
        if (i == 0)
            first = s.list.item;
        assert_int_equal(s.list.count, i + 1);
        assert_true(s.list.capacity >= s.list.count);
        assert_int_equal(s.list.item[i], i * i);
    }
    for (u64 i = 0; i < 1000; i++)
        assert_int_equal(s.list.item[i], i * i);
    s.list.item[0] = 5;
    assert_ptr_not_equal(first, s.list.item);
    assert_int_equal(first[0], 0);
    assert_int_equal(s.after, 7);
    arena_release(&arena);
}

/* Two lists that grow in turn in one arena do not overlap. */
static void test_share_an_arena(void **state)
{
    struct arena arena;
    LIST(u8) narrow = {0};
    LIST(hash32) wide = {0};
    (void)state;
    arena_init(&arena, &system_memory);
    for (unsigned i = 0; i < 300; i++) {
        *LIST_ADD(&narrow, &arena) = (u8)i;
        memset(LIST_ADD(&wide, &arena), (int)(i & 0xff), sizeof(hash32));
    }
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(narrow.item[i], (u8)i);
        for (unsigned j = 0; j < sizeof(hash32); j++)
            assert_int_equal(wide.item[i].b[j], (u8)i);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_share_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
