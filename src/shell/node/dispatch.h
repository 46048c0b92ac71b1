/* dispatch - the methods of a node as a table: what each is called, what it takes, who answers it.
 *
 *   rpc.def:  RPC(eth_getBalance, "address block?", "...")  -->  enum err rpc_eth_getBalance(struct rpc_request *r)
 *
 * rpc_handle finds the row, checks the parameters against it, takes a snapshot of the chain and runs the handler.
 *
 * Forms, separated by blanks; a ? behind one says that it and all that follow may be absent or null:
 *
 *   address  hash      20 and 32 bytes in hex            quantity   0x-number of 64 bits, without leading zeros
 *   data               bytes in hex                      bool  string  object  array  any
 *   number             quantity, or latest, earliest, pending, safe, finalized
 *   block              number, a block's hash, or {"blockNumber"} or {"blockHash", "requireCanonical"} (EIP-1898)
 *
 * A program with methods of its own (struct node.more) has a table of the same form, which is searched first. */
#ifndef NODE_DISPATCH_H
#define NODE_DISPATCH_H

#include "node/rpc.h"

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

#endif
