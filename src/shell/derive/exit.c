#include "derive/exit.h"

#include "contracts/contracts.h"
#include "crypto/keccak.h"
#include "codec/rlp.h"
#include "evm/evm.h"
#include "state/state.h"
#include "state/trie.h"

/* SharedBridge's constructor creates RemoteAccount, Reader, ScopedAccount, RollupExit and others: nonces from 1
 * (EIP-161). */
enum { ROLLUP_EXIT_NONCE = 4 };

void exit_contract(address *out, const address *shared_bridge)
{
    evm_create_address(out, shared_bridge, ROLLUP_EXIT_NONCE);
}

/* A value of a tree and the nodes that lead to it. Absent: REJECT_NOTHING_TO_EXIT. */
static enum err prove(struct trie_proof *out, struct bytes *value, struct arena *arena, struct trie_db *tries,
                      const hash32 *root, struct bytes key)
{
    hash32 path;
    bool found;
    struct bytes *node;
    keccak256(&path, key.ptr, key.len);
    TRY(trie_get(tries, &found, value, root, BYTES_OF(path.b)));
    if (!found)
        return REJECT_NOTHING_TO_EXIT;
    TRY(trie_prove(tries, arena, &node, &out->count, root, BYTES_OF(path.b)));
    out->node = node;
    return OK;
}

static enum err prove_account(struct trie_proof *out, struct account_leaf *leaf, struct arena *arena,
                              const struct derived_rollup *r, const address *at)
{
    struct bytes value;
    TRY(prove(out, &value, arena, r->ledger->tries, &ledger_head(r->ledger)->header.state_root, BYTES_OF(at->b)));
    return account_leaf_decode(leaf, value);
}

static enum err prove_slot(struct trie_proof *out, u256 *word, struct arena *arena, const struct derived_rollup *r,
                           const hash32 *storage_root, const u256 *slot)
{
    u8 key[32];
    struct bytes value;
    struct rlp_reader reader;
    u256_to_be(key, slot);
    TRY(prove(out, &value, arena, r->ledger->tries, storage_root, BYTES_OF(key)));
    reader = rlp_reader(value);
    return rlp_u256(&reader, word);
}

/* --- tokens --- */

/* The slot of a state variable of BridgedToken. */
static u64 variable_slot(const char *variable)
{
    const struct contract *c = contract_find("BridgedToken");
    BUG_UNLESS(c);
    for (size_t i = 0; i < c->variable_count; i++)
        if (strcmp(c->variables[i].name, variable) == 0)
            return c->variables[i].slot;
    BUG_UNLESS(false);
    return 0;
}

/* mapping(address => ..): keccak256(key || slot), each a word (Solidity documentation, "Layout of State Variables"). */
static u256 mapping_slot(const address *key, u64 slot)
{
    u8 preimage[64] = {0};
    hash32 h;
    memcpy(preimage + 12, key->b, sizeof key->b);
    store_be64(preimage + 56, slot);
    keccak256(&h, preimage, sizeof preimage);
    return u256_from_be(h.b);
}

static enum err prove_token(struct exit_calls *out, struct arena *arena, const struct derived_rollup *r,
                            const struct exit_claim *claim)
{
    struct account_leaf token;
    struct trie_proof account, unused, balance;
    u256 l1_token;
    const u256 l1_token_slot = u256_from_u64(variable_slot("l1Token"));
    const u256 balance_slot = mapping_slot(&claim->account, variable_slot("_balances"));
    u8 word[32];
    TRY(prove_account(&account, &token, arena, r, claim->token));
    TRY(prove_slot(&unused, &l1_token, arena, r, &token.storage_root, &l1_token_slot));
    TRY(prove_slot(&balance, &out->amount, arena, r, &token.storage_root, &balance_slot));
    u256_to_be(word, &l1_token);
    memcpy(out->l1_token.b, word + 12, sizeof out->l1_token.b);
    out->exit = calldata_exit_token(arena, &out->l1_token, &claim->to, account, balance);
    return OK;
}

static enum err prove_ether(struct exit_calls *out, struct arena *arena, const struct derived_rollup *r,
                            const struct exit_claim *claim)
{
    struct account_leaf leaf;
    struct trie_proof account;
    TRY(prove_account(&account, &leaf, arena, r, &claim->account));
    if (u256_is_zero(&leaf.balance))
        return REJECT_NOTHING_TO_EXIT;
    out->amount = leaf.balance;
    out->exit = calldata_exit(arena, r->rules->chain.chain_id, &claim->to, account);
    return OK;
}

enum err exit_prove(struct exit_calls *out, struct arena *arena, const struct derived_rollup *r,
                    const struct exit_claim *claim)
{
    *out = (struct exit_calls){.freeze = calldata_freeze_rollup(arena, r->rules->chain.chain_id)};
    return claim->token ? prove_token(out, arena, r, claim) : prove_ether(out, arena, r, claim);
}
