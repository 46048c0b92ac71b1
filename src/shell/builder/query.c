#include "builder/query.h"

#include "base/u256.h"
#include "builder/session_private.h"
#include "crypto/keccak.h"

enum err session_block(struct session *s, const struct ledger_block **out, u64 chain_id, u64 number)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return REJECT_UNKNOWN_CHAIN;
    *out = ledger_block_at(l, number);
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
    static const char event[] = "RollupRegistered(uint64,bytes32,bytes32,bytes32,uint256)";
    hash32 topic;
    keccak256(&topic, event, sizeof event - 1);
    for (u32 i = 0; i < r->log_count; i++)
        if (address_eq(&r->log[i].at, bridge) && r->log[i].topic_count && hash32_eq(&r->log[i].topic[0], &topic))
            return true;
    return false;
}

bool session_registered_at(const struct session *s, u64 *number)
{
    for (size_t n = 0; n < s->l1.block_count; n++)
        for (u32 i = 0; i < s->l1.block[n].tx_count; i++)
            if (registers(&s->l1.block[n].receipt[i], &s->contracts.shared_bridge)) {
                *number = s->l1.block[n].header.number;
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

static enum err add_balance(void *context, struct bytes key, struct bytes value)
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

enum err session_total(struct session *s, u256 *out, u64 chain_id, u64 number)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    const struct ledger_block *b = l ? ledger_block_at(l, number) : NULL;
    if (!b)
        return REJECT_UNKNOWN_CHAIN;
    u256 sum = {{0}};
    TRY(trie_each(l->tries, &b->header.state_root, add_balance, &sum));
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

static enum err compare(const struct leaves *before, const struct leaves *after,
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

/* Of an L1 that is not ours there is no whole state: each account that was ever looked at, and its slots that were. A
 * storage root may change without them: anvil keeps, as zero, what a reverted transaction wrote. */
static enum err seen_changes(struct session *s, const struct ledger_block *before, const struct ledger_block *after,
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
            TRY(session_l1_fail(s, l1->methods->same_slots(l1->context, &s->l1, &same, i, &before->header.state_root,
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
        return seen_changes(s, b, a, each, context);
    struct arena scratch;
    arena_init(&scratch, s->memory);
    struct leaves was = {buffer_in(&scratch)}, is = {buffer_in(&scratch)};
    enum err e = trie_each(l->tries, &b->header.state_root, collect_leaf, &was);
    if (e == OK)
        e = trie_each(l->tries, &a->header.state_root, collect_leaf, &is);
    if (e == OK)
        e = compare(&was, &is, each, context);
    arena_release(&scratch);
    return e;
}
