#include "chain/evm_host.h"

#include "base/u256.h"
#include "evm/precompile.h"

/* EIP-2929 warms precompiles for every transaction. */
static bool is_precompile(const struct evm_host *h, const address *at)
{
    static const u8 zeros[18];
    return memcmp(at->b, zeros, sizeof zeros) == 0 && precompile_find(h->fork, at) != NULL;
}

static enum err host_account(void *host, const struct account **out, bool *cold, const address *at)
{
    struct evm_host *h = host;
    TRY(state_account(h->state, out, cold, at));
    if (cold && *cold && is_precompile(h, at))
        *cold = false;
    return OK;
}

static enum err host_code(void *host, const struct code **out, const struct account *a)
{
    struct evm_host *h = host;
    if (!a->has_code) {
        *out = &code_empty;
        return OK;
    }
    const struct code *code = code_cache_get(h->codes, &a->code_hash);
    if (!code) {
        struct bytes bytes;
        TRY(state_code(h->state, &bytes, a));
        code = code_cache_put(h->codes, &a->code_hash, bytes);
    }
    *out = code;
    return OK;
}

static enum err host_storage_slot(void *host, const struct storage_slot **out, bool *cold, const struct account *a,
                                  const u256 *key)
{
    return state_storage_slot(((struct evm_host *)host)->state, out, cold, a, key);
}

static void host_set_storage_slot(void *host, const struct account *a, const struct storage_slot *s, const u256 *value)
{
    state_set_storage_slot(((struct evm_host *)host)->state, a, s, value);
}

static void host_transient(void *host, u256 *out, const struct account *a, const u256 *key)
{
    state_transient(((struct evm_host *)host)->state, out, a, key);
}

static void host_set_transient(void *host, const struct account *a, const u256 *key, const u256 *value)
{
    state_set_transient(((struct evm_host *)host)->state, a, key, value);
}

static void host_transfer(void *host, const struct account *from, const struct account *to, const u256 *value)
{
    struct evm_host *h = host;
    struct state *s = h->state;
    u256 balance;
    state_touch(s, to);
    if (from == to || u256_is_zero(value))
        return;
    BUG_UNLESS(!u256_sub(&balance, &from->balance, value));
    state_set_balance(s, from, &balance);
    h->overflowed |= u256_add(&balance, &to->balance, value); /* only in a forged state */
    state_set_balance(s, to, &balance);
}

static void host_set_nonce(void *host, const struct account *a, u64 nonce)
{
    state_set_nonce(((struct evm_host *)host)->state, a, nonce);
}

static enum err host_create_collides(void *host, bool *out, const struct account *a)
{
    if (a->nonce != 0 || a->has_code) {
        *out = true;
        return OK;
    }
    return state_has_storage(((struct evm_host *)host)->state, out, a);
}

static void host_create(void *host, const struct account *a, u64 nonce)
{
    state_create(((struct evm_host *)host)->state, a, nonce);
}

static void host_set_code(void *host, const struct account *a, struct bytes code)
{
    state_set_code(((struct evm_host *)host)->state, a, code);
}

/* Before Cancun the account goes, with whatever it still has; from Cancun on only one that this transaction
 * created does (EIP-6780), and one that names itself keeps its balance otherwise. */
static void host_destroy(void *host, const struct account *a, const struct account *beneficiary)
{
    struct evm_host *h = host;
    static const u256 zero;
    const bool deleted = h->fork->id < FORK_CANCUN || a->created;
    const u256 balance = a->balance;
    host_transfer(host, a, beneficiary, &balance);
    if (!deleted)
        return;
    if (a == beneficiary && !u256_is_zero(&balance))
        state_burn(h->state, &balance);
    state_set_balance(h->state, a, &zero);
    state_destroy(h->state, a);
}

static void host_touch(void *host, const struct account *a)
{
    state_touch(((struct evm_host *)host)->state, a);
}

static void host_log(void *host, const struct log *log)
{
    struct evm_host *h = host;
    struct log *l = LIST_ADD(&h->log, h->arena);
    *l = *log;
    l->data = arena_copy(h->arena, log->data);
}

static enum err host_block_hash(void *host, hash32 *out, u64 number)
{
    struct evm_host *h = host;
    if (number == h->parent_number) {
        *out = h->parent_hash;
        return OK;
    }
    return h->ancestors ? h->ancestors->hash(h->ancestors->context, out, number) : FAULT_STATE_MISSING;
}

enum { MARK_STATE_BITS = 40 };

u64 evm_host_mark(const struct evm_host *h)
{
    const u64 state = state_mark(h->state);
    BUG_UNLESS(state >> MARK_STATE_BITS == 0 && (u64)h->log.count >> (64 - MARK_STATE_BITS) == 0);
    return (u64)h->log.count << MARK_STATE_BITS | state;
}

void evm_host_rewind(struct evm_host *h, u64 mark)
{
    h->log.count = (size_t)(mark >> MARK_STATE_BITS);
    state_rewind(h->state, mark & (((u64)1 << MARK_STATE_BITS) - 1));
}

static u64 host_mark(void *host) { return evm_host_mark(host); }
static void host_rewind(void *host, u64 mark) { evm_host_rewind(host, mark); }

const struct host_ops evm_host_ops = {
    .account = host_account,
    .code = host_code,
    .storage_slot = host_storage_slot,
    .set_storage_slot = host_set_storage_slot,
    .transient = host_transient,
    .set_transient = host_set_transient,
    .transfer = host_transfer,
    .set_nonce = host_set_nonce,
    .create_collides = host_create_collides,
    .create = host_create,
    .set_code = host_set_code,
    .destroy = host_destroy,
    .touch = host_touch,
    .log = host_log,
    .block_hash = host_block_hash,
    .mark = host_mark,
    .rewind = host_rewind,
};
