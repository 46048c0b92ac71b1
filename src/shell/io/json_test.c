/* What is JSON and what is not follows RFC 8259; the rows marked n_ and y_ are its corner cases. */
#include "io/json.h"

#include "base/buffer.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes z(const char *text)
{
    return bytes_of(text, strlen(text));
}

static struct json parsed(const char *text)
{
    struct json root = {NULL, UINT32_MAX};
    struct complaint complaint = {.file = "test"};
    assert_int_equal(json_parse(&arena, &root, &complaint, arena_copy(&arena, z(text)), 1 << 20), OK);
    assert_false(complaint.raised);
    return root;
}

static void assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    if (got.len)
        assert_memory_equal(got.ptr, want, got.len);
}

/* What is wrong is refused with its place and reason. */
static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint;
    } row[] = {
        {"", "1:1: expected a value, found nothing"},
        {" \n ", "1:1: expected a value, found nothing"},
        {"[1,]", "1:4: expected a value, found ']'"},
        {"[1 2]", "1:4: expected ',' or ']', found '2'"},
        {"[,1]", "1:2: expected a value, found ','"},
        {"[1,,2]", "1:4: expected a value, found ','"},
        {"[1", "1:3: expected ',' or ']', found the end of the text"},
        {"[", "1:2: expected a value, found the end of the text"},
        {"{", "1:2: expected a key, found the end of the text"},
        {"[1}", "1:3: expected ',' or ']', found '}'"},
        {"{\"a\":1]", "1:7: expected ',' or '}', found ']'"},
        {"{\"a\"}", "1:5: expected ':', found '}'"},
        {"{\"a\" 1}", "1:6: expected ':', found '1'"},
        {"{\"a\":}", "1:6: expected a value, found '}'"},
        {"{\"a\":1,}", "1:8: expected a key, found '}'"},
        {"{a:1}", "1:2: expected a key, found 'a'"},
        {"{1:1}", "1:2: expected a key, found '1'"},
        {"{\"a\":1 \"b\":2}", "1:8: expected ',' or '}', found '\"'"},
        {"1 2", "1:3: expected the end of the text, found '2'"},
        {"{} }", "1:4: expected the end of the text, found '}'"},
        {"]", "1:1: expected a value, found ']'"},
        {"\"a\"b", "1:4: expected the end of the text, found 'b'"},
        {"tru", "1:1: expected a value, found 't'"},
        {"truee", "1:1: expected a value, found 't'"},
        {"True", "1:1: expected a value, found 'T'"},
        {"[nan]", "1:2: expected a value, found 'n'"},
        {"// c\n1", "1:1: expected a value, found '/'"},
        {"\xef\xbb\xbf{}", "1:1: expected a value, found '\xef\xbb\xbf'"}, /* n_: a byte order mark */
        {"01", "1:1: malformed number"},
        {"-", "1:1: malformed number"},
        {"-01", "1:1: malformed number"},
        {"+1", "1:1: expected a value, found '+'"},
        {"1.", "1:1: malformed number"},
        {".5", "1:1: expected a value, found '.'"},
        {"1e", "1:1: malformed number"},
        {"1e+", "1:1: malformed number"},
        {"0x10", "1:1: malformed number"},
        {"1a", "1:1: malformed number"},
        {"-Infinity", "1:1: malformed number"},
        {"[\n  {\"k\": \"v\",\n   \"caf\xc3\xa9\": 1x}\n]", "3:12: malformed number"}, /* columns count characters */
        {"\"\\x\"", "1:2: unknown escape in a string"},
        {"\"\\u12\"", "1:2: \\u wants four hex digits"},
        {"\"\\u12g4\"", "1:2: \\u wants four hex digits"},
        {"\"ab\\ud800\"", "1:4: a high surrogate without a low one"},
        {"\"\\ud800\\u0041\"", "1:2: a high surrogate without a low one"},
        {"\"\\ud800\\ud800\"", "1:2: a high surrogate without a low one"},
        {"\"\\udc00\"", "1:2: a low surrogate without a high one"},
        {"\"abc", "1:1: a string is not closed"},
        {"[1, \"a\\\"]", "1:5: a string is not closed"},
        {"\"a\nb\"", "1:3: a control character in a string"},
        {"\"a\tb\"", "1:3: a control character in a string"},
        {"[\"a\",\n \"\xff\"]", "2:3: not UTF-8"},
        {"\"\xed\xa0\x80\"", "1:2: not UTF-8"},
        {"[1\x0c]", "1:3: expected ',' or ']', found '?'"}, /* a form feed is no white space */
        {"[\x01]", "1:2: expected a value, found '?'"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct json root = {NULL, 77};
        struct complaint complaint = {.file = ""};
        assert_int_equal(json_parse(&arena, &root, &complaint, z(row[i].text), 1 << 20), REJECT_JSON);
        char text[600];
        complaint_print(text, sizeof text, &complaint);
        assert_string_equal(text + 1, row[i].complaint);
        assert_int_equal(root.node, 77);
    }
}

/* Every kind of value, and what the getters say of it. */
static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_kind kind;
        const char *content;
        u32 count;
    } row[] = {
        {"null", JSON_NULL, "", 0},
        {" true ", JSON_TRUE, "", 0},
        {"\tfalse\r\n", JSON_FALSE, "", 0},
        {"0", JSON_NUMBER, "0", 0},
        {"-0", JSON_NUMBER, "-0", 0},
        {"-1.5e+10", JSON_NUMBER, "-1.5e+10", 0},
        {"115792089237316195423570985008687907853269984665640564039457584007913129639935", JSON_NUMBER,
         "115792089237316195423570985008687907853269984665640564039457584007913129639935", 0},
        {"1E400", JSON_NUMBER, "1E400", 0},
        {"\"\"", JSON_STRING, "", 0},
        {"\"a b\"", JSON_STRING, "a b", 0},
        {"\"[\\\"{,:\\\\\"", JSON_STRING, "[\"{,:\\", 0},
        {"\"\\/\\b\\f\\n\\r\\t\"", JSON_STRING, "/\b\f\n\r\t", 0},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\udc08\"", JSON_STRING, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x88", 0},
        {"\"\\\\u0041\"", JSON_STRING, "\\u0041", 0},
        {"[]", JSON_ARRAY, "", 0},
        {"[ ]", JSON_ARRAY, "", 0},
        {"[[],[[]]]", JSON_ARRAY, "", 2},
        {"{}", JSON_OBJECT, "", 0},
        {"{\"\":{\"\":{}}}", JSON_OBJECT, "", 1},
        {"[1,2,3]", JSON_ARRAY, "", 3},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct json v = parsed(row[i].text);
        assert_int_equal(json_kind(v), row[i].kind);
        assert_bytes(json_text(v), row[i].content);
        assert_int_equal(json_count(v), row[i].count);
    }
    assert_int_equal(json_text(parsed("\"\\u0000\"")).len, 1);
}

static void members(void **state)
{
    (void)state;
    const struct json v = parsed("{\"a\": [10, {\"deep\": [1, 2]}, \"x\\n\"], \"b\\u0062\": {\"c\": true},\n"
                                 "  \"a\": 7, \"end\": null}");
    assert_int_equal(json_count(v), 4);
    assert_int_equal(json_kind(json_get(v, "a")), JSON_ARRAY); /* the first of two */
    assert_int_equal(json_kind(json_get(json_get(v, "bb"), "c")), JSON_TRUE);
    assert_int_equal(json_kind(json_get(v, "end")), JSON_NULL);
    assert_int_equal(json_kind(json_get(v, "deep")), JSON_NONE); /* not of an inner object */
    assert_int_equal(json_kind(json_get(v, "x")), JSON_NONE);
    assert_int_equal(json_kind(json_get(json_get(v, "x"), "y")), JSON_NONE);
    assert_int_equal(json_kind(json_at(json_get(v, "a"), 2)), JSON_STRING);
    assert_int_equal(json_kind(json_at(json_get(v, "a"), 3)), JSON_NONE);
    assert_int_equal(json_kind(json_at(v, 0)), JSON_NONE);

    static const struct {
        const char *key;
        enum json_kind kind;
        struct place place;
        const char *source;
    } row[] = {{"a", JSON_ARRAY, {1, 7}, "[10, {\"deep\": [1, 2]}, \"x\\n\"]"},
               {"bb", JSON_OBJECT, {1, 49}, "{\"c\": true}"},
               {"a", JSON_NUMBER, {2, 8}, "7"},
               {"end", JSON_NULL, {2, 18}, "null"}};
    struct json_iterator it = json_items(v);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        assert_true(json_next(&it));
        assert_int_equal(it.index, i);
        assert_bytes(it.key, row[i].key);
        assert_int_equal(json_kind(it.value), row[i].kind);
        const struct place place = json_place(it.value);
        assert_int_equal(place.line, row[i].place.line);
        assert_int_equal(place.column, row[i].place.column);
        assert_bytes(json_source(it.value), row[i].source);
    }
    assert_false(json_next(&it));
    assert_false(json_next(&it));

    it = json_items(json_get(v, "a"));
    u32 count = 0;
    while (json_next(&it)) {
        assert_int_equal(it.key.len, 0);
        assert_int_equal(it.index, count++);
    }
    assert_int_equal(count, 3);
    assert_bytes(json_source(json_at(json_get(v, "a"), 2)), "\"x\\n\"");
    it = json_items(json_get(v, "end"));
    assert_false(json_next(&it));
    it = json_items(json_get(v, "absent"));
    assert_false(json_next(&it));
}

/* Numbers arrive whole, whichever way they are written. */
static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err e64, e256;
        u64 x;
    } row[] = {
        {"7", OK, OK, 7},
        {"\"7\"", OK, OK, 7},
        {"\"0x07\"", OK, OK, 7},
        {"9007199254740993", OK, OK, 9007199254740993},
        {"18446744073709551615", OK, OK, UINT64_MAX},
        {"18446744073709551616", REJECT_NUMBER_RANGE, OK, 0},
        {"\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"", REJECT_NUMBER_RANGE, OK, 0},
        {"\"0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"", REJECT_NUMBER_RANGE,
         REJECT_NUMBER_RANGE, 0},
        {"-7", REJECT_NUMBER, REJECT_NUMBER, 0},
        {"7.0", REJECT_NUMBER, REJECT_NUMBER, 0},
        {"7e1", REJECT_NUMBER, REJECT_NUMBER, 0},
        {"\"\"", REJECT_NUMBER, REJECT_NUMBER, 0},
        {"null", REJECT_JSON, REJECT_JSON, 0},
        {"[7]", REJECT_JSON, REJECT_JSON, 0},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u64 x = 99;
        u256 wide;
        const struct json v = parsed(row[i].text);
        assert_int_equal(json_u64(&x, v), row[i].e64);
        assert_true(x == (row[i].e64 ? 99 : row[i].x));
        assert_int_equal(json_u256(&wide, v), row[i].e256);
    }
    bool flag = false;
    struct bytes data;
    u8 fixed[2];
    assert_int_equal(json_bool(&flag, parsed("true")), OK);
    assert_true(flag);
    assert_int_equal(json_bool(&flag, parsed("false")), OK);
    assert_false(flag);
    assert_int_equal(json_bool(&flag, parsed("1")), REJECT_JSON);
    assert_int_equal(json_hex(&arena, &data, parsed("\"0x6001\"")), OK);
    assert_int_equal(data.len, 2);
    assert_int_equal(json_hex(&arena, &data, parsed("\"0x600\"")), REJECT_HEX);
    assert_int_equal(json_hex(&arena, &data, parsed("6001")), REJECT_JSON);
    assert_int_equal(json_hex_fixed(fixed, 2, parsed("\"6001\"")), OK);
    assert_int_equal(fixed[0], 0x60);
    assert_int_equal(json_hex_fixed(fixed, 2, parsed("\"60\"")), REJECT_HEX);
}

static void needs(void **state)
{
    (void)state;
    const struct json v = parsed("{\n \"a\": {\"n\": 1}}");
    static const struct {
        const char *outer, *key;
        enum json_kind kind;
        const char *complaint; /* NULL: there */
    } row[] = {
        {"a", "n", JSON_NUMBER, NULL},
        {"a", "n", JSON_STRING, "f:2:13: \"n\": expected a string, found a number"},
        {"a", "m", JSON_STRING, "f:2:7: key \"m\" is missing"},
        {"b", "m", JSON_STRING, "f: expected an object, found nothing"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct complaint complaint = {.file = "f"};
        struct json out;
        const enum err e = json_need(&out, &complaint, json_get(v, row[i].outer), row[i].key, row[i].kind);
        assert_int_equal(e, row[i].complaint ? REJECT_JSON : OK);
        if (!e)
            continue;
        char text[600];
        complaint_print(text, sizeof text, &complaint);
        assert_string_equal(text, row[i].complaint);
    }
}

/* Depth and size are bounded, and the bounds are exact. */
static void limits(void **state)
{
    (void)state;
    struct buffer b = buffer_in(&arena);
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        buffer_add_u8(&b, '[');
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        buffer_add_u8(&b, ']');
    struct json root;
    struct complaint complaint = {.file = "f"};
    assert_int_equal(json_parse(&arena, &root, &complaint, buffer_bytes(&b), b.len), OK);
    assert_int_equal(json_source(root).len, b.len);
    assert_int_equal(json_parse(&arena, &root, &complaint, buffer_bytes(&b), b.len - 1), REJECT_TOO_LONG);
    assert_true(strstr(complaint.text, "limit of 2047 bytes") != NULL);

    b = buffer_in(&arena);
    for (int i = 0; i < 1000000; i++)
        buffer_add_u8(&b, '[');
    complaint = (struct complaint){.file = "f"};
    assert_int_equal(json_parse(&arena, &root, &complaint, buffer_bytes(&b), b.len), REJECT_JSON);
    assert_string_equal(complaint.text, "nested too deep");
}

/* A text that is shorter than the one before, or much longer, does not see what is left of it. */
static void one_after_the_other(void **state)
{
    (void)state;
    for (u32 count = 1; count < 100000; count *= 7) {
        const struct arena_mark mark = arena_mark(&arena);
        struct buffer b = buffer_in(&arena);
        buffer_add_u8(&b, '[');
        for (u32 i = 0; i < count; i++)
            buffer_add(&b, i ? ",\"\\u0041bc\"" : " \"\\u0041bc\"", 11);
        buffer_add_u8(&b, ']');
        struct json root;
        struct complaint complaint = {.file = "f"};
        assert_int_equal(json_parse(&arena, &root, &complaint, buffer_bytes(&b), b.len), OK);
        assert_int_equal(json_count(root), count);
        struct json_iterator it = json_items(root);
        while (json_next(&it))
            assert_bytes(json_text(it.value), "Abc");
        assert_int_equal(it.index, count - 1);
        arena_rewind(&arena, mark);
        assert_int_equal(json_count(parsed("[1]")), 1);
    }
}

static void files(void **state)
{
    (void)state;
    char path[] = "json_test.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"a\":\n tru}", 11), 11);
    close(fd);
    struct json root;
    char text[600], want[600];
    struct complaint complaint = {0};
    assert_int_equal(json_read_file(&arena, &root, &complaint, path, 100), REJECT_JSON);
    complaint_print(text, sizeof text, &complaint);
    snprintf(want, sizeof want, "%s:2:2: expected a value, found 't'", path);
    assert_string_equal(text, want);
    complaint = (struct complaint){0};
    assert_int_equal(json_read_file(&arena, &root, &complaint, path, 10), REJECT_TOO_LONG);
    unlink(path);
    complaint = (struct complaint){0};
    assert_int_equal(json_read_file(&arena, &root, &complaint, path, 100), REJECT_PATH);
    complaint_print(text, sizeof text, &complaint);
    snprintf(want, sizeof want, "%s: cannot open: No such file or directory", path);
    assert_string_equal(text, want);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(kinds),
        cmocka_unit_test(members),
        cmocka_unit_test(numbers),
        cmocka_unit_test(needs),
        cmocka_unit_test(limits),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(files),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
