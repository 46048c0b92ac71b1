#include "node/dispatch.h"

#include "node/node.h"

#include <time.h>

static const struct rpc_method methods[] = {
#define RPC(method, parameters, what) {#method, parameters, rpc_##method},
#include "node/rpc.def"
#undef RPC
};

/* --- checking a parameter against its form --- */

enum form {
    FORM_ADDRESS, FORM_HASH, FORM_QUANTITY, FORM_DATA, FORM_BOOL, FORM_STRING, FORM_OBJECT, FORM_ARRAY,
    FORM_NUMBER, FORM_BLOCK, FORM_ANY, FORM_COUNT
};

static const char *const form_name[FORM_COUNT] = {
    "address", "hash", "quantity", "data", "bool", "string", "object", "array", "number", "block", "any",
};

static enum form form_of(const char *text, size_t len)
{
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (strlen(form_name[i]) == len && memcmp(form_name[i], text, len) == 0)
            return (enum form)i;
    BUG("rpc.def names a form that dispatch.h does not list");
}

static const char *wrong_kind(struct json v, enum json_kind kind, const char *what)
{
    return json_kind(v) == kind ? NULL : what;
}

static const char *wrong_form(struct rpc_request *r, struct json v, enum form form)
{
    const struct chain_block *block;
    struct bytes data;
    address at;
    hash32 hash;
    u64 x;
    switch (form) {
    case FORM_ADDRESS: return rpc_wrong_fixed(at.b, sizeof at.b, v);
    case FORM_HASH: return rpc_wrong_fixed(hash.b, sizeof hash.b, v);
    case FORM_QUANTITY: return rpc_wrong_quantity(&x, v);
    case FORM_DATA: return rpc_wrong_data(r->arena, &data, v);
    case FORM_BOOL:
        return json_kind(v) == JSON_TRUE ? NULL : wrong_kind(v, JSON_FALSE, "json: cannot unmarshal non-bool to bool");
    case FORM_STRING: return wrong_kind(v, JSON_STRING, "json: cannot unmarshal non-string into a string");
    case FORM_OBJECT: return wrong_kind(v, JSON_OBJECT, "json: cannot unmarshal non-object into an object");
    case FORM_ARRAY: return wrong_kind(v, JSON_ARRAY, "json: cannot unmarshal non-array into an array");
    case FORM_NUMBER: return rpc_wrong_number(r->at, &block, v);
    case FORM_BLOCK: return rpc_wrong_block(r, &block, v);
    case FORM_ANY:
    case FORM_COUNT: break;
    }
    return NULL;
}

/* The next form of a row; false: there is no other. */
static bool next_form(const char **at, enum form *form, bool *optional)
{
    const char *p = *at + strspn(*at, " ");
    const size_t len = strcspn(p, " ?");
    if (len == 0)
        return false;
    *form = form_of(p, len);
    *optional |= p[len] == '?';
    *at = p + len + (p[len] == '?');
    return true;
}

static enum err read_parameters(struct rpc_request *r, const struct rpc_method *m, struct json params)
{
    const u32 given = json_count(params);
    const char *at = m->parameters;
    enum form form;
    bool optional = false;
    u32 i = 0;
    if (!rpc_absent(params) && json_kind(params) != JSON_ARRAY)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "non-array args");
    for (; next_form(&at, &form, &optional); i++) {
        const struct json v = json_at(params, i);
        BUG_UNLESS(i < RPC_PARAMETERS_MAX);
        r->parameter[i] = v;
        if (rpc_absent(v) && !optional)
            return rpc_fail(r, JSONRPC_INVALID_PARAMS, "missing value for required argument %u", i);
        const char *wrong = rpc_absent(v) ? NULL : wrong_form(r, v, form);
        if (wrong)
            return rpc_invalid(r, i, "%s", wrong);
    }
    return given > i ? rpc_fail(r, JSONRPC_INVALID_PARAMS, "too many arguments, want at most %u", i) : OK;
}

/* --- calling --- */

static const struct rpc_method *find_in(const struct rpc_table *table, struct bytes name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strlen(table->method[i].name) == name.len && memcmp(table->method[i].name, name.ptr, name.len) == 0)
            return &table->method[i];
    return NULL;
}

static const struct rpc_method *find_method(const struct node *node, struct bytes name)
{
    static const struct rpc_table of_rpc_def = {methods, COUNT_OF(methods)};
    const struct rpc_method *m = node->more ? find_in(node->more, name) : NULL;
    return m ? m : find_in(&of_rpc_def, name);
}

static enum err call_method(struct rpc_request *r, const struct rpc_method *m)
{
    TRY(read_parameters(r, m, r->call->params));
    return m->handle(r);
}

static u64 now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000 + (u64)t.tv_nsec / 1000;
}

static struct jsonrpc_error answer_dispatched(void *node, struct jsonrpc_call *call, struct json_writer *result)
{
    const struct rpc_method *m = find_method(node, call->method);
    struct rpc_request r = {.node = node, .call = call, .arena = call->arena, .out = result};
    if (!m)
        return jsonrpc_method_not_found(call);
    for (u32 i = 0; i < RPC_PARAMETERS_MAX; i++)
        r.parameter[i] = JSON_NOTHING;
    r.at = snapshot_take(r.node->chain);
    const enum err e = call_method(&r, m);
    snapshot_drop(r.at);
    if (e == OK)
        return jsonrpc_ok();
    return e == REJECT_CALL ? r.error : jsonrpc_failed(call, JSONRPC_INTERNAL_ERROR, "%s", err_text(e));
}

struct jsonrpc_error rpc_handle(void *node, struct jsonrpc_call *call, struct json_writer *result)
{
    struct rpc_counts *n = &((struct node *)node)->counts;
    const u64 begun = now_us();
    const struct jsonrpc_error e = answer_dispatched(node, call, result);
    atomic_fetch_add(&n->calls, 1);
    atomic_fetch_add(&n->errors, e.code != 0);
    atomic_fetch_add(&n->us, now_us() - begun);
    return e;
}
