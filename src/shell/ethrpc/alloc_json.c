#include "ethrpc/alloc_json.h"

#include "codec/hex.h"
#include "codec/number.h"

/* Hex, with or without 0x. */
static enum err storage_key(u256 *out, struct bytes text)
{
    u8 be[32];
    if (hex_fixed(be, sizeof be, text) != OK)
        return number_u256(out, text);
    *out = u256_from_be(be);
    return OK;
}

static enum err read_storage(struct state *s, struct complaint *complaint, const struct account *a, struct json storage)
{
    const struct storage_slot *slot;
    u256 key, value;
    for (struct json_iterator it = json_items(storage); json_next(&it);) {
        if (storage_key(&key, it.key) != OK || json_u256(&value, it.value) != OK)
            return json_unexpected(complaint, it.value, "a storage slot");
        TRY(state_storage_slot(s, &slot, NULL, a, &key));
        state_set_storage_slot(s, a, slot, &value);
    }
    return OK;
}

/* A field that is not there is zero. */
static bool absent(struct json v)
{
    return json_kind(v) == JSON_NONE;
}

static enum err read_alloc_account(struct state *s, struct arena *arena, struct complaint *complaint, struct bytes key,
                                   struct json fields)
{
    const struct arena_mark mark = arena_mark(arena);
    const struct account *a;
    address at;
    u64 nonce = 0;
    u256 balance = {{0}};
    struct bytes code = {0};
    const struct json n = json_get(fields, "nonce"), b = json_get(fields, "balance"), c = json_get(fields, "code");
    if (hex_fixed(at.b, sizeof at.b, key) != OK || (!absent(n) && json_u64(&nonce, n) != OK) ||
        (!absent(b) && json_u256(&balance, b) != OK) || (!absent(c) && json_hex(arena, &code, c) != OK))
        return json_unexpected(complaint, fields, "an account: nonce, balance, code, storage");
    TRY(state_account(s, &a, NULL, &at));
    state_touch(s, a);
    state_set_nonce(s, a, nonce);
    state_set_balance(s, a, &balance);
    if (code.len)
        state_set_code(s, a, code);
    TRY(read_storage(s, complaint, a, json_get(fields, "storage")));
    arena_rewind(arena, mark);
    return OK;
}

enum err alloc_read(struct state *s, struct arena *arena, struct complaint *complaint, struct json accounts,
                    hash32 *root)
{
    for (struct json_iterator it = json_items(accounts); json_next(&it);)
        TRY(read_alloc_account(s, arena, complaint, it.key, it.value));
    return state_commit(s, root);
}
