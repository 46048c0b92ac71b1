#include "derive/forced.h"

#include "bridge/events.h"
#include "codec/abi.h"
#include "crypto/keccak.h"

enum err forced_transaction_check(struct tx *t, struct arena *arena, const struct rollup_rules *rules,
                                  const struct forced_entry *e)
{
    const u32 admitted = chain_rules_admitted(&rules->chain, rules->activation.fork) & ~tx_type_bit(TX_SYSTEM);
    TRY(tx_decode(t, arena, e->data, admitted));
    if (t->has_chain_id && t->chain_id != rules->chain.chain_id)
        return REJECT_TX_INVALID_CHAINID;
    if (t->gas_limit > e->gas_limit)
        return REJECT_TX_GAS_ALLOWANCE;
    return tx_recover(t, true, arena);
}

/* Only what is certain: nonces grow, and what came before it in its block may have changed nonce and balance. */
static enum err skip_reason(struct arena *arena, const struct derived_rollup *r, const struct ledger_block *b,
                            const struct forced_entry *e)
{
    struct tx t;
    struct account_leaf sender;
    TRY(forced_transaction_check(&t, arena, r->rules, e));
    if (u256_lt(&t.max_fee, &b->header.base_fee))
        return REJECT_TX_MAX_FEE_LOW;
    TRY(ledger_account(r->ledger, &sender, ledger_block_at(r->ledger, b->header.number - 1), &t.sender));
    return t.nonce < sender.nonce ? REJECT_TX_NONCE_LOW : OK;
}

/* Whether transaction i of a block takes the entry; *success: the call of one succeeded. */
static enum err takes_entry(bool *takes, bool *success, const struct ledger_block *b, u32 i, u64 index)
{
    const u256 wanted = u256_from_u64(index);
    const struct receipt *receipt = &b->receipt[i];
    *takes = false;
    for (u32 k = 0; k < receipt->log_count; k++) {
        const struct log *log = &receipt->log[k];
        if (!address_eq(&log->at, &rollup_bridge_address) || !event_is(log, EVENT_FORCED_TAKEN))
            continue;
        const u256 taken = log->topic_count > 1 ? u256_from_be(log->topic[1].b) : (u256){0};
        struct abi_reader r = abi_reader(log->data);
        hash32 hash;
        TRY(abi_word(&r, hash.b));
        TRY(abi_bool(&r, success));
        *takes = u256_eq(&taken, &wanted);
        return OK; /* one in a transaction */
    }
    return OK;
}

static enum err follow_transaction(struct forced_outcome *out, struct arena *arena, const struct derived_rollup *r,
                                   const struct ledger_block *b, u32 next, const struct forced_entry *e)
{
    hash32 hash;
    keccak256(&out->tx_hash, e->data.ptr, e->data.len);
    out->is_included = false;
    out->success = false;
    if (next < b->tx_count) {
        tx_hash(&hash, &b->tx[next], arena);
        out->is_included = hash32_eq(&hash, &out->tx_hash);
    }
    if (out->is_included) {
        out->success = b->receipt[next].success;
        return OK;
    }
    out->reason = skip_reason(arena, r, b, e);
    return err_is_reject(out->reason) ? OK : out->reason;
}

enum err forced_find(struct forced_outcome *out, bool *found, struct arena *arena, const struct derived_rollup *r,
                     u64 index, const struct forced_entry *e)
{
    const u64 head = ledger_head(r->ledger)->header.number;
    *out = (struct forced_outcome){.is_transaction = address_is_zero(&e->from), .is_included = true};
    *found = false;
    for (out->block = 1; out->block <= head; out->block++) {
        const struct ledger_block *b = ledger_block_at(r->ledger, out->block);
        for (u32 i = 0; i < b->tx_count; i++) {
            TRY(takes_entry(found, &out->success, b, i, index));
            if (*found)
                return out->is_transaction ? follow_transaction(out, arena, r, b, i + 1, e) : OK;
        }
    }
    return OK;
}
