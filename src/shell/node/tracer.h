/* tracer - what debug_trace* looks at while a transaction runs, and what it reports of it.
 *
 *   {"tracer": "callTracer", "tracerConfig": {..}, "timeout": "5s", ..}    --tracer_open-->  struct tracer
 *
 *   absent            struct_logs.c        each instruction (execution-apis)
 *   callTracer        call_tracer.c        the tree of calls: {onlyTopCall, withLog}
 *   prestateTracer    prestate_tracer.c    the accounts and slots that it touched: {diffMode, disableCode, ..}
 *   4byteTracer       four_byte_tracer.c   the selectors that were called, and how often
 *   noopTracer        tracer.c             nothing
 *
 * One tracer serves one transaction after the other. Results are those of go-ethereum's native tracers.
 *
 * Errors: REJECT_CALL with the error set: a wrong option, a result that is too large. Memory: the request's arena. */
#ifndef NODE_TRACER_H
#define NODE_TRACER_H

#include "node/call_run.h"

struct tracer {
    struct hooks hooks; /* context: the tracer */
    struct rpc_request *request;
    /* Before the transaction, on its state; may begin to write the result. */
    enum err (*begin)(struct tracer *t, struct call_run *run, const struct call_object *c);
    /* After it: the result is one JSON value. */
    enum err (*end)(struct tracer *t, const struct call_object *c, const struct call_result *result);
};

/* options: an object, or absent; index: the parameter. */
enum err tracer_open(struct rpc_request *r, struct tracer **out, struct json options, u32 index) MUST_CHECK;
/* The option timeout ("10s", "500ms") in milliseconds, at most the request's own. */
enum err tracer_timeout(struct rpc_request *r, u64 *out, struct json options, u32 index) MUST_CHECK;

/* config: options for struct logs, tracerConfig for the others. */
enum err struct_logs_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index) MUST_CHECK;
enum err call_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index) MUST_CHECK;
enum err prestate_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index) MUST_CHECK;
enum err four_byte_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index) MUST_CHECK;

#endif
