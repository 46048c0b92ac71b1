/* scope_call, scope_estimate, scope_simulate: what transactions and operations would do now, on all chains at their
 * heads.
 *
 *   {"chainId", "from", "to", "value", "gas", "input"}    chainId: absent, the endpoint's. Of L1: an operation of a
 *                                                         development account
 *   {"operation", "signature"?, "authorization"?}         an operation, as scope_sendOperation takes it
 *   overrides   {chainId: {address: {balance, nonce, code, state | stateDiff}}}
 *
 *   {"chainId", "success", "output", "error"?: {"reason"?, "message"}, "gas"?, "gasUsed", "scopedCalls",
 *    "gasByChain": [{"chainId", "gasUsed"}], "legs"?: [{"chainId", "gasUsed", "dataBytes"}],
 *    "l1"?: {"gasUsed", "data", "blobs", "wei", "otherWei"}, "omittedFrames", "trace"}
 *
 * What a slot would reject is no error of the request: `error` has the reason, `trace` the frames up to the one that
 * failed. Nothing changes. `legs` and `l1` are what a bundle with nothing else in it would cost, of scope_estimate only;
 * `gas` is of transactions: an operation's limit is its signer's choice. */
#include "builder/session_call.h"
#include "chain/execute.h"
#include "codec/number.h"
#include "devnet/devnet.h"
#include "node/call_error.h"
#include "node/call_object.h"
#include "node/overrides.h"
#include "node/rpc_members.h"
#include "node/write.h"
#include "simulate/simulate.h"

enum { SIMULATED_MAX = 64, TX_GAS_MAX = 1 << 24 /* EIP-7825 */, OPERATION_GAS = 2000000 };

struct simulating {
    struct rpc_request *request;
    struct simulated_call *call;
    size_t count;
    struct json overrides; /* of states, by chain; JSON_NONE: none */
    u32 overrides_index;   /* the parameter that they are in */
    bool estimates;
    u64 gas; /* out: the estimate; 0: none */
    bool has_cost;
    struct call_cost cost;
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
    return *out ? OK : rpc_invalid(r, 0, "chainId: there is no chain %llu", (unsigned long long)id);
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

static struct simulated_call simulated_operation(const struct devnet *d, const struct sent_operation *o)
{
    return (struct simulated_call){.chain_id = d->chain[0].id, .operation = &o->operation,
                                   .authorization = o->has_authorization ? &o->authorization : NULL};
}

/* What eth_sendTransaction would make of it. */
static enum err read_l1_call(struct rpc_request *r, struct simulated_call *out, const struct call_object *c)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const struct devnet_account *from = devnet_account(d, &c->tx.sender);
    struct sent_operation *o = ARENA_TAKE_ZERO(r->arena, struct sent_operation, 1);
    struct operation_call *call = ARENA_TAKE(r->arena, struct operation_call, 1);
    if (!from)
        return rpc_fail(r, JSONRPC_SERVER_ERROR,
                        "FAULT_UNSUPPORTED: on L1, from must be a development account; of others, give "
                        "{operation, signature, authorization}");
    *call = (struct operation_call){c->tx.to, c->tx.value, c->tx.data};
    o->operation = (struct signed_operation){.account = from->at, .call = call, .call_count = 1,
                                             .gas_limit = c->has_gas ? c->tx.gas_limit : OPERATION_GAS};
    TRY(devnet_sign_operation(r, o, from));
    *out = simulated_operation(d, o);
    return OK;
}

static enum err read_simulated_call(struct rpc_request *r, struct simulated_call *out, struct json object)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct devnet_chain *chain = NULL;
    struct call_object *c = ARENA_TAKE(r->arena, struct call_object, 1);
    if (json_kind(object) != JSON_OBJECT)
        return rpc_invalid(r, 0, "transactions: expected objects");
    if (!rpc_absent(json_get(object, "operation"))) {
        struct sent_operation *o = ARENA_TAKE(r->arena, struct sent_operation, 1);
        bool ignored; /* one without a signature runs if its account's code is overridden */
        TRY(devnet_read_sent_operation(r, o, &ignored, object));
        *out = simulated_operation(d, o);
        return OK;
    }
    TRY(read_chain(r, &chain, object));
    TRY(read_on_chain(r, c, chain, object));
    if (chain->index == 0)
        return read_l1_call(r, out, c);
    c->tx.chain_id = chain->id;
    *out = (struct simulated_call){.chain_id = chain->id, .tx = &c->tx};
    return OK;
}

/* Chains that do not exist are refused before anything runs. */
static enum err check_overrides(struct simulating *s)
{
    struct rpc_request *r = s->request;
    struct devnet *d = devnet_chain_of(r)->devnet;
    if (rpc_absent(s->overrides))
        return OK;
    if (json_kind(s->overrides) != JSON_OBJECT)
        return rpc_invalid(r, s->overrides_index, "state overrides must be an object of chains");
    for (struct json_iterator i = json_items(s->overrides); json_next(&i);) {
        u64 id;
        if (number_u64(&id, i.key) != OK || !devnet_chain_by_id(d, id))
            return rpc_invalid(r, s->overrides_index, "a key of the state overrides is not the id of a chain");
    }
    return OK;
}

/* On the builder's thread, while the request waits. */
static enum err override_chain(void *context, size_t chain, struct state *state)
{
    struct simulating *s = context;
    struct devnet_chain *c = &devnet_chain_of(s->request)->devnet->chain[chain];
    const struct header *h = &ledger_head(c->ledger)->header;
    for (struct json_iterator i = json_items(s->overrides); json_next(&i);) {
        struct precompile_moves moves = {.fork = chain_rules_at(c->ledger->rules, h->number, h->timestamp)->fork};
        u64 id;
        if (number_u64(&id, i.key) != OK || id != c->id)
            continue;
        TRY(state_overrides_apply(s->request, state, &moves, i.value, s->overrides_index));
        if (moves.count)
            return rpc_fail(s->request, JSONRPC_SERVER_ERROR,
                            "FAULT_UNSUPPORTED: precompiles cannot be overridden in a simulation over chains");
    }
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

static void write_call_cost(struct json_writer *w, const struct call_cost *c)
{
    const struct data_report *data = &c->data;
    json_write_key(w, "legs");
    json_write_array(w);
    for (size_t i = 0; i < c->leg_count; i++) {
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, c->leg[i].chain_id);
        write_quantity(w, "gasUsed", c->leg[i].gas_used);
        json_write_key(w, "dataBytes");
        json_write_u64(w, c->leg[i].data_bytes);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "l1");
    json_write_object(w);
    write_quantity(w, "gasUsed", data->l1_gas);
    json_write_key(w, "data");
    json_write_z(w, data->is_in_blobs ? "blobs" : "calldata");
    json_write_key(w, "blobs");
    json_write_u64(w, data->is_in_blobs ? data->blob_count : 0);
    write_u256(w, "wei", data->is_in_blobs ? &data->blobs_wei : &data->calldata_wei);
    write_u256(w, "otherWei", data->is_in_blobs ? &data->calldata_wei : &data->blobs_wei);
    json_write_end(w);
}

static enum err write_simulated_call(struct rpc_request *r, const struct simulated_call *c, u64 gas,
                                     const struct call_cost *cost)
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
    if (cost)
        write_call_cost(w, cost);
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

static const struct state_edit *edit_of(struct simulating *s, struct state_edit *edit)
{
    *edit = (struct state_edit){override_chain, s};
    return rpc_absent(s->overrides) ? NULL : edit;
}

/* Wrong overrides are found where they are applied. */
static enum err fail_simulation(enum err e)
{
    return err_is_fault(e) || e == REJECT_CALL ? e : OK;
}

static void take_message(struct simulating *s, struct devnet *d)
{
    const char *message = session_error(d->session);
    s->call->reason = (const char *)arena_copy(s->request->arena, bytes_of(message, strlen(message) + 1)).ptr;
}

static enum err simulate_tx_across(struct devnet *d, struct simulating *s, const struct state_edit *edit)
{
    const u64 until = devnet_now_ms() + ESTIMATE_MS;
    const struct call_budget budget = {is_over_budget, (void *)&until};
    struct simulated_call *c = s->call;
    c->result = session_call_across(d->session, &c->outcome, s->estimates ? &s->gas : NULL, s->request->arena,
                                    c->chain_id, c->tx, &budget, edit);
    take_message(s, d);
    return fail_simulation(c->result);
}

static enum err simulate_one(struct devnet *d, void *context)
{
    struct simulating *s = context;
    struct simulated_call *c = s->call;
    struct state_edit edit_room;
    const struct state_edit *edit = edit_of(s, &edit_room);
    devnet_set_time(d);
    TRY(c->tx ? simulate_tx_across(d, s, edit) : session_simulate(d->session, s->request->arena, c, 1, edit));
    if (!s->estimates || c->result != OK || !c->outcome.success)
        return OK;
    c->result = session_cost(d->session, s->request->arena, &s->cost, c, edit);
    s->has_cost = c->result == OK;
    if (c->result != OK)
        take_message(s, d);
    return fail_simulation(c->result);
}

static enum err call_one(struct rpc_request *r, bool estimates)
{
    struct simulated_call call;
    struct simulating s = {.request = r, .call = &call, .count = 1, .estimates = estimates,
                           .overrides = r->parameter[1], .overrides_index = 1};
    TRY(read_simulated_call(r, &call, r->parameter[0]));
    TRY(check_overrides(&s));
    const enum err e = devnet_run(r, simulate_one, &s);
    return e == OK ? write_simulated_call(r, &call, s.gas, s.has_cost ? &s.cost : NULL) : devnet_fail(r, e);
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
    struct state_edit edit;
    devnet_set_time(d);
    return session_simulate(d->session, s->request->arena, s->call, s->count, edit_of(s, &edit));
}

enum err rpc_scope_simulate(struct rpc_request *r)
{
    const struct rpc_members m = {r, r->parameter[0], 0};
    struct simulating s = {.request = r, .overrides = json_get(m.object, "stateOverrides")};
    struct json list;
    bool has;
    TRY(member_array(&m, &has, &list, "transactions"));
    if (!has || json_count(list) == 0 || json_count(list) > SIMULATED_MAX)
        return member_invalid(&m, "transactions", "expected 1 to 64 of them");
    TRY(check_overrides(&s));
    s.call = ARENA_TAKE(r->arena, struct simulated_call, json_count(list));
    for (struct json_iterator i = json_items(list); json_next(&i);)
        TRY(read_simulated_call(r, &s.call[s.count++], i.value));
    const enum err e = devnet_run(r, simulate_all_calls, &s);
    if (e != OK)
        return devnet_fail(r, e);
    json_write_array(r->out);
    for (size_t i = 0; i < s.count; i++)
        TRY(write_simulated_call(r, &s.call[i], 0, NULL));
    json_write_end(r->out);
    return OK;
}
