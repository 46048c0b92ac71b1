#include "codec/text.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static void assert_text(const struct buffer *b, const char *want)
{
    assert_int_equal(b->len, strlen(want));
    assert_memory_equal(b->ptr, want, b->len);
}

/* RFC 3629: the shortest form, no surrogates, up to U+10FFFF; Unicode's table 3-7, its edges. */
static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        u32 point;
    } row[] = {
        {"a", 1, 'a'},
        {"\x7f", 1, 0x7f},
        {"\x80", 0, 0},
        {"\xbf", 0, 0},
        {"\xc0\x80", 0, 0},
        {"\xc1\xbf", 0, 0},
        {"\xc2\x80", 2, 0x80},
        {"\xc2", 0, 0},
        {"\xc2\x7f", 0, 0},
        {"\xdf\xbf", 2, 0x7ff},
        {"\xe0\x9f\xbf", 0, 0},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xe2\x82\xac", 3, 0x20ac},
        {"\xe2\x82", 0, 0},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xed\xa0\x80", 0, 0},
        {"\xed\xbf\xbf", 0, 0},
        {"\xee\x80\x80", 3, 0xe000},
        {"\xf0\x8f\xbf\xbf", 0, 0},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xf5\x80\x80\x80", 0, 0},
        {"\xff", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u32 point = 0;
        assert_int_equal(utf8_length(bytes_of(row[i].text, strlen(row[i].text)), &point), row[i].len);
        assert_int_equal(point, row[i].point);
    }
    assert_int_equal(utf8_length(bytes_of("", 1), NULL), 1); /* NUL is a character */
}

/* Untrusted text cannot control the terminal. */
static void safe(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *want;
    } row[] = {
        {"plain", 80, "\"plain\""},
        {"", 80, "\"\""},
        {"say \"hi\" \\", 80, "\"say \\\"hi\\\" \\\\\""},
        {"\x1b[31mred", 80, "\"\\x1b[31mred\""},
        {"a\nb\r\t", 80, "\"a\\x0ab\\x0d\\x09\""},
        {"caf\xc3\xa9 \xf0\x9f\x90\x88", 80, "\"caf\xc3\xa9 \xf0\x9f\x90\x88\""},
        {"\xc2\x9b", 80, "\"\\xc2\\x9b\""},                      /* C1: a control sequence in one character */
        {"abc\xe2\x80\xaexyz", 80, "\"abc\\xe2\\x80\\xaexyz\""}, /* right-to-left override */
        {"\xe2\x80\x8b", 80, "\"\\xe2\\x80\\x8b\""},             /* zero width space */
        {"\xff\xc3", 80, "\"\\xff\\xc3\""},
        {"abcdef", 3, "\"abc...\""},
        {"ab\xc3\xa9", 3, "\"ab...\""}, /* no half characters */
        {"abc", 3, "\"abc\""},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer b = buffer_in(&arena);
        text_add_quoted(&b, bytes_of(row[i].text, strlen(row[i].text)), row[i].max);
        assert_text(&b, row[i].want);
    }
}

static void words(void **state)
{
    (void)state;
    struct buffer b = buffer_in(&arena);
    text_add(&b, "item ");
    text_add_u64(&b, 3);
    text_add(&b, " of ");
    text_add_z(&b, "list");
    text_add(&b, ": ");
    text_add_hex(&b, BYTES_LITERAL("\x01\xff"));
    text_add(&b, " ");
    text_add_hex_cut(&b, BYTES_LITERAL("abcdef"), 2);
    text_add(&b, " ");
    text_add_hex_cut(&b, BYTES_LITERAL("ab"), 2);
    text_add(&b, " ");
    text_add_safe(&b, BYTES_LITERAL("\"\\\x07"), 9);
    text_add_u256(&b, &(u256){{0, 1, 0, 0}});
    assert_text(&b, "item 3 of list: 0x01ff 0x6162... (6 bytes) 0x6162 \"\\\\x0718446744073709551616");

    struct buffer *none = NULL; /* no buffer: nothing is written */
    text_add(none, "x");
    text_add_u64(none, 1);
    text_add_hex_cut(none, BYTES_LITERAL("ab"), 1);
    text_add_quoted(none, BYTES_LITERAL("ab"), 1);
    text_add_safe(none, BYTES_LITERAL("ab"), 1);
    text_add_u256(none, &(u256){{0}});
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(safe),
        cmocka_unit_test(words),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
