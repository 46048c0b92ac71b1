/* rpc_client - calls to an Ethereum node: JSON-RPC 2.0 over HTTP, many calls in one request.
 *
 *     struct rpc_call call[2] = {
 *         {.method = "eth_chainId"},
 *         {.method = "eth_getBalance", .params = params},      the JSON array of its arguments
 *     };
 *     TRY(rpc_call_all(client, &arena, call, 2));              one POST; longer lists take several
 *     if (call[1].error != OK)  call[1].message                the node's message
 *
 * A response belongs to the request with its id: a client never uses an id twice, and each must come back exactly once,
 * in any order, with either a result or an error.
 *
 * Memory:  results are views into the answer, which lives in the arena given.
 * Limits:  an answer's size and time; calls in a request.
 * Errors:  those of http_client.h where the node does not answer; REJECT_RPC where the answer is not JSON-RPC 2.0;
 *          REJECT_RPC_REFUSED for a call that the node answers with an error. rpc_why() has the sentence. */
#ifndef ETHRPC_RPC_CLIENT_H
#define ETHRPC_RPC_CLIENT_H

#include "base/buffer.h"
#include "base/err.h"
#include "io/json.h"

struct rpc_client;

/* url is copied. */
enum err rpc_open(struct rpc_client **out, const struct memory *memory, const char *url) MUST_CHECK;
void rpc_close(struct rpc_client *c);
/* The sentence behind the last error: the node's place, the method, and what was wrong. */
const char *rpc_why(const struct rpc_client *c);
/* Calls and requests so far: for reports. */
u64 rpc_call_count(const struct rpc_client *c);
u64 rpc_request_count(const struct rpc_client *c);

struct rpc_call {
    const char *method;
    struct bytes params; /* a JSON array; empty: [] */
    /* the answer */
    struct json result;
    enum err error;      /* OK or REJECT_RPC_REFUSED */
    i64 code;
    const char *message; /* the node's, made safe to print */
};

/* OK: every call has an answer, whatever it says. */
enum err rpc_call_all(struct rpc_client *c, struct arena *arena, struct rpc_call *call, size_t count) MUST_CHECK;

/* One call. REJECT_RPC_REFUSED where the node refuses it. */
enum err rpc_call_one(struct rpc_client *c, struct arena *arena, struct json *result, const char *method,
                      struct bytes params) MUST_CHECK;

/* What comes back to a request whose calls have the ids from first on: the part of rpc_call_all that reads. source is
 * borrowed by the results. why gets a sentence. */
enum err rpc_read(struct arena *arena, struct rpc_call *call, size_t count, u64 first, struct bytes source,
                  struct buffer *why) MUST_CHECK;

#endif
