#include "node/rpc_members.h"

enum err member_invalid(const struct rpc_members *m, const char *key, const char *wrong)
{
    return rpc_invalid(m->request, m->index, "%s: %s", key, wrong);
}

enum err member_u64(const struct rpc_members *m, bool *has, u64 *out, const char *key)
{
    const struct json v = json_get(m->object, key);
    *has = !rpc_absent(v);
    const char *wrong = *has ? rpc_wrong_quantity(out, v) : NULL;
    return wrong ? member_invalid(m, key, wrong) : OK;
}

enum err member_u256(const struct rpc_members *m, bool *has, u256 *out, const char *key)
{
    const struct json v = json_get(m->object, key);
    *has = !rpc_absent(v);
    const char *wrong = *has ? rpc_wrong_u256(out, v) : NULL;
    return wrong ? member_invalid(m, key, wrong) : OK;
}

enum err member_fixed(const struct rpc_members *m, bool *has, u8 *out, size_t len, const char *key)
{
    const struct json v = json_get(m->object, key);
    *has = !rpc_absent(v);
    const char *wrong = *has ? rpc_wrong_fixed(out, len, v) : NULL;
    return wrong ? member_invalid(m, key, wrong) : OK;
}

enum err member_data(const struct rpc_members *m, bool *has, struct bytes *out, const char *key)
{
    const struct json v = json_get(m->object, key);
    *has = !rpc_absent(v);
    const char *wrong = *has ? rpc_wrong_data(m->request->arena, out, v) : NULL;
    return wrong ? member_invalid(m, key, wrong) : OK;
}

enum err member_bool(const struct rpc_members *m, bool *out, const char *key)
{
    const struct json v = json_get(m->object, key);
    if (rpc_absent(v) || json_bool(out, v) == OK)
        return OK;
    return member_invalid(m, key, "json: cannot unmarshal non-bool to bool");
}

enum err member_array(const struct rpc_members *m, bool *has, struct json *out, const char *key)
{
    *out = json_get(m->object, key);
    *has = !rpc_absent(*out);
    if (*has && json_kind(*out) != JSON_ARRAY)
        return member_invalid(m, key, "json: cannot unmarshal non-array into an array");
    return OK;
}
