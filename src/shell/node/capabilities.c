/* eth_capabilities: what history the node has. */
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

/* Everything from genesis on. */
enum err rpc_eth_capabilities(struct rpc_request *r)
{
    static const char *const kind[] = {"state", "tx", "logs", "receipts", "blocks", "stateproofs"};
    struct json_writer *w = r->out;
    json_write_object(w);
    json_write_key(w, "head");
    json_write_object(w);
    write_quantity(w, "number", r->at->head->header.number);
    write_fixed(w, "hash", r->at->head->hash);
    json_write_end(w);
    for (size_t i = 0; i < COUNT_OF(kind); i++) {
        json_write_key(w, kind[i]);
        json_write_object(w);
        json_write_key(w, "disabled");
        json_write_bool(w, false);
        write_quantity(w, "oldestBlock", 0);
        json_write_end(w);
    }
    json_write_end(w);
    return OK;
}
