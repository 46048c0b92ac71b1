/* call_run - code that runs on a private view of a block's state: what calls, estimates, simulations and traces share.
 *
 *     struct call_run s;
 *     TRY(call_run_open(r, &s, block, state overrides, 2, block overrides, 3));
 *     call_object_complete(&call, s.run.rules, &s.run.header, CALL_GAS_MAX);
 *     enum err e = call_run_execute(&s, &result, &call);          its effects stay in the view, for the next call
 *     call_run_close(&s);
 *
 * A call is a transaction with leniency (chain/execute.h): its nonce is not checked, its sender may have code, and one
 * without fees pays none. It runs as go-ethereum runs it, so gas and results are those of a transaction.
 *
 * Hooks: the budget and moved precompiles, then the tracer's. It needs a snapshot of a chain and nothing else, so it is
 * the same for every chain; hooks that answer calls to other chains join in call_run_set_hooks.
 *
 * Budgets of a request: gas, CALL_GAS_MAX; time, node->call_ms or the request's deadline, looked at whenever a message
 * begins and, under a tracer, every 1,024 instructions. Between two messages gas bounds the time, and memory always.
 *
 * Errors: REJECT_CALL with the error set (invalid arguments, a transaction that may not run, a timeout); FAULT_*. What
 * the program did is no error: struct call_result. */
#ifndef NODE_CALL_RUN_H
#define NODE_CALL_RUN_H

#include "node/call_error.h"
#include "node/overrides.h"
#include "node/reader.h"

enum {
    CALL_GAS_MAX = 50000000, /* go-ethereum's RPCGasCap */
    CALL_MS = 5000,          /* go-ethereum's RPCEVMTimeout */
};

struct call_run {
    struct rpc_request *request;
    struct reader *reader;
    struct state *state;
    struct chain_line line;
    struct ancestors ancestors;
    struct precompile_moves moves;
    struct block_run run;
    struct hooks hooks;
    const struct hooks *tracer; /* NULL: none */
    u64 timeout_ms, deadline_ms;
    u32 steps;
};

/* On the state of b and in b's block, but for the overrides. It points into itself. */
enum err call_run_open(struct rpc_request *r, struct call_run *s, const struct chain_block *b,
                       struct json state_overrides, u32 state_index, struct json block_overrides,
                       u32 block_index) MUST_CHECK;
/* On the state of a block, which is the parent of the one that runs, in no block yet: the caller opens s->run, with
 * s->ancestors and s->hooks. */
void call_run_begin(struct rpc_request *r, struct call_run *s, const struct chain_block *parent);
/* From now on, in place of node->call_ms. */
void call_run_set_timeout(struct call_run *s, u64 timeout_ms);
void call_run_close(struct call_run *s);
/* In place of the above, where the caller has released s->run, or never opened it. */
void call_run_end(struct call_run *s);
/* Another tracer, or none, from the next call on. */
void call_run_listen(struct call_run *s, const struct hooks *tracer);
/* Sets s->hooks anew: after s->moves or s->tracer changed, before s->run is opened. */
void call_run_set_hooks(struct call_run *s);

struct call_result {
    const struct receipt *receipt;
    u64 gas_peak; /* before refunds, and not below the floor */
};

enum err call_run_execute(struct call_run *s, struct call_result *out, const struct call_object *c) MUST_CHECK;
/* The same with the reason as an enum err: REJECT_TX_* where the call may not run. Only a timeout sets the error. */
enum err call_run_try(struct call_run *s, struct call_result *out, const struct call_object *c) MUST_CHECK;
/* Sets the error of a REJECT_TX_* of call_run_try (call_refused); any other e is passed on. */
enum err call_run_refused(struct call_run *s, const struct call_object *c, enum err e, i32 code) MUST_CHECK;

#endif
