#include "builder/look.h"

#include "base/u256.h"
#include "builder/session_private.h"
#include "crypto/keccak.h"

enum err session_block(struct session *s, const struct ledger_block **out, u64 chain_id, u64 number)
{
    const struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l)
        return REJECT_UNKNOWN_CHAIN;
    *out = number < l->block_count ? &l->block[number] : NULL;
    return OK;
}

enum err session_account(struct session *s, struct account_leaf *out, u64 chain_id, u64 number, const address *at)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l || number >= l->block_count)
        return REJECT_UNKNOWN_CHAIN;
    hash32 key;
    bool found;
    struct bytes value;
    keccak256(&key, at->b, sizeof at->b);
    TRY(trie_get(l->tries, &found, &value, &l->block[number].header.state_root, BYTES_OF(key.b)));
    if (found)
        return account_leaf_decode(out, value);
    *out = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    return OK;
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

enum err session_total(struct session *s, u256 *out, u64 chain_id, u64 number)
{
    struct ledger *l = session_ledger(s, chain_id, NULL);
    if (!l || number >= l->block_count)
        return REJECT_UNKNOWN_CHAIN;
    u256 sum = {{0}};
    TRY(trie_each(l->tries, &l->block[number].header.state_root, add_balance, &sum));
    *out = sum;
    return OK;
}
