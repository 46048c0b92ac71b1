#include "node/call_object.h"

/* --- lists --- */

static enum err read_access_list(const struct rpc_members *m, struct call_object *c)
{
    const struct json list = json_get(m->object, "accessList");
    c->has_access_list = !rpc_absent(list);
    struct access *access = ARENA_TAKE(m->request->arena, struct access, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        const struct json keys = json_get(it.value, "storageKeys");
        hash32 *key = ARENA_TAKE(m->request->arena, hash32, json_count(keys));
        const char *wrong =
            rpc_wrong_fixed(access[it.index].at.b, sizeof(address), json_get(it.value, "address"));
        for (struct json_iterator k = json_items(keys); !wrong && json_next(&k);)
            wrong = rpc_wrong_fixed(key[k.index].b, sizeof(hash32), k.value);
        if (wrong)
            return member_invalid(m, "accessList", wrong);
        access[it.index].key = key;
        access[it.index].key_count = json_count(keys);
    }
    c->tx.access = access;
    c->tx.access_count = json_count(list);
    return OK;
}

static enum err read_blob_hashes(const struct rpc_members *m, struct call_object *c)
{
    const struct json list = json_get(m->object, "blobVersionedHashes");
    c->has_blob_hashes = !rpc_absent(list);
    hash32 *hash = ARENA_TAKE(m->request->arena, hash32, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        const char *wrong = rpc_wrong_fixed(hash[it.index].b, sizeof(hash32), it.value);
        if (wrong)
            return member_invalid(m, "blobVersionedHashes", wrong);
    }
    c->tx.blob_hash = hash;
    c->tx.blob_hash_count = json_count(list);
    return OK;
}

static enum err read_call_authorization(const struct rpc_members *m, struct authorization *a)
{
    u256 r = {{0}}, s = {{0}};
    bool has;
    TRY(member_u256(m, &has, &a->chain_id, "chainId"));
    TRY(member_fixed(m, &has, a->at.b, sizeof a->at.b, "address"));
    TRY(member_u64(m, &has, &a->nonce, "nonce"));
    TRY(member_u64(m, &has, &a->y_parity, "yParity"));
    TRY(member_u256(m, &has, &r, "r"));
    TRY(member_u256(m, &has, &s, "s"));
    a->r = u256_to_hash32(&r);
    a->s = u256_to_hash32(&s);
    return a->y_parity > 255 ? member_invalid(m, "yParity", "does not fit") : OK;
}

static enum err read_authorizations(const struct rpc_members *m, struct call_object *c)
{
    const struct json list = json_get(m->object, "authorizationList");
    c->has_authorizations = !rpc_absent(list);
    c->tx.authorization = ARENA_TAKE_ZERO(m->request->arena, struct authorization, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        const struct rpc_members one = {m->request, it.value, m->index};
        TRY(read_call_authorization(&one, &c->tx.authorization[it.index]));
    }
    c->tx.authorization_count = json_count(list);
    return OK;
}

/* --- the call --- */

static enum err read_input(const struct rpc_members *m, struct call_object *c)
{
    struct bytes data, input;
    bool has_data, has_input;
    TRY(member_data(m, &has_data, &data, "data"));
    TRY(member_data(m, &has_input, &input, "input"));
    if (has_data && has_input && !bytes_eq(data, input))
        return rpc_fail(m->request, JSONRPC_SERVER_ERROR, "both \"data\" and \"input\" are set and not equal. Please use "
                                                          "\"input\" to pass transaction call data");
    c->tx.data = has_input ? input : has_data ? data : (struct bytes){0};
    return OK;
}

static enum err read_fees(const struct rpc_members *m, struct call_object *c)
{
    u256 price = {{0}};
    bool has;
    TRY(member_u256(m, &c->has_gas_price, &price, "gasPrice"));
    TRY(member_u256(m, &c->has_max_fee, &c->tx.max_fee, "maxFeePerGas"));
    TRY(member_u256(m, &c->has_priority_fee, &c->tx.max_priority_fee, "maxPriorityFeePerGas"));
    TRY(member_u256(m, &has, &c->tx.max_blob_fee, "maxFeePerBlobGas"));
    if (c->has_gas_price && (c->has_max_fee || c->has_priority_fee))
        return rpc_fail(m->request, JSONRPC_SERVER_ERROR,
                        "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    if (c->has_gas_price)
        c->tx.max_fee = c->tx.max_priority_fee = price;
    return OK;
}

static enum err read_chain_id(const struct rpc_members *m)
{
    const u64 chain_id = m->request->at->chain->rules->chain_id;
    u64 given = chain_id;
    bool has;
    TRY(member_u64(m, &has, &given, "chainId"));
    return given == chain_id ? OK
                             : rpc_fail(m->request, JSONRPC_SERVER_ERROR, "chainId does not match node's (have=%llu, "
                                                                          "want=%llu)",
                                        (unsigned long long)given, (unsigned long long)chain_id);
}

enum err call_object_read(struct rpc_request *r, struct call_object *out, struct json v, u32 index)
{
    const struct rpc_members m = {r, v, index};
    struct call_object c = {.tx = {.has_sender = true}};
    bool has;
    if (json_kind(v) != JSON_OBJECT)
        return rpc_invalid(r, index, "a call must be an object");
    TRY(member_fixed(&m, &has, c.tx.sender.b, sizeof c.tx.sender.b, "from"));
    TRY(member_fixed(&m, &has, c.tx.to.b, sizeof c.tx.to.b, "to"));
    c.tx.is_creation = !has;
    TRY(member_u64(&m, &c.has_gas, &c.tx.gas_limit, "gas"));
    TRY(member_u64(&m, &c.has_nonce, &c.tx.nonce, "nonce"));
    TRY(member_u256(&m, &has, &c.tx.value, "value"));
    TRY(read_chain_id(&m));
    TRY(read_input(&m, &c));
    TRY(read_fees(&m, &c));
    TRY(read_access_list(&m, &c));
    TRY(read_blob_hashes(&m, &c));
    TRY(read_authorizations(&m, &c));
    *out = c;
    return OK;
}

void call_object_complete(struct call_object *c, const struct chain_rules *rules, const struct header *h, u64 gas_max)
{
    const bool dynamic = h->field_count >= HEADER_LONDON && !c->has_gas_price;
    if (!c->has_gas || c->tx.gas_limit > gas_max)
        c->tx.gas_limit = gas_max;
    c->tx.type = c->has_authorizations ? TX_SET_CODE
                 : c->has_blob_hashes  ? TX_BLOB
                 : dynamic             ? TX_DYNAMIC_FEE
                 : c->has_access_list  ? TX_ACCESS_LIST
                                       : TX_LEGACY;
    c->tx.has_chain_id = c->tx.type != TX_LEGACY;
    c->tx.chain_id = rules->chain_id;
}
