/* rpc - the methods of a node as a table: what each is called, what it takes, who answers it.
 *
 *   rpc.def:  RPC(eth_getBalance, "address block?", "...")  -->  enum err rpc_eth_getBalance(struct rpc_request *r)
 *
 * rpc_handle finds the row, checks the parameters against it and runs the handler on a snapshot of the chain that stays
 * the same for the whole request. So a handler trusts its parameters: their count and their forms are those of its row.
 *
 * Forms, separated by blanks; a ? behind one says that it and all that follow may be absent or null:
 *
 *   address  hash      20 and 32 bytes in hex            quantity   0x-number of 64 bits, without leading zeros
 *   data               bytes in hex                      bool  string  object  array  any
 *   number             quantity, or latest, earliest, pending, safe, finalized
 *   block              number, a block's hash, or {"blockNumber"} or {"blockHash", "requireCanonical"} (EIP-1898)
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

/* Methods of a node beyond rpc.def, of the same form: struct node.more. */
struct rpc_method {
    const char *name, *parameters;
    enum err (*handle)(struct rpc_request *r);
};
struct rpc_table {
    const struct rpc_method *method;
    size_t count;
};

/* A jsonrpc_handler; node: struct node. */
struct jsonrpc_error rpc_handle(void *node, struct jsonrpc_call *call, struct json_writer *result);

/* Sets the error and gives REJECT_CALL. */
enum err rpc_fail(struct rpc_request *r, i32 code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));
/* "invalid argument N: " and the message, -32602. */
enum err rpc_invalid(struct rpc_request *r, u32 index, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* REJECT_CALL once the response is too large or the time of the request is over: between the parts of a long answer. */
enum err rpc_check_budget(struct rpc_request *r) MUST_CHECK;

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

/* Whether the pool takes a transaction that was decoded, on the head: go-ethereum's messages. Sets its sender. */
enum err pool_check(struct rpc_request *r, struct tx *t) MUST_CHECK;
/* Checks and sends it. */
enum err pool_send(struct rpc_request *r, struct tx *t) MUST_CHECK;

/* JSON_NONE or null. */
bool rpc_absent(struct json v);

#define RPC(method, parameters, what) enum err rpc_##method(struct rpc_request *r) MUST_CHECK;
#include "node/rpc.def"
#undef RPC

#endif
