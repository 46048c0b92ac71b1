#include "export/export_rollups.h"

#include "bridge/alloc.h"
#include "builder/query.h"
#include "chain/system_contracts.h"
#include "codec/number.h"

static void write_rollup_address(struct json_writer *w, const char *key, const address *at)
{
    json_write_key(w, key);
    json_write_address(w, at);
}

static void write_bytes(struct json_writer *w, const char *key, struct bytes b)
{
    json_write_key(w, key);
    json_write_hex(w, b);
}

static void write_rollup_u64(struct json_writer *w, const char *key, u64 x)
{
    json_write_key(w, key);
    json_write_quantity(w, x);
}

static void write_wei(struct json_writer *w, const char *key, const u256 *x)
{
    json_write_key(w, key);
    json_write_quantity_u256(w, x);
}

static void write_constructions(struct json_writer *w, const char *key, const struct predeploy *p, size_t count)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        write_rollup_address(w, "at", &p[i].at);
        write_bytes(w, "init", p[i].init);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_genesis(struct json_writer *w, const struct rollup_origin *o, const struct ledger_block *b,
                          struct arena *scratch)
{
    const u256 supply = genesis_rollup_supply();
    const struct system_contract *history = &system_contract[SYSTEM_CONTRACT_HISTORY];
    struct predeploy predeploy[PREDEPLOY_COUNT];
    genesis_predeploys(predeploy, scratch, o->rules, o->peer, o->peer_count);
    json_write_key(w, "genesis");
    json_write_object(w);
    write_rollup_u64(w, "timestamp", o->genesis->timestamp);
    write_wei(w, "baseFee", &o->genesis->base_fee);
    write_wei(w, "supply", &supply);
    write_bytes(w, "hash", BYTES_OF(b->hash.b));
    json_write_key(w, "alloc");
    alloc_accounts_write(w, o->genesis->account, o->genesis->account_count);
    json_write_key(w, "code");
    json_write_array(w);
    json_write_object(w);
    write_rollup_address(w, "at", &history->at);
    write_bytes(w, "code", history->code);
    json_write_end(w);
    json_write_end(w);
    write_constructions(w, "construct", predeploy, PREDEPLOY_COUNT);
    write_constructions(w, "predeploys", o->genesis->predeploy, o->genesis->predeploy_count);
    json_write_end(w);
}

static void write_rollup_block(struct json_writer *w, const struct ledger_block *b, struct arena *scratch)
{
    json_write_object(w);
    write_rollup_u64(w, "timestamp", b->header.timestamp);
    json_write_key(w, "transactions");
    json_write_array(w);
    for (u32 i = 0; i < b->tx_count; i++) {
        struct buffer envelope = buffer_in(scratch);
        tx_encode(&envelope, &b->tx[i]);
        json_write_hex(w, buffer_bytes(&envelope));
    }
    json_write_end(w);
    struct buffer header = buffer_in(scratch);
    header_encode(&header, &b->header);
    write_bytes(w, "header", buffer_bytes(&header));
    write_bytes(w, "hash", BYTES_OF(b->hash.b));
    json_write_end(w);
}

/* An array of the blocks after one. */
static enum err write_blocks(struct json_writer *w, struct session *s, u64 chain_id, u64 after, struct arena *scratch)
{
    const struct ledger_block *b;
    json_write_array(w);
    for (u64 n = after + 1;; n++) {
        TRY(session_block(s, &b, chain_id, n));
        if (!b)
            break;
        write_rollup_block(w, b, scratch);
    }
    json_write_end(w);
    return OK;
}

static enum err write_exported_rollup(struct json_writer *w, struct session *s, const struct rollup_origin *o,
                                      struct arena *scratch)
{
    const struct ledger_block *genesis;
    const u64 chain_id = o->rules->chain.chain_id;
    TRY(session_block(s, &genesis, chain_id, 0));
    json_write_object(w);
    write_rollup_u64(w, "chainId", chain_id);
    json_write_key(w, "fork");
    json_write_z(w, "osaka");
    write_rollup_u64(w, "gasLimit", o->rules->gas_limit);
    write_rollup_address(w, "coinbase", &o->rules->coinbase);
    write_rollup_address(w, "bridge", &rollup_bridge_address);
    write_rollup_address(w, "abort", &abort_precompile_address);
    write_rollup_address(w, "systemSender", &system_sender);
    write_genesis(w, o, genesis, scratch);
    json_write_key(w, "blocks");
    TRY(write_blocks(w, s, chain_id, 0, scratch));
    json_write_end(w);
    return OK;
}

enum err export_rollups_begin(struct json_writer *w, struct session *s, struct arena *scratch)
{
    struct rollup_origin o;
    json_write_object(w);
    json_write_key(w, "rollups");
    json_write_array(w);
    for (size_t i = 0; session_rollup(s, &o, i); i++)
        TRY(write_exported_rollup(w, s, &o, scratch));
    json_write_end(w);
    json_write_key(w, "branches");
    json_write_array(w);
    return OK;
}

enum err export_rollups_branch(struct json_writer *w, struct session *s, const char *name, const u64 *after,
                               struct arena *scratch)
{
    struct rollup_origin o;
    json_write_object(w);
    json_write_key(w, "name");
    json_write_z(w, name);
    json_write_key(w, "blocks");
    json_write_object(w);
    for (size_t i = 0; session_rollup(s, &o, i); i++) {
        const u64 chain_id = o.rules->chain.chain_id;
        struct buffer key = buffer_in(scratch);
        number_add_u64(&key, chain_id);
        json_write_key_bytes(w, buffer_bytes(&key));
        TRY(write_blocks(w, s, chain_id, after[i], scratch));
    }
    json_write_end(w);
    json_write_end(w);
    return OK;
}

void export_rollups_end(struct json_writer *w)
{
    json_write_end(w);
    json_write_end(w);
    json_write_finish(w);
}
