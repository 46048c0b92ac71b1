#include "ethrpc/tx_json.h"

#include "base/u256.h"
#include "signer/tx_sign.h"

static bool is_given(struct json v)
{
    return json_kind(v) != JSON_NONE && json_kind(v) != JSON_NULL;
}

static struct json either(struct json fields, const char *name, const char *other)
{
    const struct json v = json_get(fields, name);
    return is_given(v) ? v : json_get(fields, other);
}

/* A field that is not there is zero; one that is no number is not a transaction's. */
static enum err read_wide(u256 *out, struct complaint *complaint, struct json v, enum err overflow)
{
    if (!is_given(v))
        return OK;
    const enum err e = json_u256(out, v);
    if (e == REJECT_NUMBER_RANGE)
        return overflow;
    return e == OK ? OK : json_unexpected(complaint, v, "a number");
}

static enum err read_u64(u64 *out, struct complaint *complaint, struct json v, enum err overflow)
{
    u256 wide = {{0}};
    TRY(read_wide(&wide, complaint, v, overflow));
    if (!u256_fits_u64(&wide))
        return overflow;
    *out = wide.w[0];
    return OK;
}

static enum err read_hash(hash32 *out, struct complaint *complaint, struct json v)
{
    return json_hex_fixed(out->b, sizeof out->b, v) == OK ? OK : json_unexpected(complaint, v, "32 bytes in hex");
}

static enum err read_tx_address(address *out, struct complaint *complaint, struct json v)
{
    return json_hex_fixed(out->b, sizeof out->b, v) == OK ? OK : json_unexpected(complaint, v, "an address");
}

static enum err read_access(struct access *out, struct arena *arena, struct complaint *complaint, struct json entry)
{
    const struct json keys = json_get(entry, "storageKeys");
    hash32 *key = ARENA_TAKE(arena, hash32, json_count(keys));
    TRY(read_tx_address(&out->at, complaint, json_get(entry, "address")));
    out->key = key;
    out->key_count = json_count(keys);
    for (struct json_iterator it = json_items(keys); json_next(&it);)
        TRY(read_hash(&key[it.index], complaint, it.value));
    return OK;
}

static enum err read_authorization(struct authorization *out, struct complaint *complaint, struct json v)
{
    const enum err format = REJECT_TX_AUTHORIZATION_FORMAT;
    u256 r = {{0}}, s = {{0}};
    *out = (struct authorization){0};
    TRY(read_wide(&out->chain_id, complaint, json_get(v, "chainId"), format));
    TRY(read_tx_address(&out->at, complaint, json_get(v, "address")));
    TRY(read_u64(&out->nonce, complaint, json_get(v, "nonce"), format));
    TRY(read_u64(&out->y_parity, complaint, either(v, "yParity", "v"), format));
    TRY(read_wide(&r, complaint, json_get(v, "r"), format));
    TRY(read_wide(&s, complaint, json_get(v, "s"), format));
    out->r = u256_to_hash32(&r);
    out->s = u256_to_hash32(&s);
    return out->y_parity > 255 ? format : OK;
}

static enum err read_lists(struct tx *t, struct arena *arena, struct complaint *complaint, struct json fields)
{
    const struct json access_list = json_get(fields, "accessList"), blobs = json_get(fields, "blobVersionedHashes"),
                      authorizations = json_get(fields, "authorizationList");
    struct access *access = ARENA_TAKE(arena, struct access, json_count(access_list));
    hash32 *hash = ARENA_TAKE(arena, hash32, json_count(blobs));
    struct authorization *authorization = ARENA_TAKE(arena, struct authorization, json_count(authorizations));
    for (struct json_iterator it = json_items(access_list); json_next(&it);)
        TRY(read_access(&access[it.index], arena, complaint, it.value));
    for (struct json_iterator it = json_items(blobs); json_next(&it);)
        TRY(read_hash(&hash[it.index], complaint, it.value));
    for (struct json_iterator it = json_items(authorizations); json_next(&it);)
        TRY(read_authorization(&authorization[it.index], complaint, it.value));
    t->access = access;
    t->access_count = json_count(access_list);
    t->blob_hash = hash;
    t->blob_hash_count = json_count(blobs);
    t->authorization = authorization;
    t->authorization_count = json_count(authorizations);
    return OK;
}

static enum err read_prices(struct tx *t, struct complaint *complaint, struct json fields)
{
    const struct json price = json_get(fields, "gasPrice");
    if (t->type <= TX_ACCESS_LIST) {
        TRY(read_wide(&t->max_fee, complaint, price, REJECT_TX_GASPRICE_OVERFLOW));
        t->max_priority_fee = t->max_fee;
        return OK;
    }
    TRY(read_wide(&t->max_fee, complaint, json_get(fields, "maxFeePerGas"), REJECT_TX_GASPRICE_OVERFLOW));
    TRY(read_wide(&t->max_priority_fee, complaint, json_get(fields, "maxPriorityFeePerGas"),
                  REJECT_TX_PRIORITY_OVERFLOW));
    return read_wide(&t->max_blob_fee, complaint, json_get(fields, "maxFeePerBlobGas"), REJECT_TX_FIELD_SIZE);
}

/* "0x2" or, where it is not said, what the fields imply. */
static enum err read_type(struct tx *t, struct complaint *complaint, struct json fields)
{
    static const struct { const char *key; enum tx_type type; } mark[] = {
        {"authorizationList", TX_SET_CODE},
        {"blobVersionedHashes", TX_BLOB},
        {"maxFeePerGas", TX_DYNAMIC_FEE},
        {"accessList", TX_ACCESS_LIST},
    };
    u64 type = TX_LEGACY;
    if (is_given(json_get(fields, "type"))) {
        TRY(read_u64(&type, complaint, json_get(fields, "type"), REJECT_TX_TYPE_NOT_SUPPORTED));
        if (type > TX_SET_CODE)
            return REJECT_TX_TYPE_NOT_SUPPORTED;
    } else {
        for (size_t i = 0; i < COUNT_OF(mark) && type == TX_LEGACY; i++)
            if (is_given(json_get(fields, mark[i].key)))
                type = mark[i].type;
    }
    t->type = (enum tx_type)type;
    return OK;
}

/* Legacy: 27, 28, or with the chain id (EIP-155); the other types: 0 or 1. */
static enum err read_parity(struct tx *t, struct complaint *complaint, struct json fields)
{
    u256 v = {{0}};
    TRY(read_wide(&v, complaint, either(fields, "yParity", "v"), REJECT_TX_INVALID_SIGNATURE_VRS));
    if (t->type != TX_LEGACY) {
        if (u256_saturate_u64(&v) > 1)
            return REJECT_TX_INVALID_SIGNATURE_VRS;
        t->signature.y_parity = (u8)v.w[0];
        return OK;
    }
    const u128 n = (u128)v.w[1] << 64 | v.w[0];
    if (v.w[2] || v.w[3] || v.w[1] > 1 || (n != 27 && n != 28 && n < 35))
        return REJECT_TX_INVALID_SIGNATURE_VRS;
    t->has_chain_id = n >= 35;
    t->chain_id = t->has_chain_id ? (u64)((n - 35) >> 1) : 0;
    t->signature.y_parity = (u8)(t->has_chain_id ? (n - 35) & 1 : n - 27);
    return OK;
}

static enum err read_signature(struct tx *t, struct arena *arena, struct complaint *complaint, struct json fields)
{
    const struct json key = json_get(fields, "secretKey"), protected = json_get(fields, "protected");
    u256 r = {{0}}, s = {{0}};
    hash32 private_key;
    if (is_given(key)) {
        bool replay_protected = true;
        if (is_given(protected) && json_bool(&replay_protected, protected) != OK)
            return json_unexpected(complaint, protected, "true or false");
        t->has_chain_id = t->type != TX_LEGACY || (replay_protected && is_given(json_get(fields, "chainId")));
        TRY(read_hash(&private_key, complaint, key));
        return tx_sign(t, &private_key, arena);
    }
    TRY(read_parity(t, complaint, fields));
    TRY(read_wide(&r, complaint, json_get(fields, "r"), REJECT_TX_INVALID_SIGNATURE_VRS));
    TRY(read_wide(&s, complaint, json_get(fields, "s"), REJECT_TX_INVALID_SIGNATURE_VRS));
    t->signature.r = u256_to_hash32(&r);
    t->signature.s = u256_to_hash32(&s);
    tx_hash(&t->hash, t, arena);
    t->has_hash = true;
    return OK;
}

enum err tx_from_json(struct tx *out, struct arena *arena, struct complaint *complaint, struct json fields)
{
    struct tx t = {0};
    if (json_kind(fields) != JSON_OBJECT)
        return json_unexpected(complaint, fields, "a transaction");
    TRY(read_type(&t, complaint, fields));
    t.has_chain_id = t.type != TX_LEGACY;
    TRY(read_u64(&t.chain_id, complaint, json_get(fields, "chainId"), REJECT_TX_INVALID_CHAINID));
    TRY(read_u64(&t.nonce, complaint, json_get(fields, "nonce"), REJECT_TX_NONCE_OVERFLOW));
    TRY(read_u64(&t.gas_limit, complaint, either(fields, "gas", "gasLimit"), REJECT_TX_GASLIMIT_OVERFLOW));
    TRY(read_prices(&t, complaint, fields));
    TRY(read_wide(&t.value, complaint, json_get(fields, "value"), REJECT_TX_VALUE_OVERFLOW));
    const struct json to = json_get(fields, "to"), data = either(fields, "input", "data");
    t.is_creation = !is_given(to) || json_text_is(to, "") || json_text_is(to, "0x");
    if (!t.is_creation)
        TRY(read_tx_address(&t.to, complaint, to));
    if (is_given(data) && json_hex(arena, &t.data, data) != OK)
        return json_unexpected(complaint, data, "hex");
    TRY(read_lists(&t, arena, complaint, fields));
    TRY(read_signature(&t, arena, complaint, fields));
    *out = t;
    return OK;
}
