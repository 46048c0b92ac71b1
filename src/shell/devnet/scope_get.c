/* scope_getScope and scope_getOperation: one scope with all that is known of it.
 *
 *   scope      what scope_getTransaction has, and {"root": {"chainId", "clock"} | null, "gasByChain"?, "blocks",
 *              "mailboxes"?}
 *   operation  what scope_getTransaction has, and {"operation"?: {account, nonce, deadline, gasLimit, submitter, calls,
 *              signature}}
 *
 * The operation is read from the calldata of its account's frame, so it is there once it was simulated. */
#include "bridge/operation.h"
#include "devnet/devnet.h"
#include "devnet/write_bundle.h"
#include "node/write.h"
#include "scope/request.h"

/* A transaction, an operation, or who made the scoped call of that request hash. */
static enum err find_scope(struct rpc_request *r, bool *found, struct status *s, const hash32 *hash)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    hash32 caller;
    TRY(devnet_find_status(d, r->arena, found, s, hash));
    if (*found)
        return OK;
    pthread_mutex_lock(&d->lock);
    const struct status *row = statuses_find_caller(d->statuses, hash);
    *found = row != NULL;
    if (row)
        caller = row->hash;
    pthread_mutex_unlock(&d->lock);
    if (!*found)
        TRY(devnet_stored_caller(d, r->arena, found, &caller, hash));
    return *found ? devnet_find_status(d, r->arena, found, s, &caller) : OK;
}

/* --- scope_getScope --- */

static void write_root(struct json_writer *w, const struct status *s)
{
    json_write_key(w, "root");
    if (!s->call_count) {
        json_write_null(w);
        return;
    }
    const struct root root = nonce_unpack(&s->call[0].nonce).root;
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, root.chain);
    json_write_key(w, "clock");
    json_write_u64(w, root.clock);
    json_write_end(w);
}

static bool is_in_scope(const struct status *s, u64 chain_id)
{
    bool is = s->chain_id == chain_id;
    for (u32 i = 0; i < s->call_count && !is; i++)
        is = s->call[i].source_chain == chain_id || s->call[i].target_chain == chain_id;
    return is;
}

/* Of each rollup that it reached. */
static void write_scope_blocks(struct json_writer *w, const struct status *s, const struct bundle_record *b)
{
    json_write_key(w, "blocks");
    json_write_array(w);
    for (size_t i = 0; b && i < b->rollup_count; i++) {
        if (!is_in_scope(s, b->rollup[i].chain_id))
            continue;
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, b->rollup[i].chain_id);
        write_quantity(w, "blockNumber", b->rollup[i].last_block);
        write_fixed(w, "blockHash", b->rollup[i].block_hash);
        json_write_end(w);
    }
    json_write_end(w);
}

enum err rpc_scope_getScope(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    struct status s;
    struct call_tree tree = {0};
    struct trace *held;
    struct bundle_record b;
    const char *stage;
    bool found, has_tree;
    TRY(find_scope(r, &found, &s, &hash));
    if (!found) {
        json_write_null(r->out);
        return OK;
    }
    TRY(devnet_stage_name(d, &stage, &s));
    TRY(devnet_find_trace(d, r->arena, &has_tree, &tree, &held, &s.hash));
    const bool has_bundle = !hash32_is_zero(&s.bundle) && devnet_copy_bundle(d, r->arena, &b, &s.bundle);
    json_write_object(r->out);
    devnet_write_members(r->out, &s, stage);
    write_root(r->out, &s);
    if (has_tree)
        write_gas_by_chain(r->out, d, &tree);
    write_scope_blocks(r->out, &s, has_bundle ? &b : NULL);
    if (has_bundle)
        write_mailboxes(r->out, &b);
    json_write_end(r->out);
    trace_drop(held);
    return OK;
}

/* --- scope_getOperation --- */

static void write_operation_call(struct json_writer *w, const struct operation_call *c)
{
    json_write_object(w);
    write_fixed(w, "to", c->to);
    write_u256(w, "value", &c->value);
    write_hex(w, "data", c->data);
    json_write_end(w);
}

static void write_operation(struct json_writer *w, const struct signed_operation *o)
{
    json_write_key(w, "operation");
    json_write_object(w);
    write_fixed(w, "account", o->account);
    write_u256(w, "nonce", &o->nonce);
    write_quantity(w, "deadline", o->deadline);
    write_quantity(w, "gasLimit", o->gas_limit);
    write_fixed(w, "submitter", o->submitter);
    json_write_key(w, "calls");
    json_write_array(w);
    for (size_t i = 0; i < o->call_count; i++)
        write_operation_call(w, &o->call[i]);
    json_write_end(w);
    write_hex(w, "signature", BYTES_OF(o->signature));
    json_write_end(w);
}

enum err rpc_scope_getOperation(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    struct status s;
    struct call_tree tree = {0};
    struct trace *held;
    bool found, has_tree;
    TRY(devnet_find_status(d, r->arena, &found, &s, &hash));
    if (!found || !s.is_operation) {
        json_write_null(r->out);
        return OK;
    }
    TRY(devnet_find_trace(d, r->arena, &has_tree, &tree, &held, &hash));
    struct signed_operation o = {.account = s.sender};
    json_write_object(r->out);
    devnet_write_members(r->out, &s, status_stage_name(s.stage));
    if (has_tree && tree.count && operation_decode(&o, r->arena, tree.frame[0].input) == OK)
        write_operation(r->out, &o);
    json_write_end(r->out);
    trace_drop(held);
    return OK;
}
