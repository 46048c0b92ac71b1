#include "jsonrpc/jsonrpc.h"

#include "codec/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const char invalid_request[] = "invalid request";
static const char null_id[] = "null";

struct jsonrpc_limits jsonrpc_default_limits(void)
{
    return (struct jsonrpc_limits){
        .batch_items = 1000, .batch_bytes = 25000000, .response_bytes = 160000000, .call_ms = 30000};
}

u64 jsonrpc_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

/* --- errors --- */

struct jsonrpc_error jsonrpc_failed(struct jsonrpc_call *call, i32 code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    BUG_UNLESS(code != 0 && len >= 0);
    char *text = arena_take(call->arena, (size_t)len + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)len + 1, format, arguments);
    va_end(arguments);
    return (struct jsonrpc_error){.code = code, .message = text};
}

struct jsonrpc_error jsonrpc_method_not_found(struct jsonrpc_call *call)
{
    return jsonrpc_failed(call, JSONRPC_METHOD_NOT_FOUND, "the method %.*s does not exist/is not available",
                          (int)(call->method.len > 200 ? 200 : call->method.len), (const char *)call->method.ptr);
}

struct jsonrpc_error jsonrpc_timed_out(void)
{
    return (struct jsonrpc_error){.code = JSONRPC_TIMEOUT, .message = "request timed out"};
}

struct jsonrpc_error jsonrpc_too_large(void)
{
    return (struct jsonrpc_error){.code = JSONRPC_RESPONSE_TOO_LARGE, .message = "response too large"};
}

bool jsonrpc_is_late(const struct jsonrpc_call *call)
{
    return jsonrpc_now_ms() > call->deadline_ms;
}

bool jsonrpc_is_full(const struct jsonrpc_call *call, const struct json_writer *result)
{
    return result->out->len - call->result_at > call->response_bytes;
}

/* --- writing --- */

static void begin_response(struct buffer *out, struct bytes id)
{
    buffer_add_bytes(out, BYTES_LITERAL("{\"jsonrpc\":\"2.0\",\"id\":"));
    buffer_add_bytes(out, id);
}

static void end_with_error(struct buffer *out, const struct jsonrpc_error *error)
{
    buffer_add_bytes(out, BYTES_LITERAL(",\"error\":{\"code\":"));
    if (error->code < 0)
        buffer_add_u8(out, '-');
    number_add_u64(out, error->code < 0 ? (u64) - (i64)error->code : (u64)error->code);
    buffer_add_bytes(out, BYTES_LITERAL(",\"message\":"));
    struct json_writer w = json_writer(out, 0);
    json_write_z(&w, error->message);
    if (error->data.len) {
        buffer_add_bytes(out, BYTES_LITERAL(",\"data\":"));
        buffer_add_bytes(out, error->data);
    }
    buffer_add_bytes(out, BYTES_LITERAL("}}"));
}

static void add_error(struct buffer *out, struct bytes id, i32 code, const char *message)
{
    begin_response(out, id);
    end_with_error(out, &(struct jsonrpc_error){.code = code, .message = message});
}

void jsonrpc_write_error(struct buffer *response, i32 code, const char *message)
{
    add_error(response, BYTES_LITERAL(null_id), code, message);
}

/* --- one message --- */

enum message_kind { MESSAGE_INVALID, MESSAGE_CALL, MESSAGE_NOTIFICATION, MESSAGE_RESPONSE };

struct message {
    enum message_kind kind;
    struct bytes id; /* as written; "null" when there is none that can be echoed */
    struct bytes method;
    struct json params;
};

/* geth's jsonrpcMessage: isCall, isNotification, isResponse. */
static struct message read_message(struct json v)
{
    struct message m = {.id = BYTES_LITERAL(null_id), .params = JSON_NOTHING};
    if (json_kind(v) != JSON_OBJECT)
        return m;
    const struct json id = json_get(v, "id"), method = json_get(v, "method"), params = json_get(v, "params");
    const enum json_kind id_kind = json_kind(id);
    const bool has_id = id_kind != JSON_NONE && id_kind != JSON_OBJECT && id_kind != JSON_ARRAY;
    const bool has_version =
        json_kind(json_get(v, "jsonrpc")) == JSON_STRING && json_text_is(json_get(v, "jsonrpc"), "2.0");
    if (has_id)
        m.id = json_source(id);
    if (json_kind(method) == JSON_STRING)
        m.method = json_text(method);
    if (json_kind(params) != JSON_NULL)
        m.params = params;
    if (has_version && m.method.len && has_id)
        m.kind = MESSAGE_CALL;
    else if (has_version && m.method.len && id_kind == JSON_NONE)
        m.kind = MESSAGE_NOTIFICATION;
    else if (has_version && has_id && json_kind(method) == JSON_NONE && json_kind(params) == JSON_NONE &&
             (json_kind(json_get(v, "result")) != JSON_NONE || json_kind(json_get(v, "error")) == JSON_OBJECT))
        m.kind = MESSAGE_RESPONSE;
    return m;
}

/* One response on its way: what the calls of a request share. */
struct answering {
    struct buffer *out;
    const struct jsonrpc_limits *limits;
    struct arena *arena;
    struct jsonrpc_connection *connection;
    jsonrpc_handler *handle;
    void *context;
    u64 deadline_ms;
};

static struct jsonrpc_error run_jsonrpc_message(struct answering *a, const struct message *m)
{
    struct jsonrpc_call call = {
        .method = m->method,
        .params = m->params,
        .arena = a->arena,
        .deadline_ms = a->deadline_ms,
        .response_bytes = a->limits->response_bytes,
        .connection = a->connection,
        .result_at = a->out->len,
    };
    const enum json_kind kind = json_kind(m->params);
    if (kind != JSON_NONE && kind != JSON_ARRAY && kind != JSON_OBJECT)
        return jsonrpc_failed(&call, JSONRPC_INVALID_PARAMS, "non-array args");
    struct json_writer result = json_writer(a->out, 0);
    const struct jsonrpc_error error = a->handle(a->context, &call, &result);
    if (error.code)
        return error;
    BUG_UNLESS(result.depth == 0 && result.filled && !result.keyed);
    return jsonrpc_is_full(&call, &result) ? jsonrpc_too_large() : error;
}

/* The bytes of its result; the response, if there is one, begins with separator. */
static size_t answer_call(struct answering *a, const struct message *m, const char *separator)
{
    const size_t begin = a->out->len;
    buffer_add(a->out, separator, strlen(separator));
    begin_response(a->out, m->id);
    const size_t id_end = a->out->len;
    buffer_add_bytes(a->out, BYTES_LITERAL(",\"result\":"));
    const size_t result_begin = a->out->len;
    const struct jsonrpc_error error = run_jsonrpc_message(a, m);
    const size_t result_bytes = error.code ? 0 : a->out->len - result_begin;
    if (m->kind == MESSAGE_NOTIFICATION) {
        a->out->len = begin;
    } else if (error.code) {
        a->out->len = id_end;
        end_with_error(a->out, &error);
    } else {
        buffer_add_u8(a->out, '}');
    }
    return result_bytes;
}

static size_t answer_message(struct answering *a, const struct message *m, const char *separator)
{
    if (m->kind == MESSAGE_CALL || m->kind == MESSAGE_NOTIFICATION)
        return answer_call(a, m, separator);
    if (m->kind == MESSAGE_INVALID) {
        buffer_add(a->out, separator, strlen(separator));
        add_error(a->out, m->id, JSONRPC_INVALID_REQUEST, invalid_request);
    }
    return 0;
}

/* --- batches --- */

static void refuse_batch(struct answering *a, struct json batch)
{
    struct bytes id = BYTES_LITERAL(null_id);
    for (struct json_iterator it = json_items(batch); json_next(&it);) {
        const struct message m = read_message(it.value);
        if (m.kind == MESSAGE_CALL) {
            id = m.id;
            break;
        }
    }
    buffer_add_u8(a->out, '[');
    add_error(a->out, id, JSONRPC_INVALID_REQUEST, "batch too large");
    buffer_add_u8(a->out, ']');
}

static void answer_batch(struct answering *a, struct json batch)
{
    const size_t begin = a->out->len;
    size_t result_bytes = 0;
    buffer_add_u8(a->out, '[');
    for (struct json_iterator it = json_items(batch); json_next(&it);) {
        const struct message m = read_message(it.value);
        const char *separator = a->out->len == begin + 1 ? "" : ",";
        const struct jsonrpc_error stopped = result_bytes > a->limits->batch_bytes ? jsonrpc_too_large()
                                             : jsonrpc_now_ms() > a->deadline_ms   ? jsonrpc_timed_out()
                                                                                   : jsonrpc_ok();
        if (!stopped.code) {
            result_bytes += answer_message(a, &m, separator);
        } else if (m.kind != MESSAGE_NOTIFICATION && m.kind != MESSAGE_RESPONSE) {
            buffer_add(a->out, separator, strlen(separator));
            add_error(a->out, m.id, stopped.code, stopped.message);
        }
    }
    if (a->out->len == begin + 1)
        a->out->len = begin; /* notifications only */
    else
        buffer_add_u8(a->out, ']');
}

/* --- requests --- */

void jsonrpc_read(struct jsonrpc_request *request, struct arena *arena, struct bytes body)
{
    struct complaint complaint = {.file = "request"};
    *request = (struct jsonrpc_request){.arena = arena, .body = JSON_NOTHING};
    if (json_parse(arena, &request->body, &complaint, body, SIZE_MAX) == OK)
        return;
    char *text = arena_take(arena, sizeof complaint.text + 64);
    snprintf(text, sizeof complaint.text + 64, "parse error: line %u, column %u: %s", complaint.place.line,
             complaint.place.column, complaint.text);
    request->body = JSON_NOTHING;
    request->parse_error = text;
}

struct bytes jsonrpc_method(const struct jsonrpc_request *request)
{
    const struct message m = read_message(request->body);
    return m.kind == MESSAGE_CALL || m.kind == MESSAGE_NOTIFICATION ? m.method : bytes_of(NULL, 0);
}

void jsonrpc_answer(struct buffer *response, const struct jsonrpc_request *request, const struct jsonrpc_limits *limits,
                    struct jsonrpc_connection *connection, jsonrpc_handler *handle, void *context)
{
    struct answering a = {
        .out = response,
        .limits = limits,
        .arena = request->arena,
        .connection = connection,
        .handle = handle,
        .context = context,
        .deadline_ms = jsonrpc_now_ms() + limits->call_ms,
    };
    if (request->parse_error) {
        jsonrpc_write_error(response, JSONRPC_PARSE_ERROR, request->parse_error);
    } else if (json_kind(request->body) != JSON_ARRAY) {
        const struct message m = read_message(request->body);
        answer_message(&a, &m, "");
    } else if (json_count(request->body) == 0) {
        jsonrpc_write_error(response, JSONRPC_INVALID_REQUEST, "empty batch");
    } else if (json_count(request->body) > limits->batch_items) {
        refuse_batch(&a, request->body);
    } else {
        answer_batch(&a, request->body);
    }
}
