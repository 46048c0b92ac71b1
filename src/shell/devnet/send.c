/* eth_sendRawTransaction: into the pool, and the wait for its block. */
#include "codec/text.h"
#include "devnet/devnet.h"
#include "jsonrpc/jsonrpc.h"
#include "node/mempool.h"
#include "node/write.h"

#include <errno.h>
#include <time.h>

enum err devnet_refused(struct rpc_request *r, enum err error, const char *reason, const hash32 *hash)
{
    struct buffer data = buffer_in(r->arena);
    struct json_writer w = json_writer(&data, 0);
    json_write_object(&w);
    json_write_key(&w, "reason");
    json_write_z(&w, err_name(error));
    if (hash)
        write_hex(&w, "hash", BYTES_OF(hash->b));
    write_quantity(&w, "chainId", devnet_chain_of(r)->id);
    json_write_end(&w);
    const enum err e = rpc_fail(r, REFUSED_BY_BUILDER, "%s: %s", err_name(error), reason);
    r->error.data = buffer_bytes(&data);
    return e;
}

enum err devnet_fail(struct rpc_request *r, enum err e)
{
    return e == REJECT_CALL ? e : devnet_refused(r, e, r->error.message ? r->error.message : err_text(e), NULL);
}

/* A transaction whose block has it as failed; an operation that fails is in none. */
static bool is_reverted(struct devnet *d, const struct status *s)
{
    struct devnet_chain *c = devnet_chain_by_id(d, s->chain_id);
    if (s->stage != STAGE_SETTLED || s->is_operation || !c)
        return false;
    struct snapshot *at = snapshot_take(&c->chain);
    const struct tx_place *p = snapshot_find_tx(at, &s->hash);
    const bool reverted = p && !p->block->receipt[p->index].success;
    snapshot_drop(at);
    return reverted;
}

bool devnet_copy_status(struct devnet *d, struct arena *arena, struct status *out, const hash32 *hash)
{
    pthread_mutex_lock(&d->lock);
    const struct status *s = statuses_find(d->statuses, hash);
    if (s) {
        *out = *s;
        out->reason = s->reason ? (char *)arena_copy(arena, bytes_of(s->reason, strlen(s->reason) + 1)).ptr : NULL;
        out->call = ARENA_TAKE(arena, struct status_call, s->call_count);
        if (s->call_count)
            memcpy(out->call, s->call, sizeof *out->call * s->call_count);
        out->trace = NULL; /* devnet_take_trace */
    }
    pthread_mutex_unlock(&d->lock);
    if (s)
        out->is_reverted = is_reverted(d, out);
    return s != NULL;
}

struct trace *devnet_take_trace(struct devnet *d, const hash32 *hash)
{
    pthread_mutex_lock(&d->lock);
    const struct status *s = statuses_find(d->statuses, hash);
    struct trace *trace = s ? s->trace : NULL;
    if (trace)
        trace_hold(trace);
    pthread_mutex_unlock(&d->lock);
    return trace;
}

enum err devnet_find_trace(struct devnet *d, struct arena *arena, bool *found, struct call_tree *out,
                           struct trace **held, const hash32 *hash)
{
    *held = devnet_take_trace(d, hash);
    *found = *held != NULL;
    if (!*held)
        return devnet_stored_trace(d, arena, found, out, hash);
    *out = (*held)->tree;
    return OK;
}

enum err devnet_find_status(struct devnet *d, struct arena *arena, bool *found, struct status *out, const hash32 *hash)
{
    *found = devnet_copy_status(d, arena, out, hash);
    if (*found)
        return OK;
    TRY(devnet_stored_status(d, arena, found, out, hash));
    if (*found)
        out->is_reverted = is_reverted(d, out);
    return OK;
}

static enum err rejected(struct rpc_request *r, const struct status *s)
{
    const char *copy = (const char *)arena_copy(r->arena, bytes_of(s->reason, strlen(s->reason) + 1)).ptr;
    return devnet_refused(r, s->error, copy, &s->hash);
}

/* A transaction behind a gap of nonces waits for others. */
static bool is_next(struct rpc_request *r, const struct tx *t)
{
    struct reader *d = reader_take(&r->node->readers);
    struct state *s = reader_state(d, &r->at->head->header.state_root);
    const struct account *a;
    const enum err e = state_account(s, &a, NULL, &t->sender);
    const bool is = e == OK && mempool_next_nonce(r->node->pool, &t->sender, a->nonce) > t->nonce;
    state_release(s);
    reader_give(&r->node->readers, d);
    return is;
}

static struct timespec wait_until(u64 seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)seconds;
    return t;
}

/* With the lock. The newest status: a row may be gone when the lock was open. */
static enum err await(struct devnet *d, struct rpc_request *r, const hash32 *hash, u64 seconds)
{
    const struct timespec until = wait_until(seconds);
    const struct status *s;
    int e = 0;
    d->waiting++;
    while ((s = statuses_find(d->statuses, hash)) && s->stage < STAGE_SETTLED && !d->is_stopping && e != ETIMEDOUT)
        e = pthread_cond_timedwait(&d->changed, &d->lock, &until);
    d->waiting--;
    return s && s->stage == STAGE_REJECTED ? rejected(r, s) : OK;
}

static const char was_replaced[] = "another transaction replaced it";

/* With the lock. */
static enum err add_to_pool(struct devnet_chain *c, struct rpc_request *r, struct sent *sent)
{
    const struct tx *t = sent->tx;
    struct devnet *d = c->devnet;
    struct status *s = statuses_find(d->statuses, &t->hash);
    hash32 old;
    if (d->is_stopping)
        return rpc_fail(r, DEVNET_STOPPING, "the node is shutting down");
    if (s && s->stage != STAGE_REJECTED)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "already known");
    const bool replaces = mempool_find(c->node.pool, &old, &t->sender, t->nonce);
    const char *refused = mempool_add(c->node.pool, t);
    if (refused)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "%s", refused);
    struct status *replaced = replaces ? statuses_find(d->statuses, &old) : NULL;
    if (replaced) {
        statuses_reject(d->statuses, replaced, REJECT_TX_NONCE_LOW, was_replaced);
        sent->replaces = true;
        sent->replaced = *replaced;
        sent->replaced.reason = (char *)was_replaced; /* the table's may go while this is written */
        sent->replaced.call_count = 0;
        sent->replaced.trace = NULL;
    }
    statuses_forget(d->statuses, &t->hash);
    s = statuses_add(d->statuses, &t->hash);
    s->chain_id = c->id;
    s->sender = t->sender;
    if (d->store) {
        sent->ordinal = s->ordinal = ++d->last_ordinal;
        s->is_being_stored = true;
    }
    return OK;
}

/* The builder does not take it before this is done: else the outcome could be stored first. */
static enum err store(struct devnet_chain *c, struct rpc_request *r, const struct sent *sent)
{
    struct devnet *d = c->devnet;
    struct complaint complaint = {0};
    const enum err e = devnet_store_sent(d, &complaint, sent);
    pthread_mutex_lock(&d->lock);
    struct status *s = statuses_find(d->statuses, &sent->tx->hash);
    if (s)
        s->is_being_stored = false;
    if (e != OK) {
        mempool_remove(c->node.pool, &sent->tx->sender, sent->tx->nonce, &sent->tx->hash);
        statuses_forget(d->statuses, &sent->tx->hash);
    }
    pthread_mutex_unlock(&d->lock);
    return e == OK ? OK : rpc_fail(r, JSONRPC_SERVER_ERROR, "%s: the transaction cannot be stored: %s", err_name(e),
                                   complaint.text);
}

enum err devnet_put(struct devnet_chain *c, struct rpc_request *r, const struct tx *t)
{
    struct devnet *d = c->devnet;
    if (t->type == TX_BLOB)
        return rpc_fail(r, JSONRPC_SERVER_ERROR,
                        "FAULT_UNSUPPORTED: blob transactions of accounts are not supported yet");
    struct sent sent = {.tx = t, .chain_id = c->id};
    pthread_mutex_lock(&d->lock);
    enum err e = add_to_pool(c, r, &sent);
    pthread_mutex_unlock(&d->lock);
    if (e == OK && d->store)
        e = store(c, r, &sent);
    if (e == OK) {
        devnet_wake(d);
        devnet_tell_subscribers(d);
    }
    return e;
}

enum err devnet_await(struct devnet_chain *c, struct rpc_request *r, const struct tx *t)
{
    struct devnet *d = c->devnet;
    const bool waits = is_next(r, t); /* false, too, if the builder was faster and has rejected it */
    pthread_mutex_lock(&d->lock);
    const enum err e = d->is_automining
                           ? await(d, r, &t->hash, waits && d->waiting < WAITING_MAX ? WAIT_MS / 1000 : 0)
                           : OK;
    pthread_mutex_unlock(&d->lock);
    return e;
}

enum err devnet_await_status(struct rpc_request *r, struct status *out, const hash32 *hash)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    pthread_mutex_lock(&d->lock);
    const enum err e = await(d, r, hash, d->slot_seconds + WAIT_MS / 1000);
    pthread_mutex_unlock(&d->lock);
    TRY(e);
    if (devnet_copy_status(d, r->arena, out, hash) && out->stage == STAGE_SETTLED)
        return OK;
    return rpc_fail(r, JSONRPC_TIMEOUT, "request timed out: the operation still waits for its slot");
}

enum err devnet_send(void *chain, struct rpc_request *r, const struct tx *t)
{
    TRY(devnet_put(chain, r, t));
    return devnet_await(chain, r, t);
}
