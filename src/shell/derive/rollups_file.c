#include "derive/rollups_file.h"

#include "bridge/alloc.h"

enum { FILE_BYTES_MAX = 64 << 20, ROLLUPS_MAX = 1024 };

struct reading {
    struct arena *arena;
    struct complaint *complaint;
};

static enum err wrong_in_rollups(const struct reading *r, struct json at, const char *what)
{
    complain(r->complaint, json_place(at), "%s", what);
    return REJECT_CONFIG;
}

static enum err read_rollup_number(const struct reading *r, u64 *out, struct json object, const char *key)
{
    struct json v;
    TRY(json_need(&v, r->complaint, object, key, JSON_NUMBER));
    return json_u64(out, v) == OK ? OK : wrong_in_rollups(r, v, "expected a number below 2^64");
}

static enum err read_rollup_address(const struct reading *r, address *out, struct json object, const char *key)
{
    struct json v;
    TRY(json_need(&v, r->complaint, object, key, JSON_STRING));
    return json_hex_fixed(out->b, sizeof out->b, v) == OK ? OK : wrong_in_rollups(r, v, "expected an address");
}

static enum err read_alloc(const struct reading *r, struct genesis *g, struct json object)
{
    struct json alloc;
    TRY(json_need(&alloc, r->complaint, object, "alloc", JSON_OBJECT));
    return alloc_accounts_read(&g->account, &g->account_count, r->arena, r->complaint, alloc);
}

/* A rollup without predeploys of its own has no such list. */
static enum err read_predeploys(const struct reading *r, struct genesis *g, struct json object)
{
    const struct json list = json_get(object, "predeploys");
    struct predeploy *predeploy = ARENA_TAKE_ZERO(r->arena, struct predeploy, json_count(list));
    if (json_kind(list) != JSON_NONE && json_kind(list) != JSON_ARRAY)
        return wrong_in_rollups(r, list, "expected an array");
    for (struct json_iterator item = json_items(list); json_next(&item);) {
        struct predeploy *p = &predeploy[item.index];
        struct json init;
        TRY(read_rollup_address(r, &p->at, item.value, "at"));
        TRY(json_need(&init, r->complaint, item.value, "init", JSON_STRING));
        if (json_hex(r->arena, &p->init, init) != OK)
            return wrong_in_rollups(r, init, "expected hexadecimal digits");
    }
    g->predeploy = predeploy;
    g->predeploy_count = json_count(list);
    return OK;
}

static enum err read_peers(const struct reading *r, struct rollup_genesis *g, struct json object)
{
    struct json list;
    TRY(json_need(&list, r->complaint, object, "peers", JSON_ARRAY));
    struct peer_config *peer = ARENA_TAKE(r->arena, struct peer_config, json_count(list));
    struct json_iterator item = json_items(list);
    while (json_next(&item)) {
        struct peer_config *p = &peer[item.index];
        u64 price;
        TRY(read_rollup_number(r, &p->chain_id, item.value, "chainId"));
        TRY(read_rollup_number(r, &p->max_gas, item.value, "maxGas"));
        TRY(read_rollup_number(r, &p->default_gas, item.value, "defaultGas"));
        TRY(read_rollup_number(r, &price, item.value, "gasPrice"));
        if (price >> 24)
            return wrong_in_rollups(r, item.value, "a gas price is below 2^24");
        p->gas_price = (u32)price;
        if (json_bool(&p->is_trusted, json_get(item.value, "trusted")) != OK)
            return wrong_in_rollups(r, item.value, "\"trusted\" of a peer is true or false");
    }
    g->peer = peer;
    g->peer_count = json_count(list);
    return OK;
}

static enum err read_rollup_origin(const struct reading *r, struct rollup_genesis *g, struct json object)
{
    struct json fee;
    TRY(read_rollup_number(r, &g->chain_id, object, "chainId"));
    TRY(read_rollup_address(r, &g->coinbase, object, "coinbase"));
    TRY(read_rollup_number(r, &g->gas_limit, object, "gasLimit"));
    TRY(read_rollup_number(r, &g->genesis.timestamp, object, "timestamp"));
    TRY(json_need(&fee, r->complaint, object, "baseFee", JSON_STRING));
    if (json_u256(&g->genesis.base_fee, fee) != OK)
        return wrong_in_rollups(r, fee, "expected wei");
    g->genesis.coinbase = g->coinbase;
    g->genesis.gas_limit = g->gas_limit;
    TRY(read_alloc(r, &g->genesis, object));
    TRY(read_predeploys(r, &g->genesis, object));
    return read_peers(r, g, object);
}

enum err rollups_file_read(struct rollups_file *out, struct arena *arena, struct complaint *complaint,
                           const char *path)
{
    const struct reading r = {arena, complaint};
    struct rollups_file f = {0};
    struct json root, list;
    TRY(json_read_file(arena, &root, complaint, path, FILE_BYTES_MAX));
    TRY(read_rollup_number(&r, &f.l1_chain_id, root, "l1ChainId"));
    TRY(read_rollup_address(&r, &f.shared_bridge, root, "sharedBridge"));
    if (json_kind(json_get(root, "l1Block")) != JSON_NONE) {
        TRY(read_rollup_number(&r, &f.l1_block, root, "l1Block"));
        f.has_l1_block = true;
    }
    TRY(json_need(&list, complaint, root, "rollups", JSON_ARRAY));
    f.rollup_count = json_count(list);
    if (f.rollup_count == 0 || f.rollup_count > ROLLUPS_MAX)
        return wrong_in_rollups(&r, list, "expected from 1 to 1024 rollups");
    struct rollup_genesis *rollup = ARENA_TAKE_ZERO(arena, struct rollup_genesis, f.rollup_count);
    struct json_iterator item = json_items(list);
    for (u64 above = 0; json_next(&item); above = rollup[item.index].chain_id) {
        TRY(read_rollup_origin(&r, &rollup[item.index], item.value));
        if (rollup[item.index].chain_id <= above || rollup[item.index].chain_id == f.l1_chain_id)
            return wrong_in_rollups(&r, item.value, "chain ids must ascend, and none may be L1's");
    }
    f.rollup = rollup;
    *out = f;
    return OK;
}

static void write_predeploys(struct json_writer *w, const struct genesis *g)
{
    json_write_key(w, "predeploys");
    json_write_array(w);
    for (size_t i = 0; i < g->predeploy_count; i++) {
        json_write_object(w);
        json_write_key(w, "at");
        json_write_address(w, &g->predeploy[i].at);
        json_write_key(w, "init");
        json_write_hex(w, g->predeploy[i].init);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_rollup_origin(struct json_writer *w, const struct rollup_genesis *g)
{
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, g->chain_id);
    json_write_key(w, "coinbase");
    json_write_address(w, &g->coinbase);
    json_write_key(w, "gasLimit");
    json_write_u64(w, g->gas_limit);
    json_write_key(w, "timestamp");
    json_write_u64(w, g->genesis.timestamp);
    json_write_key(w, "baseFee");
    json_write_u256(w, &g->genesis.base_fee);
    json_write_key(w, "alloc");
    alloc_accounts_write(w, g->genesis.account, g->genesis.account_count);
    if (g->genesis.predeploy_count)
        write_predeploys(w, &g->genesis);
    json_write_key(w, "peers");
    json_write_array(w);
    for (size_t i = 0; i < g->peer_count; i++) {
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, g->peer[i].chain_id);
        json_write_key(w, "maxGas");
        json_write_u64(w, g->peer[i].max_gas);
        json_write_key(w, "defaultGas");
        json_write_u64(w, g->peer[i].default_gas);
        json_write_key(w, "gasPrice");
        json_write_u64(w, g->peer[i].gas_price);
        json_write_key(w, "trusted");
        json_write_bool(w, g->peer[i].is_trusted);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

void rollups_file_write(struct json_writer *w, const struct rollups_file *f)
{
    json_write_object(w);
    json_write_key(w, "l1ChainId");
    json_write_u64(w, f->l1_chain_id);
    json_write_key(w, "sharedBridge");
    json_write_address(w, &f->shared_bridge);
    if (f->has_l1_block) {
        json_write_key(w, "l1Block");
        json_write_u64(w, f->l1_block);
    }
    json_write_key(w, "rollups");
    json_write_array(w);
    for (size_t i = 0; i < f->rollup_count; i++)
        write_rollup_origin(w, &f->rollup[i]);
    json_write_end(w);
    json_write_end(w);
    json_write_finish(w);
}
