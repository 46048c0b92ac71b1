#include "prover/prover_config.h"

#include "verify/batch.h"

enum { CONFIG_BYTES_MAX = 1 << 20, ROLLUPS_MAX = 1024 };

struct reading {
    struct prover_config config;
    struct arena *arena;
    struct complaint *complaint;
};

static enum err wrong_in_config(struct reading *r, struct json at, const char *what)
{
    complain(r->complaint, json_place(at), "%s", what);
    return REJECT_CONFIG;
}

static enum err read_config_number(struct reading *r, u64 *out, struct json object, const char *key)
{
    struct json v;
    TRY(json_need(&v, r->complaint, object, key, JSON_NUMBER));
    if (json_u64(out, v) != OK || *out == 0)
        return wrong_in_config(r, v, "expected a number from 1 to 2^64 - 1");
    return OK;
}

static enum err read_config_address(struct reading *r, address *out, struct json object, const char *key)
{
    struct json v;
    TRY(json_need(&v, r->complaint, object, key, JSON_STRING));
    if (json_hex_fixed(out->b, sizeof out->b, v) != OK || address_is_zero(out))
        return wrong_in_config(r, v, "expected an address: 0x and 40 hex digits, not all of them 0");
    return OK;
}

static enum err read_config_hash(struct reading *r, hash32 *out, struct json object, const char *key)
{
    struct json v;
    TRY(json_need(&v, r->complaint, object, key, JSON_STRING));
    if (json_hex_fixed(out->b, sizeof out->b, v) != OK)
        return wrong_in_config(r, v, "expected a hash: 0x and 64 hex digits");
    return OK;
}

static enum err only(struct reading *r, struct json object, const char *const *known, size_t count)
{
    struct json_iterator member = json_items(object);
    while (json_next(&member)) {
        bool is_known = false;
        for (size_t i = 0; i < count; i++)
            is_known |= bytes_eq(member.key, bytes_of(known[i], strlen(known[i])));
        if (!is_known)
            return wrong_in_config(r, member.value, "a member with a name that is not known");
    }
    return OK;
}

static enum err read_config_rollup(struct reading *r, struct rollup_rules *out, struct json object, u64 above)
{
    static const char *const known[] = {"chainId", "coinbase", "gasLimit"};
    u64 chain_id, gas_limit;
    address coinbase;
    if (json_kind(object) != JSON_OBJECT)
        return json_unexpected(r->complaint, object, "an object: a rollup");
    TRY(only(r, object, known, COUNT_OF(known)));
    TRY(read_config_number(r, &chain_id, object, "chainId"));
    TRY(read_config_address(r, &coinbase, object, "coinbase"));
    TRY(read_config_number(r, &gas_limit, object, "gasLimit"));
    if (chain_id <= above || chain_id == r->config.quorum.l1_chain_id)
        return wrong_in_config(r, object, "chain ids must ascend, and none may be L1's");
    rollup_rules_init(out, chain_id, r->config.quorum.l1_chain_id, &r->config.shared_bridge, &coinbase, gas_limit);
    return OK;
}

static enum err read_config_rollups(struct reading *r, struct json root)
{
    struct json list;
    TRY(json_need(&list, r->complaint, root, "rollups", JSON_ARRAY));
    const u32 count = json_count(list);
    if (count == 0 || count > ROLLUPS_MAX)
        return wrong_in_config(r, list, "expected from 1 to 1024 rollups");
    r->config.rules =
        ARENA_TAKE(r->arena, struct rollup_rules, count); /* never moved: the rules point into themselves */
    struct json_iterator item = json_items(list);
    for (u64 above = 0; json_next(&item); above = r->config.rules[item.index].chain.chain_id)
        TRY(read_config_rollup(r, &r->config.rules[item.index], item.value, above));
    r->config.rollup_count = count;
    return OK;
}

enum err prover_config_read(struct prover_config *out, struct arena *arena, struct complaint *complaint,
                            const char *path)
{
    static const char *const known[] = {"l1ChainId",      "sharedBridge",    "quorumVerifier", "programId",
                                        "proverSetEpoch", "deadlineSeconds", "blocksMax",      "rollups"};
    struct reading r = {.arena = arena, .complaint = complaint};
    struct quorum *q = &r.config.quorum;
    struct json root;
    TRY(json_read_file(arena, &root, complaint, path, CONFIG_BYTES_MAX));
    if (json_kind(root) != JSON_OBJECT)
        return json_unexpected(complaint, root, "an object");
    TRY(only(&r, root, known, COUNT_OF(known)));
    TRY(read_config_number(&r, &q->l1_chain_id, root, "l1ChainId"));
    TRY(read_config_address(&r, &r.config.shared_bridge, root, "sharedBridge"));
    TRY(read_config_address(&r, &q->verifier, root, "quorumVerifier"));
    TRY(read_config_hash(&r, &q->program_id, root, "programId"));
    TRY(read_config_number(&r, &q->prover_set_epoch, root, "proverSetEpoch"));
    TRY(read_config_number(&r, &r.config.deadline_seconds, root, "deadlineSeconds"));
    TRY(read_config_number(&r, &r.config.blocks_max, root, "blocksMax"));
    if (r.config.blocks_max > BATCH_BLOCKS_MAX)
        return wrong_in_config(&r, json_get(root, "blocksMax"), "more blocks than a batch may hold");
    TRY(read_config_rollups(&r, root));
    prover_proof_system_id(&q->proof_system_id);
    *out = r.config;
    return OK;
}

void prover_config_write(struct json_writer *w, const struct prover_config *b)
{
    json_write_object(w);
    json_write_key(w, "l1ChainId");
    json_write_u64(w, b->quorum.l1_chain_id);
    json_write_key(w, "sharedBridge");
    json_write_address(w, &b->shared_bridge);
    json_write_key(w, "quorumVerifier");
    json_write_address(w, &b->quorum.verifier);
    json_write_key(w, "programId");
    json_write_hex(w, BYTES_OF(b->quorum.program_id.b));
    json_write_key(w, "proverSetEpoch");
    json_write_u64(w, b->quorum.prover_set_epoch);
    json_write_key(w, "deadlineSeconds");
    json_write_u64(w, b->deadline_seconds);
    json_write_key(w, "blocksMax");
    json_write_u64(w, b->blocks_max);
    json_write_key(w, "rollups");
    json_write_array(w);
    for (size_t i = 0; i < b->rollup_count; i++) {
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, b->rules[i].chain.chain_id);
        json_write_key(w, "coinbase");
        json_write_address(w, &b->rules[i].coinbase);
        json_write_key(w, "gasLimit");
        json_write_u64(w, b->rules[i].gas_limit);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

const struct rollup_rules *prover_config_rules(const struct prover_config *b, u64 chain_id)
{
    for (size_t i = 0; i < b->rollup_count; i++)
        if (b->rules[i].chain.chain_id == chain_id)
            return &b->rules[i];
    return NULL;
}
