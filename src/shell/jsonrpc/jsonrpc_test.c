/* What is answered to what: the examples of the JSON-RPC 2.0 specification, and geth's rpc package (v1.16, read). */
#include "jsonrpc/jsonrpc.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static u32 handled;

static struct jsonrpc_error reply(void *context, struct jsonrpc_call *call, struct json_writer *result)
{
    (void)context;
    handled++;
    if (bytes_eq(call->method, BYTES_LITERAL("echo"))) {
        buffer_add_bytes(result->out,
                         json_kind(call->params) == JSON_NONE ? BYTES_LITERAL("null") : json_source(call->params));
        result->filled = true;
        return jsonrpc_ok();
    }
    if (bytes_eq(call->method, BYTES_LITERAL("large"))) {
        static const char text[100] = {0};
        json_write_string(result, bytes_of(memset(arena_take(call->arena, 100), 'x', 100), sizeof text));
        return jsonrpc_ok();
    }
    if (bytes_eq(call->method, BYTES_LITERAL("late"))) {
        while (!jsonrpc_is_late(call))
            ;
        json_write_u64(result, 1);
        return jsonrpc_ok();
    }
    if (bytes_eq(call->method, BYTES_LITERAL("revert"))) {
        json_write_object(result);
        json_write_key(result, "left");
        struct jsonrpc_error e = jsonrpc_failed(call, 3, "execution reverted: %s", "\"no\"");
        e.data = BYTES_LITERAL("\"0x08\"");
        return e;
    }
    return jsonrpc_method_not_found(call);
}

static struct bytes answer_with(const char *body, struct jsonrpc_limits limits)
{
    struct buffer out = buffer_in(&arena);
    struct jsonrpc_request request;
    handled = 0;
    jsonrpc_read(&request, &arena, bytes_of(body, strlen(body)));
    jsonrpc_answer(&out, &request, &limits, NULL, reply, NULL);
    return buffer_bytes(&out);
}

static void assert_answer(const char *body, struct bytes got, const char *want)
{
    if (got.len != strlen(want) || (got.len && memcmp(got.ptr, want, got.len) != 0))
        fail_msg("%s\n  got  %.*s\n  want %s", body, (int)got.len, (const char *)got.ptr, want);
}

#define RESULT(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" result "}"
#define ERROR(id, code, message) \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ",\"message\":\"" message "\"}}"
#define INVALID(id) ERROR(id, "-32600", "invalid request")
#define CALL(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}"
#define NOTE(method) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\"}"

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *body, *answer;
        u32 handled;
    } row[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":[42, 23]}", RESULT("1", "[42, 23]"), 1},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"a\":1}}", RESULT("1", "{\"a\":1}"), 1},
        {" \n{\"method\":\"echo\",\"id\":1,\"jsonrpc\":\"2.0\",\"params\":null} ", RESULT("1", "null"), 1},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\u0065cho\"}", RESULT("1", "null"), 1},
        /* ids come back as written */
        {CALL("\"a\\u0041\\\"\"", "echo"), RESULT("\"a\\u0041\\\"\"", "null"), 1},
        {CALL("null", "echo"), RESULT("null", "null"), 1},
        {CALL("-1.50e+3", "echo"), RESULT("-1.50e+3", "null"), 1},
        {CALL("123456789012345678901234567890", "echo"), RESULT("123456789012345678901234567890", "null"), 1},
        {CALL("true", "echo"), RESULT("true", "null"), 1},
        {CALL("[1]", "echo"), INVALID("null"), 0},
        {CALL("{}", "echo"), INVALID("null"), 0},
        /* notifications */
        {NOTE("echo"), "", 1},
        {NOTE("nothing"), "", 1},
        {"[" NOTE("echo") "," NOTE("nothing") "]", "", 2},
        /* what is no request */
        {"{}", INVALID("null"), 0},
        {"1", INVALID("null"), 0},
        {"\"echo\"", INVALID("null"), 0},
        {"{\"jsonrpc\":\"2.0\",\"id\":7}", INVALID("7"), 0},
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1,\"params\":\"bar\"}", INVALID("7"), 0},
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"\"}", INVALID("7"), 0},
        {"{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"echo\"}", INVALID("7"), 0},
        {"{\"jsonrpc\":2.0,\"id\":7,\"method\":\"echo\"}", INVALID("7"), 0},
        {"{\"id\":7,\"method\":\"echo\"}", INVALID("7"), 0},
        {"{\"method\":\"echo\"}", INVALID("null"), 0},
        /* responses without a request */
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1}", "", 0},
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{}}", "", 0},
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":null}", INVALID("7"), 0},
        /* errors */
        {CALL("1", "eth_foo"), ERROR("1", "-32601", "the method eth_foo does not exist/is not available"), 1},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":\"bar\"}",
         ERROR("1", "-32602", "non-array args"), 0},
        {CALL("1", "revert"),
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":3,\"message\":\"execution reverted: \\\"no\\\"\",\"data\":\"0x08\"}}",
         1},
        /* not JSON */
        {"", ERROR("null", "-32700", "parse error: line 1, column 1: expected a value, found nothing"), 0},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"foobar,\"params\":\"bar\",\"baz]",
         ERROR("null", "-32700",
               "parse error: line 1, column 36: expected ',' or '}', found 'p'"),
         0},
        {"[1,", ERROR("null", "-32700", "parse error: line 1, column 4: expected a value, found the end of the text"),
         0},
        /* batches */
        {"[]", ERROR("null", "-32600", "empty batch"), 0},
        {"[1]", "[" INVALID("null") "]", 0},
        {"[1,2,3]", "[" INVALID("null") "," INVALID("null") "," INVALID("null") "]", 0},
        {"[" CALL("1", "echo") "]", "[" RESULT("1", "null") "]", 1},
        {"[" CALL("\"b\"", "echo") "," NOTE("echo") ",{\"foo\":\"boo\"}," CALL("1", "nothing") "," CALL("\"b\"",
                                                                                                        "echo") "]",
         "[" RESULT("\"b\"", "null") "," INVALID("null") "," ERROR(
             "1", "-32601", "the method nothing does not exist/is not available") "," RESULT("\"b\"", "null") "]",
         4},
        {"[[" CALL("1", "echo") "]]", "[" INVALID("null") "]", 0},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        assert_answer(row[i].body, answer_with(row[i].body, jsonrpc_default_limits()), row[i].answer);
        assert_int_equal(handled, row[i].handled);
    }
}

static void limits(void **state)
{
    (void)state;
    struct jsonrpc_limits l = jsonrpc_default_limits();
    l.batch_items = 2;
    const char *three = "[" NOTE("echo") "," CALL("5", "echo") "," CALL("6", "echo") "]";
    assert_answer(three, answer_with(three, l), "[" ERROR("5", "-32600", "batch too large") "]");
    assert_int_equal(handled, 0);
    const char *notes = "[1,2," NOTE("echo") "]";
    assert_answer(notes, answer_with(notes, l), "[" ERROR("null", "-32600", "batch too large") "]");

    l = jsonrpc_default_limits();
    l.batch_bytes = 101;
    const char *large = "[" CALL("1", "echo") "," CALL("2", "large") "," CALL("3", "echo") "," NOTE("echo") ",4]";
    struct bytes got = answer_with(large, l);
    assert_int_equal(handled, 2);
    assert_non_null(memmem(got.ptr, got.len, "xxx\"},", 6));
    const char *rest = "},{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32003,\"message\":\"response too large\"}},"
                       ERROR("null", "-32003", "response too large") "]";
    assert_true(got.len > strlen(rest));
    assert_answer(large, bytes_of(got.ptr + got.len - strlen(rest), strlen(rest)), rest);

    l = jsonrpc_default_limits();
    l.response_bytes = 101;
    const char *one = CALL("1", "large");
    assert_answer(one, answer_with(one, l), ERROR("1", "-32003", "response too large"));
    l.response_bytes = 102;
    assert_int_equal(answer_with(one, l).len, strlen(RESULT("1", "")) + 102);

    l = jsonrpc_default_limits();
    l.call_ms = 5;
    const char *late = "[" CALL("1", "late") "," CALL("2", "echo") "]";
    assert_answer(late, answer_with(late, l), "[" RESULT("1", "1") "," ERROR("2", "-32002", "request timed out") "]");
    assert_int_equal(handled, 1);
}

/* As deep as a tree may be, and one more. */
static void depth(void **state)
{
    (void)state;
    static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":";
    for (size_t levels = JSON_DEPTH_MAX - 1; levels <= JSON_DEPTH_MAX; levels++) {
        struct buffer body = buffer_in(&arena);
        buffer_add(&body, head, strlen(head));
        for (size_t i = 0; i < levels; i++)
            buffer_add_u8(&body, '[');
        for (size_t i = 0; i < levels; i++)
            buffer_add_u8(&body, ']');
        buffer_add(&body, "}", 2);
        const struct bytes got = answer_with((const char *)body.ptr, jsonrpc_default_limits());
        assert_int_equal(handled, levels < JSON_DEPTH_MAX);
        if (levels == JSON_DEPTH_MAX)
            assert_non_null(memmem(got.ptr, got.len, "\"code\":-32700", 13));
    }
}

static void methods(void **state)
{
    (void)state;
    static const struct {
        const char *body, *method;
    } row[] = {
        {CALL("1", "echo"), "echo"}, {NOTE("echo"), "echo"}, {"[" NOTE("echo") "]", ""}, {"{", ""}, {"{}", ""},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct jsonrpc_request request;
        jsonrpc_read(&request, &arena, bytes_of(row[i].body, strlen(row[i].body)));
        assert_answer(row[i].body, jsonrpc_method(&request), row[i].method);
    }
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(limits),
        cmocka_unit_test(depth),
        cmocka_unit_test(methods),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
