/* One slot: from the mempools into the session, from the session to the statuses. */
#include "base/list.h"
#include "builder/session_chains.h"
#include "codec/text.h"
#include "devnet/preconf.h"
#include "node/mempool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A transaction that its chain can take now. */
struct candidate {
    const struct tx *tx;
    u64 key; /* of its order: when it came, but never before an earlier nonce of its sender */
    size_t place;
};

struct intake {
    struct devnet_chain *chain;
    struct state *state;
    struct arena *arena;
    u256 base_fee;
    bool is_open;    /* sender, next_nonce and key are known */
    address sender;
    u64 next_nonce, key;
    LIST(struct candidate) list;
};

/* --- what waits in a pool --- */

static enum err begin_sender(struct intake *k, const struct tx *t)
{
    const struct account *a;
    if (k->is_open && address_eq(&k->sender, &t->sender))
        return OK;
    TRY(state_account(k->state, &a, NULL, &t->sender));
    k->is_open = true;
    k->sender = t->sender;
    k->next_nonce = a->nonce;
    k->key = 0;
    return OK;
}

static const struct tx *copy_of(struct arena *arena, const struct tx *t)
{
    struct tx *copy = ARENA_TAKE(arena, struct tx, 1);
    struct buffer envelope = buffer_in(arena);
    tx_encode(&envelope, t);
    BUG_UNLESS(tx_decode(copy, arena, buffer_bytes(&envelope), TX_TYPES_ETHEREUM | TX_ADMITS_EIP155) == OK);
    copy->sender = t->sender;
    copy->has_sender = true;
    return copy;
}

/* By sender and nonce: what follows the account's nonce without a gap, and pays the base fee. */
static enum err consider(void *context, const struct tx *t, u64 arrival)
{
    struct intake *k = context;
    TRY(begin_sender(k, t));
    if (t->nonce != k->next_nonce)
        return OK;
    const struct status *status = statuses_find(k->chain->devnet->statuses, &t->hash);
    if (status && status->is_being_stored)
        return OK; /* it is on its way to the disk, and wakes the builder then */
    k->key = arrival > k->key ? arrival : k->key;
    if (!status || !status->is_taken) {
        if (u256_lt(&t->max_fee, &k->base_fee))
            return OK; /* it waits, and so does what is behind it */
        *LIST_ADD(&k->list, k->arena) = (struct candidate){copy_of(k->arena, t), k->key, k->list.count};
    }
    k->next_nonce++;
    return OK;
}

static int by_key(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static struct intake take_in(struct devnet_chain *c)
{
    struct devnet *d = c->devnet;
    struct intake k = {.chain = c, .arena = &d->slot_arena, .state = ledger_view(c->ledger)};
    header_next_base_fee(&k.base_fee, &ledger_head(c->ledger)->header);
    pthread_mutex_lock(&d->lock);
    const enum err e = mempool_each(c->node.pool, consider, &k);
    pthread_mutex_unlock(&d->lock);
    BUG_UNLESS(e == OK); /* the state is in memory */
    state_release(k.state);
    if (k.list.count)
        qsort(k.list.item, k.list.count, sizeof *k.list.item, by_key);
    return k;
}

/* --- statuses --- */

static struct status *status_of(struct devnet *d, const hash32 *hash)
{
    struct status *s = statuses_find(d->statuses, hash);
    return s ? s : statuses_add(d->statuses, hash);
}

static void report_taken(struct devnet_chain *c, const struct tx *t, u64 work)
{
    struct devnet *d = c->devnet;
    BUG_UNLESS(d->taken_count < TAKEN_MAX);
    d->taken[d->taken_count++] = (struct taken){.chain = c->index, .hash = t->hash, .work = work, .sender = t->sender,
                                                .nonce = t->nonce, .is_pooled = true};
    pthread_mutex_lock(&d->lock);
    struct status *s = status_of(d, &t->hash);
    s->chain_id = c->id;
    s->sender = t->sender;
    s->is_taken = true;
    s->work = work;
    pthread_mutex_unlock(&d->lock);
}

static void report_refused(struct devnet_chain *c, const struct tx *t, enum err e)
{
    struct devnet *d = c->devnet;
    const char *message = session_error(d->session);
    if (!message[0])
        message = err_text(e);
    message = (const char *)arena_copy(&d->slot_arena, bytes_of(message, strlen(message) + 1)).ptr;
    report_taken(c, t, 0);
    d->taken[d->taken_count - 1].refused = e;
    d->taken[d->taken_count - 1].reason = message;
}

/* --- into the session: on L1 mined at once, on a rollup queued for the slot --- */

static bool give_to_session(struct devnet_chain *c)
{
    struct devnet *d = c->devnet;
    const struct intake k = take_in(c);
    const u64 gas_limit = ledger_head(c->ledger)->header.gas_limit, room = gas_limit - gas_limit / 8;
    u64 gas = 0, work;
    size_t i = 0;
    for (; i < k.list.count && i < SLOT_WORK_MAX && d->taken_count < TAKEN_MAX; i++) {
        const struct tx *t = k.list.item[i].tx;
        gas += t->gas_limit;
        if (c->index && i && gas > room)
            break; /* the next slot has room for it */
        devnet_set_time(d);
        const enum err e = session_send(d->session, &work, c->id, t);
        if (e == OK)
            report_taken(c, t, work);
        else
            report_refused(c, t, e);
    }
    return i != 0;
}

/* --- the slot --- */

static void reject_all(struct devnet *d, enum err e, const char *reason)
{
    fprintf(stderr, "scope up: a slot failed: %s: %s\n", err_name(e), reason);
    session_reject_pending(d->session, e, reason);
}

static enum err bundle_reverted(struct devnet *d, const struct slot_report *r, const char **why)
{
    struct buffer text = buffer_in(&d->slot_arena);
    text_add(&text, "the bundle reverted on L1: ");
    text_add_hex_cut(&text, r->revert_data, 68);
    buffer_add_u8(&text, 0);
    *why = (const char *)text.ptr;
    return REJECT_PASSES_DIFFER;
}

/* Work that no slot can do would keep the builder busy for ever: it is rejected, loudly. */
static void settle(struct devnet *d)
{
    enum { FRUITLESS_MAX = 8 };
    const struct slot_report *r;
    const size_t before = session_pending_count(d->session);
    const char *why = NULL;
    devnet_set_time(d);
    preconf_lock_slot(d);
    enum err e = session_slot(d->session, &r);
    if (e == OK && r->sent && !r->settled)
        e = bundle_reverted(d, r, &why);
    d->report = e == OK ? r : NULL;
    if (e != OK)
        reject_all(d, e, why ? why : session_error(d->session)[0] ? session_error(d->session) : err_text(e));
    d->forced_failed_at = e == OK ? 0 : ledger_head(d->chain[0].ledger)->header.number;
    d->fruitless_slots = before == 0 || session_pending_count(d->session) < before ? 0 : d->fruitless_slots + 1;
    if (d->fruitless_slots > FRUITLESS_MAX)
        reject_all(d, REJECT_BUNDLE_FULL, "no slot had room for it");
}

/* --- from the session to the statuses --- */

static void report_calls(struct devnet *d, struct status *s, const struct work_report *w)
{
    const struct slot_report *r = d->report;
    if (!r || w->call_count == 0 || w->first_call + w->call_count > r->call_count)
        return;
    struct status_call *call = ARENA_TAKE(&d->slot_arena, struct status_call, w->call_count);
    for (size_t i = 0; i < w->call_count; i++) {
        const struct call_report *from = &r->call[w->first_call + i];
        call[i] = (struct status_call){
            .source_chain = from->call.source_chain,
            .target_chain = from->call.target_chain,
            .from = from->call.from,
            .to = from->call.request.to,
            .value = from->call.request.value,
            .request_hash = from->request_hash,
            .nonce = from->call.nonce,
            .gas_used = from->gas_used,
            .success = from->response.success,
            .parent = from->parent < 0 ? -1 : from->parent - (i32)w->first_call,
        };
    }
    statuses_set_calls(d->statuses, s, call, (u32)w->call_count);
}

static void report_settled(struct devnet *d, struct taken *t, struct status *s, const struct work_report *w)
{
    struct mempool *pool = d->chain[t->chain].node.pool;
    hash32 other;
    s->stage = STAGE_SETTLED;
    s->is_taken = false;
    s->block_number = w->block_number;
    if (d->report && (t->chain || w->is_operation)) {
        s->bundle = d->report->l1_tx_hash;
        s->bundle_block = d->report->l1_block_number;
    }
    report_calls(d, s, w);
    preconf_judge(d, s);
    devnet_store_outcome(d, s);
    t->is_over = t->is_settled = true;
    if (!t->is_pooled || !mempool_find(pool, &other, &t->sender, t->nonce) || hash32_eq(&other, &t->hash))
        return;
    struct status *loser = status_of(d, &other);
    statuses_reject(d->statuses, loser, REJECT_TX_NONCE_LOW, "another transaction took its nonce");
    devnet_store_outcome(d, loser);
}

/* True: it is no fault of the transaction, which waits in the pool again. */
static bool waits_again(struct status *s, const struct taken *t, enum err e)
{
    enum { RETRIES_MAX = 4 };
    if (!t->is_pooled)
        return false;
    return e == REJECT_TX_NONCE_HIGH || (e == REJECT_TX_GAS_ALLOWANCE && ++s->retries <= RETRIES_MAX);
}

static void report_rejected(struct devnet *d, struct taken *t, struct status *s, enum err e, const char *reason)
{
    statuses_reject(d->statuses, s, e, reason);
    preconf_judge(d, s);
    devnet_store_outcome(d, s);
    t->is_over = true;
}

static void report_outcome(struct devnet *d, struct taken *t)
{
    struct status *s = status_of(d, &t->hash);
    struct work_report w;
    if (t->refused) {
        report_rejected(d, t, s, t->refused, t->reason);
        return;
    }
    BUG_UNLESS(session_status(d->session, &w, t->work) == OK);
    if (w.status == WORK_SETTLED) {
        report_settled(d, t, s, &w);
    } else if (w.status != WORK_REJECTED) {
        s->stage = s->promised == PROMISE_OPEN ? STAGE_PRECONFIRMED
                   : w.status == WORK_PENDING  ? STAGE_PENDING
                                               : STAGE_SIMULATED;
    } else if (waits_again(s, t, w.rejected)) {
        s->stage = STAGE_PENDING;
        s->is_taken = false;
        t->is_over = true;
        t->is_pooled = false; /* it stays in the pool */
    } else {
        report_rejected(d, t, s, w.rejected, w.reason ? w.reason : err_text(w.rejected));
    }
    if (!t->is_over || t->is_settled)
        statuses_changed(d->statuses, s);
    if (!w.tree.count)
        return;
    statuses_set_trace(d->statuses, s, trace_copy(d->memory, &w.tree));
    if (t->is_over)
        devnet_store_trace(d, &t->hash, &w.tree);
}

static struct bundle_record record_of(struct devnet *d, const struct slot_report *r)
{
    struct bundle_rollup *rollup = ARENA_TAKE(&d->slot_arena, struct bundle_rollup, r->rollup_count);
    for (size_t i = 0; i < r->rollup_count; i++) {
        const struct rollup_report *p = &r->rollup[i];
        rollup[i] = (struct bundle_rollup){
            .chain_id = p->chain_id, .first_block = p->first_block, .last_block = p->last_block,
            .gas_used = p->gas_used, .transactions = p->transactions, .system_transactions = p->system_transactions,
            .data_bytes = p->data_bytes, .attestations = p->attestations, .block_hash = p->block_hash,
            .state_root = p->state_root, .statement = p->statement,
        };
    }
    return (struct bundle_record){
        .hash = r->l1_tx_hash,
        .block_number = r->l1_block_number,
        .timestamp = ledger_block_at(d->chain[0].ledger, r->l1_block_number)->header.timestamp,
        .gas_used = r->l1_gas_used,
        .tx_bytes = r->l1_tx.len,
        .is_in_blobs = r->data.is_in_blobs,
        .blob_count = r->data.is_in_blobs ? r->data.blob_count : 0,
        .data_wei = r->data.is_in_blobs ? r->data.blobs_wei : r->data.calldata_wei,
        .other_wei = r->data.is_in_blobs ? r->data.calldata_wei : r->data.blobs_wei,
        .pair = r->pair,
        .pair_count = r->pair_count,
        .rollup = rollup,
        .rollup_count = r->rollup_count,
        .call_count = r->call_count,
    };
}

/* Out of the pool, when readers have its block. */
static void leave_pool(struct devnet *d, const struct taken *t)
{
    if (t->is_pooled)
        mempool_remove(d->chain[t->chain].node.pool, &t->sender, t->nonce, t->is_settled ? NULL : &t->hash);
}

/* Outcomes, chains and statuses are committed before any thread sees one of them. */
static void report_outcomes(struct devnet *d)
{
    size_t kept = 0, settled = 0;
    const bool has_settled = d->report && d->report->settled;
    hash32 *work = ARENA_TAKE(&d->slot_arena, hash32, d->taken_count);
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->taken_count; i++) {
        report_outcome(d, &d->taken[i]);
        if (d->taken[i].is_settled && has_settled &&
            hash32_eq(&status_of(d, &d->taken[i].hash)->bundle, &d->report->l1_tx_hash))
            work[settled++] = d->taken[i].hash;
    }
    if (has_settled) {
        struct bundle_record r = record_of(d, d->report);
        r.work = work;
        r.work_count = settled;
        bundles_add(d->bundles, &r);
        witnesses_settle(d->witnesses, &r);
        devnet_store_bundle(d, &r);
    } else {
        witnesses_settle(d->witnesses, NULL);
    }
    d->slots++;
    if (has_settled) {
        d->settlements++;
        d->settled_at = (u64)time(NULL);
    }
    devnet_commit(d);
    const enum err e = devnet_publish(d);
    BUG_UNLESS(e == OK); /* all of it is in memory */
    for (size_t i = 0; i < d->taken_count; i++) {
        if (d->taken[i].is_over)
            leave_pool(d, &d->taken[i]);
        else
            d->taken[kept++] = d->taken[i];
    }
    d->taken_count = kept;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    devnet_tell_subscribers(d);
}

void devnet_set_time(struct devnet *d)
{
    const u64 now = (u64)((i64)time(NULL) + d->time_offset), next = d->next_timestamp ? d->next_timestamp : now;
    session_set_time(d->session, d->slot_timestamp ? d->slot_timestamp : next);
}

/* Entries that wait in a forced queue on L1 are work for a slot, once for each head if it fails. */
static bool has_forced_work(struct devnet *d)
{
    bool is_forced = false;
    const enum err e = session_has_forced(d->session, &is_forced);
    BUG_UNLESS(e == OK); /* all of it is in memory */
    return is_forced && d->forced_failed_at != ledger_head(d->chain[0].ledger)->header.number;
}

/* What is promised settles on the L1 block of its promises: L1's own transactions come behind it. */
static bool settle_promised(struct devnet *d)
{
    settle(d);
    d->slot_timestamp = 0;
    give_to_session(&d->chain[0]);
    return true;
}

static bool settle_all(struct devnet *d)
{
    bool is_busy = false;
    d->slot_timestamp = 0;
    for (size_t i = 0; i < d->chain_count; i++)
        is_busy |= give_to_session(&d->chain[i]);
    if (!session_pending_count(d->session) && !has_forced_work(d))
        return is_busy;
    settle(d);
    return true;
}

bool devnet_slot(struct devnet *d)
{
    const u64 begun = devnet_now_ms();
    const bool is_promised = preconf_is_open(d);
    d->report = NULL;
    const bool is_busy = is_promised ? settle_promised(d) : settle_all(d);
    if (is_busy && !is_promised)
        d->next_timestamp = 0;
    if (is_busy)
        report_outcomes(d);
    preconf_end_slot(d);
    arena_rewind(&d->slot_arena, (struct arena_mark){0});
    if (!is_busy)
        return false;
    pthread_mutex_lock(&d->lock);
    d->slot_ms += devnet_now_ms() - begun;
    pthread_mutex_unlock(&d->lock);
    return true;
}

void devnet_seal(struct devnet *d)
{
    if (preconf_is_open(d))
        devnet_slot(d);
}

/* The slot's timestamp is that of its end: later than any sub-block. */
void devnet_sub_block(struct devnet *d, u64 slot_ms)
{
    if (preconf_is_full(d))
        return;
    for (size_t i = 1; i < d->chain_count; i++)
        give_to_session(&d->chain[i]);
    if (!session_pending_count(d->session))
        return;
    const u64 now = (u64)((i64)time(NULL) + d->time_offset), end = now + (slot_ms + 999) / 1000;
    if (!d->slot_timestamp)
        d->slot_timestamp = d->next_timestamp ? d->next_timestamp : end;
    devnet_set_time(d);
    if (!preconf_extend(d))
        d->slot_timestamp = 0;
}
