#include "node/call_run.h"

#include "node/node.h"

enum { STEPS_A_LOOK = 1024 };

/* --- hooks: the budget, moved precompiles, the tracer --- */

static bool budget_is_over(const struct call_run *s)
{
    return jsonrpc_now_ms() > s->deadline_ms;
}

static enum err call_run_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct call_run *s = context;
    if (budget_is_over(s))
        return FAULT_TIMEOUT;
    return s->tracer && s->tracer->enter ? s->tracer->enter(s->tracer->context, vm, m) : OK;
}

static enum err call_run_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    const struct hooks *t = ((struct call_run *)context)->tracer;
    return t->leave(t->context, vm, m, r);
}

static enum err call_run_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    const struct hooks *t = ((struct call_run *)context)->tracer;
    return t->log(t->context, vm, m, log);
}

static enum err call_run_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *step)
{
    struct call_run *s = context;
    if (s->steps++ % STEPS_A_LOOK == 0 && budget_is_over(s))
        return FAULT_TIMEOUT;
    return s->tracer->step(s->tracer->context, vm, m, step);
}

static const struct precompile *call_run_precompile(void *context, const struct fork *fork, const address *at)
{
    (void)fork;
    return precompile_moved(&((struct call_run *)context)->moves, at);
}

/* Hooks that answer calls to other chains (call_codeless) belong here, before the tracer's. */
void call_run_set_hooks(struct call_run *s)
{
    const struct hooks *t = s->tracer;
    s->hooks = (struct hooks){
        .context = s,
        .enter = call_run_enter,
        .leave = t && t->leave ? call_run_leave : NULL,
        .log = t && t->log ? call_run_log : NULL,
        .step = t && t->step ? call_run_step : NULL,
        .precompile = s->moves.count ? call_run_precompile : NULL,
    };
}

void call_run_listen(struct call_run *s, const struct hooks *tracer)
{
    s->tracer = tracer;
    call_run_set_hooks(s);
    block_listen(&s->run, &s->hooks);
}

/* --- opening --- */

void call_run_set_timeout(struct call_run *s, u64 timeout_ms)
{
    const u64 deadline = jsonrpc_now_ms() + timeout_ms, latest = s->request->call->deadline_ms;
    s->timeout_ms = timeout_ms;
    s->deadline_ms = deadline < latest ? deadline : latest;
}

void call_run_begin(struct rpc_request *r, struct call_run *s, const struct chain_block *parent)
{
    *s = (struct call_run){
        .request = r,
        .reader = reader_take(&r->node->readers),
        .line = {r->at->chain, parent},
    };
    s->state = reader_state(s->reader, &parent->header.state_root);
    s->ancestors = (struct ancestors){chain_line_hash, &s->line};
    call_run_set_timeout(s, r->node->call_ms);
    call_run_set_hooks(s);
}

void call_run_end(struct call_run *s)
{
    state_release(s->state);
    reader_give(&s->request->node->readers, s->reader);
}

static void override_header(struct header *h, const struct block_overrides *o)
{
    h->number = o->has_number ? o->number : h->number;
    h->timestamp = o->has_time ? o->time : h->timestamp;
    h->gas_limit = o->has_gas_limit ? o->gas_limit : h->gas_limit;
    h->coinbase = o->has_coinbase ? o->coinbase : h->coinbase;
    h->prevrandao = o->has_prevrandao ? o->prevrandao : h->prevrandao;
    h->difficulty = o->has_difficulty ? o->difficulty : h->difficulty;
    h->base_fee = o->has_base_fee ? o->base_fee : h->base_fee;
}

enum err call_run_open(struct rpc_request *r, struct call_run *s, const struct chain_block *b,
                       struct json state_overrides, u32 state_index, struct json block_overrides, u32 block_index)
{
    const struct chain_rules *rules = r->at->chain->rules;
    struct block_overrides o;
    struct header h = b->header;
    TRY(block_overrides_read(r, &o, block_overrides, block_index));
    override_header(&h, &o);
    call_run_begin(r, s, b);
    s->moves.fork = chain_rules_at(rules, h.number, h.timestamp)->fork;
    const enum err e = state_overrides_apply(r, s->state, &s->moves, state_overrides, state_index);
    if (e != OK) {
        call_run_end(s);
        return e;
    }
    call_run_set_hooks(s);
    block_open(&s->run, &s->reader->machine, rules, s->state, &h, &s->ancestors, &s->hooks);
    s->run.lenient = LENIENT_NONCE | LENIENT_SENDER | LENIENT_GAS | LENIENT_FEES | LENIENT_ROOT | LENIENT_ORDER;
    if (o.has_blob_base_fee)
        s->run.env.blob_base_fee = o.blob_base_fee;
    return OK;
}

void call_run_close(struct call_run *s)
{
    block_release(&s->run);
    call_run_end(s);
}

/* --- running --- */

static enum err call_timed_out(struct call_run *s)
{
    struct rpc_request *r = s->request;
    if (jsonrpc_is_late(r->call)) {
        r->error = jsonrpc_timed_out();
        return REJECT_CALL;
    }
    return rpc_fail(r, JSONRPC_SERVER_ERROR, "execution aborted (timeout = %llus)",
                    (unsigned long long)s->timeout_ms / 1000);
}

enum err call_run_try(struct call_run *s, struct call_result *out, const struct call_object *c)
{
    struct block_run *run = &s->run;
    const struct evm_block env = run->env;
    struct tx_run t;
    struct evm_result result;
    TRY(tx_begin(run, &t, &c->tx));
    if (run->lenient & LENIENT_FEES && u256_is_zero(&t.gas_price)) /* BASEFEE gives what is paid: nothing */
        run->env.base_fee = (u256){{0}};
    if (run->lenient & LENIENT_FEES && c->has_blob_hashes && u256_is_zero(&c->tx.max_blob_fee))
        run->env.blob_base_fee = (u256){{0}};
    enum err e = tx_execute(run, &result, &t);
    run->env = env;
    if (e != OK) {
        tx_abandon(run, &t);
        return e == FAULT_TIMEOUT ? call_timed_out(s) : e;
    }
    const u64 peak = c->tx.gas_limit - (u64)result.gas_left;
    out->gas_peak = peak > t.floor_gas ? peak : t.floor_gas;
    return tx_finish(run, &out->receipt, &t, &result);
}

enum err call_run_refused(struct call_run *s, const struct call_object *c, enum err e, i32 code)
{
    if (!err_is_reject(e) || e == REJECT_CALL)
        return e;
    return call_refused(s->request, s->state, c, &s->run.header, e, code);
}

enum err call_run_execute(struct call_run *s, struct call_result *out, const struct call_object *c)
{
    return call_run_refused(s, c, call_run_try(s, out, c), JSONRPC_SERVER_ERROR);
}
