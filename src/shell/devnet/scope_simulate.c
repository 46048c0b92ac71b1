/* scope_call, scope_estimate, scope_simulate: what transactions of rollups would do now, on all chains at their heads.
 *
 *   {"chainId", "from", "to", "value", "gas", "input"}    chainId: of a rollup; absent: the endpoint's
 *
 *   {"chainId", "success", "output", "error"?: {"reason"?, "message"}, "gas"?, "gasUsed", "scopedCalls",
 *    "gasByChain": [{"chainId", "gasUsed"}], "omittedFrames", "trace"}
 *
 * What a slot would reject is no error of the request: `error` has the reason, `trace` the frames up to the one that
 * failed. Nothing changes. Not supported yet, by name: L1, whose operations need a signature, and overrides. */
#include "builder/session_call.h"
#include "devnet/devnet.h"
#include "node/call_error.h"
#include "node/rpc_members.h"
#include "node/write.h"

enum { SIMULATED_MAX = 64, TX_GAS_MAX = 1 << 24 /* EIP-7825 */ };

struct simulating {
    struct rpc_request *request;
    struct simulated_call *call;
    size_t count;
    bool estimates;
    u64 gas; /* out: the estimate; 0: none */
};

/* --- reading --- */

static enum err read_chain(struct rpc_request *r, struct devnet_chain **out, struct json object)
{
    const struct json v = json_get(object, "chainId");
    struct devnet *d = devnet_chain_of(r)->devnet;
    u64 id = devnet_chain_of(r)->id;
    if (!rpc_absent(v) && json_u64(&id, v) != OK)
        return rpc_invalid(r, 0, "chainId: expected a quantity");
    *out = devnet_chain_by_id(d, id);
    if (!*out)
        return rpc_invalid(r, 0, "chainId: there is no chain %llu", (unsigned long long)id);
    if ((*out)->index == 0)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "FAULT_UNSUPPORTED: simulating operations of L1 is not supported yet");
    return OK;
}

/* The chain's snapshot stands in for the request's: defaults of a call are those of its head. */
static enum err read_on_chain(struct rpc_request *r, struct call_object *c, struct devnet_chain *chain,
                              struct json object)
{
    struct snapshot *const asked = r->at, *at = snapshot_take(&chain->chain);
    const struct header *h = &at->head->header;
    const u64 room = h->gas_limit - h->gas_limit / 8, most = room < TX_GAS_MAX ? room : TX_GAS_MAX;
    r->at = at;
    const enum err e = call_object_read(r, c, object, 0);
    if (e == OK)
        call_object_complete(c, at->chain->rules, h, most);
    r->at = asked;
    snapshot_drop(at);
    return e;
}

static enum err read_simulated_call(struct rpc_request *r, struct simulated_call *out, struct json object)
{
    struct devnet_chain *chain = NULL;
    struct call_object *c = ARENA_TAKE(r->arena, struct call_object, 1);
    if (json_kind(object) != JSON_OBJECT)
        return rpc_invalid(r, 0, "transactions: expected objects");
    TRY(read_chain(r, &chain, object));
    TRY(read_on_chain(r, c, chain, object));
    c->tx.chain_id = chain->id;
    *out = (struct simulated_call){.chain_id = chain->id, .tx = &c->tx};
    return OK;
}

/* --- writing --- */

static void write_simulated_error(struct json_writer *w, const struct simulated_call *c)
{
    const bool rejected = c->result != OK;
    if (!rejected && c->outcome.success)
        return;
    json_write_key(w, "error");
    json_write_object(w);
    if (rejected) {
        json_write_key(w, "reason");
        json_write_z(w, err_name(c->result));
    }
    json_write_key(w, "message");
    json_write_z(w, rejected                          ? c->reason
                    : c->outcome.halt == HALT_REVERT ? revert_message(w->out->arena, c->outcome.output)
                                                     : halt_message(c->outcome.halt));
    json_write_end(w);
}

/* Of the outermost frames of each chain. */
static u64 gas_on(const struct call_tree *t, u64 chain_id)
{
    u64 gas = 0;
    u32 inside = UINT32_MAX; /* the depth of the frame of this chain that is counted */
    for (u32 i = 0; i < t->count; i++) {
        const struct tree_frame *f = &t->frame[i];
        if (inside != UINT32_MAX && f->depth <= inside)
            inside = UINT32_MAX;
        if (f->chain_id != chain_id || inside != UINT32_MAX)
            continue;
        gas += f->gas_used;
        inside = f->depth;
    }
    return gas;
}

void write_gas_by_chain(struct json_writer *w, const struct devnet *d, const struct call_tree *t)
{
    json_write_key(w, "gasByChain");
    json_write_array(w);
    for (size_t i = 0; i < d->chain_count; i++) {
        const u64 gas = gas_on(t, d->chain[i].id);
        if (!gas)
            continue;
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, d->chain[i].id);
        write_quantity(w, "gasUsed", gas);
        json_write_end(w);
    }
    json_write_end(w);
}

static enum err write_simulated_call(struct rpc_request *r, const struct simulated_call *c, u64 gas)
{
    struct json_writer *w = r->out;
    const struct call_outcome *o = &c->outcome;
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, c->chain_id);
    json_write_key(w, "success");
    json_write_bool(w, c->result == OK && o->success);
    write_hex(w, "output", o->output);
    write_simulated_error(w, c);
    if (gas)
        write_quantity(w, "gas", gas);
    write_quantity(w, "gasUsed", o->gas_used);
    json_write_key(w, "scopedCalls");
    json_write_u64(w, o->call_count);
    write_gas_by_chain(w, devnet_chain_of(r)->devnet, &o->tree);
    json_write_key(w, "omittedFrames");
    json_write_u64(w, o->tree.left_out);
    json_write_key(w, "trace");
    TRY(write_call_tree(r, &o->tree));
    json_write_end(w);
    return OK;
}

/* --- one --- */

static bool is_over_budget(void *until)
{
    return devnet_now_ms() > *(const u64 *)until;
}

static enum err simulate_one(struct devnet *d, void *context)
{
    struct simulating *s = context;
    const u64 until = devnet_now_ms() + ESTIMATE_MS;
    const struct call_budget budget = {is_over_budget, (void *)&until};
    struct simulated_call *c = s->call;
    devnet_set_time(d);
    c->result = session_call_across(d->session, &c->outcome, s->estimates ? &s->gas : NULL, s->request->arena,
                                    c->chain_id, c->tx, &budget);
    const char *message = session_error(d->session);
    c->reason = (const char *)arena_copy(s->request->arena, bytes_of(message, strlen(message) + 1)).ptr;
    return err_is_fault(c->result) ? c->result : OK;
}

static enum err call_one(struct rpc_request *r, bool estimates)
{
    struct simulated_call call;
    struct simulating s = {.request = r, .call = &call, .count = 1, .estimates = estimates};
    TRY(read_simulated_call(r, &call, r->parameter[0]));
    const enum err e = devnet_run(r, simulate_one, &s);
    return e == OK ? write_simulated_call(r, &call, s.gas) : devnet_fail(r, e);
}

enum err rpc_scope_call(struct rpc_request *r)
{
    return call_one(r, false);
}

enum err rpc_scope_estimate(struct rpc_request *r)
{
    return call_one(r, true);
}

/* --- several --- */

static enum err simulate_all_calls(struct devnet *d, void *context)
{
    struct simulating *s = context;
    devnet_set_time(d);
    return session_simulate(d->session, s->request->arena, s->call, s->count);
}

enum err rpc_scope_simulate(struct rpc_request *r)
{
    const struct rpc_members m = {r, r->parameter[0], 0};
    struct simulating s = {.request = r};
    struct json list;
    bool has;
    TRY(member_array(&m, &has, &list, "transactions"));
    if (!rpc_absent(json_get(m.object, "stateOverrides")))
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "FAULT_UNSUPPORTED: state overrides over chains are not supported yet");
    if (!has || json_count(list) == 0 || json_count(list) > SIMULATED_MAX)
        return member_invalid(&m, "transactions", "expected 1 to 64 of them");
    s.call = ARENA_TAKE(r->arena, struct simulated_call, json_count(list));
    for (struct json_iterator i = json_items(list); json_next(&i);)
        TRY(read_simulated_call(r, &s.call[s.count++], i.value));
    const enum err e = devnet_run(r, simulate_all_calls, &s);
    if (e != OK)
        return devnet_fail(r, e);
    json_write_array(r->out);
    for (size_t i = 0; i < s.count; i++)
        TRY(write_simulated_call(r, &s.call[i], 0));
    json_write_end(r->out);
    return OK;
}
