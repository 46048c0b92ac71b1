#include "remote_l1/remote_l1.h"

#include "base/u256.h"
#include "codec/text.h"
#include "remote_l1/remote_l1_private.h"

#include <string.h>

bool is_development_chain(u64 chain_id)
{
    static const u64 development[] = {1337 /* geth --dev, ganache */, 31337 /* anvil, hardhat */};
    for (size_t i = 0; i < COUNT_OF(development); i++)
        if (chain_id == development[i])
            return true;
    return false;
}

const char *remote_l1_why(const struct remote_l1 *r)
{
    return r->why;
}

/* A view's read that failed has its message in proved_state. */
static const char *remote_l1_reason(void *context)
{
    const struct remote_l1 *r = context;
    return r->why[0] || !r->state ? r->why : proved_state_why(r->state);
}

const struct remote_l1_info *remote_l1_info(const struct remote_l1 *r)
{
    return &r->info;
}

enum err remote_l1_mine(struct remote_l1 *r)
{
    struct json ignored;
    return remote_ask(r, &ignored, "evm_mine", bytes_of(NULL, 0));
}

void remote_l1_begin_at(struct remote_l1 *r, u64 number)
{
    BUG_UNLESS(!r->ledger);
    r->first_block = number;
}

struct remote_l1_counts remote_l1_counts(const struct remote_l1 *r)
{
    struct remote_l1_counts c = r->counts;
    if (!r->rpc)
        return c; /* the URL was refused */
    c.calls = rpc_call_count(r->rpc);
    c.requests = rpc_request_count(r->rpc);
    c.state = proved_state_counts(r->state);
    return c;
}

/* --- opening --- */

static void read_l1_rules(struct remote_l1 *r)
{
    struct json config;
    u64 target, max, fraction;
    r->info.fork = FORK_OSAKA;
    r->info.blobs = blob_schedule_prague;
    if (rpc_call_one(r->rpc, &r->scratch, &config, "eth_config", bytes_of(NULL, 0)) != OK)
        return; /* EIP-7910 is not everywhere yet */
    const struct json current = json_get(config, "current"), blobs = json_get(current, "blobSchedule");
    if (json_kind(json_get(current, "precompiles")) == JSON_OBJECT &&
        json_kind(json_get(json_get(current, "precompiles"), "P256VERIFY")) == JSON_NONE) /* EIP-7951 */
        r->info.fork = FORK_PRAGUE;
    if (json_u64(&target, json_get(blobs, "target")) == OK && json_u64(&max, json_get(blobs, "max")) == OK &&
        json_u64(&fraction, json_get(blobs, "baseFeeUpdateFraction")) == OK && target <= max && max <= UINT16_MAX &&
        fraction)
        r->info.blobs = (struct blob_schedule){(u32)target, (u32)max, fraction};
}

static enum err greet(struct remote_l1 *r)
{
    struct json client, id;
    struct buffer name = buffer_in(&r->scratch);
    struct remote_head latest;
    TRY(remote_ask(r, &client, "web3_clientVersion", bytes_of(NULL, 0)));
    text_add_safe(&name, json_text(client), sizeof r->info.client - 8);
    const size_t len = name.len < sizeof r->info.client - 1 ? name.len : sizeof r->info.client - 1;
    if (len)
        memcpy(r->info.client, name.ptr, len);
    TRY(remote_ask(r, &id, "eth_chainId", bytes_of(NULL, 0)));
    if (json_u64(&r->info.chain_id, id) != OK || r->info.chain_id == 0)
        return remote_fail(r, REJECT_RPC, BYTES_LITERAL("eth_chainId gave no chain id"));
    r->info.is_development = is_development_chain(r->info.chain_id);
    read_l1_rules(r);
    TRY(remote_read_latest(r, &latest.header, &latest.hash));
    if (latest.header.number == 0 && r->info.is_development) {
        struct json mined;
        TRY(remote_ask(r, &mined, "evm_mine", bytes_of(NULL, 0)));
        TRY(remote_read_latest(r, &latest.header, &latest.hash));
    }
    r->info.head_number = latest.header.number;
    return remote_check_first(r, &latest.header);
}

enum err remote_l1_open(struct remote_l1 **out, const struct memory *memory, const struct remote_l1_config *config)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct remote_l1 *r = ARENA_TAKE_ZERO(&arena, struct remote_l1, 1);
    r->memory = memory;
    r->arena = arena;
    arena_init(&r->scratch, memory);
    r->patience_ms = config->patience_ms;
    r->outbox = config->outbox;
    r->first_block = UINT64_MAX;
    r->has_funder = config->funder != NULL;
    if (config->funder)
        r->funder = *config->funder;
    *out = r;
    const enum err e = rpc_open(&r->rpc, memory, config->url);
    if (e == REJECT_URL)
        return remote_fail(r, e, BYTES_LITERAL("invalid URL: expected http://HOST:PORT or https://HOST:PORT"));
    if (e != OK)
        return remote_fail(r, e, BYTES_LITERAL("the HTTP client cannot be started"));
    r->state = proved_state_open(memory, r->rpc);
    return greet(r);
}

void remote_l1_close(struct remote_l1 *r)
{
    if (r->state)
        proved_state_close(r->state);
    if (r->rpc)
        rpc_close(r->rpc);
    arena_release(&r->scratch);
    struct arena arena = r->arena;
    arena_release(&arena);
}

enum err remote_l1_account(struct remote_l1 *r, u64 *nonce, u256 *balance, const address *at)
{
    struct json count, amount;
    const struct arena_mark mark = arena_mark(&r->scratch);
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(at->b));
    rpc_add_json(&p, BYTES_LITERAL("\"latest\""));
    const struct bytes params = rpc_params_end(&p);
    TRY(remote_ask(r, &count, "eth_getTransactionCount", params));
    TRY(remote_ask(r, &amount, "eth_getBalance", params));
    const bool read = json_u64(nonce, count) == OK && json_u256(balance, amount) == OK;
    arena_rewind(&r->scratch, mark);
    return read ? OK : remote_fail(r, REJECT_RPC, BYTES_LITERAL("the node gave no nonce or no balance of an account"));
}

/* --- as the session sees it --- */

static size_t seen_count(void *context)
{
    const struct remote_l1 *r = context;
    return proved_state_account_count(r->state);
}

static const address *seen_address(void *context, size_t index)
{
    const struct remote_l1 *r = context;
    return proved_state_account(r->state, index);
}

static enum err read_slots(struct ledger *l, u256 *value, const hash32 *root, const address *at, const u256 *key,
                           size_t count)
{
    struct state *view = state_open(l->memory, l->tries, &l->codes, root);
    const struct account *a;
    const struct storage_slot *slot;
    state_fetch_from(view, &l->fetch);
    enum err e = state_account(view, &a, NULL, at);
    for (size_t i = 0; i < count && e == OK; i++) {
        e = state_storage_slot(view, &slot, NULL, a, &key[i]);
        if (e == OK)
            value[i] = slot->current;
    }
    state_release(view);
    return e;
}

static enum err same_storage(void *context, struct ledger *l, bool *out, size_t index, const hash32 *root,
                             const hash32 *other_root)
{
    enum { SLOTS_MAX = 1024 };
    struct remote_l1 *r = context;
    const struct arena_mark mark = arena_mark(&r->scratch);
    u256 *key = ARENA_TAKE(&r->scratch, u256, SLOTS_MAX), *was = ARENA_TAKE(&r->scratch, u256, SLOTS_MAX),
         *is = ARENA_TAKE(&r->scratch, u256, SLOTS_MAX);
    const size_t count = proved_state_slots(r->state, key, SLOTS_MAX, index);
    const address at = *proved_state_account(r->state, index);
    enum err e = read_slots(l, was, root, &at, key, count);
    if (e == OK)
        e = read_slots(l, is, other_root, &at, key, count);
    bool same = true;
    for (size_t i = 0; i < count && e == OK; i++)
        same &= u256_eq(&was[i], &is[i]);
    arena_rewind(&r->scratch, mark);
    TRY(e);
    *out = same;
    return OK;
}

static const struct l1_methods methods = {
    .is_local = false,
    .sync = remote_sync,
    .choice = remote_choice,
    .include = remote_include,
    .follow = remote_follow_reorged,
    .fund = remote_fund,
    .reconcile = remote_reconcile,
    .has_unreconciled = remote_has_unreconciled,
    .seen_count = seen_count,
    .seen = seen_address,
    .same_storage = same_storage,
    .why = remote_l1_reason,
};

struct l1_source remote_l1_source(struct remote_l1 *r)
{
    return (struct l1_source){&methods, r};
}
