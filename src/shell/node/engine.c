/* The part of the Engine API that moves the head of an imported chain (execution-apis, engine API for Cancun). */
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

enum { INVALID_FORKCHOICE_STATE = -38002, INVALID_PAYLOAD_ATTRIBUTES = -38003 };

/* A block that the state names; none for the zero hash. */
static enum err read_block_field(struct rpc_request *r, const struct chain_block **out, bool *known, const char *key)
{
    hash32 hash;
    const char *wrong = rpc_wrong_fixed(hash.b, sizeof hash.b, json_get(r->parameter[0], key));
    if (wrong)
        return rpc_invalid(r, 0, "%s: %s", key, wrong);
    *out = hash32_is_zero(&hash) ? NULL : chain_block_by_hash(r->node->chain, &hash);
    *known = *out || hash32_is_zero(&hash);
    return OK;
}

/* Whether b is an ancestor of head, or head itself. */
static bool on_line(struct chain *c, const struct chain_block *head, const struct chain_block *b)
{
    struct chain_line line = {c, head};
    hash32 hash;
    return !b || (chain_line_hash(&line, &hash, b->header.number) == OK && hash32_eq(&hash, &b->hash));
}

static enum err give_status(struct rpc_request *r, const char *status, const hash32 *valid)
{
    json_write_object(r->out);
    json_write_key(r->out, "payloadStatus");
    json_write_object(r->out);
    json_write_key(r->out, "status");
    json_write_z(r->out, status);
    json_write_key(r->out, "latestValidHash");
    if (valid)
        write_hash(r->out, valid);
    else
        json_write_null(r->out);
    json_write_key(r->out, "validationError");
    json_write_null(r->out);
    json_write_end(r->out);
    json_write_key(r->out, "payloadId");
    json_write_null(r->out);
    json_write_end(r->out);
    return OK;
}

enum err rpc_engine_forkchoiceUpdatedV3(struct rpc_request *r)
{
    const struct chain_block *head, *safe, *finalized;
    bool head_known, safe_known, finalized_known;
    if (r->node->maker || !r->node->writer)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "this node mines its own blocks, and takes no head from outside");
    TRY(read_block_field(r, &head, &head_known, "headBlockHash"));
    TRY(read_block_field(r, &safe, &safe_known, "safeBlockHash"));
    TRY(read_block_field(r, &finalized, &finalized_known, "finalizedBlockHash"));
    if (rpc_has(r, 1))
        return rpc_fail(r, INVALID_PAYLOAD_ATTRIBUTES, "Invalid payload attributes: this node builds no payloads");
    if (!head)
        return give_status(r, "SYNCING", NULL);
    if (!safe_known || !finalized_known || !on_line(r->node->chain, head, safe) ||
        !on_line(r->node->chain, head, finalized))
        return rpc_fail(r, INVALID_FORKCHOICE_STATE, "Invalid forkchoice state");
    local_chain_set_head(r->node->writer, head, safe, finalized);
    return give_status(r, "VALID", &head->hash);
}
