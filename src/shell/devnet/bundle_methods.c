/* scope_getBundle, and what other methods write of a bundle. */
#include "devnet/devnet.h"
#include "devnet/write_bundle.h"
#include "node/write.h"

/* --- mailboxes --- */

static void write_mailbox_side(struct json_writer *w, const char *key, u64 chain_id, const struct mailbox *m)
{
    static const char *const lane[LANE_COUNT] = {
        [REQUESTS_OUT] = "requestsOut", [REQUESTS_IN] = "requestsIn",
        [RESPONSES_OUT] = "responsesOut", [RESPONSES_IN] = "responsesIn",
    };
    json_write_key(w, key);
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, chain_id);
    for (enum lane l = 0; l < LANE_COUNT; l++)
        write_fixed(w, lane[l], m->lane[l]);
    write_u256(w, "valueOut", &m->value_out);
    write_u256(w, "valueIn", &m->value_in);
    json_write_end(w);
}

void write_pairs(struct json_writer *w, const struct pair_report *pair, size_t count)
{
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        const struct pair_report *p = &pair[i];
        json_write_object(w);
        write_mailbox_side(w, "here", p->here_chain, &p->here);
        write_mailbox_side(w, "there", p->there_chain, &p->there);
        json_write_key(w, "equal");
        json_write_bool(w, mailbox_settle(&p->here, &p->there) == OK);
        json_write_end(w);
    }
    json_write_end(w);
}

void write_mailboxes(struct json_writer *w, const struct bundle_record *b)
{
    json_write_key(w, "mailboxes");
    write_pairs(w, b->pair, b->pair_count);
}

/* --- the whole --- */

static void write_rollup(struct json_writer *w, const struct bundle_rollup *r)
{
    json_write_object(w);
    json_write_key(w, "chainId");
    json_write_u64(w, r->chain_id);
    write_quantity(w, "firstBlock", r->first_block);
    write_quantity(w, "lastBlock", r->last_block);
    write_fixed(w, "blockHash", r->block_hash);
    write_fixed(w, "stateRoot", r->state_root);
    write_fixed(w, "statement", r->statement);
    write_quantity(w, "gasUsed", r->gas_used);
    json_write_key(w, "transactions");
    json_write_u64(w, r->transactions);
    json_write_key(w, "systemTransactions");
    json_write_u64(w, r->system_transactions);
    json_write_key(w, "dataBytes");
    json_write_u64(w, r->data_bytes);
    json_write_key(w, "attestations");
    json_write_u64(w, r->attestations);
    json_write_end(w);
}

void write_bundle_summary(struct json_writer *w, const struct bundle_record *b)
{
    write_fixed(w, "hash", b->hash);
    write_quantity(w, "blockNumber", b->block_number);
    write_quantity(w, "timestamp", b->timestamp);
    write_quantity(w, "gasUsed", b->gas_used);
    json_write_key(w, "bytes");
    json_write_u64(w, b->tx_bytes);
    json_write_key(w, "data");
    json_write_z(w, b->is_in_blobs ? "blobs" : "calldata");
    json_write_key(w, "blobs");
    json_write_u64(w, b->blob_count);
    json_write_key(w, "scopedCalls");
    json_write_u64(w, b->call_count);
    json_write_key(w, "rollups");
    json_write_array(w);
    for (size_t i = 0; i < b->rollup_count; i++)
        write_rollup(w, &b->rollup[i]);
    json_write_end(w);
    json_write_key(w, "transactions");
    json_write_array(w);
    for (size_t i = 0; i < b->work_count; i++)
        write_hash(w, &b->work[i]);
    json_write_end(w);
}

bool devnet_copy_bundle(struct devnet *d, struct arena *arena, struct bundle_record *out, const hash32 *hash)
{
    pthread_mutex_lock(&d->lock);
    const struct bundle_record *b = bundles_find(d->bundles, hash);
    if (b)
        bundle_copy(out, arena, b);
    pthread_mutex_unlock(&d->lock);
    return b != NULL;
}

enum err rpc_scope_getBundle(struct rpc_request *r)
{
    const hash32 hash = rpc_hash(r, 0);
    struct bundle_record b;
    if (!devnet_copy_bundle(devnet_chain_of(r)->devnet, r->arena, &b, &hash)) {
        json_write_null(r->out);
        return OK;
    }
    json_write_object(r->out);
    write_bundle_summary(r->out, &b);
    write_u256(r->out, "estimatedWei", &b.data_wei);
    write_u256(r->out, "otherEstimatedWei", &b.other_wei);
    write_mailboxes(r->out, &b);
    json_write_end(r->out);
    return OK;
}
