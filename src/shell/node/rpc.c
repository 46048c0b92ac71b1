#include "node/rpc.h"

#include "codec/hex.h"
#include "codec/number.h"
#include "node/node.h"

#include <stdarg.h>
#include <stdio.h>

/* --- errors --- */

static const char *print(struct arena *arena, const char *before, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const size_t head = strlen(before);
    const int body = vsnprintf(NULL, 0, format, again);
    va_end(again);
    BUG_UNLESS(body >= 0);
    char *text = arena_take(arena, head + (size_t)body + 1);
    memcpy(text, before, head);
    vsnprintf(text + head, (size_t)body + 1, format, arguments);
    return text;
}

enum err rpc_fail(struct rpc_request *r, i32 code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    r->error = (struct jsonrpc_error){.code = code, .message = print(r->arena, "", format, arguments)};
    va_end(arguments);
    return REJECT_CALL;
}

enum err rpc_invalid(struct rpc_request *r, u32 index, const char *format, ...)
{
    char before[40];
    va_list arguments;
    snprintf(before, sizeof before, "invalid argument %u: ", index);
    va_start(arguments, format);
    r->error =
        (struct jsonrpc_error){.code = JSONRPC_INVALID_PARAMS, .message = print(r->arena, before, format, arguments)};
    va_end(arguments);
    return REJECT_CALL;
}

enum err rpc_check_budget(struct rpc_request *r)
{
    const bool is_full = jsonrpc_is_full(r->call, r->out);
    if (!is_full && !jsonrpc_is_late(r->call))
        return OK;
    r->error = is_full ? jsonrpc_too_large() : jsonrpc_timed_out();
    return REJECT_CALL;
}

enum err rpc_check_size(struct rpc_request *r, size_t pending)
{
    if (pending <= r->call->response_bytes && !jsonrpc_is_full(r->call, r->out))
        return OK;
    r->error = jsonrpc_too_large();
    return REJECT_CALL;
}

/* --- values --- */

bool rpc_absent(struct json v)
{
    return json_kind(v) == JSON_NONE || json_kind(v) == JSON_NULL;
}

static bool has_prefix(struct bytes text)
{
    return text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x';
}

static const char *wrong_number(u256 *out, struct json v)
{
    const struct bytes text = json_text(v);
    if (json_kind(v) != JSON_STRING)
        return "json: cannot unmarshal non-string into a quantity";
    if (text.len == 0)
        return "empty hex string";
    if (!has_prefix(text))
        return "hex string without 0x prefix";
    if (text.len == 2)
        return "hex string \"0x\"";
    if (text.len > 3 && text.ptr[2] == '0')
        return "hex number with leading zero digits";
    const enum err e = quantity_u256(out, text);
    return e == OK ? NULL : e == REJECT_NUMBER_RANGE ? "hex number > 256 bits" : "invalid hex string";
}

const char *rpc_wrong_u256(u256 *out, struct json v)
{
    u256 x;
    const char *wrong = wrong_number(&x, v);
    if (!wrong)
        *out = x;
    return wrong;
}

const char *rpc_wrong_quantity(u64 *out, struct json v)
{
    u256 x;
    const char *wrong = wrong_number(&x, v);
    if (!wrong && !u256_fits_u64(&x))
        wrong = "hex number > 64 bits";
    if (!wrong)
        *out = x.w[0];
    return wrong;
}

static const char *wrong_hex(struct json v)
{
    const struct bytes text = json_text(v);
    if (json_kind(v) != JSON_STRING)
        return "json: cannot unmarshal non-string into hex";
    if (text.len == 0)
        return "empty hex string";
    if (!has_prefix(text))
        return "hex string without 0x prefix";
    if (text.len % 2)
        return "hex string of odd length";
    for (size_t i = 2; i < text.len; i++)
        if (hex_digit(text.ptr[i]) > 15)
            return "invalid hex string";
    return NULL;
}

const char *rpc_wrong_fixed(u8 *out, size_t len, struct json v)
{
    const char *wrong = wrong_hex(v);
    if (wrong)
        return wrong;
    if (json_text(v).len != 2 + 2 * len)
        return len == sizeof(address) ? "hex string has a wrong length, want 40 for an address"
                                      : "hex string has a wrong length, want 64 for a hash";
    return json_hex_fixed(out, len, v) == OK ? NULL : "invalid hex string";
}

const char *rpc_wrong_data(struct arena *arena, struct bytes *out, struct json v)
{
    const char *wrong = wrong_hex(v);
    if (wrong)
        return wrong;
    return json_hex(arena, out, v) == OK ? NULL : "invalid hex string";
}

/* --- blocks --- */

static bool by_tag(const struct snapshot *at, const struct chain_block **out, struct json v)
{
    if (json_text_is(v, "latest"))
        *out = at->head;
    else if (json_text_is(v, "pending"))
        *out = at->pending ? at->pending : at->head;
    else if (json_text_is(v, "earliest"))
        *out = snapshot_at(at, 0);
    else if (json_text_is(v, "safe"))
        *out = at->safe;
    else if (json_text_is(v, "finalized"))
        *out = at->finalized;
    else
        return false;
    return true;
}

const char *rpc_wrong_number(const struct snapshot *at, const struct chain_block **out, struct json v)
{
    u64 number;
    if (by_tag(at, out, v))
        return NULL;
    const char *wrong = rpc_wrong_quantity(&number, v);
    if (!wrong)
        *out = snapshot_at(at, number);
    return wrong;
}

static const char *find_block_by_hash(const struct rpc_request *r, const struct chain_block **out, struct json v)
{
    hash32 hash;
    const char *wrong = rpc_wrong_fixed(hash.b, sizeof hash.b, v);
    if (!wrong)
        *out = chain_block_by_hash(r->at->chain, &hash);
    return wrong;
}

/* EIP-1898. A block that must be canonical and is not counts as wrong. */
static const char *by_object(const struct rpc_request *r, const struct chain_block **out, struct json v)
{
    const struct json number = json_get(v, "blockNumber"), hash = json_get(v, "blockHash");
    bool canonical = false;
    if (rpc_absent(number) == rpc_absent(hash))
        return "cannot specify both BlockHash and BlockNumber, choose one or the other";
    if (!rpc_absent(number))
        return rpc_wrong_number(r->at, out, number);
    const char *wrong = find_block_by_hash(r, out, hash);
    if (wrong)
        return wrong;
    if (!rpc_absent(json_get(v, "requireCanonical")) && json_bool(&canonical, json_get(v, "requireCanonical")) != OK)
        return "requireCanonical must be a boolean";
    return canonical && *out && !snapshot_is_canonical(r->at, *out) ? "hash is not currently canonical" : NULL;
}

const char *rpc_wrong_block(const struct rpc_request *r, const struct chain_block **out, struct json v)
{
    if (json_kind(v) == JSON_OBJECT)
        return by_object(r, out, v);
    if (json_text(v).len == 2 + 2 * sizeof(hash32))
        return find_block_by_hash(r, out, v);
    return rpc_wrong_number(r->at, out, v);
}

enum err rpc_block(struct rpc_request *r, const struct chain_block **out, u32 index)
{
    const struct chain_block *block = r->at->head;
    const char *wrong = rpc_has(r, index) ? rpc_wrong_block(r, &block, r->parameter[index]) : NULL;
    if (wrong)
        return rpc_invalid(r, index, "%s", wrong);
    *out = block;
    return OK;
}

enum err rpc_known_block(struct rpc_request *r, const struct chain_block **out, u32 index)
{
    const struct chain_block *block = NULL;
    TRY(rpc_block(r, &block, index));
    if (!block)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "header not found");
    *out = block;
    return OK;
}

bool rpc_is_pending(const struct rpc_request *r, u32 index)
{
    const struct json v = r->parameter[index];
    return json_text_is(v, "pending") || json_text_is(json_get(v, "blockNumber"), "pending");
}

/* --- parameters --- */

bool rpc_has(const struct rpc_request *r, u32 index)
{
    return !rpc_absent(r->parameter[index]);
}

address rpc_address(const struct rpc_request *r, u32 index)
{
    address a;
    BUG_UNLESS(!rpc_wrong_fixed(a.b, sizeof a.b, r->parameter[index]));
    return a;
}

hash32 rpc_hash(const struct rpc_request *r, u32 index)
{
    hash32 h;
    BUG_UNLESS(!rpc_wrong_fixed(h.b, sizeof h.b, r->parameter[index]));
    return h;
}

u64 rpc_quantity(const struct rpc_request *r, u32 index)
{
    u64 x;
    BUG_UNLESS(!rpc_wrong_quantity(&x, r->parameter[index]));
    return x;
}

bool rpc_bool(const struct rpc_request *r, u32 index)
{
    return json_kind(r->parameter[index]) == JSON_TRUE;
}

struct bytes rpc_data(struct rpc_request *r, u32 index)
{
    struct bytes data;
    BUG_UNLESS(!rpc_wrong_data(r->arena, &data, r->parameter[index]));
    return data;
}
