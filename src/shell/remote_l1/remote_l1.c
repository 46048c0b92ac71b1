#include "remote_l1/remote_l1.h"

#include "base/u256.h"
#include "codec/text.h"
#include "remote_l1/remote_l1_private.h"

#include <string.h>

/* Blocks between two looks; further back the mirror begins anew. */
enum { GAP_MAX = 4096 };

bool is_development_chain(u64 chain_id)
{
    static const u64 development[] = {1337 /* geth --dev, ganache */, 31337 /* anvil, hardhat */};
    for (size_t i = 0; i < COUNT_OF(development); i++)
        if (chain_id == development[i])
            return true;
    return false;
}

enum err remote_fail(struct remote_l1 *r, enum err e, struct bytes sentence)
{
    const size_t len = sentence.len < sizeof r->why - 1 ? sentence.len : sizeof r->why - 1;
    if (len)
        memcpy(r->why, sentence.ptr, len);
    r->why[len] = 0;
    return e;
}

enum err remote_fail_rpc(struct remote_l1 *r, enum err e)
{
    const char *why = rpc_why(r->rpc);
    return remote_fail(r, e, bytes_of(why, strlen(why)));
}

enum err remote_ask(struct remote_l1 *r, struct json *result, const char *method, struct bytes params)
{
    const enum err e = rpc_call_one(r->rpc, &r->scratch, result, method, params);
    return e == OK ? OK : remote_fail_rpc(r, e);
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

/* --- the head --- */

static enum err read_remote_block(struct remote_l1 *r, struct header *h, hash32 *hash, const char *method,
                                  struct bytes params)
{
    struct json block;
    struct buffer text = buffer_in(&r->scratch);
    TRY(remote_ask(r, &block, method, params));
    if (json_kind(block) != JSON_OBJECT) {
        text_add_z(&text, method);
        text_add(&text, " gave no block");
        return remote_fail(r, REJECT_RPC, buffer_bytes(&text));
    }
    const enum err e = rpc_header(&r->scratch, h, hash, block, &text);
    return e == OK ? OK : remote_fail(r, e, buffer_bytes(&text));
}

static enum err read_latest(struct remote_l1 *r, struct header *h, hash32 *hash)
{
    return read_remote_block(r, h, hash, "eth_getBlockByNumber", BYTES_LITERAL("[\"latest\",false]"));
}

static enum err read_parent(struct remote_l1 *r, struct header *h, hash32 *hash, const hash32 *want)
{
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(want->b));
    rpc_add_json(&p, BYTES_LITERAL("false"));
    TRY(read_remote_block(r, h, hash, "eth_getBlockByHash", rpc_params_end(&p)));
    return hash32_eq(hash, want)
               ? OK
               : remote_fail(r, REJECT_L1_HEADER, BYTES_LITERAL("the node gave another block than asked"));
}

/* Older hashes than the mirror has: down from its first block, each bound by its child. */
static enum err older_hash(void *context, hash32 *out, u64 number)
{
    struct remote_l1 *r = context;
    const struct ledger_block *first = ledger_block_at(r->ledger, r->ledger->first);
    if (!first || number >= r->ledger->first || r->ledger->first - number > OLDER_MAX)
        return FAULT_STATE_MISSING;
    const struct arena_mark mark = arena_mark(&r->scratch);
    while (r->older_count < r->ledger->first - number) {
        struct header h = first->header;
        hash32 hash;
        if (r->older_count)
            TRY(read_parent(r, &h, &hash, &r->older[r->older_count - 1]));
        r->older[r->older_count++] = h.parent_hash;
    }
    arena_rewind(&r->scratch, mark);
    *out = r->older[r->ledger->first - number - 1];
    return OK;
}

struct link {
    struct header header;
    hash32 hash;
};

static bool is_mirrored(const struct ledger *l, const struct header *h, const hash32 *hash)
{
    const struct ledger_block *b = ledger_block_at(l, h->number);
    return b && hash32_eq(&b->hash, hash);
}

static enum err check_first(struct remote_l1 *r, const struct header *h)
{
    if (h->field_count < HEADER_PRAGUE)
        return remote_fail(r, REJECT_L1_CHAIN, BYTES_LITERAL("the chain is before Prague"));
    if (hash32_eq(&h->state_root, &trie_empty_root))
        return remote_fail(r, REJECT_L1_CHAIN, BYTES_LITERAL("the head's state root is that of an empty state (anvil's block 0): mine a block first"));
    return OK;
}

static void mirror(struct remote_l1 *r, struct ledger *l, const struct link *link)
{
    ledger_mirror(l, &link->header, &link->hash);
    proved_state_pin(r->state, &link->header.state_root, &link->hash);
}

/* One block further down. */
static enum err descend(struct remote_l1 *r, struct buffer *list, struct link *latest)
{
    if (list->len / sizeof *latest > GAP_MAX)
        return remote_fail(r, REJECT_L1_REORGANIZED, BYTES_LITERAL("the chain is more than 4096 blocks ahead of what this builder saw of it last"));
    buffer_add(list, latest, sizeof *latest);
    const u64 number = latest->header.number;
    const hash32 parent = latest->header.parent_hash;
    TRY(read_parent(r, &latest->header, &latest->hash, &parent));
    return latest->header.number + 1 == number
               ? OK
               : remote_fail(r, REJECT_L1_HEADER, BYTES_LITERAL("a block's number does not follow its parent's"));
}

static void ascend(struct remote_l1 *r, struct ledger *l, const struct buffer *list)
{
    for (size_t left = list->len; left; left -= sizeof(struct link))
        mirror(r, l, (const struct link *)(const void *)(list->ptr + left - sizeof(struct link)));
}

/* From the chain's head down to a block that the mirror has. */
static enum err follow_mirror(struct remote_l1 *r, struct ledger *l, struct link latest)
{
    struct buffer list = buffer_in(&r->scratch);
    while (!is_mirrored(l, &latest.header, &latest.hash)) {
        if (latest.header.number <= l->first)
            return remote_fail(r, REJECT_L1_REORGANIZED, BYTES_LITERAL("the chain was reorganized below the first block that this builder saw"));
        TRY(descend(r, &list, &latest));
    }
    ledger_drop_after(l, latest.header.number);
    ascend(r, l, &list);
    return OK;
}

/* The first look: from the head down to where an earlier process began. */
static enum err begin_mirror(struct remote_l1 *r, struct ledger *l, struct link latest)
{
    struct buffer list = buffer_in(&r->scratch);
    const struct node_source nodes = proved_state_nodes(r->state);
    const struct code_source codes = proved_state_codes(r->state);
    const struct state_fetch fetch = proved_state_fetch(r->state);
    const struct ancestors older = {older_hash, r};
    TRY(check_first(r, &latest.header));
    while (latest.header.number > r->first_block)
        TRY(descend(r, &list, &latest));
    ledger_read_from(l, &nodes, &codes, &fetch, &older);
    r->ledger = l;
    mirror(r, l, &latest);
    ascend(r, l, &list);
    return OK;
}

enum err remote_sync(void *context, struct ledger *l)
{
    struct remote_l1 *r = context;
    struct link latest;
    r->why[0] = 0;
    const struct arena_mark mark = arena_mark(&r->scratch);
    TRY(read_latest(r, &latest.header, &latest.hash));
    TRY(r->ledger ? follow_mirror(r, l, latest) : begin_mirror(r, l, latest));
    arena_rewind(&r->scratch, mark);
    return OK;
}

struct block_choice remote_choice(void *context, const struct ledger *l)
{
    const struct remote_l1 *r = context;
    const struct header *head = &ledger_head(l)->header;
    return (struct block_choice){
        .coinbase = head->coinbase,        /* not known: a leg that reads it is refused */
        .timestamp = head->timestamp + (r->info.is_development ? 1 : 12), /* the least that it can be */
        .gas_limit = head->gas_limit,
    };
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
    struct link latest;
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
    TRY(read_latest(r, &latest.header, &latest.hash));
    if (latest.header.number == 0 && r->info.is_development) {
        struct json mined;
        TRY(remote_ask(r, &mined, "evm_mine", bytes_of(NULL, 0)));
        TRY(read_latest(r, &latest.header, &latest.hash));
    }
    r->info.head_number = latest.header.number;
    return check_first(r, &latest.header);
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
