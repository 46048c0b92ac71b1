/* rpc - a request while its method runs: parameters, result and error.
 *
 * A handler is enum err rpc_<method>(struct rpc_request *r), and runs on a snapshot of the chain that stays the same
 * for the whole request. It trusts its parameters: dispatch.h has checked count and forms against the method's row.
 *
 * Errors have go-ethereum's codes and messages, which libraries search for words (node-bar 2.6): the handler calls
 * rpc_fail and returns what it returns. Any other error of a handler is an internal error, -32603.
 *
 * Memory: everything that a call takes lives in its arena. Handlers run on many threads at once. */
#ifndef NODE_RPC_H
#define NODE_RPC_H

#include "base/err.h"
#include "codec/json_write.h"
#include "jsonrpc/jsonrpc.h"
#include "node/chain.h"

struct node;

enum { RPC_PARAMETERS_MAX = 4 };

/* go-ethereum's, besides those of jsonrpc/jsonrpc.h. */
enum { RPC_REVERTED = 3, RPC_VM_ERROR = -32015 };

struct rpc_request {
    struct node *node;
    struct jsonrpc_call *call;
    struct arena *arena;                       /* the call's */
    struct snapshot *at;
    struct json parameter[RPC_PARAMETERS_MAX]; /* JSON_NONE: absent */
    struct json_writer *out;                   /* for the result */
    struct jsonrpc_error error;
    enum err reason;                           /* why a call may not run (call_refused); OK: something else */
};

/* Sets the error and gives REJECT_CALL. */
enum err rpc_fail(struct rpc_request *r, i32 code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));
/* "invalid argument N: " and the message, -32602. */
enum err rpc_invalid(struct rpc_request *r, u32 index, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* REJECT_CALL once the response is too large or the time of the request is over: between the parts of a long answer. */
enum err rpc_check_budget(struct rpc_request *r) MUST_CHECK;
/* REJECT_CALL once the response, with pending bytes that are not written yet, is too large. */
enum err rpc_check_size(struct rpc_request *r, size_t pending) MUST_CHECK;

/* --- parameters of a form that the row names --- */
bool rpc_has(const struct rpc_request *r, u32 index);
address rpc_address(const struct rpc_request *r, u32 index);
hash32 rpc_hash(const struct rpc_request *r, u32 index);
u64 rpc_quantity(const struct rpc_request *r, u32 index);
bool rpc_bool(const struct rpc_request *r, u32 index); /* absent: false */
struct bytes rpc_data(struct rpc_request *r, u32 index);
/* The block of a number or block parameter; absent: latest. *out NULL: there is none. */
enum err rpc_block(struct rpc_request *r, const struct chain_block **out, u32 index) MUST_CHECK;
/* The same where there must be one: -32000, "header not found". */
enum err rpc_known_block(struct rpc_request *r, const struct chain_block **out, u32 index) MUST_CHECK;
/* The parameter is the tag "pending". */
bool rpc_is_pending(const struct rpc_request *r, u32 index);

/* --- values inside of objects, with go-ethereum's messages for what is wrong --- */
/* What is wrong with v as a quantity of 64 bits; NULL: nothing. */
const char *rpc_wrong_quantity(u64 *out, struct json v);
const char *rpc_wrong_u256(u256 *out, struct json v);
/* As hex of exactly len bytes, or any number when out is a bytes. */
const char *rpc_wrong_fixed(u8 *out, size_t len, struct json v);
const char *rpc_wrong_data(struct arena *arena, struct bytes *out, struct json v);
/* A block number or tag as a block of the snapshot; NULL in *out: above the head. The text says what is wrong. */
const char *rpc_wrong_number(const struct snapshot *at, const struct chain_block **out, struct json v);

/* The same for a block parameter; NULL in *out: no such block. */
const char *rpc_wrong_block(const struct rpc_request *r, const struct chain_block **out, struct json v);

/* JSON_NONE or null. */
bool rpc_absent(struct json v);

#define RPC(method, parameters, what) enum err rpc_##method(struct rpc_request *r) MUST_CHECK;
#include "node/rpc.def"
#undef RPC

#endif
