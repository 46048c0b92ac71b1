/* Opening the chains of a session: L1 on its source, each rollup from its genesis. */
#include "base/u256.h"
#include "builder/session_private.h"

/* Gas of calls between chains: what handling on the target can take in one transaction there. */
enum { L1_MAX_GAS = 6000000, L1_DEFAULT_GAS = 2000000 };

static size_t accounts_of(struct session *s, const struct session_config *c, u64 chain_id, size_t extra,
                          struct genesis_account **out)
{
    struct genesis_account *a = *out = ARENA_TAKE(&s->arena, struct genesis_account, c->funded_count + extra);
    size_t count = 0;
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == chain_id)
            a[count++] = (struct genesis_account){.at = c->funded[i].at, .balance = c->funded[i].balance};
    return count;
}

u256 rollup_escrow(const struct session_config *c, u64 chain_id)
{
    u256 sum = {0};
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == chain_id)
            u256_add(&sum, &sum, &c->funded[i].balance);
    for (size_t i = 0; i < c->rollup_count; i++)
        for (size_t k = 0; c->rollup[i].chain_id == chain_id && k < c->rollup[i].alloc_count; k++)
            u256_add(&sum, &sum, &c->rollup[i].alloc[k].balance);
    return sum;
}

/* What the builder's account needs on L1: fees, and the escrow of all rollups. */
static u256 builder_budget(const struct session_config *c, const u256 *fees)
{
    u256 budget = *fees;
    for (size_t i = 0; i < c->rollup_count; i++) {
        const u256 escrow = rollup_escrow(c, c->rollup[i].chain_id);
        u256_add(&budget, &budget, &escrow);
    }
    return budget;
}

static enum err fund(struct session *s, const address *at, const u256 *balance)
{
    return session_l1_fail(s, s->l1_source.methods->fund(s->l1_source.context, &s->l1, at, balance));
}

/* A remote L1 has its own genesis. Funding comes before deployment: if an earlier process got further, it is done. */
static enum err open_remote_l1(struct session *s, const struct session_config *c)
{
    const u256 fees = {{10000000000000000000ull, 0, 0, 0}}, budget = builder_budget(c, &fees); /* 10 ether */
    s->l1_source = c->l1;
    TRY(session_sync(s));
    if (ledger_head(&s->l1)->header.timestamp < c->genesis_timestamp)
        return session_fail(s, REJECT_CONFIG, BYTES_LITERAL("the rollups' genesis timestamp is later than L1's head"));
    if (c->deployment || session_has_unreconciled_sends(s))
        return OK;
    TRY(fund(s, &s->builder, &budget));
    for (size_t i = 0; i < c->funded_count; i++)
        if (c->funded[i].chain_id == c->l1_chain_id)
            TRY(fund(s, &c->funded[i].at, &c->funded[i].balance));
    return session_sync(s);
}

static enum err open_local_l1(struct session *s, const struct session_config *c)
{
    s->l1_local = (struct l1_local){c->l1_coinbase, c->l1_gas_limit, SLOT_SECONDS, 0};
    s->l1_source = (struct l1_source){&l1_local_methods, &s->l1_local};
    struct genesis_account *account;
    size_t count = accounts_of(s, c, c->l1_chain_id, 1, &account);
    const u256 fees = {{0, 1ull << 24, 0, 0}}; /* 2^88 wei, about 309 million ether */
    account[count++] = (struct genesis_account){
        .at = s->builder, .balance = builder_budget(c, &fees), .nonce = c->builder_nonce};
    const struct genesis g = {
        .timestamp = c->genesis_timestamp,
        .gas_limit = c->l1_gas_limit,
        .base_fee = c->l1_base_fee,
        .coinbase = c->l1_coinbase,
        .account = account,
        .account_count = count,
    };
    return genesis_l1(&s->l1, &g);
}

enum err session_open_l1(struct session *s, const struct session_config *c)
{
    s->l1_activation = (struct activation){.fork = &fork_table[c->l1_fork], .blobs = blob_schedule_prague};
    if (c->l1_blobs.max_count)
        s->l1_activation.blobs = c->l1_blobs;
    s->l1_rules =
        (struct chain_rules){.chain_id = c->l1_chain_id, .activation = &s->l1_activation, .activation_count = 1};
    ledger_init(&s->l1, s->memory, &s->l1_rules, s->code_cache);
    return c->l1.methods ? open_remote_l1(s, c) : open_local_l1(s, c);
}

u64 rollup_max_gas(const struct rollup_config *r)
{
    return r->gas_limit / 2;
}

static const struct peer_config *peers_of(struct session *s, const struct session_config *c, size_t index)
{
    struct peer_config *peer = ARENA_TAKE(&s->arena, struct peer_config, c->rollup_count), *next = peer;
    *next++ = (struct peer_config){.chain_id = c->l1_chain_id, .max_gas = L1_MAX_GAS, .default_gas = L1_DEFAULT_GAS};
    for (size_t i = 0; i < c->rollup_count; i++)
        if (i != index)
            *next++ = (struct peer_config){.chain_id = c->rollup[i].chain_id,
                                           .max_gas = rollup_max_gas(&c->rollup[i]),
                                           .default_gas = ROLLUP_DEFAULT_GAS,
                                           .is_trusted = true};
    return peer;
}

static struct genesis_account *find_genesis_account(struct genesis_account *account, size_t count, const address *at)
{
    for (size_t i = 0; i < count; i++)
        if (address_eq(&account[i].at, at))
            return &account[i];
    return NULL;
}

/* Adds the alloc to the funded accounts; an account that is in both has the sum. */
static size_t add_genesis_alloc(struct session *s, struct genesis_account *account, size_t funded,
                                const struct rollup_config *c)
{
    size_t count = funded;
    for (size_t i = 0; i < c->alloc_count; i++) {
        struct genesis_account a = c->alloc[i], *known = find_genesis_account(account, funded, &a.at);
        struct genesis_slot *slot = ARENA_TAKE(&s->arena, struct genesis_slot, a.slot_count);
        if (a.slot_count)
            memcpy(slot, a.slot, a.slot_count * sizeof *slot);
        a.slot = slot;
        a.code = arena_copy(&s->arena, a.code);
        if (known)
            u256_add(&a.balance, &a.balance, &known->balance);
        *(known ? known : &account[count++]) = a;
    }
    return count;
}

static const struct predeploy *copy_predeploys(struct session *s, const struct rollup_config *c)
{
    struct predeploy *p = ARENA_TAKE(&s->arena, struct predeploy, c->predeploy_count);
    for (size_t i = 0; i < c->predeploy_count; i++)
        p[i] = (struct predeploy){c->predeploy[i].at, arena_copy(&s->arena, c->predeploy[i].init)};
    return p;
}

enum err session_open_rollup(struct session *s, const struct session_config *c, size_t index)
{
    const struct rollup_config *config = &c->rollup[index];
    struct rollup *r = &s->rollup[index];
    rollup_rules_init(&r->rules, config->chain_id, c->l1_chain_id, &s->contracts.shared_bridge, &config->coinbase,
                      config->gas_limit);
    ledger_init(&r->ledger, s->memory, &r->rules.chain, s->code_cache);
    struct genesis_account *account;
    const size_t funded = accounts_of(s, c, config->chain_id, config->alloc_count, &account);
    const struct genesis g = {
        .timestamp = c->genesis_timestamp,
        .gas_limit = config->gas_limit,
        .base_fee = config->base_fee,
        .coinbase = config->coinbase,
        .account = account,
        .account_count = add_genesis_alloc(s, account, funded, config),
        .predeploy = copy_predeploys(s, config),
        .predeploy_count = config->predeploy_count,
    };
    r->genesis = g;
    r->peer = peers_of(s, c, index);
    r->peer_count = c->rollup_count; /* L1, and the other rollups */
    struct buffer why = buffer_in(&s->slot_arena);
    const enum err e = genesis_rollup(&r->ledger, &r->rules, &g, r->peer, r->peer_count, &why);
    return why.len ? session_fail(s, e, buffer_bytes(&why)) : e;
}
