/* What the hooks do while a scope runs: a call or lookup leaves its chain, and its response comes back. */
#include "simulate/simulate_private.h"

#include "base/u256.h"
#include "bridge/events.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "scope/selector.h"

/* --- frames --- */

static enum err reject_reverting_frame(struct simulation *s, const struct sim_chain *c, const struct evm_message *m)
{
    if (s->why && s->why->len == 0) {
        text_add(s->why, "a frame that made a scoped call reverted: ");
        address_add(s->why, &m->code_address);
        text_add(s->why, " on chain ");
        text_add_u64(s->why, c->chain_id);
        text_add(s->why, " at depth ");
        text_add_u64(s->why, m->depth);
    }
    return REJECT_REVERT_AROUND_CALL;
}

/* Records a read that the bundle can repeat before its steps, for little gas. */
static void record_read(struct sim_chain *l1, const struct evm_message *m, const struct evm_result *r)
{
    enum { GAS_MAX = 100000, DATA_MAX = 512 };
    static const u8 zero[18];
    struct simulation *s = l1->s;
    if (!halt_is_success(r->halt) || m->gas - r->gas_left > GAS_MAX || m->input.len > DATA_MAX ||
        address_eq(&m->code_address, &l1->bridge) || memcmp(m->code_address.b, zero, sizeof zero) == 0)
        return;
    struct sim_read read = {.work = s->work, .target = m->code_address, .data = arena_copy(s->arena, m->input)};
    keccak256(&read.result_hash, r->output.ptr, r->output.len);
    buffer_add(&s->reads, &read, sizeof read);
}

/* The frames that L1's fuse measures: of an operation's account, of a handled call's target. */
static void measure_fused(const struct sim_chain *l1, const struct evm_message *m, const struct evm_result *r)
{
    enum { STIPEND = 2300 };
    struct simulation *s = l1->s;
    const u64 gas = m->gas > 0 ? (u64)m->gas : 0;
    u64 limit = gas, from_chain = 0;
    if (s->handling != PLAN_NONE) {
        const struct scoped_call *call = &s->plan.call.item[s->handling].call;
        limit = u256_saturate_u64(&call->request.gas_limit);
        from_chain = call->source_chain;
        if (call->target_chain != l1->chain_id || !address_eq(&m->recipient, &call->request.to) ||
            (gas != limit && gas != limit + STIPEND))
            return;
    } else if (m->depth != 1 || !address_eq(&m->sender, &l1->bridge)) {
        return;
    }
    const u64 left = r->gas_left > 0 ? (u64)r->gas_left : 0;
    s->fuse.used = gas - left;
    s->fuse.limit = limit;
    s->fuse.from_chain = from_chain;
    s->fuse.to = m->recipient;
}

static enum err sim_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct sim_chain *c = context;
    (void)vm;
    BUG_UNLESS(m->depth < DEPTH_MAX);
    sim_tree_enter(c, m);
    frame_trace_enter(&c->s->trace, c->chain_id, &c->bridge, m);
    c->depth = m->depth;
    c->calls_at_enter[m->depth] = c->calls_made;
    if (c->index == L1 && c->is_busy && m->is_static && m->depth && !c->static_depth)
        c->static_depth = m->depth;
    return OK;
}

static enum err sim_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct sim_chain *c = context;
    (void)vm;
    if (c->s->trace.depth) {
        frame_trace_leave(&c->s->trace, &c->bridge, m, r);
        sim_tree_leave(c->s, c->s->trace.depth, r);
    }
    if (c->index == L1)
        measure_fused(c, m, r);
    c->depth = m->depth ? m->depth - 1 : 0;
    if (c->static_depth && m->depth == c->static_depth) {
        c->static_depth = 0;
        record_read(c, m, r);
    }
    const bool is_step = c->index == L1 && m->depth == 0; /* whose end sim_run_step looks at */
    if (!halt_is_success(r->halt) && c->calls_made > c->calls_at_enter[m->depth] && !is_step)
        return reject_reverting_frame(c->s, c, m);
    return OK;
}

/* --- the call --- */

/* Value in transit between two rollups backs payouts on L1, including those that the target makes before it responds.
 * If the call fails the credit stays: a rollup pays out only what it holds, so too much credit pays nothing more. */
static enum err credit(struct simulation *s, const struct scoped_call *call)
{
    struct sim_chain *l1 = &s->chain[L1];
    if (u256_is_zero(&call->request.value) || call->source_chain == l1->chain_id ||
        call->target_chain == l1->chain_id)
        return OK;
    struct evm_result r;
    const u32 depth = l1->is_busy ? l1->depth + 1 : 0; /* below the frames that are open there */
    TRY(sim_call_self(l1, &r, calldata_add_credit(s->arena, call->target_chain, &call->request.value), depth));
    if (!halt_is_success(r.halt))
        return sim_reject_result(s, REJECT_HANDLING_FAILED, "SharedBridge rejected a credit", &r);
    return OK;
}

/* A call with its effects: handled, and completed unless it failed and its caller fails with it. */
static enum err make_call(struct sim_chain *source, struct sim_chain *target, size_t index)
{
    struct simulation *s = source->s;
    const i32 outer_waiting = source->waiting, outer_handling = s->handling;
    source->waiting = (i32)index;
    source->calls_made++;
    s->handling = (i32)index;
    TRY(credit(s, &s->plan.call.item[index].call));
    TRY(sim_handle(target, index));
    s->handling = outer_handling;
    source->waiting = outer_waiting;
    if (!s->plan.call.item[index].response.ptr)
        return sim_reject(s, REJECT_HANDLING_FAILED, "the target's bridge returned no response");
    return OK;
}

/* reverts: the bridge's frame reverts if the call fails, which undoes the call. */
static enum err on_scoped_call(struct sim_chain *source, const struct log *log, bool reverts)
{
    struct simulation *s = source->s;
    struct scoped_call call;
    TRY(log_scoped_call(&call, log, source->chain_id));
    TRY(sim_check_root(s, &call));
    struct sim_chain *target = sim_find_chain(s, call.target_chain);
    if (!target)
        return sim_reject(s, REJECT_UNKNOWN_CHAIN, "a scoped call to a chain that is not in this bundle");
    const size_t index = plan_add_call(&s->plan, &call);
    struct plan_call *p = &s->plan.call.item[index];
    p->parent = s->handling;
    p->work = s->work;
    plan_made(&s->plan, index, source->index, source->item);

    const u32 depth = source->depth;
    if (reverts && s->attempts) /* in a call that failed, every call that it made did */
        return sim_attempt(source, index, NULL);
    struct sim_point before;
    if (reverts)
        before = sim_point(source);
    TRY(make_call(source, target, index));
    source->depth = depth;
    if (reverts && !(s->plan.call.item[index].response.ptr[0] & 1)) {
        source->calls_made--;
        return sim_attempt(source, index, &before);
    }
    TRY(sim_fill_response(source, index));
    source->depth = depth;
    plan_complete(&s->plan, index, source->index);
    return OK;
}

/* --- the lookup --- */

static enum err answer_lookup(struct sim_chain *source, size_t index)
{
    struct simulation *s = source->s;
    struct sim_chain *target = sim_find_chain(s, s->plan.call.item[index].call.target_chain);
    if (!target)
        return sim_reject(s, REJECT_UNKNOWN_CHAIN, "a lookup on a chain that is not in this bundle");
    const i32 outer_handling = s->handling;
    const bool outer_looking = source->is_looking;
    source->is_looking = true;
    s->handling = (i32)index;
    TRY(sim_handle(target, index));
    s->handling = outer_handling;
    source->is_looking = outer_looking;
    if (!s->plan.call.item[index].response.ptr)
        return sim_reject(s, REJECT_HANDLING_FAILED, "the target's bridge returned no response");
    plan_complete(&s->plan, index, source->index);
    return OK;
}

static enum err on_scoped_lookup(struct sim_chain *source, const struct scoped_call *call)
{
    struct simulation *s = source->s;
    const u32 depth = source->depth;
    const struct nonce nonce = nonce_unpack(&call->nonce);
    if (nonce.root.clock == 0)
        return REJECT_NOT_ANNOUNCED; /* the bridge is about to abort with it */
    TRY(sim_check_root_without_effect(s, call));
    i32 index = sim_find_equal(source, call, s->plan.call.count);
    if (index == PLAN_NONE) {
        index = (i32)plan_add_call(&s->plan, call);
        s->plan.call.item[index].parent = s->handling;
        s->plan.call.item[index].work = s->work;
        plan_made(&s->plan, (size_t)index, source->index, source->item);
        TRY(answer_lookup(source, (size_t)index));
    }
    source->depth = depth;
    TRY(sim_fill_response(source, (size_t)index));
    source->depth = depth;
    return OK;
}

static enum err on_executed(struct sim_chain *target, const struct log *log)
{
    struct simulation *s = target->s;
    hash32 request_hash;
    struct bytes response;
    TRY(log_scoped_call_executed(&request_hash, &response, log));
    if (s->handling == PLAN_NONE || !hash32_eq(&s->plan.call.item[s->handling].request_hash, &request_hash))
        return sim_reject(s, REJECT_CALL_ORDER, "a bridge responded to a call that was not made");
    struct plan_call *p = &s->plan.call.item[s->handling];
    p->response = arena_copy(s->arena, response);
    response_hash(&p->response_hash, &p->request_hash, p->response);
    return OK;
}

/* --- hooks --- */

static enum err sim_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct sim_chain *c = context;
    (void)vm;
    if (!address_eq(&log->at, &c->bridge))
        return OK;
    if (event_is(log, EVENT_SCOPED_CALL))
        return on_scoped_call(c, log, selector_of(m->input) == (u32)SELECTOR_SCOPED_CALL);
    return event_is(log, EVENT_SCOPED_CALL_EXECUTED) ? on_executed(c, log) : OK;
}

/* A view cannot emit: its bridge tells of a lookup by a STATICCALL of the abort precompile. */
static enum err sim_call_codeless(void *context, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                                  bool *served)
{
    struct sim_chain *c = context;
    struct scoped_call call;
    (void)vm, (void)r;
    *served = false;
    if (!c->is_busy || !address_eq(&m->recipient, &abort_precompile_address) || !address_eq(&m->sender, &c->bridge))
        return OK;
    if (selector_of(m->input) != (u32)SELECTOR_SCOPED_LOOKUP) {
        if (c->index == L1)
            fuse_saw_abort(&c->s->fuse, m->input);
        return OK;
    }
    TRY(calldata_scoped_lookup(&call, m->input, c->chain_id));
    return on_scoped_lookup(c, &call);
}

/* A builder that is not the proposer cannot predict these on L1 (docs/protocol.md section 12). */
static enum err sim_read_environment(void *context, struct evm *vm, const struct evm_message *m, u8 opcode)
{
    enum { COINBASE = 0x41, PREVRANDAO = 0x44 };
    struct sim_chain *c = context;
    (void)vm;
    if (!c->is_busy || (opcode != COINBASE && opcode != PREVRANDAO))
        return OK;
    if (c->s->why && c->s->why->len == 0) {
        text_add_z(c->s->why, opcode == COINBASE ? "an L1 step reads COINBASE at " : "an L1 step reads PREVRANDAO at ");
        address_add(c->s->why, &m->code_address);
    }
    return REJECT_READS_PROPOSER;
}

struct hooks sim_hooks(struct sim_chain *c)
{
    return (struct hooks){.context = c, .enter = sim_enter, .leave = sim_leave, .log = sim_log,
                          .call_codeless = sim_call_codeless,
                          .read_environment = c->index == L1 ? sim_read_environment : NULL};
}
