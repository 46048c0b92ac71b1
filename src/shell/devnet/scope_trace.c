/* scope_trace: the calls of a transaction or operation over all chains as one tree, in the form of callTracer.
 *
 *   {"hash", "chainId", "from", "kind", "status", "error"?, "blockNumber"?,
 *    "bundle"?: {"hash", "blockNumber"}, "mailboxes"?: [{"here", "there", "equal"}],
 *    "calls": [scoped calls], "omittedFrames",
 *    "trace": {"chainId", "type", "from", "to", "value"?, "gas", "gasUsed", "input", "output"?, "error"?,
 *              "revertReason"?, "static"?, "undone"?, "handles"?, "calls"?: [the same]}}
 *
 * `static`: nothing can be changed in the frame. `undone`: it succeeded, inside of one that did not. `handles`: the
 * frame is where its chain handles the scoped call of that index.
 *
 * What went through a slot is shown as it was simulated (simulate/call_tree.h), settled or refused. A transaction that
 * never did, of L1, is executed again. */
#include "devnet/devnet.h"
#include "devnet/write_bundle.h"
#include "node/call_error.h"
#include "node/write.h"

/* --- the tree --- */

static const char *const kind_name[] = {
    [MESSAGE_CALL] = "CALL", [MESSAGE_CALLCODE] = "CALLCODE", [MESSAGE_DELEGATECALL] = "DELEGATECALL",
    [MESSAGE_STATICCALL] = "STATICCALL", [MESSAGE_CREATE] = "CREATE", [MESSAGE_CREATE2] = "CREATE2",
};

static void write_failure(struct json_writer *w, const struct tree_frame *f)
{
    const char *reason = !f->is_cut_off && f->halt == HALT_REVERT ? revert_reason(w->out->arena, f->output) : NULL;
    json_write_key(w, "error");
    json_write_z(w, f->is_cut_off ? "stopped by the builder" : halt_message(f->halt));
    if (reason) {
        json_write_key(w, "revertReason");
        json_write_z(w, reason);
    }
}

static void write_flag(struct json_writer *w, const char *key, bool is_set)
{
    if (!is_set)
        return;
    json_write_key(w, key);
    json_write_bool(w, true);
}

static bool has_failed(const struct tree_frame *f)
{
    return f->is_cut_off || !halt_is_success(f->halt);
}

/* All but its calls. */
static void write_tree_frame(struct json_writer *w, const struct tree_frame *f, bool is_undone)
{
    json_write_key(w, "chainId");
    json_write_u64(w, f->chain_id);
    json_write_key(w, "type");
    json_write_z(w, kind_name[f->kind]);
    write_fixed(w, "from", f->from);
    write_fixed(w, "to", f->to);
    if (f->kind != MESSAGE_STATICCALL)
        write_u256(w, "value", &f->value);
    write_quantity(w, "gas", f->gas_limit);
    write_quantity(w, "gasUsed", f->gas_used);
    write_hex(w, "input", f->input);
    if (f->output.len)
        write_hex(w, "output", f->output);
    if (has_failed(f))
        write_failure(w, f);
    write_flag(w, "static", f->is_static);
    write_flag(w, "undone", is_undone && !has_failed(f));
    if (f->handles >= 0) {
        json_write_key(w, "handles");
        json_write_u64(w, (u64)f->handles);
    }
}

enum err write_call_tree(struct rpc_request *r, const struct call_tree *t)
{
    enum { NO_DEPTH = UINT32_MAX };
    struct json_writer *w = r->out;
    u32 failed_at = NO_DEPTH; /* the outermost open frame that failed */
    if (t->count == 0)
        json_write_null(w);
    for (u32 i = 0; i < t->count; i++) {
        const struct tree_frame *f = &t->frame[i];
        const u32 next = i + 1 < t->count ? t->frame[i + 1].depth : 0;
        if (failed_at != NO_DEPTH && f->depth <= failed_at)
            failed_at = NO_DEPTH;
        json_write_object(w);
        write_tree_frame(w, f, failed_at != NO_DEPTH);
        if (failed_at == NO_DEPTH && has_failed(f))
            failed_at = f->depth;
        if (i + 1 < t->count && next == f->depth + 1) {
            json_write_key(w, "calls");
            json_write_array(w);
            continue;
        }
        json_write_end(w);
        for (u32 open = f->depth; open > next || (i + 1 == t->count && open > 0); open--) {
            json_write_end(w); /* of the array */
            json_write_end(w); /* and the frame that it belongs to */
        }
        TRY(rpc_check_budget(r));
    }
    return OK;
}

/* --- by hash --- */

void write_bundle_mailboxes(struct rpc_request *r, const struct status *s)
{
    struct bundle_record b;
    if (!hash32_is_zero(&s->bundle) && devnet_copy_bundle(devnet_chain_of(r)->devnet, r->arena, &b, &s->bundle))
        write_mailboxes(r->out, &b);
}

static enum err write_recorded(struct rpc_request *r, const struct status *s, const struct call_tree *t)
{
    json_write_object(r->out);
    devnet_write_members(r->out, s, status_stage_name(s->stage));
    write_bundle_mailboxes(r, s);
    json_write_key(r->out, "omittedFrames");
    json_write_u64(r->out, t->left_out);
    json_write_key(r->out, "trace");
    TRY(write_call_tree(r, t));
    json_write_end(r->out);
    return OK;
}

/* On the chain that has it: its node and snapshot stand in for the request's. */
static enum err trace_again(struct rpc_request *r, struct devnet_chain *c, struct snapshot *at)
{
    static const char options[] = "{\"tracer\":\"callTracer\",\"tracerConfig\":{\"withChainId\":true}}";
    struct node *const node = r->node;
    struct snapshot *const asked = r->at;
    const struct json none = r->parameter[1];
    struct complaint ignored = {0};
    if (json_parse(r->arena, &r->parameter[1], &ignored, BYTES_LITERAL(options), sizeof options) != OK)
        BUG("the options of a tracer do not parse");
    r->node = &c->node;
    r->at = at;
    const enum err e = rpc_debug_traceTransaction(r);
    r->node = node;
    r->at = asked;
    r->parameter[1] = none;
    return e;
}

static enum err write_again(struct rpc_request *r, struct devnet_chain *c, struct snapshot *at,
                            const struct tx_place *p)
{
    const struct status s = {.hash = p->hash, .chain_id = c->id, .sender = p->block->tx[p->index].sender,
                             .is_reverted = !p->block->receipt[p->index].success, .stage = STAGE_SETTLED,
                             .block_number = p->block->header.number};
    json_write_object(r->out);
    devnet_write_members(r->out, &s, status_stage_name(s.stage));
    json_write_key(r->out, "omittedFrames");
    json_write_u64(r->out, 0);
    json_write_key(r->out, "trace");
    TRY(trace_again(r, c, at));
    json_write_end(r->out);
    return OK;
}

static enum err trace_in_block(struct rpc_request *r, const hash32 *hash)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    for (size_t i = 0; i < d->chain_count; i++) {
        struct snapshot *at = snapshot_take(&d->chain[i].chain);
        const struct tx_place *p = snapshot_find_tx(at, hash);
        const enum err e = p ? write_again(r, &d->chain[i], at, p) : OK;
        snapshot_drop(at);
        if (p)
            return e;
    }
    return rpc_fail(r, JSONRPC_SERVER_ERROR, "transaction not found");
}

/* A part of the tree would look like all of it. */
static enum err trace_is_gone(struct rpc_request *r, const struct status *s)
{
    if (s->stage == STAGE_PENDING || s->stage == STAGE_SIMULATED)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "the transaction is pending: it has no trace yet");
    return rpc_fail(r, JSONRPC_SERVER_ERROR, "the trace made room for newer ones; with --dir traces are persisted");
}

enum err rpc_scope_trace(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    struct status s;
    struct call_tree tree;
    struct trace *held;
    bool found, has_status;
    TRY(devnet_find_status(d, r->arena, &has_status, &s, &hash));
    if (!has_status)
        return trace_in_block(r, &hash);
    TRY(devnet_find_trace(d, r->arena, &found, &tree, &held, &hash));
    if (!found && s.stage == STAGE_REJECTED) /* most are rejected before their first frame */
        return write_recorded(r, &s, &(struct call_tree){0});
    if (!found && (s.call_count || s.is_operation || s.stage != STAGE_SETTLED))
        return trace_is_gone(r, &s);
    const enum err e = found ? write_recorded(r, &s, &tree) : trace_in_block(r, &hash);
    trace_drop(held);
    return e;
}
