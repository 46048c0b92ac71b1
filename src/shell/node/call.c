/* eth_call. */
#include "node/node.h"
#include "node/call_run.h"

enum err rpc_eth_call(struct rpc_request *r)
{
    const struct chain_block *b;
    struct call_run s;
    struct call_result result;
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    TRY(rpc_known_block(r, &b, 1));
    TRY(call_run_open(r, &s, b, r->parameter[2], 2, r->parameter[3], 3));
    call_object_complete(&c, s.run.rules, &s.run.header, CALL_GAS_MAX);
    enum err e = call_run_execute(&s, &result, &c);
    if (e == OK && result.receipt->success)
        json_write_hex(r->out, result.receipt->output);
    else if (e == OK)
        e = call_halted(r, result.receipt->halt, result.receipt->output, JSONRPC_SERVER_ERROR);
    call_run_close(&s);
    return e;
}
