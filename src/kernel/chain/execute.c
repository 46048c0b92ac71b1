/* Blocks: what follows from the parent, what happens around the transactions, what the header must say. */
#include "chain/execute.h"

#include "base/u256.h"
#include "chain/requests.h"

enum {
    SYSTEM_CALL_GAS = 30000000,                   /* EIP-4788, EIP-2935 */
    BLOCK_RLP_BYTES_MAX = 10485760 - 2097152,     /* EIP-7934 */
    BLOB_GAS = 1 << 17,                           /* EIP-4844: GAS_PER_BLOB */
    OMMERS_MAX = 2,
    OMMER_DEPTH_MAX = 6,
};

/* --- the start of a block --- */

/* The header of a block on top of parent, as far as it can be known before it runs. */
static enum err header_from(struct header *out, struct arena *scratch, const struct chain_rules *rules,
                            const struct header *parent, const struct block_choice *choice)
{
    const struct activation *active = chain_rules_at(rules, parent->number + 1, choice->timestamp);
    struct header h = {
        .field_count = header_field_count(active->fork),
        .coinbase = choice->coinbase,
        .number = parent->number + 1,
        .gas_limit = choice->gas_limit,
        .timestamp = choice->timestamp,
        .prevrandao = choice->prevrandao,
        .parent_beacon_root = choice->parent_beacon_root,
    };
    if (choice->extra.len > HEADER_EXTRA_MAX)
        return REJECT_BLOCK_EXTRA_DATA_TOO_BIG;
    h.extra_count = (u8)choice->extra.len;
    if (h.extra_count)
        memcpy(h.extra, choice->extra.ptr, h.extra_count);
    memcpy(h.nonce, choice->nonce, sizeof h.nonce);
    h.requests_hash = empty_requests_hash; /* until it is known */
    if (h.field_count >= HEADER_SHANGHAI)
        withdrawals_root(&h.withdrawals_root, choice->withdrawal, choice->withdrawal_count, scratch);
    header_hash(&h.parent_hash, parent, scratch);
    ommers_hash(&h.ommers_hash, choice->ommer, choice->ommer_count, scratch);
    if (active->fork->id < FORK_PARIS)
        TRY(header_next_difficulty(&h.difficulty, parent, active->fork, h.timestamp));
    if (h.field_count >= HEADER_LONDON)
        header_next_base_fee(&h.base_fee, parent);
    if (h.field_count >= HEADER_CANCUN)
        h.excess_blob_gas = header_next_excess_blob_gas(parent, active);
    const hash32 parent_hash = h.parent_hash;
    TRY(header_check(&h, parent, &parent_hash, rules));
    *out = h;
    return OK;
}

enum err block_begin(struct block_run *run, struct machine *machine, const struct chain_rules *rules,
                     struct state *state, const struct header *parent, const struct ancestors *ancestors,
                     const struct block_choice *choice, const struct hooks *listener)
{
    struct header h;
    struct arena scratch;
    arena_init(&scratch, machine->memory);
    enum err e = header_from(&h, &scratch, rules, parent, choice);
    arena_release(&scratch);
    if (e != OK)
        return e;
    block_open(run, machine, rules, state, &h, ancestors, listener);
    run->withdrawal = choice->withdrawal;
    run->withdrawal_count = choice->withdrawal_count;
    run->ommer = choice->ommer;
    run->ommer_count = choice->ommer_count;
    e = block_start_calls(run);
    if (e != OK)
        block_release(run);
    return e;
}

/* EIP-4788, EIP-2935: a missing contract or a revert changes nothing. */
static enum err start_call(struct block_run *run, const address *at, const hash32 *word)
{
    struct evm_result ignored;
    return chain_system_call(run, &ignored, at, BYTES_OF(word->b), SYSTEM_CALL_GAS, 0);
}

enum err block_start_calls(struct block_run *run)
{
    const struct chain_hooks *hooks = run->rules->hooks;
    if (run->fork->id >= FORK_CANCUN && !(hooks && hooks->omits_beacon_root))
        TRY(start_call(run, &beacon_root_contract, &run->header.parent_beacon_root));
    if (run->fork->id >= FORK_PRAGUE)
        TRY(start_call(run, &history_contract, &run->header.parent_hash));
    run->host.log.count = 0;
    return OK;
}

/* --- the end of a block --- */

static enum err add_balance(struct block_run *run, const address *to, const u256 *amount)
{
    const struct account *a;
    u256 balance;
    TRY(state_account(run->state, &a, NULL, to));
    if (u256_add(&balance, &a->balance, amount))
        return REJECT_BALANCE_OVERFLOW;
    state_touch(run->state, a);
    state_set_balance(run->state, a, &balance);
    return OK;
}

/* EIP-4895; a withdrawal of zero to an empty account must not leave it behind (EIP-161), hence the transaction. */
static enum err pay_withdrawals(struct block_run *run)
{
    const u256 gwei = u256_from_u64(1000000000);
    state_tx_begin(run->state);
    for (u32 i = 0; i < run->withdrawal_count; i++) {
        u256 amount = u256_from_u64(run->withdrawal[i].amount_gwei);
        u256_mul(&amount, &amount, &gwei);
        TRY(add_balance(run, &run->withdrawal[i].to, &amount));
    }
    state_tx_end(run->state, &(struct state_rules){.clears_empty = true});
    return OK;
}

/* Yellow paper 4.4.3: an ommer's maker gets (8 - age) / 8 of the reward, and the block's 1 / 32 for each. */
static enum err pay_rewards(struct block_run *run)
{
    const u64 reward = (u64)run->reward;
    if (run->reward < 0)
        return OK;
    state_tx_begin(run->state);
    for (u32 i = 0; i < run->ommer_count; i++) {
        const u64 age = run->header.number - run->ommer[i].number;
        const u256 part = u256_from_u64((u64)((u128)reward * (8 - age) >> 3));
        TRY(add_balance(run, &run->ommer[i].coinbase, &part));
    }
    const u256 own = u256_from_u64(reward + reward / 32 * run->ommer_count);
    TRY(add_balance(run, &run->header.coinbase, &own));
    state_tx_end(run->state, &(struct state_rules){.clears_empty = run->fork->id >= FORK_SPURIOUS});
    return OK;
}

static void write_transactions_root(struct block_run *run, struct header *h)
{
    struct arena *a = &run->arena;
    const struct arena_mark mark = arena_mark(a);
    struct bytes *envelope = ARENA_TAKE(a, struct bytes, run->tx.count);
    for (size_t i = 0; i < run->tx.count; i++) {
        struct buffer b = buffer_in(a);
        tx_encode(&b, run->tx.item[i]);
        envelope[i] = buffer_bytes(&b);
    }
    transactions_root(&h->transactions_root, envelope, (u32)run->tx.count, a);
    arena_rewind(a, mark);
}

static void write_results(struct block_run *run, struct header *h)
{
    h->gas_used = run->gas_used;
    h->blob_gas_used = run->blob_gas_used;
    h->bloom = (struct bloom){{0}};
    for (size_t i = 0; i < run->receipt.count; i++)
        bloom_merge(&h->bloom, &run->receipt.item[i]->bloom);
    receipts_root(&h->receipts_root, run->receipt.item, (u32)run->receipt.count, &run->arena);
}

/* What is done to the state and the header after the last transaction, but for the roots of bodies, which a verifier
 * compares before it runs anything. */
static enum err finish_block(struct block_run *run, struct header *h)
{
    const struct chain_hooks *hooks = run->rules->hooks;
    BUG_UNLESS(!run->tx_open);
    *h = run->header;
    if (hooks && hooks->end)
        TRY(hooks->end(run));
    if (h->field_count >= HEADER_SHANGHAI)
        TRY(pay_withdrawals(run));
    if (h->field_count >= HEADER_PRAGUE) {
        if (!hooks || !hooks->omits_requests)
            TRY(requests_collect(run));
        requests_hash(&h->requests_hash, run->requests, &run->arena);
    }
    TRY(pay_rewards(run));
    write_results(run, h);
    return state_commit(run->state, &h->state_root);
}

enum err block_finish(struct block_run *run, struct header *out)
{
    struct header h;
    TRY(finish_block(run, &h));
    write_transactions_root(run, &h);
    run->header = h;
    *out = h;
    return OK;
}

/* --- a block received from elsewhere --- */

/* Yellow paper 4.3.2: at most two, of the last six generations, none twice. That an ommer is not itself an ancestor
 * must be checked by the caller, who has the chain. */
static enum err check_ommers(const struct block *b)
{
    if (b->ommer_count > OMMERS_MAX)
        return REJECT_BLOCK_TOO_MANY_OMMERS;
    for (u32 i = 0; i < b->ommer_count; i++) {
        const struct header *o = &b->ommer[i];
        if (o->number >= b->header.number || b->header.number - o->number > OMMER_DEPTH_MAX)
            return REJECT_BLOCK_OMMER_PARENT;
        if (i > 0 && memcmp(o, &b->ommer[0], sizeof *o) == 0)
            return REJECT_BLOCK_OMMER_TWICE;
    }
    return OK;
}

static enum err check_bodies(const struct block *b, const struct chain_rules *rules, struct arena *scratch)
{
    const struct header *h = &b->header;
    const struct activation *active = chain_rules_at(rules, h->number, h->timestamp);
    hash32 root;
    if (active->fork->id >= FORK_OSAKA && b->rlp.len > BLOCK_RLP_BYTES_MAX)
        return REJECT_BLOCK_TOO_LARGE;
    transactions_root(&root, b->envelope, b->tx_count, scratch);
    if (!hash32_eq(&root, &h->transactions_root))
        return REJECT_BLOCK_TRANSACTIONS_ROOT;
    ommers_hash(&root, b->ommer, b->ommer_count, scratch);
    if (!hash32_eq(&root, &h->ommers_hash))
        return REJECT_BLOCK_OMMERS_HASH;
    if (b->has_withdrawals != (h->field_count >= HEADER_SHANGHAI))
        return b->has_withdrawals ? REJECT_BLOCK_FORMAT : REJECT_BLOCK_RLP_WITHDRAWALS;
    if (b->has_withdrawals) {
        withdrawals_root(&root, b->withdrawal, b->withdrawal_count, scratch);
        if (!hash32_eq(&root, &h->withdrawals_root))
            return REJECT_BLOCK_WITHDRAWALS_ROOT;
    }
    return check_ommers(b);
}

/* What running gave, against what the header says. */
static enum err compare_with_header(const struct block_run *run, const struct header *got, const struct header *want)
{
    const u64 blob_gas_max = (u64)run->active->blobs.max_count * BLOB_GAS;
    if (got->blob_gas_used != want->blob_gas_used)
        return want->blob_gas_used > blob_gas_max ? REJECT_BLOCK_BLOB_GAS_ABOVE_LIMIT : REJECT_BLOCK_BLOB_GAS_USED;
    if (got->gas_used != want->gas_used)
        return REJECT_BLOCK_GAS_USED;
    if (memcmp(&got->bloom, &want->bloom, sizeof got->bloom) != 0)
        return REJECT_BLOCK_BLOOM;
    if (!hash32_eq(&got->receipts_root, &want->receipts_root))
        return REJECT_BLOCK_RECEIPTS_ROOT;
    if (!hash32_eq(&got->requests_hash, &want->requests_hash))
        return REJECT_BLOCK_REQUESTS;
    return hash32_eq(&got->state_root, &want->state_root) ? OK : REJECT_BLOCK_STATE_ROOT;
}

static enum err apply_block(struct block_run *run, const struct block *b)
{
    const struct receipt *ignored;
    struct header got;
    TRY(block_start_calls(run));
    for (u32 i = 0; i < b->tx_count; i++)
        TRY(block_apply(run, &ignored, &b->tx[i]));
    TRY(finish_block(run, &got));
    return compare_with_header(run, &got, &b->header);
}

enum err block_execute(struct block_run *run, struct machine *machine, const struct chain_rules *rules,
                       struct state *state, const struct header *parent, const hash32 *parent_hash,
                       const struct ancestors *ancestors, const struct block *b, const struct hooks *listener)
{
    block_open(run, machine, rules, state, &b->header, ancestors, listener);
    run->withdrawal = b->withdrawal;
    run->withdrawal_count = b->withdrawal_count;
    run->ommer = b->ommer;
    run->ommer_count = b->ommer_count;
    TRY(header_check(&b->header, parent, parent_hash, rules));
    TRY(check_bodies(b, rules, &run->arena));
    return apply_block(run, b);
}
