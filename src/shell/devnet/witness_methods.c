/* scope_getWitness and scope_getBatch: what was proved of a rollup's block, and what was published of it.
 *
 *   scope_getWitness(chainId, block)   the object that `scope witness` writes, and the bundle that settled it
 *   scope_getBatch(chainId, block)     {chainId, firstBlock, lastBlock, bundle, place, blobHashes, batch, blocks}
 *
 * null: the chain has no such block. They are there for the newest blocks of this process (devnet/witnesses.h). */
#include "crypto/kzg_proof.h"
#include "devnet/devnet.h"
#include "node/write.h"
#include "prover/request.h"
#include "verify/batch.h"
#include "verify/data.h"

struct proved_block {
    struct witness_record record;
    struct prove_request request;
};

static bool has_block(struct devnet_chain *c, u64 number)
{
    struct snapshot *at = snapshot_take(&c->chain);
    const bool has = number <= at->head->header.number;
    snapshot_drop(at);
    return has;
}

/* *found false: there is no such block. */
static enum err find_proved_block(struct rpc_request *r, bool *found, struct proved_block *out)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const u64 chain_id = rpc_quantity(r, 0), number = rpc_quantity(r, 1);
    struct devnet_chain *c = devnet_chain_by_id(d, chain_id);
    if (!c || c->index == 0)
        return rpc_invalid(r, 0, "there is no rollup %llu", (unsigned long long)chain_id);
    *found = has_block(c, number);
    if (!*found)
        return OK;
    if (number == 0)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "genesis is not proved, and nothing is published of it");
    pthread_mutex_lock(&d->lock);
    const bool is_there = witnesses_find(d->witnesses, r->arena, &out->record, chain_id, number);
    pthread_mutex_unlock(&d->lock);
    if (!is_there)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "what was proved of that block is not in memory any more");
    return prove_request_decode(&out->request, r->arena, out->record.request);
}

static void write_proved_blocks(struct json_writer *w, const struct witness_record *p)
{
    write_quantity(w, "firstBlock", p->first_block);
    write_quantity(w, "lastBlock", p->last_block);
    json_write_key(w, "bundle");
    json_write_object(w);
    write_fixed(w, "hash", p->bundle);
    write_quantity(w, "blockNumber", p->bundle_block);
    json_write_end(w);
}

enum err rpc_scope_getWitness(struct rpc_request *r)
{
    struct proved_block b;
    bool found;
    TRY(find_proved_block(r, &found, &b));
    if (!found) {
        json_write_null(r->out);
        return OK;
    }
    const struct prove_request *q = &b.request;
    json_write_object(r->out);
    json_write_key(r->out, "chainId");
    json_write_u64(r->out, q->chain_id);
    prove_request_write_json(r->out, q, &b.record.statement);
    write_proved_blocks(r->out, &b.record);
    write_fixed(r->out, "submitter", q->submitter);
    write_quantity(r->out, "l1BlockNumber", q->l1_block_number);
    write_fixed(r->out, "l1ParentHash", q->l1_parent_hash);
    write_fixed(r->out, "planHash", q->plan_hash);
    json_write_end(r->out);
    return rpc_check_budget(r);
}

/* --- the batch --- */

static void write_blob_hashes(struct json_writer *w, const struct published_data *data)
{
    json_write_key(w, "blobHashes");
    json_write_array(w);
    for (size_t i = 0; i < data->blob_count; i++) {
        hash32 hash;
        kzg_versioned_hash(&hash, data->blob[i].commitment.b);
        write_hash(w, &hash);
    }
    json_write_end(w);
}

static void write_batch_blocks(struct json_writer *w, const struct batch *batch, u64 first_block)
{
    json_write_key(w, "blocks");
    json_write_array(w);
    for (u32 i = 0; i < batch->block_count; i++) {
        const struct batch_block *b = &batch->block[i];
        json_write_object(w);
        write_quantity(w, "number", first_block + i);
        write_quantity(w, "timestamp", b->timestamp);
        json_write_key(w, "transactions");
        json_write_array(w);
        for (u32 t = 0; t < b->envelope_count; t++)
            json_write_hex(w, b->envelope[t]);
        json_write_end(w);
        json_write_end(w);
    }
    json_write_end(w);
}

enum err rpc_scope_getBatch(struct rpc_request *r)
{
    struct proved_block b;
    struct batch batch;
    struct bytes encoded;
    bool found;
    TRY(find_proved_block(r, &found, &b));
    if (!found) {
        json_write_null(r->out);
        return OK;
    }
    const struct published_data *data = &b.request.data;
    TRY(data_batch(&encoded, r->arena, data, b.record.chain_id));
    TRY(batch_decode(&batch, r->arena, encoded));
    json_write_object(r->out);
    json_write_key(r->out, "chainId");
    json_write_u64(r->out, b.record.chain_id);
    write_proved_blocks(r->out, &b.record);
    json_write_key(r->out, "place");
    json_write_z(r->out, data->blob_count ? "blobs" : "calldata");
    write_blob_hashes(r->out, data);
    write_hex(r->out, "batch", encoded);
    write_batch_blocks(r->out, &batch, b.record.first_block);
    json_write_end(r->out);
    return rpc_check_budget(r);
}
