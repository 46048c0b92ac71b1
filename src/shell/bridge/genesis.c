#include "bridge/genesis.h"

#include "base/u256.h"
#include "chain/system_contracts.h"
#include "codec/text.h"
#include "contracts/contracts.h"
#include "crypto/keccak.h"

u256 genesis_rollup_supply(void)
{
    return (u256){{0, 1ull << 63, 0, 0}};
}

static struct header genesis_header(const struct ledger *l, const struct genesis *g)
{
    const struct fork *fork = chain_rules_at(l->rules, 0, g->timestamp)->fork;
    return (struct header){
        .ommers_hash = empty_ommers_hash,
        .coinbase = g->coinbase,
        .transactions_root = trie_empty_root,
        .receipts_root = trie_empty_root,
        .gas_limit = g->gas_limit,
        .timestamp = g->timestamp,
        .base_fee = g->base_fee,
        .withdrawals_root = trie_empty_root,
        .requests_hash = empty_requests_hash,
        .field_count = header_field_count(fork),
    };
}

static enum err refuse_genesis(struct buffer *why, const address *at, const char *what)
{
    text_add(why, "genesis of a rollup: ");
    text_add_hex(why, BYTES_OF(at->b));
    text_add_z(why, what);
    return REJECT_GENESIS;
}

/* Code and storage; code that is there already, as EIP-2935's, must be the same. */
static enum err put_contract(struct state *s, const struct account *a, const struct genesis_account *g,
                             struct buffer *why)
{
    const struct storage_slot *slot;
    struct bytes code;
    TRY(state_code(s, &code, a));
    if (code.len && !bytes_eq(code, g->code))
        return refuse_genesis(why, &g->at, " has other code already");
    if (g->code.len && !code.len)
        state_set_code(s, a, g->code);
    for (size_t i = 0; i < g->slot_count; i++) {
        TRY(state_storage_slot(s, &slot, NULL, a, &g->slot[i].key));
        state_set_storage_slot(s, a, slot, &g->slot[i].value);
    }
    return OK;
}

static enum err put_accounts(struct state *s, const struct genesis *g, struct buffer *why)
{
    for (size_t i = 0; i < g->account_count; i++) {
        const struct genesis_account *account = &g->account[i];
        const struct account *a;
        u256 sum;
        TRY(state_account(s, &a, NULL, &account->at));
        if (u256_add(&sum, &a->balance, &account->balance)) /* an account may be listed twice */
            return REJECT_TOO_LONG;
        state_set_balance(s, a, &sum);
        if (account->nonce)
            state_set_nonce(s, a, account->nonce);
        if (account->code.len || account->slot_count)
            TRY(put_contract(s, a, account, why));
    }
    return OK;
}

static enum err put_system_contract(struct state *s, const struct system_contract *c)
{
    const struct account *a;
    TRY(state_account(s, &a, NULL, &c->at));
    state_set_nonce(s, a, 1);
    state_set_code(s, a, c->code);
    return OK;
}

static struct predeploy predeploy(struct arena *arena, const address *at, const char *name, struct bytes arguments)
{
    const struct contract *contract = contract_find(name);
    BUG_UNLESS(contract);
    struct buffer init = buffer_in(arena);
    buffer_add_bytes(&init, contract->creation_code);
    buffer_add_bytes(&init, arguments);
    return (struct predeploy){*at, buffer_bytes(&init)};
}

void genesis_predeploys(struct predeploy out[PREDEPLOY_COUNT], struct arena *arena, const struct rollup_rules *rules,
                        const struct peer_config *peer, size_t peer_count)
{
    const struct bytes none = {0};
    out[0] = predeploy(arena, &remote_account_address, "RemoteAccount", none);
    out[1] = predeploy(arena, &l1_context_address, "L1Context", none);
    out[2] = predeploy(arena, &rollup_bridge_address, "RollupBridge",
                       arguments_rollup_bridge(arena, rules->l1_chain_id, &remote_account_address, RETURNDATA_LIMIT,
                                               peer, peer_count));
}

static const char *failed_constructor(enum halt halt)
{
    return halt == HALT_CREATE_COLLISION ? " has code or a nonce already"
           : halt == HALT_REVERT         ? ": the constructor reverts with "
                                         : ": the constructor fails";
}

/* Runs a constructor so that what it leaves is at a fixed address. */
static enum err construct(struct block_run *run, const struct predeploy *p, struct buffer *why)
{
    enum { REVERT_DATA_SHOWN = 256 };
    const struct evm_message m = {
        .kind = MESSAGE_CREATE,
        .gas = INT64_MAX / 4,
        .recipient = p->at,
        .sender = system_sender,
        .code_address = p->at,
        .input = p->init,
    };
    struct evm_result r;
    state_tx_begin(run->state);
    TRY(evm_execute(&run->machine->vm, &r, &m));
    state_tx_end(run->state, &(struct state_rules){.clears_empty = true});
    if (halt_is_success(r.halt))
        return OK;
    const enum err e = refuse_genesis(why, &p->at, failed_constructor(r.halt));
    if (r.halt == HALT_REVERT)
        text_add_hex_cut(why, r.output, REVERT_DATA_SHOWN);
    return e;
}

static enum err put_protocol(struct block_run *run, const struct rollup_rules *rules, const struct peer_config *peer,
                             size_t peer_count)
{
    struct predeploy p[PREDEPLOY_COUNT];
    genesis_predeploys(p, &run->arena, rules, peer, peer_count);
    for (size_t i = 0; i < PREDEPLOY_COUNT; i++) {
        const enum err e = construct(run, &p[i], NULL);
        BUG_UNLESS(!err_is_reject(e));
        TRY(e);
    }
    return OK;
}

/* What does not circulate is the bridge's. */
static enum err put_supply(struct state *s, const struct genesis *g, struct buffer *why)
{
    u256 rest = genesis_rollup_supply();
    for (size_t i = 0; i < g->account_count; i++)
        if (u256_sub(&rest, &rest, &g->account[i].balance)) {
            text_add(why, "genesis of a rollup: balances above the supply of 2^127 wei");
            return REJECT_GENESIS;
        }
    const struct account *bridge;
    TRY(state_account(s, &bridge, NULL, &rollup_bridge_address));
    state_set_balance(s, bridge, &rest);
    return OK;
}

static enum err finish_genesis(struct ledger *l, struct header *h, struct state *s)
{
    TRY(state_commit(s, &h->state_root));
    ledger_append(l, h, NULL, s);
    return OK;
}

static enum err l1_content(struct ledger *l, struct header *h, struct state *s, const struct genesis *g)
{
    TRY(put_accounts(s, g, NULL));
    for (size_t i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
        TRY(put_system_contract(s, &system_contract[i]));
    return finish_genesis(l, h, s);
}

enum err genesis_l1(struct ledger *l, const struct genesis *g)
{
    struct header h = genesis_header(l, g);
    struct state *s = ledger_empty_view(l);
    const enum err e = l1_content(l, &h, s, g);
    state_release(s);
    return e;
}

static enum err rollup_content(struct ledger *l, struct header *h, struct block_run *run,
                               const struct rollup_rules *rules, const struct genesis *g,
                               const struct peer_config *peer, size_t peer_count, struct buffer *why)
{
    TRY(put_system_contract(run->state, &system_contract[SYSTEM_CONTRACT_HISTORY]));
    TRY(put_protocol(run, rules, peer, peer_count));
    TRY(put_accounts(run->state, g, why));
    TRY(put_supply(run->state, g, why));
    for (size_t i = 0; i < g->predeploy_count; i++)
        TRY(construct(run, &g->predeploy[i], why));
    return finish_genesis(l, h, run->state);
}

enum err genesis_rollup(struct ledger *l, const struct rollup_rules *rules, const struct genesis *g,
                        const struct peer_config *peer, size_t peer_count, struct buffer *why)
{
    struct header h = genesis_header(l, g);
    struct state *s = ledger_empty_view(l);
    struct block_run run;
    block_open(&run, &l->machine, l->rules, s, &h, NULL, NULL);
    const enum err e = rollup_content(l, &h, &run, rules, g, peer, peer_count, why);
    block_release(&run);
    state_release(s);
    return e;
}
