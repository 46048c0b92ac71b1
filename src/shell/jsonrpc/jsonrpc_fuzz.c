/* Any bytes as a request: no answer, or one that is JSON; every response in it has version 2.0, an id, and either a
 * result or an error with a code and a message; a batch has no more responses than calls; and what was not JSON is
 * answered with -32700 alone. */
#include "jsonrpc/jsonrpc.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A result that fails, or grows, by the name of the method. */
static struct jsonrpc_error handle(void *context, struct jsonrpc_call *call, struct json_writer *result)
{
    u32 *handled = context;
    ++*handled;
    if (call->method.ptr[0] == 'e')
        return jsonrpc_method_not_found(call);
    json_write_array(result);
    json_write_string(result, call->method);
    json_write_u64(result, json_count(call->params));
    if (call->method.ptr[0] == 'f')
        return jsonrpc_failed(call, JSONRPC_SERVER_ERROR, "%.*s", (int)call->method.len,
                              (const char *)call->method.ptr);
    json_write_end(result);
    return jsonrpc_ok();
}

static void check_response(struct json v)
{
    const size_t code_len = json_text(json_get(json_get(v, "error"), "code")).len;
    const bool has_result = json_kind(json_get(v, "result")) != JSON_NONE;
    const bool has_error = json_kind(json_get(v, "error")) == JSON_OBJECT;
    BUG_UNLESS(json_kind(v) == JSON_OBJECT && json_count(v) == 3 && json_text_is(json_get(v, "jsonrpc"), "2.0"));
    BUG_UNLESS(json_kind(json_get(v, "id")) != JSON_NONE && has_result != has_error);
    BUG_UNLESS(!has_error || (code_len > 0 && json_kind(json_get(json_get(v, "error"), "message")) == JSON_STRING));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct jsonrpc_request request;
    struct json answer;
    struct complaint complaint = {.file = "answer"};
    u32 handled = 0;
    struct jsonrpc_limits limits = jsonrpc_default_limits();
    limits.batch_items = 8;
    limits.batch_bytes = 64;
    arena_init(&arena, &system_memory);
    struct buffer out = buffer_in(&arena);
    jsonrpc_read(&request, &arena, bytes_of(data, size));
    jsonrpc_answer(&out, &request, &limits, NULL, handle, &handled);
    BUG_UNLESS(handled <= limits.batch_items);
    if (out.len) {
        BUG_UNLESS(json_parse(&arena, &answer, &complaint, buffer_bytes(&out), SIZE_MAX) == OK);
        const struct bytes code = json_text(json_get(json_get(answer, "error"), "code"));
        BUG_UNLESS(!request.parse_error || bytes_eq(code, BYTES_LITERAL("-32700")));
        const bool is_batch = json_kind(answer) == JSON_ARRAY;
        BUG_UNLESS(!is_batch || (json_count(answer) > 0 && json_count(answer) <= json_count(request.body)));
        if (!is_batch)
            check_response(answer);
        for (struct json_iterator it = json_items(answer); is_batch && json_next(&it);)
            check_response(it.value);
    } else {
        BUG_UNLESS(!request.parse_error);
    }
    arena_release(&arena);
    return 0;
}
