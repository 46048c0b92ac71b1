#include "codec/json_write.h"

#include "base/err.h"
#include "io/json.h"
#include "io/memory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;

static void assert_text(const struct buffer *b, const char *want)
{
    assert_int_equal(b->len, strlen(want));
    assert_memory_equal(b->ptr, want, b->len);
}

static void write_document(struct json_writer *w)
{
    const address zero = {{0}};
    json_write_object(w);
    json_write_key(w, "numbers");
    json_write_array(w);
    json_write_u64(w, UINT64_MAX);
    json_write_u64(w, 7);
    json_write_u256(w, &(u256){{0, 1, 0, 0}});
    json_write_quantity(w, 1024);
    json_write_quantity_u256(w, &(u256){{0, 0, 0, 1}});
    json_write_end(w);
    json_write_key(w, "empty");
    json_write_array(w);
    json_write_object(w);
    json_write_end(w);
    json_write_array(w);
    json_write_end(w);
    json_write_end(w);
    json_write_key_bytes(w, BYTES_LITERAL("a\"b"));
    json_write_hex(w, BYTES_LITERAL("\x00\xff"));
    json_write_key(w, "rest");
    json_write_array(w);
    json_write_bool(w, true);
    json_write_bool(w, false);
    json_write_null(w);
    json_write_z(w, "");
    json_write_address(w, &zero);
    json_write_end(w);
    json_write_end(w);
    json_write_finish(w);
}

static void compact(void **state)
{
    (void)state;
    struct buffer out = buffer_in(&arena);
    struct json_writer w = json_writer(&out, 0);
    write_document(&w);
    assert_text(&out, "{\"numbers\":[18446744073709551615,7,\"18446744073709551616\",\"0x400\","
                      "\"0x1000000000000000000000000000000000000000000000000\"],\"empty\":[{},[]],"
                      "\"a\\\"b\":\"0x00ff\","
                      "\"rest\":[true,false,null,\"\",\"0x0000000000000000000000000000000000000000\"]}\n");
}

static void indented(void **state)
{
    (void)state;
    struct buffer out = buffer_in(&arena);
    struct json_writer w = json_writer(&out, 2);
    json_write_object(&w);
    json_write_key(&w, "a");
    json_write_array(&w);
    json_write_u64(&w, 1);
    json_write_object(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_key(&w, "b");
    json_write_null(&w);
    json_write_end(&w);
    json_write_finish(&w);
    json_write_u64(&w, 2); /* another document */
    json_write_finish(&w);
    assert_text(&out, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": null\n}\n2\n");
}

/* Any bytes become a valid string, and text comes back as it was. */
static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json, *back; /* back: NULL when it is text */
    } row[] = {
        {"plain", "\"plain\"", NULL},
        {"\"\\/", "\"\\\"\\\\/\"", NULL},
        {"\b\t\n\f\r\x01\x1f\x7f", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\"", NULL},
        {"caf\xc3\xa9 \xf0\x9f\x90\x88", "\"caf\xc3\xa9 \xf0\x9f\x90\x88\"", NULL},
        {"\xe2\x80\xa8\xc2\x9b", "\"\\u2028\\u009b\"", NULL},
        {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\"", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer out = buffer_in(&arena);
        struct json_writer w = json_writer(&out, 0);
        json_write_z(&w, row[i].text);
        assert_text(&out, row[i].json);
        struct json back;
        struct complaint complaint = {.file = "test"};
        assert_int_equal(json_parse(&arena, &back, &complaint, buffer_bytes(&out), 1000), OK);
        assert_true(json_text_is(back, row[i].back ? row[i].back : row[i].text));
    }
}

static void thousandths(void **state)
{
    (void)state;
    static const struct {
        u64 x;
        const char *want;
    } row[] = {{0, "0"},    {1, "0.001"},  {10, "0.01"},   {100, "0.1"},
               {1000, "1"}, {1500, "1.5"}, {1050, "1.05"}, {123456, "123.456"}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer out = buffer_in(&arena);
        struct json_writer w = json_writer(&out, 0);
        json_write_thousandths(&w, row[i].x);
        assert_text(&out, row[i].want);
    }
}

static void key_in_array(struct json_writer *w)
{
    json_write_array(w);
    json_write_key(w, "k");
}

static void value_without_key(struct json_writer *w)
{
    json_write_object(w);
    json_write_null(w);
}

static void two_keys(struct json_writer *w)
{
    json_write_object(w);
    json_write_key(w, "k");
    json_write_key(w, "l");
}

static void key_without_value(struct json_writer *w)
{
    json_write_object(w);
    json_write_key(w, "k");
    json_write_end(w);
}

static void one_end_too_many(struct json_writer *w)
{
    json_write_array(w);
    json_write_end(w);
    json_write_end(w);
}

static void two_values(struct json_writer *w)
{
    json_write_null(w);
    json_write_null(w);
}

static void finished_open(struct json_writer *w)
{
    json_write_array(w);
    json_write_finish(w);
}

static void finished_empty(struct json_writer *w)
{
    json_write_finish(w);
}

/* Arrays in objects in arrays ..: closed by what they were opened with, however deep. */
static void any_depth(void **state)
{
    enum { LEVELS = 1500 };
    struct buffer out = buffer_in(&arena), want = buffer_in(&arena);
    struct json_writer w = json_writer(&out, 0);
    (void)state;
    for (int i = 0; i < LEVELS; i++) {
        json_write_object(&w);
        json_write_key(&w, "k");
        json_write_array(&w);
        buffer_add_bytes(&want, BYTES_LITERAL("{\"k\":["));
    }
    for (int i = 0; i < LEVELS; i++) {
        json_write_end(&w);
        json_write_end(&w);
        buffer_add_bytes(&want, BYTES_LITERAL("]}"));
    }
    assert_int_equal(w.depth, 0);
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.ptr, want.ptr, want.len);
}

/* What would not be JSON ends the program. */
static void misuse(void **state)
{
    (void)state;
    void (*const row[])(struct json_writer *) = {key_in_array,      value_without_key, two_keys,
                                                 key_without_value, one_end_too_many,  two_values,
                                                 finished_open,     finished_empty};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            close(STDERR_FILENO);
            struct buffer out = buffer_in(&arena);
            struct json_writer w = json_writer(&out, 0);
            row[i](&w);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact),     cmocka_unit_test(indented), cmocka_unit_test(strings),
        cmocka_unit_test(thousandths), cmocka_unit_test(misuse),
        cmocka_unit_test(any_depth),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
