/* The environment of t8n: the header of the block, given or computed from its parent. */
#include "codec/number.h"
#include "conformance/t8n.h"

static bool is_there(struct json v)
{
    return json_kind(v) != JSON_NONE && json_kind(v) != JSON_NULL;
}

static enum err may_u64(struct t8n *t, u64 *out, const char *key)
{
    const struct json v = json_get(t->env, key);
    return !is_there(v) || json_u64(out, v) == OK ? OK : json_unexpected(&t->complaint, v, "a 64-bit number");
}

static enum err may_u256(struct t8n *t, u256 *out, const char *key)
{
    const struct json v = json_get(t->env, key);
    return !is_there(v) || json_u256(out, v) == OK ? OK : json_unexpected(&t->complaint, v, "a number");
}

static enum err may_hash(struct t8n *t, hash32 *out, const char *key)
{
    const struct json v = json_get(t->env, key);
    return !is_there(v) || json_hex_fixed(out->b, sizeof out->b, v) == OK
               ? OK
               : json_unexpected(&t->complaint, v, "32 bytes in hex");
}

static enum err read_withdrawals(struct t8n *t)
{
    const struct json list = json_get(t->env, "withdrawals");
    struct withdrawal *w = ARENA_TAKE(&t->arena, struct withdrawal, json_count(list));
    t->withdrawal = w;
    t->withdrawal_count = json_count(list);
    for (struct json_iterator it = json_items(list); json_next(&it); w++)
        if (json_u64(&w->index, json_get(it.value, "index")) != OK ||
            json_u64(&w->validator, json_get(it.value, "validatorIndex")) != OK ||
            json_hex_fixed(w->to.b, sizeof w->to.b, json_get(it.value, "address")) != OK ||
            json_u64(&w->amount_gwei, json_get(it.value, "amount")) != OK)
            return json_unexpected(&t->complaint, it.value, "a withdrawal: index, validatorIndex, address, amount");
    return OK;
}

/* {"address", "delta"}: as much of an ommer as its reward needs. */
static enum err read_ommers(struct t8n *t)
{
    const struct json list = json_get(t->env, "ommers");
    t->ommer = ARENA_TAKE_ZERO(&t->arena, struct header, json_count(list));
    t->ommer_count = json_count(list);
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        struct header *o = &t->ommer[it.index];
        u64 delta;
        if (json_hex_fixed(o->coinbase.b, sizeof o->coinbase.b, json_get(it.value, "address")) != OK ||
            json_u64(&delta, json_get(it.value, "delta")) != OK || delta < 1 || delta > 7 || delta > t->header.number)
            return json_unexpected(&t->complaint, it.value, "an ommer: address, delta from 1 to 7");
        o->number = t->header.number - delta;
    }
    return OK;
}

/* What of the parent the computed fields need. */
static enum err read_parent(struct t8n *t, struct header *parent)
{
    *parent = (struct header){.number = t->header.number - 1, .ommers_hash = empty_ommers_hash};
    TRY(may_u256(t, &parent->difficulty, "parentDifficulty"));
    TRY(may_u64(t, &parent->timestamp, "parentTimestamp"));
    TRY(may_u256(t, &parent->base_fee, "parentBaseFee"));
    TRY(may_u64(t, &parent->gas_used, "parentGasUsed"));
    TRY(may_u64(t, &parent->gas_limit, "parentGasLimit"));
    TRY(may_hash(t, &parent->ommers_hash, "parentUncleHash"));
    TRY(may_u64(t, &parent->blob_gas_used, "parentBlobGasUsed"));
    TRY(may_u64(t, &parent->excess_blob_gas, "parentExcessBlobGas"));
    parent->field_count = is_there(json_get(t->env, "parentBaseFee")) ? HEADER_LONDON : HEADER_FRONTIER;
    return OK;
}

/* The current... field where it is given; else from the parent. */
static enum err compute(struct t8n *t)
{
    struct header *h = &t->header, parent;
    const struct activation *active = &t->rules.activation[0];
    TRY(read_parent(t, &parent));
    if (is_there(json_get(t->env, "currentDifficulty")))
        TRY(may_u256(t, &h->difficulty, "currentDifficulty"));
    else if (active->fork->id < FORK_PARIS)
        TRY(header_next_difficulty(&h->difficulty, &parent, active->fork, h->timestamp));
    if (active->fork->id >= FORK_PARIS)
        h->difficulty = u256_from_u64(0);
    if (is_there(json_get(t->env, "currentBaseFee")))
        TRY(may_u256(t, &h->base_fee, "currentBaseFee"));
    else if (active->fork->id >= FORK_LONDON)
        header_next_base_fee(&h->base_fee, &parent);
    if (is_there(json_get(t->env, "currentExcessBlobGas")))
        TRY(may_u64(t, &h->excess_blob_gas, "currentExcessBlobGas"));
    else if (active->fork->id >= FORK_CANCUN)
        h->excess_blob_gas = header_next_excess_blob_gas(&parent, active);
    return OK;
}

enum err t8n_block_hash(void *context, hash32 *out, u64 number)
{
    const struct t8n *t = context;
    u64 given;
    for (struct json_iterator it = json_items(json_get(t->env, "blockHashes")); json_next(&it);)
        if (number_u64(&given, it.key) == OK && given == number)
            return json_hex_fixed(out->b, sizeof out->b, it.value) == OK ? OK : FAULT_STATE_MISSING;
    return FAULT_STATE_MISSING;
}

enum err t8n_read_env(struct t8n *t, struct json env)
{
    struct header *h = &t->header;
    u256 random = {{0}};
    t->env = env;
    TRY(may_u64(t, &h->number, "currentNumber"));
    TRY(may_u64(t, &h->timestamp, "currentTimestamp"));
    TRY(may_u64(t, &h->gas_limit, "currentGasLimit"));
    TRY(may_u256(t, &random, "currentRandom"));
    h->prevrandao = u256_to_hash32(&random);
    TRY(may_hash(t, &h->parent_beacon_root, "parentBeaconBlockRoot"));
    const struct json coinbase = json_get(env, "currentCoinbase");
    if (json_hex_fixed(h->coinbase.b, sizeof h->coinbase.b, coinbase) != OK)
        return json_unexpected(&t->complaint, coinbase, "an address");
    h->field_count = header_field_count(t->rules.activation[0].fork);
    (void)t8n_block_hash(t, &h->parent_hash, h->number - 1); /* where it is not given, it is zero */
    TRY(compute(t));
    TRY(read_withdrawals(t));
    return read_ommers(t);
}
