/* evm_*, anvil_*, hardhat_*: time, blocks, snapshots and writes to the state.
 *
 * All chains are one machine: time is L1's, and a snapshot takes all of them. L1's state can be set, in a block of its
 * own that has no transactions. A rollup's cannot: each of its states is proved from transactions, and its ether is
 * backed by L1's. What cannot be done there is refused by name; its balances are raised by a transfer. */
#include "base/u256.h"
#include "builder/session_chains.h"
#include "crypto/keccak.h"
#include "devnet/preconf.h"
#include "node/mempool.h"
#include "node/write.h"
#include "signer/secp256k1_sign.h"
#include "state/state.h"

#include <time.h>

enum { MINE_MAX = 1024, TRANSFER_GAS_MAX = 100000, SLOT_SECONDS_MAX = 3600 };

static enum err refuse_on_rollup(struct rpc_request *r)
{
    const struct bytes method = r->call->method;
    return rpc_fail(r, JSONRPC_SERVER_ERROR,
                    "FAULT_UNSUPPORTED: %.*s on a rollup: its states are proved from its transactions",
                    (int)method.len, (const char *)method.ptr);
}

static bool is_rollup(const struct rpc_request *r)
{
    return devnet_chain_of(r)->index != 0;
}

/* A number, or a string of digits or 0x-digits. */
static enum err read_count(struct rpc_request *r, u64 *out, struct json v, u32 index)
{
    return json_u64(out, v) == OK ? OK : rpc_invalid(r, index, "expected a number");
}

/* --- time --- */

struct time_change {
    i64 add;
    u64 next; /* 0: not this */
    u64 head; /* out: L1's timestamp */
    i64 offset;
};

static enum err change_time(struct devnet *d, void *context)
{
    struct time_change *c = context;
    c->head = ledger_head(d->chain[0].ledger)->header.timestamp;
    if (c->next && c->next <= c->head)
        return REJECT_BLOCK_TIMESTAMP;
    /* Many blocks in a second put the head ahead of the clock: what was locked there is unlocked after c->add, too. */
    const i64 head_offset = (i64)c->head - (i64)time(NULL);
    if (c->add)
        d->time_offset = (d->time_offset > head_offset ? d->time_offset : head_offset) + c->add;
    if (c->next) {
        d->next_timestamp = c->next;
        d->time_offset = (i64)c->next - (i64)time(NULL);
    }
    c->offset = d->time_offset;
    return OK;
}

enum err rpc_evm_increaseTime(struct rpc_request *r)
{
    struct time_change c = {0};
    u64 seconds;
    TRY(read_count(r, &seconds, r->parameter[0], 0));
    if (seconds > UINT32_MAX)
        return rpc_invalid(r, 0, "too far in the future");
    c.add = (i64)seconds;
    TRY(devnet_run(r, change_time, &c));
    json_write_quantity(r->out, (u64)c.offset);
    return OK;
}

enum err rpc_evm_setNextBlockTimestamp(struct rpc_request *r)
{
    struct time_change c = {0};
    TRY(read_count(r, &c.next, r->parameter[0], 0));
    if (c.next > UINT32_MAX * 4ull)
        return rpc_invalid(r, 0, "too far in the future");
    const enum err e = devnet_run(r, change_time, &c);
    if (e == REJECT_BLOCK_TIMESTAMP)
        return rpc_fail(r, JSONRPC_SERVER_ERROR,
                        "Timestamp %llu is lower than or equal to previous block's timestamp %llu",
                        (unsigned long long)c.next, (unsigned long long)c.head);
    TRY(e);
    json_write_quantity(r->out, c.next);
    return OK;
}

/* --- blocks --- */

struct mine {
    size_t chain;
    u64 count;
    u64 timestamp; /* of the first; 0: the clock's */
    u64 interval;  /* between them, seconds; 0: one */
};

/* A rollup's block needs a transaction: the builder pays nothing to itself. */
static enum err mine_on_rollup(struct devnet *d, size_t chain, const address *to, const u256 *value, bool *success)
{
    struct work_report report;
    const struct transact t = {.chain_id = d->chain[chain].id, .key = d->builder_key, .to = *to, .value = *value,
                               .gas_limit = TRANSFER_GAS_MAX};
    u64 work;
    TRY(session_transact(d->session, &work, &t));
    devnet_slot(d);
    TRY(session_status(d->session, &report, work));
    *success = report.status == WORK_SETTLED && report.success;
    return report.status == WORK_SETTLED ? OK : report.rejected;
}

static enum err mine_one(struct devnet *d, const struct mine *m)
{
    bool ignored;
    devnet_seal(d);
    if (m->chain)
        return mine_on_rollup(d, m->chain, &d->builder, &(u256){0}, &ignored);
    devnet_set_time(d);
    TRY(session_mine(d->session, NULL, NULL));
    d->next_timestamp = 0;
    return OK;
}

/* What waits comes first, and its blocks count. */
static enum err mine_blocks(struct devnet *d, void *context)
{
    const struct mine *m = context;
    const u64 before = ledger_head(d->chain[m->chain].ledger)->header.number;
    struct time_change at = {.next = m->timestamp};
    if (m->timestamp)
        TRY(change_time(d, &at));
    devnet_slot(d);
    while (ledger_head(d->chain[m->chain].ledger)->header.number < before + m->count) {
        const u64 head = ledger_head(d->chain[0].ledger)->header.timestamp;
        if (m->interval && ledger_head(d->chain[m->chain].ledger)->header.number > before) {
            struct time_change next = {.next = head + m->interval};
            TRY(change_time(d, &next));
        }
        if (devnet_must_stop(d))
            return FAULT_INTERRUPTED;
        TRY(mine_one(d, m));
    }
    return OK;
}

static enum err mine(struct rpc_request *r, struct mine *m)
{
    m->chain = devnet_chain_of(r)->index;
    if (m->count > MINE_MAX)
        return rpc_invalid(r, 0, "at most %d blocks at once", MINE_MAX);
    const enum err e = devnet_run(r, mine_blocks, m);
    return e == OK ? OK : devnet_fail(r, e);
}

/* Nothing, a timestamp, or {"blocks", "timestamp"}. */
enum err rpc_evm_mine(struct rpc_request *r)
{
    struct mine m = {.count = 1};
    const struct json v = r->parameter[0];
    if (json_kind(v) == JSON_OBJECT) {
        if (!rpc_absent(json_get(v, "blocks")))
            TRY(read_count(r, &m.count, json_get(v, "blocks"), 0));
        if (!rpc_absent(json_get(v, "timestamp")))
            TRY(read_count(r, &m.timestamp, json_get(v, "timestamp"), 0));
    } else if (rpc_has(r, 0)) {
        TRY(read_count(r, &m.timestamp, v, 0));
    }
    TRY(mine(r, &m));
    json_write_z(r->out, "0x0");
    return OK;
}

enum err rpc_anvil_mine(struct rpc_request *r)
{
    struct mine m = {.count = 1};
    if (rpc_has(r, 0))
        TRY(read_count(r, &m.count, r->parameter[0], 0));
    if (rpc_has(r, 1))
        TRY(read_count(r, &m.interval, r->parameter[1], 1));
    TRY(mine(r, &m));
    json_write_null(r->out);
    return OK;
}

/* --- when slots are made --- */

bool devnet_is_automining(struct devnet *d)
{
    pthread_mutex_lock(&d->lock);
    const bool is = d->is_automining;
    pthread_mutex_unlock(&d->lock);
    return is;
}

enum err rpc_evm_setAutomine(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    pthread_mutex_lock(&d->lock);
    d->is_automining = rpc_bool(r, 0);
    if (d->is_automining)
        d->slot_seconds = 0;
    pthread_mutex_unlock(&d->lock);
    devnet_wake(d);
    json_write_null(r->out);
    return OK;
}

/* As in anvil: an interval switches automining off, and 0 does not switch it on. */
enum err rpc_evm_setIntervalMining(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    u64 seconds;
    TRY(read_count(r, &seconds, r->parameter[0], 0));
    if (seconds > SLOT_SECONDS_MAX)
        return rpc_invalid(r, 0, "at most %d seconds", SLOT_SECONDS_MAX);
    pthread_mutex_lock(&d->lock);
    d->slot_seconds = seconds;
    d->is_automining = false;
    pthread_mutex_unlock(&d->lock);
    devnet_wake(d);
    json_write_null(r->out);
    return OK;
}

enum err rpc_anvil_getAutomine(struct rpc_request *r)
{
    json_write_bool(r->out, devnet_is_automining(devnet_chain_of(r)->devnet));
    return OK;
}

enum err rpc_anvil_getIntervalMining(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    pthread_mutex_lock(&d->lock);
    const u64 seconds = d->slot_seconds;
    pthread_mutex_unlock(&d->lock);
    if (seconds)
        json_write_u64(r->out, seconds);
    else
        json_write_null(r->out);
    return OK;
}

/* --- writes to the state of L1 --- */

enum edit_kind { EDIT_BALANCE, EDIT_NONCE, EDIT_CODE, EDIT_STORAGE };

struct edit {
    enum edit_kind kind;
    size_t chain;
    address at;
    u256 key, value;
    struct bytes code;
    bool refused; /* out: a lower balance or nonce */
};

static enum err edit_state(void *context, struct state *s)
{
    const struct edit *e = context;
    const struct account *a;
    const struct storage_slot *slot;
    TRY(state_account(s, &a, NULL, &e->at));
    switch (e->kind) {
    case EDIT_BALANCE: state_set_balance(s, a, &e->value); break;
    case EDIT_NONCE: state_set_nonce(s, a, e->value.w[0]); break;
    case EDIT_CODE: state_set_code(s, a, e->code); break;
    case EDIT_STORAGE:
        TRY(state_storage_slot(s, &slot, NULL, a, &e->key));
        state_set_storage_slot(s, a, slot, &e->value);
        break;
    }
    return OK;
}

static enum err edit_l1(struct devnet *d, void *context)
{
    devnet_seal(d);
    devnet_set_time(d);
    return session_mine(d->session, edit_state, context);
}

static enum err edit(struct rpc_request *r, struct edit *e)
{
    const struct session_contracts *c = &devnet_chain_of(r)->devnet->contracts;
    const address *const ours[] = {&c->shared_bridge, &c->proof_registry, &c->quorum_verifier, &c->scoped_account,
                                   &c->reader};
    if (is_rollup(r))
        return refuse_on_rollup(r);
    for (size_t i = 0; i < COUNT_OF(ours); i++)
        if (address_eq(&e->at, ours[i]))
            return rpc_fail(r, JSONRPC_SERVER_ERROR, "FAULT_UNSUPPORTED: a contract of the protocol cannot be edited");
    const enum err result = devnet_run(r, edit_l1, e);
    if (result != OK)
        return devnet_fail(r, result);
    json_write_null(r->out);
    return OK;
}

/* On a rollup: a transfer of what is missing, by the builder. */
static enum err raise_balance(struct devnet *d, void *context)
{
    struct edit *e = context;
    struct ledger *l = d->chain[e->chain].ledger;
    struct account_leaf now;
    u256 missing;
    bool success;
    devnet_seal(d);
    TRY(ledger_account(l, &now, ledger_head(l), &e->at));
    e->refused = u256_lt(&e->value, &now.balance);
    if (e->refused || u256_eq(&e->value, &now.balance))
        return OK;
    u256_sub(&missing, &e->value, &now.balance);
    TRY(mine_on_rollup(d, e->chain, &e->at, &missing, &success));
    e->refused = !success;
    return OK;
}

enum err rpc_anvil_setBalance(struct rpc_request *r)
{
    struct edit e = {.kind = EDIT_BALANCE, .chain = devnet_chain_of(r)->index, .at = rpc_address(r, 0)};
    if (json_u256(&e.value, r->parameter[1]) != OK)
        return rpc_invalid(r, 1, "expected a number");
    if (!is_rollup(r))
        return edit(r, &e);
    const enum err result = devnet_run(r, raise_balance, &e);
    if (result != OK)
        return devnet_fail(r, result);
    if (e.refused)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "FAULT_UNSUPPORTED: a balance of a rollup can be raised by a transfer, "
                                                 "which this account must take, and not be lowered: its ether is backed "
                                                 "by L1's");
    json_write_null(r->out);
    return OK;
}

enum err rpc_anvil_setNonce(struct rpc_request *r)
{
    struct edit e = {.kind = EDIT_NONCE, .at = rpc_address(r, 0)};
    TRY(read_count(r, &e.value.w[0], r->parameter[1], 1));
    return edit(r, &e);
}

enum err rpc_anvil_setCode(struct rpc_request *r)
{
    struct edit e = {.kind = EDIT_CODE, .at = rpc_address(r, 0), .code = rpc_data(r, 1)};
    return edit(r, &e);
}

enum err rpc_anvil_setStorageAt(struct rpc_request *r)
{
    struct edit e = {.kind = EDIT_STORAGE, .at = rpc_address(r, 0)};
    const hash32 value = rpc_hash(r, 2);
    if (json_u256(&e.key, r->parameter[1]) != OK)
        return rpc_invalid(r, 1, "expected a number");
    e.value = u256_from_be(value.b);
    TRY(edit(r, &e));
    return OK;
}

/* --- snapshots --- */

static enum err save(struct devnet *d, void *context)
{
    u64 *id = context;
    if (d->saved_count == SAVED_MAX)
        return REJECT_TOO_LONG;
    devnet_slot(d);
    if (session_pending_count(d->session))
        return REJECT_BUNDLE_FULL; /* in the middle of something */
    struct saved *s = ARENA_TAKE(&d->arena, struct saved, 1);
    s->time_offset = d->time_offset;
    for (size_t i = 0; i < d->chain_count; i++)
        s->head[i] = ledger_head(d->chain[i].ledger)->header.number;
    d->saved[d->saved_count++] = s;
    devnet_store_saved(d, d->saved_count);
    *id = d->saved_count;
    return OK;
}

enum err rpc_evm_snapshot(struct rpc_request *r)
{
    u64 id = 0;
    const enum err e = devnet_run(r, save, &id);
    if (e != OK)
        return devnet_fail(r, e);
    json_write_quantity(r->out, id);
    return OK;
}

/* What it says of blocks that are gone is not true any more. */
static bool is_undone(void *context, const struct status *s)
{
    struct devnet *d = context;
    for (size_t i = 0; i < d->chain_count; i++)
        if (d->chain[i].id == s->chain_id)
            return s->stage < STAGE_SETTLED ||
                   (s->stage == STAGE_SETTLED && s->block_number > ledger_head(d->chain[i].ledger)->header.number);
    return true;
}

static enum err forget_pooled(void *context, const struct tx *t, u64 arrival)
{
    struct devnet *d = context;
    const struct status *s = statuses_find(d->statuses, &t->hash);
    (void)arrival;
    if (s)
        devnet_store_forget(d, s);
    return OK;
}

/* With the lock. Operations that the session had are gone with it. */
static void forget_taken(struct devnet *d)
{
    for (size_t i = 0; i < d->taken_count; i++) {
        const struct status *s = statuses_find(d->statuses, &d->taken[i].hash);
        if (s)
            devnet_store_forget(d, s);
    }
    d->taken_count = 0;
}

struct restoring {
    u64 id;
    bool is_known;
};

/* Each snapshot is used once, and takes the later ones with it. */
static enum err restore(struct devnet *d, void *context)
{
    struct restoring *t = context;
    t->is_known = t->id >= 1 && t->id <= d->saved_count;
    if (!t->is_known)
        return OK;
    const struct saved *s = d->saved[t->id - 1];
    d->saved_count = t->id - 1;
    d->time_offset = s->time_offset;
    d->next_timestamp = 0;
    d->report = NULL;
    session_reset(d->session, s->head);
    preconf_end_slot(d);
    TRY(devnet_publish(d));
    pthread_mutex_lock(&d->lock);
    forget_taken(d);
    for (size_t i = 0; i < d->chain_count; i++) {
        const enum err e = mempool_each(d->chain[i].node.pool, forget_pooled, d);
        BUG_UNLESS(e == OK);
        mempool_clear(d->chain[i].node.pool);
    }
    statuses_forget_all(d->statuses, is_undone, d);
    bundles_forget_above(d->bundles, ledger_head(d->chain[0].ledger)->header.number);
    witnesses_forget_above(d->witnesses, ledger_head(d->chain[0].ledger)->header.number);
    pthread_mutex_unlock(&d->lock);
    return OK;
}

enum err rpc_evm_revert(struct rpc_request *r)
{
    struct restoring t = {0};
    TRY(read_count(r, &t.id, r->parameter[0], 0));
    TRY(devnet_run(r, restore, &t));
    json_write_bool(r->out, t.is_known);
    return OK;
}

/* --- other accounts --- */

/* Commands, so that they are committed; others read the list with the lock. */
static enum err impersonate(struct devnet *d, void *context)
{
    const address *at = context;
    pthread_mutex_lock(&d->lock);
    bool fits = devnet_impersonates(d, at);
    if (!fits && d->impersonated_count < IMPERSONATED_MAX) {
        d->impersonated[d->impersonated_count++] = *at;
        fits = true;
    }
    pthread_mutex_unlock(&d->lock);
    return fits ? OK : REJECT_TOO_LONG;
}

static enum err stop_impersonating(struct devnet *d, void *context)
{
    const address *at = context;
    pthread_mutex_lock(&d->lock);
    for (u32 i = 0; i < d->impersonated_count; i++)
        if (address_eq(&d->impersonated[i], at)) {
            d->impersonated[i] = d->impersonated[--d->impersonated_count];
            break;
        }
    pthread_mutex_unlock(&d->lock);
    return OK;
}

enum err rpc_anvil_impersonateAccount(struct rpc_request *r)
{
    address at = rpc_address(r, 0);
    if (is_rollup(r))
        return refuse_on_rollup(r);
    const enum err e = devnet_run(r, impersonate, &at);
    if (e == REJECT_TOO_LONG)
        return rpc_fail(r, JSONRPC_LIMIT_EXCEEDED, "at most %d accounts are impersonated at once", IMPERSONATED_MAX);
    TRY(e);
    json_write_null(r->out);
    return OK;
}

enum err rpc_anvil_stopImpersonatingAccount(struct rpc_request *r)
{
    address at = rpc_address(r, 0);
    TRY(devnet_run(r, stop_impersonating, &at));
    json_write_null(r->out);
    return OK;
}
