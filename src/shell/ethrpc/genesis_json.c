#include "ethrpc/genesis_json.h"

#include "base/u256.h"
#include "ethrpc/alloc_json.h"
#include "state/trie.h"

enum err blob_schedule_read(struct blob_schedule *out, struct complaint *complaint, struct json row)
{
    u64 target, max, fraction;
    if (json_kind(row) == JSON_NONE)
        return OK;
    if (json_u64(&target, json_get(row, "target")) != OK || json_u64(&max, json_get(row, "max")) != OK ||
        json_u64(&fraction, json_get(row, "baseFeeUpdateFraction")) != OK || target > max || max > UINT16_MAX ||
        fraction == 0)
        return json_unexpected(complaint, row, "a blob schedule: target, max, baseFeeUpdateFraction");
    *out = (struct blob_schedule){(u32)target, (u32)max, fraction};
    return OK;
}

/* The glaciers changed only the difficulty, which is not checked: they are rows for who lists forks (EIP-2124). */
static const struct { const char *key, *schedule; bool by_time; enum fork_id fork; } config_row[] = {
    {"homesteadBlock", NULL, false, FORK_HOMESTEAD},
    {"eip150Block", NULL, false, FORK_TANGERINE},
    {"eip158Block", NULL, false, FORK_SPURIOUS},
    {"byzantiumBlock", NULL, false, FORK_BYZANTIUM},
    {"constantinopleBlock", NULL, false, FORK_CONSTANTINOPLE},
    {"petersburgBlock", NULL, false, FORK_PETERSBURG},
    {"istanbulBlock", NULL, false, FORK_ISTANBUL},
    {"muirGlacierBlock", NULL, false, FORK_ISTANBUL},
    {"berlinBlock", NULL, false, FORK_BERLIN},
    {"londonBlock", NULL, false, FORK_LONDON},
    {"arrowGlacierBlock", NULL, false, FORK_LONDON},
    {"grayGlacierBlock", NULL, false, FORK_LONDON},
    {"mergeNetsplitBlock", NULL, false, FORK_PARIS},
    {"shanghaiTime", NULL, true, FORK_SHANGHAI},
    {"cancunTime", "cancun", true, FORK_CANCUN},
    {"pragueTime", "prague", true, FORK_PRAGUE},
    {"osakaTime", "osaka", true, FORK_OSAKA},
    {"bpo1Time", "bpo1", true, FORK_OSAKA},
    {"bpo2Time", "bpo2", true, FORK_OSAKA},
    {"bpo3Time", "bpo3", true, FORK_OSAKA},
    {"bpo4Time", "bpo4", true, FORK_OSAKA},
    {"bpo5Time", "bpo5", true, FORK_OSAKA},
};

/* Where the total difficulty that ends proof of work is 0, genesis is after the merge already. */
static bool merged_at_genesis(struct json config)
{
    u256 total;
    return json_u256(&total, json_get(config, "terminalTotalDifficulty")) == OK && u256_is_zero(&total);
}

static enum err read_config(struct genesis *g, struct complaint *complaint, struct json config)
{
    const struct json deposit = json_get(config, "depositContractAddress"),
                      schedules = json_get(config, "blobSchedule");
    u32 n = 0;
    g->activation[n++] = (struct activation){.fork = &fork_table[FORK_FRONTIER]};
    if (json_u64(&g->rules.chain_id, json_get(config, "chainId")) != OK)
        return json_unexpected(complaint, config, "a config with its chainId");
    if (json_kind(deposit) != JSON_NONE && json_hex_fixed(g->rules.deposit_contract.b, sizeof(address), deposit) != OK)
        return json_unexpected(complaint, deposit, "an address");
    for (size_t i = 0; i < COUNT_OF(config_row); i++) {
        const struct json when = json_get(config, config_row[i].key);
        struct activation *a = &g->activation[n];
        const bool merged =
            config_row[i].fork == FORK_PARIS && json_kind(when) == JSON_NONE && merged_at_genesis(config);
        if (json_kind(when) == JSON_NONE && !merged)
            continue;
        *a = (struct activation){.fork = &fork_table[config_row[i].fork], .by_time = config_row[i].by_time};
        if (!merged && json_u64(&a->at, when) != OK)
            return json_unexpected(complaint, when, "a block number or time");
        a->blobs = a->fork->id >= FORK_PRAGUE ? blob_schedule_prague : blob_schedule_cancun;
        if (config_row[i].schedule)
            TRY(blob_schedule_read(&a->blobs, complaint, json_get(schedules, config_row[i].schedule)));
        n++;
    }
    g->rules.activation = g->activation;
    g->rules.activation_count = n;
    return OK;
}

/* A number that may be absent. */
static enum err may_u64(u64 *out, struct complaint *complaint, struct json genesis, const char *key)
{
    const struct json v = json_get(genesis, key);
    return json_kind(v) == JSON_NONE || json_kind(v) == JSON_NULL || json_u64(out, v) == OK
               ? OK
               : json_unexpected(complaint, v, "a number");
}

static enum err read_header(struct genesis *g, struct arena *arena, struct complaint *complaint, struct json genesis)
{
    struct bytes extra;
    u64 nonce = 0;
    struct header *h = &g->header;
    *h = (struct header){.ommers_hash = empty_ommers_hash,
                         .receipts_root = trie_empty_root,
                         .transactions_root = trie_empty_root,
                         .withdrawals_root = trie_empty_root,
                         .requests_hash = empty_requests_hash};
    TRY(may_u64(&h->timestamp, complaint, genesis, "timestamp"));
    TRY(may_u64(&h->gas_limit, complaint, genesis, "gasLimit"));
    TRY(may_u64(&nonce, complaint, genesis, "nonce"));
    TRY(may_u64(&h->excess_blob_gas, complaint, genesis, "excessBlobGas"));
    TRY(may_u64(&h->blob_gas_used, complaint, genesis, "blobGasUsed"));
    store_be64(h->nonce, nonce);
    h->base_fee = u256_from_u64(1000000000); /* EIP-1559 */
    const struct json fee = json_get(genesis, "baseFeePerGas"), difficulty = json_get(genesis, "difficulty");
    if ((json_kind(fee) == JSON_STRING && json_u256(&h->base_fee, fee) != OK) ||
        json_u256(&h->difficulty, difficulty) != OK)
        return json_unexpected(complaint, genesis, "a genesis with difficulty and baseFeePerGas");
    if (json_hex(arena, &extra, json_get(genesis, "extraData")) != OK || extra.len > HEADER_EXTRA_MAX ||
        json_hex_fixed(h->prevrandao.b, sizeof(hash32), json_get(genesis, "mixHash")) != OK ||
        json_hex_fixed(h->coinbase.b, sizeof(address), json_get(genesis, "coinbase")) != OK)
        return json_unexpected(complaint, genesis, "a genesis with extraData, mixHash and coinbase");
    h->extra_count = (u8)extra.len;
    if (extra.len)
        memcpy(h->extra, extra.ptr, extra.len);
    h->field_count = header_field_count(chain_rules_at(&g->rules, 0, h->timestamp)->fork);
    return OK;
}

enum err genesis_read(struct genesis *out, struct state *s, struct arena *arena, struct complaint *complaint,
                      struct json root)
{
    *out = (struct genesis){0};
    TRY(read_config(out, complaint, json_get(root, "config")));
    TRY(read_header(out, arena, complaint, root));
    return alloc_read(s, arena, complaint, json_get(root, "alloc"), &out->header.state_root);
}
