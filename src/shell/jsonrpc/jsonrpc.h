/* jsonrpc - JSON-RPC 2.0 as geth speaks it: a request body in, a response out, a handler for each call.
 *
 *     {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x..","latest"]}       one call, or an array of them
 *     {"jsonrpc":"2.0","id":1,"result":"0x0"}
 *
 *     static struct jsonrpc_error get_balance(void *context, struct jsonrpc_call *call, struct json_writer *result)
 *     {
 *         if (json_count(call->params) == 0)
 *             return jsonrpc_failed(call, JSONRPC_INVALID_PARAMS, "missing value for required argument %u", 0);
 *         json_write_quantity(result, balance);
 *         return jsonrpc_ok();
 *     }
 *
 * Ids come back as they were written: a string, a number, null. A call without an id is a notification: it is handled,
 * and nothing is answered. Answers of a batch stand in the order of its calls. What geth does where the specification
 * is silent: a batch above the limit is refused as a whole under the id of its first call; once the results of a batch
 * are too large, or its time is over, the calls that are left get that error each; a response object is ignored.
 *
 * Threads: no state; a handler runs on the thread of jsonrpc_answer.
 * Memory:  everything of a call lives in call->arena, until its response has been sent.
 * Errors:  every failure is an answer, with the codes below. */
#ifndef JSONRPC_JSONRPC_H
#define JSONRPC_JSONRPC_H

#include "base/buffer.h"
#include "codec/json_write.h"
#include "io/json.h"

/* JSON-RPC 2.0, then geth's rpc/errors.go. Codes of methods (3, -32015, -380xx) belong to their handlers. */
enum jsonrpc_code {
    JSONRPC_PARSE_ERROR = -32700,
    JSONRPC_INVALID_REQUEST = -32600,
    JSONRPC_METHOD_NOT_FOUND = -32601,
    JSONRPC_INVALID_PARAMS = -32602,
    JSONRPC_INTERNAL_ERROR = -32603,
    JSONRPC_SERVER_ERROR = -32000, /* geth's default */
    JSONRPC_TIMEOUT = -32002,
    JSONRPC_RESPONSE_TOO_LARGE = -32003,
    JSONRPC_LIMIT_EXCEEDED = -32005, /* EIP-1474 */
};

struct jsonrpc_connection; /* a WebSocket */

struct jsonrpc_call {
    struct bytes method;   /* characters, escapes resolved */
    struct json params;    /* an array or an object; JSON_NONE: absent or null */
    struct arena *arena;   /* of the request */
    u64 deadline_ms;       /* CLOCK_MONOTONIC; a handler that takes long checks jsonrpc_is_late */
    size_t response_bytes; /* what the result may still take; a handler of large results checks jsonrpc_is_full */
    struct jsonrpc_connection *connection; /* for subscriptions; NULL over HTTP */
    size_t result_at;      /* where the result begins in its buffer: for jsonrpc_is_full */
};

struct jsonrpc_error {
    i32 code;            /* 0: none, the result has been written */
    const char *message; /* one line, as geth words it */
    struct bytes data;   /* JSON text; empty: no member data */
};

/* Writes one JSON value, and returns jsonrpc_ok(); or returns an error, and what it wrote is dropped. */
typedef struct jsonrpc_error jsonrpc_handler(void *context, struct jsonrpc_call *call, struct json_writer *result);

static inline struct jsonrpc_error jsonrpc_ok(void)
{
    return (struct jsonrpc_error){0};
}

/* The message is printed into the call's arena. */
struct jsonrpc_error jsonrpc_failed(struct jsonrpc_call *call, i32 code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "the method eth_foo does not exist/is not available" */
struct jsonrpc_error jsonrpc_method_not_found(struct jsonrpc_call *call);
/* "request timed out", "response too large" */
struct jsonrpc_error jsonrpc_timed_out(void);
struct jsonrpc_error jsonrpc_too_large(void);

/* The deadline is over. Reads the clock: some 20 ns. */
bool jsonrpc_is_late(const struct jsonrpc_call *call);
/* The result as written so far is above call->response_bytes. */
bool jsonrpc_is_full(const struct jsonrpc_call *call, const struct json_writer *result);

/* --- for servers and tests --- */

struct jsonrpc_limits {
    u32 batch_items;        /* calls in a batch */
    size_t batch_bytes;     /* of the results of a batch together: the call that goes above it is the last that runs */
    size_t response_bytes;  /* of one result */
    u64 call_ms;            /* for a request, however many calls it has */
};

/* geth's: 1,000 calls, 25 MB, 30 s; and 160 MB for one result, which is reth's. */
struct jsonrpc_limits jsonrpc_default_limits(void);

/* A request that has been read. */
struct jsonrpc_request {
    struct arena *arena;
    struct json body;       /* JSON_NONE: not JSON */
    const char *parse_error; /* NULL: it is JSON */
};

/* Reads the body, which is borrowed until the response is there. */
void jsonrpc_read(struct jsonrpc_request *request, struct arena *arena, struct bytes body);
/* The method of a request that is a single call; empty: a batch, or none. */
struct bytes jsonrpc_method(const struct jsonrpc_request *request);
/* Runs the calls of a request, and appends its response: nothing where only notifications came. */
void jsonrpc_answer(struct buffer *response, const struct jsonrpc_request *request, const struct jsonrpc_limits *limits,
                    struct jsonrpc_connection *connection, jsonrpc_handler *handle, void *context);

/* {"jsonrpc":"2.0","id":null,"error":{..}}, for what fails before there is a request. */
void jsonrpc_write_error(struct buffer *response, i32 code, const char *message);

/* Milliseconds of CLOCK_MONOTONIC, as in deadline_ms. */
u64 jsonrpc_now_ms(void);

#endif
