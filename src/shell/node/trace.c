/* debug_trace*: the transactions of a block executed again on its parent's state, or a call, under a tracer. */
#include "node/node.h"
#include "node/tracer.h"
#include "node/write.h"

/* A block that is executed again. */
struct replay {
    struct rpc_request *request;
    const struct chain_block *block;
    struct tracer *tracer;
    struct call_run run;
};

/* One transaction under the tracer: its result is the next value that is written. */
static enum err trace(struct tracer *t, struct call_run *s, const struct call_object *c)
{
    struct call_result result;
    TRY(t->begin(t, s, c));
    call_run_listen(s, &t->hooks);
    const enum err e = call_run_execute(s, &result, c);
    call_run_listen(s, NULL);
    TRY(e);
    TRY(t->end(t, c, &result));
    return rpc_check_size(t->request, 0);
}

/* --- a block --- */

static enum err replay_open(struct rpc_request *r, struct replay *p, const struct chain_block *b)
{
    struct call_run *s = &p->run;
    const struct json options = r->parameter[1];
    u64 timeout = r->node->call_ms;
    *p = (struct replay){.request = r, .block = b};
    if (b->header.number == 0)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "genesis is not traceable");
    const struct chain_block *parent = chain_block_by_hash(r->at->chain, &b->header.parent_hash);
    BUG_UNLESS(parent);
    TRY(tracer_timeout(r, &timeout, options, 1));
    TRY(tracer_open(r, &p->tracer, options, 1));
    call_run_begin(r, s, parent);
    call_run_set_timeout(s, timeout);
    block_open(&s->run, &s->reader->machine, r->at->chain->rules, s->state, &b->header, &s->ancestors, &s->hooks);
    const enum err e = block_start_calls(&s->run);
    if (e != OK)
        call_run_close(s);
    return e;
}

static enum err trace_block(struct rpc_request *r, const struct chain_block *b)
{
    struct replay p;
    enum err e = OK;
    if (!b)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "block not found");
    TRY(replay_open(r, &p, b));
    json_write_array(r->out);
    for (u32 i = 0; i < b->tx_count && e == OK; i++) {
        const struct call_object c = {.tx = b->tx[i]};
        json_write_object(r->out);
        write_fixed(r->out, "txHash", b->tx[i].hash);
        json_write_key(r->out, "result");
        e = trace(p.tracer, &p.run, &c);
        if (e == OK)
            json_write_end(r->out);
    }
    call_run_close(&p.run);
    TRY(e);
    json_write_end(r->out);
    return OK;
}

enum err rpc_debug_traceBlockByNumber(struct rpc_request *r)
{
    const struct chain_block *b;
    TRY(rpc_block(r, &b, 0));
    return trace_block(r, b);
}

enum err rpc_debug_traceBlockByHash(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    return trace_block(r, chain_block_by_hash(r->at->chain, &hash));
}

/* The transactions before it run untraced. */
static enum err trace_at(struct replay *p, u32 index)
{
    for (u32 i = 0; i <= index; i++) {
        const struct call_object c = {.tx = p->block->tx[i]};
        struct call_result ignored;
        if (i == index)
            return trace(p->tracer, &p->run, &c);
        TRY(call_run_execute(&p->run, &ignored, &c));
    }
    return OK;
}

enum err rpc_debug_traceTransaction(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    const struct tx_place *place = snapshot_find_tx(r->at, &hash);
    struct replay p;
    if (!place)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "transaction not found");
    TRY(replay_open(r, &p, place->block));
    const enum err e = trace_at(&p, place->index);
    call_run_close(&p.run);
    return e;
}

/* --- a call --- */

enum err rpc_debug_traceCall(struct rpc_request *r)
{
    const struct json options = r->parameter[2];
    const struct chain_block *b;
    u64 timeout = r->node->call_ms;
    struct tracer *tracer;
    struct call_run s;
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    TRY(rpc_known_block(r, &b, 1));
    TRY(tracer_timeout(r, &timeout, options, 2));
    TRY(tracer_open(r, &tracer, options, 2));
    TRY(call_run_open(r, &s, b, json_get(options, "stateOverrides"), 2, json_get(options, "blockOverrides"), 2));
    call_run_set_timeout(&s, timeout);
    call_object_complete(&c, s.run.rules, &s.run.header, CALL_GAS_MAX);
    const enum err e = trace(tracer, &s, &c);
    call_run_close(&s);
    return e;
}
