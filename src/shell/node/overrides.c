#include "node/overrides.h"

#include "codec/hex.h"
#include "node/node.h"

/* --- state overrides --- */

const struct precompile *precompile_moved(const struct precompile_moves *m, const address *at)
{
    for (u32 i = m->count; i-- > 0;)
        if (address_eq(&m->move[i].at, at))
            return m->move[i].precompile;
    return precompile_find(m->fork, at);
}

static enum err add_move(struct rpc_request *r, struct precompile_moves *m, const address *at,
                         const struct precompile *p)
{
    if (m->count == PRECOMPILE_MOVES_MAX)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "too many precompiles are overridden");
    m->move[m->count].at = *at;
    m->move[m->count++].precompile = p;
    return OK;
}

static bool overrides_name(struct json overrides, const address *at)
{
    address other;
    for (struct json_iterator it = json_items(overrides); json_next(&it);)
        if (hex_fixed(other.b, sizeof other.b, it.key) == OK && address_eq(&other, at))
            return true;
    return false;
}

/* A precompile that is overridden is an ordinary account, and may stand elsewhere. */
static enum err override_precompile(const struct rpc_members *m, struct precompile_moves *moves, struct json overrides,
                                    const address *at, struct bytes name)
{
    const struct precompile *p = precompile_moved(moves, at);
    address to;
    bool moves_away;
    TRY(member_fixed(m, &moves_away, to.b, sizeof to.b, "movePrecompileToAddress"));
    for (u32 i = 0; i < moves->count; i++)
        if (moves->move[i].precompile && address_eq(&moves->move[i].at, at))
            return rpc_fail(m->request, JSONRPC_SERVER_ERROR, "account %.*s has already been overridden by a precompile",
                            (int)name.len, (const char *)name.ptr);
    if (moves_away && !p)
        return rpc_fail(m->request, JSONRPC_SERVER_ERROR, "account %.*s is not a precompile", (int)name.len,
                        (const char *)name.ptr);
    if (moves_away && overrides_name(overrides, &to))
        return rpc_fail(m->request, JSONRPC_SERVER_ERROR, "account %.*s is already overridden",
                        (int)json_text(json_get(m->object, "movePrecompileToAddress")).len,
                        (const char *)json_text(json_get(m->object, "movePrecompileToAddress")).ptr);
    if (moves_away)
        TRY(add_move(m->request, moves, &to, p));
    return p ? add_move(m->request, moves, at, NULL) : OK;
}

/* An account without storage, and all else as it is. */
static enum err clear_storage(struct state *s, const struct account *a)
{
    const u256 balance = a->balance;
    const u64 nonce = a->nonce;
    struct bytes code = {0};
    if (!a->exists)
        return OK;
    if (a->has_code)
        TRY(state_code(s, &code, a));
    state_tx_begin(s);
    state_destroy(s, a);
    state_tx_end(s, &(struct state_rules){0});
    state_set_balance(s, a, &balance);
    state_set_nonce(s, a, nonce);
    if (code.len)
        state_set_code(s, a, code);
    return OK;
}

static enum err override_slots(const struct rpc_members *m, struct state *s, const struct account *a, struct json slots)
{
    const struct storage_slot *slot;
    hash32 key, value;
    for (struct json_iterator it = json_items(slots); json_next(&it);) {
        if (hex_fixed(key.b, sizeof key.b, it.key) != OK)
            return rpc_invalid(m->request, m->index, "a storage key must be 32 bytes in hex");
        const char *wrong = rpc_wrong_fixed(value.b, sizeof value.b, it.value);
        if (wrong)
            return member_invalid(m, "state", wrong);
        const u256 at = u256_from_hash32(&key), x = u256_from_hash32(&value);
        TRY(state_storage_slot(s, &slot, NULL, a, &at));
        state_set_storage_slot(s, a, slot, &x);
    }
    return OK;
}

static enum err override_account(const struct rpc_members *m, struct state *s, const address *at)
{
    const struct json whole = json_get(m->object, "state"), diff = json_get(m->object, "stateDiff");
    const struct account *a;
    struct bytes code;
    u256 balance;
    u64 nonce;
    bool has_nonce, has_code, has_balance;
    TRY(member_u64(m, &has_nonce, &nonce, "nonce"));
    TRY(member_data(m, &has_code, &code, "code"));
    TRY(member_u256(m, &has_balance, &balance, "balance"));
    if (!rpc_absent(whole) && !rpc_absent(diff))
        return rpc_fail(m->request, JSONRPC_SERVER_ERROR, "account has both 'state' and 'stateDiff'");
    TRY(state_account(s, &a, NULL, at));
    if (!rpc_absent(whole))
        TRY(clear_storage(s, a));
    if (has_nonce)
        state_set_nonce(s, a, nonce);
    if (has_code)
        state_set_code(s, a, code);
    if (has_balance)
        state_set_balance(s, a, &balance);
    return override_slots(m, s, a, rpc_absent(whole) ? diff : whole);
}

enum err state_overrides_apply(struct rpc_request *r, struct state *s, struct precompile_moves *moves,
                               struct json overrides, u32 index)
{
    address at;
    if (!rpc_absent(overrides) && json_kind(overrides) != JSON_OBJECT)
        return rpc_invalid(r, index, "state overrides must be an object");
    for (struct json_iterator it = json_items(overrides); json_next(&it);) {
        const struct rpc_members m = {r, it.value, index};
        if (it.key.len != 42 || hex_fixed(at.b, sizeof at.b, it.key) != OK)
            return rpc_invalid(r, index, "a key of the state overrides is not an address");
        TRY(override_precompile(&m, moves, overrides, &at, it.key));
        TRY(override_account(&m, s, &at));
    }
    return OK;
}

/* --- block overrides --- */

static enum err read_withdrawals(const struct rpc_members *m, struct block_overrides *o)
{
    const struct json list = json_get(m->object, "withdrawals");
    bool has;
    o->withdrawal_count = json_count(list);
    o->withdrawal = ARENA_TAKE_ZERO(m->request->arena, struct withdrawal, o->withdrawal_count);
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        const struct rpc_members one = {m->request, it.value, m->index};
        struct withdrawal *w = &o->withdrawal[it.index];
        TRY(member_u64(&one, &has, &w->index, "index"));
        TRY(member_u64(&one, &has, &w->validator, "validatorIndex"));
        TRY(member_fixed(&one, &has, w->to.b, sizeof w->to.b, "address"));
        TRY(member_u64(&one, &has, &w->amount_gwei, "amount"));
    }
    return OK;
}

enum err block_overrides_read(struct rpc_request *r, struct block_overrides *out, struct json v, u32 index)
{
    const struct rpc_members m = {r, v, index};
    struct block_overrides o = {0};
    if (!rpc_absent(v) && json_kind(v) != JSON_OBJECT)
        return rpc_invalid(r, index, "block overrides must be an object");
    TRY(member_u64(&m, &o.has_number, &o.number, "number"));
    TRY(member_u64(&m, &o.has_time, &o.time, "time"));
    TRY(member_u64(&m, &o.has_gas_limit, &o.gas_limit, "gasLimit"));
    TRY(member_fixed(&m, &o.has_coinbase, o.coinbase.b, sizeof o.coinbase.b, "feeRecipient"));
    TRY(member_fixed(&m, &o.has_prevrandao, o.prevrandao.b, sizeof o.prevrandao.b, "prevRandao"));
    TRY(member_u256(&m, &o.has_difficulty, &o.difficulty, "difficulty"));
    TRY(member_u256(&m, &o.has_base_fee, &o.base_fee, "baseFeePerGas"));
    TRY(member_u256(&m, &o.has_blob_base_fee, &o.blob_base_fee, "blobBaseFee"));
    TRY(member_fixed(&m, &o.has_beacon_root, o.beacon_root.b, sizeof o.beacon_root.b, "beaconRoot"));
    TRY(read_withdrawals(&m, &o));
    *out = o;
    return OK;
}
