#include "builder/query.h"

#include "base/u256.h"
#include "bridge/events.h"
#include "builder/session_chains.h"
#include "builder/session_private.h"
#include "codec/abi.h"
#include "crypto/keccak.h"
#include "prover/prover_config.h"

/* --- the head --- */

enum err session_head(struct session *s, u64 *number, hash32 *block_hash, hash32 *state_root, u64 chain_id)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return session_unknown_chain(s, chain_id);
    const struct ledger_block *b = ledger_head(l);
    *number = b->header.number;
    *block_hash = b->hash;
    *state_root = b->header.state_root;
    return OK;
}

enum err session_balance(struct session *s, u256 *out, u64 chain_id, const address *at)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return session_unknown_chain(s, chain_id);
    struct state *view = ledger_view(l);
    const struct account *a;
    const enum err e = state_account(view, &a, NULL, at);
    if (e == OK)
        *out = a->balance;
    state_release(view);
    return e;
}

enum err session_storage(struct session *s, u256 *out, u64 chain_id, const address *at, const u256 *key)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return session_unknown_chain(s, chain_id);
    struct state *view = ledger_view(l);
    const struct account *a;
    const struct storage_slot *storage_slot;
    enum err e = state_account(view, &a, NULL, at);
    if (e == OK)
        e = state_storage_slot(view, &storage_slot, NULL, a, key);
    if (e == OK)
        *out = storage_slot->current;
    state_release(view);
    return e;
}

enum err session_call(struct session *s, bool *success, struct bytes *output, u64 chain_id, const address *from,
                      const address *to, const u256 *value, struct bytes data)
{
    enum { CALL_GAS = 100000000 };
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return session_unknown_chain(s, chain_id);
    struct state *view = ledger_view(l);
    struct block_run run;
    struct evm_result r;
    const struct block_message m = {.from = *from, .to = *to, .value = *value, .data = data, .gas = CALL_GAS};
    block_open(&run, &l->machine, l->rules, view, &ledger_head(l)->header, &l->ancestors, NULL);
    const enum err e = block_message(&run, &r, &m);
    if (e == OK) {
        *success = halt_is_success(r.halt);
        *output = arena_copy(&s->slot_arena, r.output);
    }
    block_release(&run);
    state_release(view);
    return e;
}

enum err session_address_of(struct session *s, address *out, u64 chain_id, const address *to, struct bytes data)
{
    const address zero = {{0}};
    const u256 nothing = {0};
    bool success;
    struct bytes output;
    TRY(session_call(s, &success, &output, chain_id, &zero, to, &nothing, data));
    struct abi_reader r = abi_reader(output);
    if (!success || abi_address(&r, out) != OK)
        return session_fail(s, REJECT_SET_UP, BYTES_LITERAL("a contract of the protocol did not return an address"));
    return OK;
}

enum err session_remote_account(struct session *s, address *out, u64 on_chain, u64 of_chain, const address *account)
{
    const address *bridge =
        on_chain == s->l1_rules.chain_id ? &s->contracts.shared_bridge : &s->contracts.rollup_bridge;
    return session_address_of(s, out, on_chain, bridge, calldata_remote_account(&s->slot_arena, of_chain, account));
}

enum { PROVER_BLOCKS_MAX = 64, PROVER_DEADLINE_SECONDS = 7200 };

void session_prover_config(struct session *s, struct prover_config *out)
{
    struct rollup_rules *rules = ARENA_TAKE(&s->arena, struct rollup_rules, s->rollup_count);
    for (size_t i = 0; i < s->rollup_count; i++)
        rules[i] = s->rollup[i].rules; /* their hooks point at the session's own */
    *out = (struct prover_config){
        .quorum = s->provers.quorum,
        .shared_bridge = s->contracts.shared_bridge,
        .deadline_seconds = PROVER_DEADLINE_SECONDS,
        .blocks_max = PROVER_BLOCKS_MAX,
        .rules = rules,
        .rollup_count = s->rollup_count,
    };
}

/* --- any block --- */

enum err session_block(struct session *s, const struct ledger_block **out, u64 chain_id, u64 number)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return REJECT_UNKNOWN_CHAIN;
    *out = ledger_block_at(l, number);
    return OK;
}

enum err session_sidecar(struct session *s, const struct sidecar **out, u64 number)
{
    const struct kzg_setup *setup;
    const struct ledger_block *b = ledger_block_at(&s->l1, number);
    if (b && b->sidecar) {
        TRY(session_kzg(s, &setup));
        TRY(ledger_prove_cells(&s->l1, number, setup));
    }
    *out = b ? b->sidecar : NULL;
    return OK;
}

bool session_rollup(const struct session *s, struct rollup_origin *out, size_t index)
{
    if (index >= s->rollup_count)
        return false;
    const struct rollup *r = &s->rollup[index];
    *out = (struct rollup_origin){&r->rules, &r->genesis, r->peer, r->peer_count};
    return true;
}

static const struct account_leaf *empty_leaf(struct account_leaf *out)
{
    *out = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    return out;
}

static bool registers(const struct receipt *r, const address *bridge)
{
    for (u32 i = 0; i < r->log_count; i++)
        if (address_eq(&r->log[i].at, bridge) && event_is(&r->log[i], EVENT_ROLLUP_REGISTERED))
            return true;
    return false;
}

bool session_registered_at(const struct session *s, u64 *number)
{
    for (size_t n = 0; n < s->l1.block.count; n++)
        for (u32 i = 0; i < s->l1.block.item[n].tx_count; i++)
            if (registers(&s->l1.block.item[n].receipt[i], &s->contracts.shared_bridge)) {
                *number = s->l1.block.item[n].header.number;
                return true;
            }
    return false;
}

enum err session_account(struct session *s, struct account_leaf *out, u64 chain_id, u64 number, const address *at)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    return b ? ledger_account(l, out, b, at) : REJECT_UNKNOWN_CHAIN;
}

enum err session_code(struct session *s, struct bytes *out, u64 chain_id, u64 number, const address *at)
{
    struct account_leaf leaf;
    TRY(session_account(s, &leaf, chain_id, number, at));
    if (!hash32_eq(&leaf.code_hash, &keccak_of_empty)) {
        const struct code_source *codes = &session_ledger(s, chain_id, NULL)->codes;
        return codes->code(codes->context, out, &leaf.code_hash);
    }
    *out = (struct bytes){NULL, 0};
    return OK;
}

static enum err sum_balance(void *context, struct bytes key, struct bytes value)
{
    u256 *sum = context;
    struct account_leaf leaf;
    (void)key;
    TRY(account_leaf_decode(&leaf, value));
    u256_add(sum, sum, &leaf.balance);
    return OK;
}

const struct rollup_genesis *session_rollups(const struct session *s, struct arena *arena, size_t *count)
{
    struct rollup_genesis *g = ARENA_TAKE(arena, struct rollup_genesis, s->rollup_count);
    for (size_t i = 0; i < s->rollup_count; i++)
        g[i] = (struct rollup_genesis){
            .chain_id = s->rollup[i].rules.chain.chain_id,
            .coinbase = s->rollup[i].rules.coinbase,
            .gas_limit = s->rollup[i].rules.gas_limit,
            .genesis = s->rollup[i].genesis,
            .peer = s->rollup[i].peer,
            .peer_count = s->rollup[i].peer_count,
        };
    *count = s->rollup_count;
    return g;
}

enum err session_burned(struct session *s, u256 *out, u64 chain_id, u64 number)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    if (!b)
        return REJECT_UNKNOWN_CHAIN;
    const struct header *h = &b->header;
    u256 price, blob_fee, gas = u256_from_u64(h->gas_used), blob_gas = u256_from_u64(h->blob_gas_used);
    blob_base_fee(&price, h->excess_blob_gas, &chain_rules_at(l->rules, h->number, h->timestamp)->blobs);
    u256_mul(&blob_fee, &price, &blob_gas);
    u256_mul(out, &h->base_fee, &gas);
    u256_add(out, out, &blob_fee);
    return OK;
}

enum err session_destroyed(struct session *s, u256 *out, u64 chain_id, u64 number)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    if (!b)
        return REJECT_UNKNOWN_CHAIN;
    *out = b->burned;
    return OK;
}

enum err session_total(struct session *s, u256 *out, u64 chain_id, u64 number)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    if (!b)
        return REJECT_UNKNOWN_CHAIN;
    u256 sum = {{0}};
    TRY(trie_each(l->tries, &b->header.state_root, sum_balance, &sum));
    *out = sum;
    return OK;
}

static enum err count_leaf(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(size_t *)context;
    return OK;
}

enum err session_account_count(struct session *s, size_t *out, u64 chain_id, u64 number)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    if (!b)
        return REJECT_UNKNOWN_CHAIN;
    *out = 0;
    return trie_each(l->tries, &b->header.state_root, count_leaf, out);
}

/* --- differences -------------------------------------------------------------------------------- */

struct leaves {
    struct buffer list; /* of struct keyed_leaf, in the order of their keys */
};

struct keyed_leaf {
    hash32 key;
    struct account_leaf leaf;
};

static enum err collect_leaf(void *context, struct bytes key, struct bytes value)
{
    struct leaves *l = context;
    struct keyed_leaf k;
    BUG_UNLESS(key.len == sizeof k.key.b);
    memcpy(k.key.b, key.ptr, sizeof k.key.b);
    TRY(account_leaf_decode(&k.leaf, value));
    buffer_add(&l->list, &k, sizeof k);
    return OK;
}

static bool leaf_eq(const struct account_leaf *here, const struct account_leaf *there)
{
    return here->nonce == there->nonce && u256_eq(&here->balance, &there->balance) &&
           hash32_eq(&here->storage_root, &there->storage_root) && hash32_eq(&here->code_hash, &there->code_hash);
}

static enum err compare_leaves(const struct leaves *before, const struct leaves *after,
                               enum err (*each)(void *context, const hash32 *key, const struct account_leaf *before,
                                                const struct account_leaf *after),
                               void *context)
{
    const struct keyed_leaf *b = (const void *)before->list.ptr, *a = (const void *)after->list.ptr;
    const size_t b_count = before->list.len / sizeof *b, a_count = after->list.len / sizeof *a;
    struct account_leaf empty;
    for (size_t i = 0, j = 0; i < b_count || j < a_count;) {
        const int order = i == b_count ? 1 : j == a_count ? -1 : memcmp(b[i].key.b, a[j].key.b, sizeof b->key.b);
        const struct account_leaf *was = order <= 0 ? &b[i].leaf : empty_leaf(&empty);
        const struct account_leaf *is = order >= 0 ? &a[j].leaf : empty_leaf(&empty);
        if (!leaf_eq(was, is))
            TRY(each(context, order <= 0 ? &b[i].key : &a[j].key, was, is));
        i += order <= 0;
        j += order >= 0;
    }
    return OK;
}

/* The whole state of a remote L1 is not available: each account that was fetched is compared, and its storage slots
 * that were. A storage root may change without them: anvil keeps, as zero, what a reverted transaction wrote. */
static enum err fetched_changes(struct session *s, const struct ledger_block *before, const struct ledger_block *after,
                                enum err (*each)(void *context, const hash32 *key, const struct account_leaf *before,
                                                 const struct account_leaf *after),
                                void *context)
{
    const struct l1_source *l1 = &s->l1_source;
    for (size_t i = 0; i < l1->methods->seen_count(l1->context); i++) {
        const address at = *l1->methods->seen(l1->context, i);
        struct account_leaf was, is;
        hash32 key;
        TRY(session_l1_fail(s, ledger_account(&s->l1, &was, before, &at)));
        TRY(session_l1_fail(s, ledger_account(&s->l1, &is, after, &at)));
        keccak256(&key, at.b, sizeof at.b);
        if (!hash32_eq(&was.storage_root, &is.storage_root)) {
            bool same;
            TRY(session_l1_fail(s, l1->methods->same_storage(l1->context, &s->l1, &same, i, &before->header.state_root,
                                                             &after->header.state_root)));
            if (same)
                is.storage_root = was.storage_root;
        }
        if (!leaf_eq(&was, &is))
            TRY(each(context, &key, &was, &is));
    }
    return OK;
}

enum err session_changes(struct session *s, u64 chain_id, u64 before, u64 after,
                         enum err (*each)(void *context, const hash32 *key, const struct account_leaf *before,
                                          const struct account_leaf *after),
                         void *context)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, before) : NULL, *a = l ? ledger_block_at(l, after) : NULL;
    if (!b || !a)
        return REJECT_UNKNOWN_CHAIN;
    if (l == &s->l1 && !session_owns_l1(s))
        return fetched_changes(s, b, a, each, context);
    struct arena scratch;
    arena_init(&scratch, s->memory);
    struct leaves was = {buffer_in(&scratch)}, is = {buffer_in(&scratch)};
    enum err e = trie_each(l->tries, &b->header.state_root, collect_leaf, &was);
    if (e == OK)
        e = trie_each(l->tries, &a->header.state_root, collect_leaf, &is);
    if (e == OK)
        e = compare_leaves(&was, &is, each, context);
    arena_release(&scratch);
    return e;
}
