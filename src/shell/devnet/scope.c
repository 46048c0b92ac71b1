/* scope_*: the machine as a whole. They answer the same on every chain. */
#include "devnet/preconf.h"
#include "node/mempool.h"
#include "node/write.h"
#include "scope/request.h"

#include <time.h>

/* --- scope_chains --- */

static void write_address(struct json_writer *w, const char *key, const address *a)
{
    json_write_key(w, key);
    json_write_address(w, a);
}

static void write_contracts(struct json_writer *w, const struct session_contracts *c, bool is_l1)
{
    json_write_key(w, "contracts");
    json_write_object(w);
    if (is_l1) {
        write_address(w, "SharedBridge", &c->shared_bridge);
        write_address(w, "ProofRegistry", &c->proof_registry);
        write_address(w, "QuorumVerifier", &c->quorum_verifier);
        write_address(w, "ScopedAccount", &c->scoped_account);
        write_address(w, "Reader", &c->reader);
    } else {
        write_address(w, "RollupBridge", &c->rollup_bridge);
        write_address(w, "L1Context", &c->l1_context);
    }
    json_write_end(w);
}

void devnet_write_chain(struct json_writer *w, const struct devnet_chain *c)
{
    const struct session_contracts *contracts = &c->devnet->contracts;
    json_write_key(w, "chainId");
    json_write_u64(w, c->id);
    json_write_key(w, "kind");
    json_write_z(w, c->index ? "rollup" : "l1");
    write_address(w, "bridge", c->index ? &contracts->rollup_bridge : &contracts->shared_bridge);
    write_contracts(w, contracts, c->index == 0);
}

enum err rpc_scope_chains(struct rpc_request *r)
{
    const struct devnet *d = devnet_chain_of(r)->devnet;
    json_write_array(r->out);
    for (size_t i = 0; i < d->chain_count; i++) {
        json_write_object(r->out);
        devnet_write_chain(r->out, &d->chain[i]);
        json_write_end(r->out);
    }
    json_write_end(r->out);
    return OK;
}

/* --- scope_status --- */

static void write_state(struct json_writer *w, struct devnet_chain *c)
{
    struct snapshot *at = snapshot_take(&c->chain);
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, c->id);
    json_write_key(w, "head");
    json_write_u64(w, at->head->header.number);
    json_write_key(w, "timestamp");
    json_write_u64(w, at->head->header.timestamp);
    json_write_key(w, "waiting");
    json_write_u64(w, mempool_count(c->node.pool));
    json_write_end(w);
    snapshot_drop(at);
}

void devnet_write_status(struct json_writer *w, struct devnet *d)
{
    pthread_mutex_lock(&d->lock);
    const u64 slots = d->slots, settlements = d->settlements, settled_at = d->settled_at,
              slot_seconds = d->slot_seconds;
    const bool is_ready = !d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    json_write_object(w);
    json_write_key(w, "ready");
    json_write_bool(w, is_ready);
    json_write_key(w, "slotSeconds");
    json_write_u64(w, slot_seconds);
    json_write_key(w, "slots");
    json_write_u64(w, slots);
    json_write_key(w, "settlements");
    json_write_u64(w, settlements);
    json_write_key(w, "secondsSinceSettlement");
    if (settled_at)
        json_write_u64(w, (u64)time(NULL) - settled_at);
    else
        json_write_null(w);
    preconf_write_status(w, d);
    json_write_key(w, "chains");
    json_write_array(w);
    for (size_t i = 0; i < d->chain_count; i++)
        write_state(w, &d->chain[i]);
    json_write_end(w);
    json_write_end(w);
}

enum err rpc_scope_status(struct rpc_request *r)
{
    devnet_write_status(r->out, devnet_chain_of(r)->devnet);
    return OK;
}

/* --- scope_getTransaction --- */

void devnet_write_calls(struct json_writer *w, const struct status *s)
{
    json_write_array(w);
    for (u32 i = 0; i < s->call_count; i++) {
        const struct status_call *c = &s->call[i];
        const struct nonce n = nonce_unpack(&c->nonce);
        json_write_object(w);
        json_write_key(w, "source");
        json_write_u64(w, c->source_chain);
        json_write_key(w, "target");
        json_write_u64(w, c->target_chain);
        write_fixed(w, "from", c->from);
        write_fixed(w, "to", c->to);
        write_u256(w, "value", &c->value);
        write_fixed(w, "requestHash", c->request_hash);
        json_write_key(w, "clock");
        json_write_u64(w, n.clock);
        json_write_key(w, "lookup");
        json_write_bool(w, n.flags & NONCE_LOOKUP);
        write_quantity(w, "gasUsed", c->gas_used);
        json_write_key(w, "success");
        json_write_bool(w, c->success);
        json_write_key(w, "parent");
        if (c->parent < 0)
            json_write_null(w);
        else
            json_write_u64(w, (u64)c->parent);
        json_write_end(w);
    }
    json_write_end(w);
}

void devnet_write_outcome(struct json_writer *w, const struct status *s)
{
    if (s->stage == STAGE_REJECTED) {
        json_write_key(w, "error");
        json_write_object(w);
        json_write_key(w, "reason");
        json_write_z(w, err_name(s->error));
        json_write_key(w, "message");
        json_write_z(w, s->reason);
        json_write_end(w);
    }
    if (s->stage != STAGE_SETTLED)
        return;
    if (s->is_reverted) {
        json_write_key(w, "reverted");
        json_write_bool(w, true);
    }
    write_quantity(w, "blockNumber", s->block_number);
    if (hash32_is_zero(&s->bundle))
        return;
    json_write_key(w, "bundle");
    json_write_object(w);
    write_fixed(w, "hash", s->bundle);
    write_quantity(w, "blockNumber", s->bundle_block);
    json_write_end(w);
}

void devnet_write_members(struct json_writer *w, const struct status *s, const char *stage)
{
    write_fixed(w, "hash", s->hash);
    json_write_key(w, "chainId");
    json_write_u64(w, s->chain_id);
    write_fixed(w, "from", s->sender);
    json_write_key(w, "kind");
    json_write_z(w, s->is_operation ? "operation" : "transaction");
    json_write_key(w, "status");
    json_write_z(w, stage);
    devnet_write_outcome(w, s);
    if (s->promised != PROMISE_NONE) {
        json_write_key(w, "promise");
        preconf_write_promise(w, s);
    }
    json_write_key(w, "calls");
    devnet_write_calls(w, s);
}

void devnet_write_transaction(struct json_writer *w, const struct status *s, const char *stage)
{
    json_write_object(w);
    devnet_write_members(w, s, stage);
    json_write_end(w);
}

/* A gap of nonces is before it. */
static enum err is_queued(bool *out, struct devnet_chain *chain, const struct status *s)
{
    struct snapshot *at = snapshot_take(&chain->chain);
    struct reader *d = reader_take(&chain->node.readers);
    struct state *state = reader_state(d, &at->head->header.state_root);
    const struct account *a;
    hash32 hash;
    const enum err e = state_account(state, &a, NULL, &s->sender);
    if (e == OK) {
        const u64 next = mempool_next_nonce(chain->node.pool, &s->sender, a->nonce);
        *out = true;
        for (u64 nonce = a->nonce; nonce < next && *out; nonce++)
            *out = !(mempool_find(chain->node.pool, &hash, &s->sender, nonce) && hash32_eq(&hash, &s->hash));
    }
    state_release(state);
    reader_give(&chain->node.readers, d);
    snapshot_drop(at);
    return e;
}

enum err devnet_stage_name(struct devnet *d, const char **out, const struct status *s)
{
    bool queued = false;
    if (s->stage == STAGE_PENDING && !s->is_taken && !s->is_operation)
        TRY(is_queued(&queued, devnet_chain_by_id(d, s->chain_id), s));
    *out = queued ? "queued" : status_stage_name(s->stage);
    return OK;
}

/* What is in a block, and whose status is gone: with all that its chain knows. */
static bool write_from_chain(struct rpc_request *r, struct devnet *d, const hash32 *hash)
{
    for (size_t i = 0; i < d->chain_count; i++) {
        struct snapshot *at = snapshot_take(&d->chain[i].chain);
        const struct tx_place *p = snapshot_find_tx(at, hash);
        if (p) {
            const struct status s = {.hash = *hash, .chain_id = d->chain[i].id,
                                     .sender = p->block->tx[p->index].sender, .stage = STAGE_SETTLED,
                                     .is_reverted = !p->block->receipt[p->index].success,
                                     .block_number = p->block->header.number};
            devnet_write_transaction(r->out, &s, status_stage_name(s.stage));
        }
        snapshot_drop(at);
        if (p)
            return true;
    }
    return false;
}

enum err rpc_scope_getTransaction(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    struct status s;
    const char *stage;
    bool found;
    TRY(devnet_find_status(d, r->arena, &found, &s, &hash));
    if (!found) {
        if (!write_from_chain(r, d, &hash))
            json_write_null(r->out);
        return OK;
    }
    TRY(devnet_stage_name(d, &stage, &s));
    devnet_write_transaction(r->out, &s, stage);
    return OK;
}
