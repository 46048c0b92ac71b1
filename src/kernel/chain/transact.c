/* One transaction in a block: who may, what it costs, what is left of it. */
#include "chain/execute.h"

#include "base/u256.h"

enum {
    BLOB_GAS = 1 << 17,                 /* EIP-4844: GAS_PER_BLOB */
    BLOB_VERSION = 0x01,                /* EIP-4844: VERSIONED_HASH_VERSION_KZG */
    BLOBS_PER_TX_MAX = 6,               /* EIP-7594 */
    TX_GAS_MAX = 1 << 24,               /* EIP-7825 */
    AUTHORIZATION_REFUND = 25000 - 12500, /* EIP-7702: PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST */
};

/* --- rules that need no state --- */

static enum err check_admitted(const struct block_run *run, const struct tx *t)
{
    static const enum err pre_fork[] = {
        [TX_ACCESS_LIST] = REJECT_TX_TYPE_1_PRE_FORK,
        [TX_DYNAMIC_FEE] = REJECT_TX_TYPE_2_PRE_FORK,
        [TX_BLOB] = REJECT_TX_TYPE_3_PRE_FORK,
        [TX_SET_CODE] = REJECT_TX_TYPE_4_PRE_FORK,
    };
    const struct chain_rules ethereum = {0};
    if (chain_rules_admitted(run->rules, run->fork) & tx_type_bit(t->type))
        return OK;
    const bool excluded = chain_rules_admitted(&ethereum, run->fork) & tx_type_bit(t->type); /* by the hooks alone */
    return excluded || t->type == TX_SYSTEM ? REJECT_TX_TYPE_NOT_SUPPORTED : pre_fork[t->type];
}

static enum err check_blobs(const struct tx *t, const struct activation *active)
{
    if (t->is_creation)
        return REJECT_TX_BLOB_CREATION;
    if (t->blob_hash_count == 0)
        return REJECT_TX_BLOB_ZERO;
    /* EIP-7594 gave a transaction a limit of its own; what no block can hold is then named after the block's */
    const bool osaka = active->fork->id >= FORK_OSAKA;
    if (t->blob_hash_count > active->blobs.max_count)
        return osaka ? REJECT_TX_BLOB_ALLOWANCE : REJECT_TX_BLOB_COUNT;
    if (osaka && t->blob_hash_count > BLOBS_PER_TX_MAX)
        return REJECT_TX_BLOB_COUNT;
    for (u32 i = 0; i < t->blob_hash_count; i++)
        if (t->blob_hash[i].b[0] != BLOB_VERSION)
            return REJECT_TX_BLOB_VERSION;
    return OK;
}

static bool price_overflows(const struct tx *t)
{
    u256 ignored;
    const u256 gas = u256_from_u64(t->gas_limit);
    return u256_mul_overflows(&ignored, &t->max_fee, &gas);
}

static enum err check_alone(const struct tx *t, const struct chain_rules *rules, const struct activation *active,
                            u32 lenient)
{
    const struct fork *fork = active->fork;
    if (t->has_chain_id && t->chain_id != rules->chain_id)
        return REJECT_TX_INVALID_CHAINID;
    if (t->nonce == UINT64_MAX && !(lenient & LENIENT_NONCE))
        return REJECT_TX_NONCE_IS_MAX; /* EIP-2681 */
    if (t->type == TX_BLOB)
        TRY(check_blobs(t, active));
    if (t->type == TX_SET_CODE && t->is_creation)
        return REJECT_TX_AUTHORIZATION_CREATION;
    if (t->type == TX_SET_CODE && t->authorization_count == 0)
        return REJECT_TX_AUTHORIZATION_EMPTY;
    if (u256_lt(&t->max_fee, &t->max_priority_fee))
        return REJECT_TX_PRIORITY_ABOVE_MAX_FEE; /* EIP-1559 */
    if (t->is_creation && t->data.len > fork->init_size_max)
        return REJECT_TX_INITCODE_SIZE; /* EIP-3860 */
    if (fork->id >= FORK_OSAKA && t->gas_limit > TX_GAS_MAX && !(lenient & LENIENT_GAS))
        return REJECT_TX_GAS_LIMIT_MAXIMUM;
    if (t->gas_limit < tx_intrinsic_gas(t, fork))
        return REJECT_TX_INTRINSIC_GAS_TOO_LOW;
    if (t->gas_limit < tx_floor_gas(t, fork))
        return REJECT_TX_BELOW_FLOOR_GAS;
    return price_overflows(t) ? REJECT_TX_GASLIMIT_PRICE_PRODUCT_OVERFLOW : OK;
}

enum err tx_check(const struct tx *t, const struct chain_rules *rules, const struct activation *active)
{
    return check_alone(t, rules, active, 0);
}

/* --- rules of the block so far --- */

static bool pays_no_fee(const struct block_run *run, const struct tx *t)
{
    return run->lenient & LENIENT_FEES && u256_is_zero(&t->max_fee) && u256_is_zero(&t->max_priority_fee);
}

static bool pays_no_blob_fee(const struct block_run *run, const struct tx *t)
{
    return run->lenient & LENIENT_FEES && u256_is_zero(&t->max_blob_fee);
}

static enum err check_room(const struct block_run *run, const struct tx *t)
{
    if (run->lenient & LENIENT_GAS)
        return t->gas_limit > INT64_MAX ? REJECT_TX_GAS_ALLOWANCE : OK;
    /* no block has more than 2^63 - 1 (header_check), but a caller of block_open may say so */
    if (t->gas_limit > run->header.gas_limit - run->gas_used || t->gas_limit > INT64_MAX)
        return REJECT_TX_GAS_ALLOWANCE;
    const u64 blob_gas = (u64)t->blob_hash_count * BLOB_GAS;
    const u64 blob_gas_max = (u64)run->active->blobs.max_count * BLOB_GAS;
    return run->blob_gas_used + blob_gas > blob_gas_max ? REJECT_TX_BLOB_ALLOWANCE : OK;
}

static enum err check_fees(const struct block_run *run, const struct tx *t)
{
    if (u256_lt(&t->max_fee, &run->header.base_fee) && !pays_no_fee(run, t))
        return REJECT_TX_MAX_FEE_LOW;
    if (t->type != TX_BLOB || pays_no_blob_fee(run, t))
        return OK;
    return u256_lt(&t->max_blob_fee, &run->env.blob_base_fee) ? REJECT_TX_BLOB_FEE_LOW : OK;
}

/* --- the sender pays --- */

/* sum += price * count, false on overflow of 256 bits: more than any balance. */
static bool add_cost(u256 *sum, const u256 *price, u64 count)
{
    u256 cost;
    const u256 wide = u256_from_u64(count);
    return !u256_mul_overflows(&cost, price, &wide) && !u256_add(sum, sum, &cost);
}

static enum err check_sender(struct block_run *run, const struct tx *t, const struct account *sender)
{
    const struct code *code;
    if (sender->has_code) {
        TRY(evm_host_ops.code(&run->host, &code, sender));
        if (!code->is_delegation && !(run->lenient & LENIENT_SENDER))
            return REJECT_TX_SENDER_NOT_EOA; /* EIP-3607, EIP-7702 */
    }
    if (t->nonce != sender->nonce && !(run->lenient & LENIENT_NONCE))
        return t->nonce < sender->nonce ? REJECT_TX_NONCE_LOW : REJECT_TX_NONCE_HIGH;
    const u64 blob_gas = (u64)t->blob_hash_count * BLOB_GAS;
    u256 most = t->value;
    if (!add_cost(&most, &t->max_fee, t->gas_limit) || !add_cost(&most, &t->max_blob_fee, blob_gas) ||
        u256_lt(&sender->balance, &most))
        return REJECT_TX_INSUFFICIENT_FUNDS;
    return OK;
}

/* EIP-1559: what is left of max_fee above the base fee, at most the priority fee. Before London both fees are the
 * price. */
static u256 effective_price(const struct block_run *run, const struct tx *t)
{
    u256 price;
    if (u256_add(&price, &run->header.base_fee, &t->max_priority_fee) || u256_lt(&t->max_fee, &price))
        return t->max_fee;
    return price;
}

static void charge(struct block_run *run, const struct tx *t, const struct account *sender, const u256 *price)
{
    u256 cost = {{0}}, balance;
    BUG_UNLESS(add_cost(&cost, price, t->gas_limit));
    if (!pays_no_blob_fee(run, t))
        BUG_UNLESS(add_cost(&cost, &run->env.blob_base_fee, (u64)t->blob_hash_count * BLOB_GAS));
    BUG_UNLESS(!u256_sub(&balance, &sender->balance, &cost)); /* check_sender: at most what it has */
    state_set_balance(run->state, sender, &balance);
    state_set_nonce(run->state, sender, sender->nonce + 1);
}

/* --- before the first instruction --- */

static enum err warm(struct block_run *run, const struct account **out, const address *at)
{
    bool cold;
    return state_account(run->state, out, &cold, at);
}

/* EIP-2930, and EIP-3651's coinbase. Before Berlin it has no effect. */
static enum err warm_all(struct block_run *run, const struct tx *t)
{
    const struct account *a;
    const struct storage_slot *storage_slot;
    bool cold;
    if (run->fork->id < FORK_BERLIN)
        return OK;
    if (run->fork->id >= FORK_SHANGHAI)
        TRY(warm(run, &a, &run->header.coinbase));
    for (u32 i = 0; i < t->access_count; i++) {
        TRY(warm(run, &a, &t->access[i].at));
        for (u32 k = 0; k < t->access[i].key_count; k++) {
            const u256 key = u256_from_hash32(&t->access[i].key[k]);
            TRY(state_storage_slot(run->state, &storage_slot, &cold, a, &key));
        }
    }
    return OK;
}

/* EIP-7702: an invalid authorization is skipped; the transaction continues. */
static enum err authorize(struct block_run *run, struct tx_run *t, struct authorization *auth)
{
    const struct account *authority;
    const struct code *code;
    const u256 here = u256_from_u64(run->rules->chain_id);
    if (!u256_is_zero(&auth->chain_id) && !u256_eq(&auth->chain_id, &here))
        return OK;
    if (auth->nonce == UINT64_MAX)
        return OK;
    authorization_recover(auth);
    if (auth->signer_is != SIGNER_FOUND)
        return OK;
    TRY(warm(run, &authority, &auth->signer));
    if (authority->has_code) {
        TRY(evm_host_ops.code(&run->host, &code, authority));
        if (!code->is_delegation)
            return OK;
    }
    if (authority->nonce != auth->nonce)
        return OK;
    if (authority->exists)
        t->refund += AUTHORIZATION_REFUND;
    u8 designator[23] = {0xef, 0x01, 0x00};
    memcpy(designator + 3, auth->at.b, sizeof(address));
    const bool clears = address_is_zero(&auth->at);
    state_set_nonce(run->state, authority, authority->nonce + 1);
    state_set_code(run->state, authority, clears ? (struct bytes){0} : BYTES_OF(designator));
    return OK;
}

static enum err prepare(struct block_run *run, struct tx_run *t, const struct account *sender)
{
    const struct tx *tx = t->tx;
    const struct account *to;
    const struct code *code;
    charge(run, tx, sender, &t->gas_price);
    TRY(warm_all(run, tx));
    for (u32 i = 0; i < tx->authorization_count; i++)
        TRY(authorize(run, t, &tx->authorization[i]));
    TRY(warm(run, &to, &t->to));
    if (!tx->is_creation && to->has_code && run->fork->id >= FORK_PRAGUE) {
        TRY(evm_host_ops.code(&run->host, &code, to));
        if (code->is_delegation)
            TRY(warm(run, &to, &code->delegate)); /* EIP-7702: the delegate of `to` is warm */
    }
    return OK;
}

/* As if it never was. Nothing of what it took from the arena was handed out, unless the log list grew there. */
static enum err reject_tx(struct block_run *run, struct tx_run *t, struct arena_mark memory, const struct log *log,
                          enum err e)
{
    tx_abandon(run, t);
    if (run->host.log.item == log)
        arena_rewind(&run->arena, memory);
    return e;
}

static enum err begin_ordinary(struct block_run *run, struct tx_run *t)
{
    const struct tx *tx = t->tx;
    const struct account *sender;
    TRY(check_room(run, tx));
    TRY(check_fees(run, tx));
    if (run->rules->hooks && run->rules->hooks->before)
        TRY(run->rules->hooks->before(run, tx));
    TRY(warm(run, &sender, &t->sender));
    TRY(check_sender(run, tx, sender));
    t->gas_price = effective_price(run, tx);
    t->gas = (i64)(tx->gas_limit - tx_intrinsic_gas(tx, run->fork));
    t->floor_gas = tx_floor_gas(tx, run->fork);
    t->to = tx->to;
    if (tx->is_creation)
        evm_create_address(&t->to, &t->sender, sender->nonce);
    TRY(prepare(run, t, sender));
    run->tx_env = (struct evm_tx){t->sender, t->gas_price, tx->blob_hash, tx->blob_hash_count};
    return OK;
}

/* docs/protocol.md section 11: no nonce, no fee, no value, no intrinsic gas, no cap. */
static enum err begin_system(struct block_run *run, struct tx_run *t)
{
    const struct tx *tx = t->tx;
    const struct chain_hooks *hooks = run->rules->hooks;
    const struct account *ignored;
    if (tx->chain_id != run->rules->chain_id || tx->block_number != run->header.number || tx->index != run->tx.count)
        return REJECT_SYSTEM_TX_PLACE;
    if (tx->gas_limit > run->header.gas_limit - run->gas_used || tx->gas_limit > INT64_MAX)
        return REJECT_TX_GAS_ALLOWANCE;
    if (!hooks->system)
        return REJECT_SYSTEM_TX_TARGET;
    TRY(hooks->system(run, tx));
    if (hooks->before)
        TRY(hooks->before(run, tx));
    t->gas = (i64)tx->gas_limit;
    t->to = tx->to;
    TRY(warm(run, &ignored, &t->to));
    run->tx_env = (struct evm_tx){.origin = system_sender};
    return OK;
}

/* tx with its sender: most callers have recovered it before. */
static enum err find_sender(struct block_run *run, address *out, const struct tx *tx)
{
    if (tx->has_sender) {
        *out = tx->sender;
        return OK;
    }
    struct tx copy = *tx;
    TRY(tx_recover(&copy, run->fork->id >= FORK_HOMESTEAD, &run->arena));
    *out = copy.sender;
    return OK;
}

enum err tx_begin(struct block_run *run, struct tx_run *out, const struct tx *tx)
{
    BUG_UNLESS(!run->tx_open);
    struct tx_run t = {.tx = tx, .log_start = (u32)run->host.log.count};
    TRY(check_admitted(run, tx));
    if (tx->type != TX_SYSTEM)
        TRY(check_alone(tx, run->rules, run->active, run->lenient));
    TRY(find_sender(run, &t.sender, tx));

    const struct arena_mark memory = arena_mark(&run->arena);
    const struct log *const log = run->host.log.item;
    t.mark = block_mark(run);
    state_tx_begin(run->state);
    run->tx_open = true;
    const enum err e = tx->type == TX_SYSTEM ? begin_system(run, &t) : begin_ordinary(run, &t);
    if (e != OK)
        return reject_tx(run, &t, memory, log, e);
    *out = t;
    return OK;
}

void tx_abandon(struct block_run *run, struct tx_run *t)
{
    block_rewind(run, &t->mark);
    run->tx_open = false;
}

enum err tx_execute(struct block_run *run, struct evm_result *out, struct tx_run *t)
{
    const struct tx *tx = t->tx;
    const struct evm_message m = {
        .kind = tx->is_creation ? MESSAGE_CREATE : MESSAGE_CALL,
        .gas = t->gas,
        .recipient = t->to,
        .sender = t->sender,
        .code_address = t->to,
        .input = tx->data,
        .value = tx->value,
        .skips_transfer = tx->type == TX_SYSTEM,
    };
    run->host.overflowed = false;
    TRY(evm_execute(&run->machine->vm, out, &m));
    return run->host.overflowed ? REJECT_BALANCE_OVERFLOW : OK;
}

/* --- after the last instruction --- */

/* Gas after refunds (EIP-3529: at most a fifth; a half before London) and not below the floor (EIP-7623). */
static u64 final_gas(const struct block_run *run, const struct tx_run *t, const struct evm_result *r)
{
    const u64 used = t->tx->gas_limit - (u64)r->gas_left;
    if (t->tx->type == TX_SYSTEM)
        return used; /* as EIP-4788's calls: no refund */
    const i64 refund = t->refund + r->gas_refund;
    const u64 most = used / run->fork->refund_quotient;
    const u64 given = refund < 0 ? 0 : (u64)refund < most ? (u64)refund : most;
    return used - given > t->floor_gas ? used - given : t->floor_gas;
}

static enum err credit_account(struct block_run *run, const address *to, const u256 *price, u64 count)
{
    const struct account *a;
    TRY(state_account(run->state, &a, NULL, to));
    u256 balance = a->balance;
    if (!add_cost(&balance, price, count))
        return REJECT_BALANCE_OVERFLOW;
    state_touch(run->state, a);
    state_set_balance(run->state, a, &balance);
    return OK;
}

/* Unused gas goes back; the coinbase gets what is above the base fee, or all where the rules say so. */
static enum err settle_fees(struct block_run *run, const struct tx_run *t, u64 gas_used)
{
    u256 tip = t->gas_price;
    if (t->tx->type == TX_SYSTEM)
        return OK;
    TRY(credit_account(run, &t->sender, &t->gas_price, t->tx->gas_limit - gas_used));
    if (pays_no_fee(run, t->tx))
        return OK; /* what would go to the coinbase is negative */
    if (!run->rules->hooks || !run->rules->hooks->base_fee_to_coinbase)
        u256_sub(&tip, &tip, &run->header.base_fee);
    return credit_account(run, &run->header.coinbase, &tip, gas_used);
}

static struct receipt *make_receipt(struct block_run *run, const struct tx_run *t, const struct evm_result *r,
                                    u64 gas_used)
{
    struct receipt *receipt = ARENA_TAKE(&run->arena, struct receipt, 1);
    const u32 log_count = (u32)run->host.log.count - t->log_start;
    *receipt = (struct receipt){
        .type = t->tx->type,
        .success = halt_is_success(r->halt),
        .cumulative_gas = run->gas_used + gas_used,
        .log = log_count ? run->host.log.item + t->log_start : NULL,
        .log_count = log_count,
        .gas_used = gas_used,
        .blob_gas_used = (u64)t->tx->blob_hash_count * BLOB_GAS,
        .effective_gas_price = t->gas_price,
        .halt = r->halt,
        .has_created = t->tx->is_creation && halt_is_success(r->halt),
        .created = t->to,
        .output = arena_copy(&run->arena, r->output),
    };
    for (u32 i = 0; i < log_count; i++)
        bloom_add_log(&receipt->bloom, &receipt->log[i]);
    return receipt;
}

static void append_receipt(struct block_run *run, const struct tx *tx, const struct receipt *receipt)
{
    *LIST_ADD(&run->tx, &run->arena) = tx;
    *LIST_ADD(&run->receipt, &run->arena) = receipt;
    run->gas_used = receipt->cumulative_gas;
    run->blob_gas_used += receipt->blob_gas_used;
}

static enum err finish_tx(struct block_run *run, const struct receipt **out, struct tx_run *t,
                          const struct evm_result *r)
{
    if (t->tx->type == TX_SYSTEM && !halt_is_success(r->halt))
        return REJECT_SYSTEM_TX_FAILED;
    const u64 gas_used = final_gas(run, t, r);
    TRY(settle_fees(run, t, gas_used));
    struct receipt *receipt = make_receipt(run, t, r, gas_used);
    if (run->rules->hooks && run->rules->hooks->after)
        TRY(run->rules->hooks->after(run, t->tx, receipt));
    state_tx_end(run->state, &(struct state_rules){.clears_empty = run->fork->id >= FORK_SPURIOUS});
    run->tx_open = false;
    if (run->fork->id < FORK_BYZANTIUM && !(run->lenient & LENIENT_ROOT)) { /* EIP-658 put the status in its place */
        TRY(state_commit(run->state, &receipt->state_root));
        receipt->has_state_root = true;
    }
    append_receipt(run, t->tx, receipt);
    *out = receipt;
    return OK;
}

enum err tx_finish(struct block_run *run, const struct receipt **out, struct tx_run *t, const struct evm_result *r)
{
    const enum err e = finish_tx(run, out, t, r);
    if (err_is_reject(e))
        tx_abandon(run, t);
    return e;
}

enum err block_apply(struct block_run *run, const struct receipt **out, const struct tx *tx)
{
    struct tx_run t;
    struct evm_result r;
    TRY(tx_begin(run, &t, tx));
    const enum err e = tx_execute(run, &r, &t);
    if (e != OK) {
        tx_abandon(run, &t);
        return e;
    }
    return tx_finish(run, out, &t, &r);
}
