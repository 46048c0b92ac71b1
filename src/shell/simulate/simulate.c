#include "simulate/simulate.h"

#include "base/u256.h"
#include "bridge/calldata.h"
#include "codec/abi.h"
#include "codec/hex.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "scope/selector.h"
#include "state/access.h"

enum { L1 = 0, DEPTH_MAX = 1026 };

/* Gas of the bridge's own messages while simulating: they are not limited by a transaction. */
static const u64 AMPLE_GAS = 1ull << 32;

struct sim_chain {
    struct simulation *s;
    size_t index;
    u64 chain_id;
    address bridge;
    struct ledger *ledger;
    struct state *state;
    struct block_run run;
    bool is_open;                      /* run is begun */
    struct hooks hooks;
    bool is_busy;                      /* an item runs: calls into this chain are handled inline */
    size_t item;                       /* which */
    i32 waiting;                       /* this chain's innermost open scopedCall; PLAN_NONE */
    u32 depth;                         /* of the frame that runs */
    u32 calls_made;                    /* by this chain in the running item */
    u32 candidate_from;                /* the item that runs is to stand before this number; 0: at the end */
    u32 candidate_number;
    u32 coinbase_read_by;              /* the last item that looked at the account that fees go to */
    u64 item_mark, item_end;           /* of the state, where the item began and ended */
    struct state_watch watch;
    u32 calls_at_enter[DEPTH_MAX];
    u32 static_depth;                  /* of the outermost static frame on L1; 0: none */
};

struct simulation {
    struct arena *arena;
    struct sim_chain *chain;
    size_t chain_count;
    struct tx_run carrier;
    bool carrier_open;
    struct plan plan;
    i32 handling;                      /* the call that is being handled; PLAN_NONE */
    size_t work;
    bool root_known;                   /* the scope that runs has made its first call */
    struct root root;
    u64 floor;                         /* the greatest root clock on any chain */
    bool needs_floor;                  /* the scope's root is not above it: openScope first */
    bool uses_l1;
    struct buffer reads;               /* of struct sim_read */
    struct buffer *why;
};

/* --- sentences --- */

static enum err refuse(struct simulation *s, enum err e, const char *sentence)
{
    if (s->why && s->why->len == 0)
        text_add_z(s->why, sentence);
    return e;
}

static enum err refuse_frame(struct simulation *s, const struct sim_chain *c, const struct evm_message *m)
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

/* --- frames --- */

/* A read that the bundle can make again before its steps, for little gas. */
static void note_read(struct sim_chain *l1, const struct evm_message *m, const struct evm_result *r)
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

static enum err on_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct sim_chain *c = context;
    (void)vm;
    BUG_UNLESS(m->depth < DEPTH_MAX);
    c->depth = m->depth;
    c->calls_at_enter[m->depth] = c->calls_made;
    if (c->index == L1 && c->is_busy && m->is_static && m->depth && !c->static_depth)
        c->static_depth = m->depth;
    return OK;
}

static enum err on_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct sim_chain *c = context;
    (void)vm;
    c->depth = m->depth ? m->depth - 1 : 0;
    if (c->static_depth && m->depth == c->static_depth) {
        c->static_depth = 0;
        note_read(c, m, r);
    }
    if (!halt_is_success(r->halt) && c->calls_made > c->calls_at_enter[m->depth])
        return refuse_frame(c->s, c, m);
    return OK;
}

/* --- a call leaves a chain --- */

static struct sim_chain *find_chain(struct simulation *s, u64 chain_id)
{
    for (size_t i = 0; i < s->chain_count; i++)
        if (s->chain[i].chain_id == chain_id && s->chain[i].is_open)
            return &s->chain[i];
    return NULL;
}

static struct plan_item *item_of(struct sim_chain *c)
{
    return &c->s->plan.chain[c->index].item[c->item];
}

/* Runs a function of the bridge as itself, inside of the transaction that is open on c. */
static enum err call_self(struct sim_chain *c, struct evm_result *r, struct bytes data, u32 depth)
{
    const struct block_message m = {.from = c->bridge, .to = c->bridge, .data = data, .gas = AMPLE_GAS, .depth = depth};
    return block_message(&c->run, r, &m);
}

static enum err refuse_failed(struct simulation *s, enum err e, const char *what, const struct evm_result *r)
{
    if (s->why && s->why->len == 0) {
        text_add_z(s->why, what);
        text_add(s->why, ": ");
        text_add_z(s->why, halt_name(r->halt));
        text_add(s->why, " ");
        text_add_hex_cut(s->why, r->output, 68);
    }
    return e;
}

/* Inline: target is in the middle of its own call, and handles this one inside of it. */
static enum err handle_inline(struct sim_chain *target, size_t call)
{
    struct simulation *s = target->s;
    struct plan_call *p = &s->plan.call[call];
    p->target_item = target->item;
    if (target->waiting == PLAN_NONE)
        return refuse(s, REJECT_CALL_ORDER, "a call came back into a chain that waits for none");
    plan_inline(&s->plan, call, (size_t)target->waiting);
    struct evm_result r;
    TRY(call_self(target, &r, calldata_handle_scoped_call(s->arena, &p->call), target->depth + 1));
    if (!halt_is_success(r.halt))
        return refuse_failed(s, REJECT_HANDLING_FAILED, "the target's bridge refused an inline call", &r);
    s->plan.call[call].gas_used = AMPLE_GAS - (u64)r.gas_left;
    return OK;
}

/* L1's clock lives as long as the bundle, so only the bridge itself can tell it. */
static enum err clock_of(struct sim_chain *c, u64 *clock)
{
    struct root ignored;
    if (c->index != L1)
        return rollup_clock(c->state, clock, &ignored);
    u8 selector[4];
    store_be32(selector, (u32)SELECTOR_SCOPE_CLOCK);
    struct evm_result r;
    const struct block_message m = {.to = c->bridge, .data = BYTES_OF(selector), .gas = AMPLE_GAS, .is_static = true};
    TRY(block_message(&c->run, &r, &m));
    struct abi_reader words = abi_reader(r.output);
    if (!halt_is_success(r.halt) || abi_u64(&words, clock) != OK)
        return refuse_failed(c->s, REJECT_HANDLING_FAILED, "SharedBridge did not tell its clock", &r);
    return OK;
}

/* An item of its own: marks the chain busy while it runs. */
static enum err item_begin(struct sim_chain *c, enum item_kind kind)
{
    c->item = plan_add_item(&c->s->plan, c->index, kind);
    item_of(c)->work = c->s->work;
    c->is_busy = true;
    c->waiting = PLAN_NONE;
    c->calls_made = 0;
    c->static_depth = 0;
    c->depth = 0;
    TRY(clock_of(c, &item_of(c)->clock_before)); /* asked for outside of what is watched */
    if (c->index != L1) { /* there a bundle holds no ordinary transaction */
        c->item_mark = state_mark(c->state);
        c->watch = (struct state_watch){.account = c->run.header.coinbase, .from = c->candidate_from,
                                        .number = c->candidate_from ? c->candidate_number : item_of(c)->number};
        state_watch(c->state, &c->watch);
    }
    return OK;
}

static enum err item_end(struct sim_chain *c, bool success, const struct log *log, u32 log_count)
{
    struct plan_item *item = item_of(c);
    item->success = success;
    item->log_count = log_count;
    logs_hash(&item->logs, log, log_count, c->s->arena);
    c->is_busy = false;
    if (c->index != L1) {
        state_watch(c->state, NULL);
        if (c->watch.hits > (item->kind == ITEM_TX)) /* EIP-3651 warms the coinbase once in each transaction */
            c->coinbase_read_by = item->number;
        c->item_end = state_mark(c->state);
        if (c->candidate_from == 0)
            state_stamp(c->state, c->item_mark, c->item_end, &c->watch);
    }
    return clock_of(c, &item->clock_after);
}

u64 handling_gas(const struct scoped_call *call)
{
    enum { BRIDGE_GAS = 2000000, PER_BYTE = 64 };
    const u64 limit = u256_saturate_u64(&call->request.gas_limit);
    return limit + limit / 16 + BRIDGE_GAS + PER_BYTE * call->request.data.len;
}

static enum err apply_system(struct sim_chain *c, const struct receipt **receipt, const address *to, struct bytes data,
                             u64 gas)
{
    struct tx *t = ARENA_TAKE(c->s->arena, struct tx, 1);
    *t = (struct tx){.type = TX_SYSTEM,
                     .has_chain_id = true,
                     .chain_id = c->chain_id,
                     .block_number = c->run.header.number,
                     .index = c->run.tx.count,
                     .to = *to,
                     .gas_limit = gas,
                     .data = data,
                     .has_sender = true,
                     .sender = system_sender};
    return block_apply(&c->run, receipt, t);
}

static enum err handle_on_rollup(struct sim_chain *target, size_t call)
{
    struct simulation *s = target->s;
    const struct scoped_call *request = &s->plan.call[call].call;
    TRY(item_begin(target, ITEM_HANDLE));
    item_of(target)->call = call;
    s->plan.call[call].target_item = target->item;
    const struct receipt *receipt;
    TRY(apply_system(target, &receipt, &target->bridge, calldata_handle_scoped_call(s->arena, request),
                     handling_gas(request)));
    s->plan.call[call].gas_used = receipt->gas_used;
    return item_end(target, receipt->success, receipt->log, receipt->log_count);
}

static enum err run_step(struct sim_chain *l1, struct evm_result *r, const struct step *step, const address *submitter)
{
    struct simulation *s = l1->s;
    const u32 before = (u32)l1->run.host.log.count;
    TRY(call_self(l1, r, calldata_run_step(s->arena, step, submitter), 0));
    s->uses_l1 = true;
    return item_end(l1, halt_is_success(r->halt), l1->run.host.log.item + before,
                    (u32)l1->run.host.log.count - before);
}

static enum err handle_on_l1(struct sim_chain *l1, size_t call)
{
    struct simulation *s = l1->s;
    const address anybody = {{0}};
    const struct scoped_call inbound = s->plan.call[call].call;
    const struct step step = {.inbound = &inbound};
    TRY(item_begin(l1, ITEM_HANDLE));
    item_of(l1)->call = call;
    s->plan.call[call].target_item = l1->item;
    struct evm_result r;
    TRY(run_step(l1, &r, &step, &anybody));
    if (!halt_is_success(r.halt))
        return refuse_failed(s, REJECT_HANDLING_FAILED, "SharedBridge refused to handle the call", &r);
    s->plan.call[call].gas_used = AMPLE_GAS - (u64)r.gas_left;
    return OK;
}

static enum err handle(struct sim_chain *target, size_t call)
{
    if (target->is_busy)
        return handle_inline(target, call);
    return target->index == L1 ? handle_on_l1(target, call) : handle_on_rollup(target, call);
}

/* The source's own fillResponsesIn, as whoever may call it there: the system sender, on L1 the bridge itself. */
static enum err fill(struct sim_chain *source, size_t call)
{
    struct simulation *s = source->s;
    const struct plan_call *p = &s->plan.call[call];
    const struct fill f = {p->call.target_chain, p->request_hash, p->response};
    const struct bytes data = calldata_fill_responses_in(s->arena, &f, 1);
    struct evm_result r;
    if (source->index == L1) {
        TRY(call_self(source, &r, data, source->depth + 1));
    } else {
        TRY(chain_system_call(&source->run, &r, &source->bridge, data, AMPLE_GAS, source->depth + 1));
    }
    if (!halt_is_success(r.halt))
        return refuse_failed(s, REJECT_FILL_FAILED, "the source's bridge refused the answer", &r);
    return OK;
}

/* Value on its way between two rollups backs payouts on L1, also those that its target makes before it answers. If the
 * call fails the credit stays: a rollup pays out what it has, and too much credit lets it pay no more. */
static enum err credit(struct simulation *s, const struct scoped_call *call)
{
    struct sim_chain *l1 = &s->chain[L1];
    if (u256_is_zero(&call->request.value) || call->source_chain == l1->chain_id ||
        call->target_chain == l1->chain_id)
        return OK;
    struct evm_result r;
    const u32 depth = l1->is_busy ? l1->depth + 1 : 0; /* below the frames that wait there, not in their place */
    TRY(call_self(l1, &r, calldata_add_credit(s->arena, call->target_chain, &call->request.value), depth));
    if (!halt_is_success(r.halt))
        return refuse_failed(s, REJECT_HANDLING_FAILED, "SharedBridge refused a credit", &r);
    return OK;
}

/* The root of the running scope must be above all before it, or its calls are refused on chains whose clocks are ahead.
 */
static enum err check_root(struct simulation *s, const struct scoped_call *call)
{
    if (s->root_known)
        return OK;
    s->root = nonce_unpack(&call->nonce).root;
    s->root_known = true;
    if (s->root.clock > s->floor)
        return OK;
    s->needs_floor = true;
    return REJECT_ROOT_ORDER;
}

static enum err on_scoped_call(struct sim_chain *source, const struct log *log)
{
    struct simulation *s = source->s;
    struct scoped_call call;
    TRY(log_scoped_call(&call, log, source->chain_id));
    TRY(check_root(s, &call));
    struct sim_chain *target = find_chain(s, call.target_chain);
    if (!target)
        return refuse(s, REJECT_UNKNOWN_CHAIN, "a scoped call to a chain that this builder does not run");
    const size_t index = plan_add_call(&s->plan, &call);
    struct plan_call *p = &s->plan.call[index];
    p->parent = s->handling;
    p->work = s->work;
    plan_made(&s->plan, index, source->index, source->item);

    const i32 outer_waiting = source->waiting, outer_handling = s->handling;
    const u32 depth = source->depth;
    source->waiting = (i32)index;
    source->calls_made++;
    s->handling = (i32)index;
    TRY(credit(s, &call));
    TRY(handle(target, index));
    s->handling = outer_handling;
    if (!s->plan.call[index].response.ptr)
        return refuse(s, REJECT_HANDLING_FAILED, "the target's bridge gave no answer");
    source->depth = depth;
    TRY(fill(source, index));
    source->depth = depth;
    plan_complete(&s->plan, index, source->index);
    source->waiting = outer_waiting;
    return OK;
}

static enum err on_executed(struct sim_chain *target, const struct log *log)
{
    struct simulation *s = target->s;
    hash32 request_hash;
    struct bytes response;
    TRY(log_scoped_call_executed(&request_hash, &response, log));
    if (s->handling == PLAN_NONE || !hash32_eq(&s->plan.call[s->handling].request_hash, &request_hash))
        return refuse(s, REJECT_CALL_ORDER, "a bridge answered a call that was not asked");
    struct plan_call *p = &s->plan.call[s->handling];
    p->response = arena_copy(s->arena, response);
    response_hash(&p->response_hash, &p->request_hash, p->response);
    return OK;
}

static enum err on_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct sim_chain *c = context;
    (void)vm, (void)m;
    if (!address_eq(&log->at, &c->bridge) || log->topic_count == 0)
        return OK;
    if (hash32_eq(&log->topic[0], &topic_scoped_call))
        return on_scoped_call(c, log);
    if (hash32_eq(&log->topic[0], &topic_scoped_call_executed))
        return on_executed(c, log);
    return OK;
}

/* A builder that is not the proposer cannot know these on L1 (docs/protocol.md section 12). */
static enum err on_environment(void *context, struct evm *vm, const struct evm_message *m, u8 opcode)
{
    enum { COINBASE = 0x41, PREVRANDAO = 0x44 };
    struct sim_chain *c = context;
    (void)vm;
    if (!c->is_busy || (opcode != COINBASE && opcode != PREVRANDAO))
        return OK;
    if (c->s->why && c->s->why->len == 0) {
        text_add_z(c->s->why, opcode == COINBASE ? "an L1 leg reads COINBASE at " : "an L1 leg reads PREVRANDAO at ");
        address_add(c->s->why, &m->code_address);
    }
    return REJECT_READS_PROPOSER;
}

/* --- marks over all chains --- */

struct sim_mark {
    struct plan_mark plan;
    struct block_mark *run; /* per rollup */
    u64 l1;
    bool uses_l1;
    u64 floor;
};

static struct sim_mark sim_mark(struct simulation *s)
{
    struct sim_mark mark = {.plan = plan_mark(&s->plan), .uses_l1 = s->uses_l1, .floor = s->floor};
    mark.run = ARENA_TAKE(s->arena, struct block_mark, s->chain_count);
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            mark.run[i] = block_mark(&s->chain[i].run);
    mark.l1 = evm_host_mark(&s->chain[L1].run.host);
    return mark;
}

static void sim_rewind(struct simulation *s, const struct sim_mark *mark)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        s->chain[i].is_busy = false;
        if (s->chain[i].is_open)
            state_watch(s->chain[i].state, NULL);
    }
    plan_rewind(&s->plan, &mark->plan);
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            block_rewind(&s->chain[i].run, &mark->run[i]);
    evm_host_rewind(&s->chain[L1].run.host, mark->l1);
    s->uses_l1 = mark->uses_l1;
    s->floor = mark->floor;
}

static void scope_begin(struct simulation *s, size_t work, struct buffer *why)
{
    s->work = work;
    s->why = why;
    s->handling = PLAN_NONE;
    s->root_known = false;
    s->needs_floor = false;
}

static void scope_end(struct simulation *s, struct simulated *out, size_t first_call)
{
    if (s->root_known)
        s->floor = s->root.clock;
    out->first_call = first_call;
    out->call_count = s->plan.call_count - first_call;
}

/* --- the two ways in --- */

static enum err open_scope(struct sim_chain *c, u64 floor)
{
    enum { OPEN_SCOPE_GAS = 200000 };
    const struct receipt *receipt;
    return apply_system(c, &receipt, &c->bridge, calldata_open_scope(c->s->arena, floor), OPEN_SCOPE_GAS);
}

static enum err try_tx(struct simulation *s, struct simulated *out, struct sim_chain *c, const struct tx *t, u64 floor)
{
    const size_t first_call = s->plan.call_count;
    if (floor)
        TRY(open_scope(c, floor));
    TRY(item_begin(c, ITEM_TX));
    item_of(c)->floor = floor;
    const struct receipt *receipt;
    TRY(block_apply(&c->run, &receipt, t));
    out->success = receipt->success;
    out->output = arena_copy(s->arena, receipt->output);
    TRY(item_end(c, receipt->success, receipt->log, receipt->log_count));
    scope_end(s, out, first_call);
    return OK;
}

enum err simulate_tx(struct simulation *s, struct simulated *out, size_t chain, size_t work, const struct tx *t,
                     struct buffer *why)
{
    struct sim_chain *c = &s->chain[chain];
    const struct sim_mark mark = sim_mark(s);
    scope_begin(s, work, why);
    enum err e = try_tx(s, out, c, t, 0);
    if (s->needs_floor) {
        sim_rewind(s, &mark);
        scope_begin(s, work, why);
        e = try_tx(s, out, c, t, s->floor);
    }
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

/* The candidate has run after everything; does it commute with what is to come after it? */
static bool commutes(const struct sim_chain *c)
{
    const u32 from = c->candidate_from;
    const bool touched_coinbase = c->watch.hits > 1;
    return !c->watch.conflict && !touched_coinbase && c->coinbase_read_by < from &&
           state_commutes(c->state, c->item_mark, c->item_end, &c->watch);
}

static enum err place(struct simulation *s, struct sim_chain *c, size_t before)
{
    if (s->root_known)
        return refuse(s, REJECT_NOT_ORDINARY, "the transaction makes a scoped call, so its place is given by its clock");
    if (!commutes(c))
        return refuse(s, REJECT_WOULD_CHANGE, "it touches what a later scope read or wrote");
    state_stamp(c->state, c->item_mark, c->item_end, &c->watch);
    if (!plan_move_last(&s->plan, c->index, before))
        return refuse(s, REJECT_TOO_LONG, "no room is left before that item");
    return OK;
}

enum err simulate_before(struct simulation *s, struct simulated *out, size_t chain, size_t before, size_t work,
                         const struct tx *t, struct buffer *why)
{
    struct sim_chain *c = &s->chain[chain];
    const struct plan_chain *p = &s->plan.chain[chain];
    scope_begin(s, work, why);
    if (before >= p->item_count)
        return simulate_tx(s, out, chain, work, t, why);
    if (before && p->item[before].kind == ITEM_HANDLE && p->item[before - 1].kind == ITEM_HANDLE &&
        p->item[before].work == p->item[before - 1].work)
        return refuse(s, REJECT_SCOPE_SPLIT, "it would stand between two parts of one root");
    const struct sim_mark mark = sim_mark(s);
    const u32 below = before ? p->item[before - 1].number : 0;
    c->candidate_from = p->item[before].number;
    c->candidate_number = below + (c->candidate_from - below) / 2;
    enum err e = try_tx(s, out, c, t, 0);
    if (e == OK)
        e = place(s, c, before);
    c->candidate_from = 0;
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

static enum err try_operation(struct simulation *s, struct simulated *out, const struct signed_operation *o,
                              const address *submitter, u64 floor)
{
    struct sim_chain *l1 = &s->chain[L1];
    const size_t first_call = s->plan.call_count;
    const struct step step = {.floor = floor, .operation = o};
    TRY(item_begin(l1, ITEM_OPERATION));
    item_of(l1)->floor = floor;
    struct evm_result r;
    TRY(run_step(l1, &r, &step, submitter));
    out->success = halt_is_success(r.halt);
    out->output = arena_copy(s->arena, r.output);
    if (!out->success)
        return refuse_failed(s, REJECT_OPERATION_FAILED, "the operation failed", &r);
    scope_end(s, out, first_call);
    return OK;
}

enum err simulate_operation(struct simulation *s, struct simulated *out, size_t work, const struct signed_operation *o,
                            const address *submitter, struct buffer *why)
{
    const struct sim_mark mark = sim_mark(s);
    scope_begin(s, work, why);
    enum err e = try_operation(s, out, o, submitter, 0);
    if (s->needs_floor) {
        sim_rewind(s, &mark);
        scope_begin(s, work, why);
        e = try_operation(s, out, o, submitter, s->floor);
    }
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

/* --- opening --- */

static enum err open_rollup(struct sim_chain *c, const struct block_choice *choice, const struct header *anchor,
                            const hash32 *anchor_hash)
{
    enum { UPDATE_GAS = 500000 };
    c->state = ledger_view(c->ledger);
    TRY(block_begin(&c->run, &c->ledger->machine, c->ledger->rules, c->state, &ledger_head(c->ledger)->header,
                    &c->ledger->ancestors, choice, &c->hooks));
    c->is_open = true;
    const struct receipt *receipt;
    const struct bytes update =
        calldata_update(c->s->arena, anchor->number, anchor_hash, anchor->timestamp, &anchor->base_fee);
    TRY(apply_system(c, &receipt, &l1_context_address, update, UPDATE_GAS));
    u64 clock;
    struct root last_root;
    TRY(rollup_clock(c->state, &clock, &last_root));
    if (last_root.clock > c->s->floor)
        c->s->floor = last_root.clock;
    return OK;
}

static enum err open_l1(struct sim_chain *c, const struct block_choice *choice, const struct tx *carrier)
{
    struct simulation *s = c->s;
    c->state = ledger_view(c->ledger);
    TRY(block_begin(&c->run, &c->ledger->machine, c->ledger->rules, c->state, &ledger_head(c->ledger)->header,
                    &c->ledger->ancestors, choice, &c->hooks));
    c->is_open = true;
    TRY(tx_begin(&c->run, &s->carrier, carrier));
    s->carrier_open = true;
    u64 *id = ARENA_TAKE(s->arena, u64, s->chain_count);
    size_t count = 0;
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            id[count++] = s->chain[i].chain_id;
    struct evm_result r;
    TRY(call_self(c, &r, calldata_open_bundle(s->arena, id, count), 0));
    if (!halt_is_success(r.halt))
        return refuse_failed(s, REJECT_HANDLING_FAILED, "SharedBridge did not open a bundle", &r);
    return OK;
}

enum err simulation_open(struct simulation **out, struct arena *arena, const struct sim_chain_config *chain,
                         size_t chain_count, const struct tx *carrier, const struct header *anchor,
                         const hash32 *anchor_hash)
{
    struct simulation *s = ARENA_TAKE_ZERO(arena, struct simulation, 1);
    s->arena = arena;
    s->reads = buffer_in(arena);
    s->chain_count = chain_count;
    s->chain = ARENA_TAKE_ZERO(arena, struct sim_chain, chain_count);
    plan_init(&s->plan, arena, chain_count);
    for (size_t i = 0; i < chain_count; i++) {
        struct sim_chain *c = &s->chain[i];
        c->s = s;
        c->index = i;
        c->ledger = chain[i].ledger;
        c->chain_id = c->ledger->rules->chain_id;
        c->bridge = chain[i].bridge;
        c->waiting = PLAN_NONE;
        c->hooks = (struct hooks){.context = c, .enter = on_enter, .leave = on_leave, .log = on_log,
                                  .read_environment = i == L1 ? on_environment : NULL};
        s->plan.chain[i].chain_id = c->chain_id;
    }
    enum err e = OK;
    for (size_t i = 1; i < chain_count && e == OK; i++)
        if (chain[i].in_bundle)
            e = open_rollup(&s->chain[i], &chain[i].choice, anchor, anchor_hash);
    if (e == OK)
        e = open_l1(&s->chain[L1], &chain[L1].choice, carrier);
    if (e != OK) {
        simulation_close(s);
        return e;
    }
    *out = s;
    return OK;
}

void simulation_close(struct simulation *s)
{
    if (s->carrier_open)
        tx_abandon(&s->chain[L1].run, &s->carrier);
    for (size_t i = 0; i < s->chain_count; i++) {
        if (s->chain[i].is_open)
            block_release(&s->chain[i].run);
        if (s->chain[i].state)
            state_release(s->chain[i].state);
    }
}

enum err simulation_nonce(struct simulation *s, u64 *out, size_t chain, const address *account)
{
    const struct account *a;
    TRY(state_account(s->chain[chain].state, &a, NULL, account));
    *out = a->nonce;
    return OK;
}

enum err simulation_operation_nonce(struct simulation *s, u256 *out, const address *account, struct buffer *why)
{
    struct sim_chain *l1 = &s->chain[L1];
    const u64 mark = evm_host_mark(&l1->run.host);
    struct evm_result r;
    const struct block_message m = {
        .to = *account, .data = calldata_nonce_of(s->arena), .gas = AMPLE_GAS, .is_static = true};
    const enum err e = block_message(&l1->run, &r, &m);
    evm_host_rewind(&l1->run.host, mark); /* asking must not warm anything */
    TRY(e);
    s->why = why;
    if (!halt_is_success(r.halt) || r.output.len != 32)
        return refuse(s, REJECT_NOT_DELEGATED, "the account is not delegated to ScopedAccount");
    *out = u256_from_be(r.output.ptr);
    return OK;
}

const struct plan *simulation_plan(const struct simulation *s)
{
    return &s->plan;
}

size_t simulation_reads(const struct simulation *s, const struct sim_read **out)
{
    *out = (const struct sim_read *)(const void *)s->reads.ptr;
    return s->reads.len / sizeof **out;
}

bool simulation_uses_l1(const struct simulation *s)
{
    return s->uses_l1;
}
