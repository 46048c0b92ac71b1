#include "ethrpc/rpc_client.h"

#include "codec/json_write.h"
#include "codec/text.h"
#include "io/http_client.h"

#include <string.h>

enum {
    CALLS_MAX = 100,             /* in one request: what public nodes take */
    ANSWER_BYTES_MAX = 64 << 20,
    TIMEOUT_MS = 30000,
    MESSAGE_MAX = 300,
    WHY_MAX = 480
};

struct rpc_client {
    const struct memory *memory;
    struct arena arena;
    struct http_client *http;
    const char *url, *place;
    u64 next_id, requests;
    char why[WHY_MAX];
};

static enum err client_fail(struct rpc_client *c, enum err e, struct bytes sentence)
{
    const size_t len = sentence.len < WHY_MAX - 1 ? sentence.len : WHY_MAX - 1;
    if (len)
        memcpy(c->why, sentence.ptr, len);
    c->why[len] = 0;
    return e;
}

enum err rpc_open(struct rpc_client **out, const struct memory *memory, const char *url)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct rpc_client *c = ARENA_TAKE_ZERO(&arena, struct rpc_client, 1);
    char *copy = arena_take(&arena, strlen(url) + 1);
    c->memory = memory;
    c->url = strcpy(copy, url);
    c->next_id = 1;
    enum err e = http_place(&arena, &c->place, url);
    if (e == OK)
        e = http_open(&c->http, memory);
    if (e != OK) {
        arena_release(&arena);
        return e;
    }
    c->arena = arena;
    *out = c;
    return OK;
}

void rpc_close(struct rpc_client *c)
{
    http_close(c->http);
    struct arena arena = c->arena;
    arena_release(&arena);
}

const char *rpc_why(const struct rpc_client *c)
{
    return c->why;
}

u64 rpc_call_count(const struct rpc_client *c)
{
    return c->next_id - 1;
}

u64 rpc_request_count(const struct rpc_client *c)
{
    return c->requests;
}

/* --- the request --- */

static struct bytes write_request(struct arena *arena, const struct rpc_call *call, size_t count, u64 first)
{
    struct buffer out = buffer_in(arena);
    text_add(&out, "[");
    for (size_t i = 0; i < count; i++) {
        text_add_z(&out, i ? ",{\"jsonrpc\":\"2.0\",\"id\":" : "{\"jsonrpc\":\"2.0\",\"id\":");
        text_add_u64(&out, first + i);
        text_add(&out, ",\"method\":\"");
        text_add_z(&out, call[i].method);
        text_add(&out, "\",\"params\":");
        buffer_add_bytes(&out, call[i].params.len ? call[i].params : BYTES_LITERAL("[]"));
        text_add(&out, "}");
    }
    text_add(&out, "]");
    return buffer_bytes(&out);
}

/* --- the answer --- */

static const char *safe_message(struct arena *arena, struct bytes text)
{
    struct buffer out = buffer_in(arena);
    text_add_safe(&out, text, MESSAGE_MAX);
    buffer_add_u8(&out, 0);
    return (const char *)out.ptr;
}

static enum err read_error(struct arena *arena, struct rpc_call *call, struct json error)
{
    const struct json code = json_get(error, "code"), message = json_get(error, "message");
    const struct bytes digits = json_text(code);
    u64 value = 0;
    if (json_kind(code) != JSON_NUMBER || json_kind(message) != JSON_STRING)
        return REJECT_RPC;
    const bool negative = digits.len && digits.ptr[0] == '-';
    for (size_t i = negative; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || value > INT32_MAX)
            return REJECT_RPC;
        value = value * 10 + (u64)(digits.ptr[i] - '0');
    }
    call->error = REJECT_RPC_REFUSED;
    call->code = negative ? -(i64)value : (i64)value;
    call->message = safe_message(arena, json_text(message));
    return OK;
}

static enum err read_one(struct arena *arena, struct rpc_call *call, size_t count, u64 first, bool *answered,
                         struct json answer, struct buffer *why)
{
    u64 id;
    const struct json version = json_get(answer, "jsonrpc"), result = json_get(answer, "result"),
                      error = json_get(answer, "error"), number = json_get(answer, "id");
    if (json_kind(version) != JSON_STRING || !json_text_is(version, "2.0")) {
        text_add(why, "an answer is not JSON-RPC 2.0");
        return REJECT_RPC;
    }
    if (json_kind(number) != JSON_NUMBER || json_u64(&id, number) != OK || id < first || id - first >= count) {
        /* A node that could not read the request says so without an id. */
        struct rpc_call refused = {0};
        if (json_kind(number) == JSON_NULL && read_error(arena, &refused, error) == OK) {
            text_add(why, "the node refused the request: ");
            text_add_z(why, refused.message);
        } else
            text_add(why, "an answer has an id that was not asked");
        return REJECT_RPC;
    }
    if (answered[id - first]) {
        text_add(why, "two answers have one id");
        return REJECT_RPC;
    }
    answered[id - first] = true;
    struct rpc_call *of = &call[id - first];
    if ((json_kind(result) == JSON_NONE) == (json_kind(error) == JSON_NONE) ||
        (json_kind(error) != JSON_NONE && read_error(arena, of, error) != OK)) {
        text_add(why, "the answer to ");
        text_add_z(why, of->method);
        text_add(why, " is neither a result nor an error");
        return REJECT_RPC;
    }
    of->result = result;
    return OK;
}

enum err rpc_read(struct arena *arena, struct rpc_call *call, size_t count, u64 first, struct bytes source,
                  struct buffer *why)
{
    struct complaint complaint = {.file = "the answer"};
    struct json root;
    bool *answered = ARENA_TAKE_ZERO(arena, bool, count);
    for (size_t i = 0; i < count; i++) {
        call[i].result = (struct json){.node = UINT32_MAX};
        call[i].error = OK;
        call[i].code = 0;
        call[i].message = NULL;
    }
    if (json_parse_untrusted(arena, &root, &complaint, source, ANSWER_BYTES_MAX) != OK) {
        text_add(why, "the answer is not JSON: ");
        text_add_z(why, complaint.text);
        return REJECT_RPC;
    }
    if (json_kind(root) == JSON_OBJECT) { /* one answer to many calls: the node did not read them */
        TRY(read_one(arena, call, count, first, answered, root, why));
    } else {
        if (json_kind(root) != JSON_ARRAY || json_count(root) > count) {
            text_add(why, "the answer is not a list of answers");
            return REJECT_RPC;
        }
        for (struct json_iterator it = json_items(root); json_next(&it);)
            TRY(read_one(arena, call, count, first, answered, it.value, why));
    }
    for (size_t i = 0; i < count; i++)
        if (!answered[i]) {
            text_add(why, "there is no answer to ");
            text_add_z(why, call[i].method);
            return REJECT_RPC;
        }
    return OK;
}

/* --- both --- */

static enum err request_batch(struct rpc_client *c, struct arena *arena, struct rpc_call *call, size_t count)
{
    const u64 first = c->next_id;
    struct http_answer answer;
    struct buffer why = buffer_in(arena);
    const struct http_request ask = {
        .url = c->url,
        .body = write_request(arena, call, count, first),
        .body_type = "application/json",
        .accept = "application/json",
        .timeout_ms = TIMEOUT_MS,
        .limit = ANSWER_BYTES_MAX,
    };
    c->next_id += count;
    c->requests++;
    const enum err e = http_ask(c->http, arena, &answer, &ask);
    if (e != OK)
        return client_fail(c, e, bytes_of(answer.why, strlen(answer.why)));
    text_add_z(&why, c->place);
    text_add(&why, ": ");
    if (answer.status != 200) {
        text_add(&why, "HTTP status ");
        text_add_u64(&why, answer.status);
        return client_fail(c, REJECT_RPC, buffer_bytes(&why));
    }
    if (rpc_read(arena, call, count, first, answer.body, &why) != OK)
        return client_fail(c, REJECT_RPC, buffer_bytes(&why));
    return OK;
}

enum err rpc_call_all(struct rpc_client *c, struct arena *arena, struct rpc_call *call, size_t count)
{
    c->why[0] = 0;
    for (size_t i = 0; i < count; i += CALLS_MAX)
        TRY(request_batch(c, arena, call + i, count - i < CALLS_MAX ? count - i : CALLS_MAX));
    return OK;
}

enum err rpc_call_one(struct rpc_client *c, struct arena *arena, struct json *result, const char *method,
                      struct bytes params)
{
    struct rpc_call call = {.method = method, .params = params};
    TRY(rpc_call_all(c, arena, &call, 1));
    if (call.error != OK) {
        struct buffer why = buffer_in(arena);
        text_add_z(&why, c->place);
        text_add(&why, ": ");
        text_add_z(&why, method);
        text_add(&why, ": ");
        text_add_z(&why, call.message);
        return client_fail(c, call.error, buffer_bytes(&why));
    }
    *result = call.result;
    return OK;
}
