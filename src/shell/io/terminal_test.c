#include "io/memory.h"
#include "io/terminal.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct page page_of(u32 width, bool color)
{
    return (struct page){.text = buffer_in(&arena), .width = width, .color = color};
}

static const char *text_of(struct page *p)
{
    buffer_add_u8(&p->text, 0);
    return (const char *)p->text.ptr;
}

/* No line is wider than the page, and further lines are indented. */
static void text_is_wrapped_at_blanks(void **state)
{
    (void)state;
    static const struct {
        u32 width, start, indent;
        const char *text, *want;
    } row[] = {
        {20, 0, 0, "", ""},
        {20, 0, 0, "one two", "one two"},
        {10, 0, 2, "one two three four", "one two\n  three\n  four"},
        {10, 4, 4, "one two three", "    one\n    two\n    three"},
        {10, 4, 4, "onetwo", "    onetwo"},
        {10, 4, 6, "onetwothree", "    onetwo\n      thre\n      e"},
        {10, 0, 0, "\xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90", /* arrows of one column */
         "\xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90 \xe2\x86\x90\n\xe2\x86\x90"},
        {6, 0, 0, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", /* four of two columns */
         "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\n\xe5\xad\x97"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct page p = page_of(row[i].width, false);
        page_to(&p, row[i].start);
        page_wrap(&p, row[i].indent, bytes_of(row[i].text, strlen(row[i].text)));
        assert_string_equal(text_of(&p), row[i].want);
    }
    struct page p = page_of(4, false); /* no room at all: it still ends */
    page_to(&p, 4);
    page_wrap(&p, 4, BYTES_LITERAL("ab"));
    assert_true(p.text.len < 40);
}

/* Columns are counted without styles, and styles leave nothing behind. */
static void styles_take_no_columns(void **state)
{
    (void)state;
    struct page colored = page_of(40, true), plain = page_of(40, false);
    struct page *const both[] = {&colored, &plain};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        page_say(both[i], STYLE_STRONG, "name");
        page_to(both[i], 8);
        page_say(both[i], STYLE_GOOD, "yes");
        page_line(both[i]);
        assert_int_equal(both[i]->style, STYLE_PLAIN);
    }
    assert_string_equal(text_of(&colored), "\033[1mname\033[0m    \033[32myes\033[0m\n");
    assert_string_equal(text_of(&plain), "name    yes\n");
}

static void a_column_that_is_passed_is_one_blank_away(void **state)
{
    (void)state;
    struct page p = page_of(40, false);
    page_to(&p, 0);
    page_add(&p, "longer than that");
    page_to(&p, 4);
    page_add(&p, "next");
    assert_string_equal(text_of(&p), "longer than that next");
}

/* https://no-color.org; and what is no terminal is none. */
static void colors_are_for_terminals_alone(void **state)
{
    (void)state;
    const struct page p = page_open(&arena, -1);
    assert_false(p.color);
    assert_int_equal(p.width, 100);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_is_wrapped_at_blanks, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(styles_take_no_columns, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_column_that_is_passed_is_one_blank_away, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(colors_are_for_terminals_alone, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
