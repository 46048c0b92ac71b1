/* scope_getPromise, and receipts of transactions that are promised and have not settled. */
#include "devnet/preconf.h"
#include "node/write.h"

enum err rpc_scope_getPromise(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    struct status s;
    if (devnet_copy_status(d, r->arena, &s, &hash) && s.promised != PROMISE_NONE)
        preconf_write_promise(r->out, &s);
    else
        json_write_null(r->out);
    return OK;
}

/* As of its pending block, with the promise: {.., "preconfirmation": {..}}. */
enum err devnet_eth_getTransactionReceipt(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const hash32 hash = rpc_hash(r, 0);
    const struct tx_place *p = snapshot_find_pending_tx(r->at, &hash);
    struct status s;
    if (!p || snapshot_find_tx(r->at, &hash) || !devnet_copy_status(d, r->arena, &s, &hash) ||
        s.promised == PROMISE_NONE)
        return rpc_eth_getTransactionReceipt(r);
    json_write_object(r->out);
    write_receipt_members(r->out, r->at->chain->rules, p->block, p->index, p->first_log);
    json_write_key(r->out, "preconfirmation");
    preconf_write_promise(r->out, &s);
    json_write_end(r->out);
    return OK;
}
