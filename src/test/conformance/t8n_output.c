/* The outputs of t8n. */
#include "base/list.h"
#include "chain/requests.h"
#include "codec/json_write.h"
#include "codec/rlp.h"
#include "conformance/t8n.h"

#include <stdio.h>
#include <stdlib.h>

static void write_hash(struct json_writer *w, const char *key, const hash32 *h)
{
    json_write_key(w, key);
    json_write_hex(w, BYTES_OF(h->b));
}

static void write_quantity(struct json_writer *w, const char *key, u64 x)
{
    json_write_key(w, key);
    json_write_quantity(w, x);
}

static void write_wide(struct json_writer *w, const char *key, const u256 *x)
{
    json_write_key(w, key);
    json_write_quantity_u256(w, x);
}

/* --- result --- */

static void write_log(struct json_writer *w, const struct log *l)
{
    json_write_object(w);
    json_write_key(w, "address");
    json_write_hex(w, BYTES_OF(l->at.b));
    json_write_key(w, "topics");
    json_write_array(w);
    for (u32 i = 0; i < l->topic_count; i++)
        json_write_hex(w, BYTES_OF(l->topic[i].b));
    json_write_end(w);
    json_write_key(w, "data");
    json_write_hex(w, l->data);
    json_write_end(w);
}

static void t8n_output_write_receipt(struct t8n *t, struct json_writer *w, u32 index)
{
    const struct receipt *r = t->run.receipt.item[index];
    json_write_object(w);
    write_quantity(w, "type", r->type);
    write_hash(w, "transactionHash", &t->run.tx.item[index]->hash);
    write_quantity(w, "transactionIndex", index);
    json_write_key(w, "root");
    json_write_hex(w, r->has_state_root ? BYTES_OF(r->state_root.b) : (struct bytes){0});
    write_quantity(w, "status", r->success);
    write_quantity(w, "cumulativeGasUsed", r->cumulative_gas);
    write_quantity(w, "gasUsed", r->gas_used);
    write_wide(w, "effectiveGasPrice", &r->effective_gas_price);
    if (r->type == TX_BLOB) {
        write_quantity(w, "blobGasUsed", r->blob_gas_used);
        write_wide(w, "blobGasPrice", &t->run.env.blob_base_fee);
    }
    json_write_key(w, "contractAddress");
    if (r->has_created)
        json_write_hex(w, BYTES_OF(r->created.b));
    else
        json_write_null(w);
    json_write_key(w, "logsBloom");
    json_write_hex(w, BYTES_OF(r->bloom.b));
    json_write_key(w, "logs");
    json_write_array(w);
    for (u32 i = 0; i < r->log_count; i++)
        write_log(w, &r->log[i]);
    json_write_end(w);
    json_write_end(w);
}

static void t8n_output_write_rejected(struct t8n *t, struct json_writer *w)
{
    json_write_key(w, "rejected");
    json_write_array(w);
    for (u32 i = 0; i < t->rejected_count; i++) {
        json_write_object(w);
        write_quantity(w, "index", t->rejected[i].index);
        json_write_key(w, "error");
        json_write_z(w, err_text(t->rejected[i].why));
        json_write_end(w);
    }
    json_write_end(w);
}

/* EIP-7685: type and data of each that is not empty. */
static void write_requests(struct t8n *t, struct json_writer *w)
{
    write_hash(w, "requestsHash", &t->header.requests_hash);
    json_write_key(w, "requests");
    json_write_array(w);
    for (u8 type = 0; type < REQUEST_TYPES; type++) {
        if (t->run.requests[type].len == 0)
            continue;
        struct buffer b = buffer_in(&t->arena);
        buffer_add_u8(&b, type);
        buffer_add_bytes(&b, buffer_bytes(&t->run.requests[type]));
        json_write_hex(w, buffer_bytes(&b));
    }
    json_write_end(w);
}

void t8n_write_result(struct t8n *t, struct json_writer *w)
{
    const struct header *h = &t->header;
    hash32 logs;
    logs_hash(&logs, t->run.host.log.item, (u32)t->run.host.log.count, &t->arena);
    json_write_object(w);
    write_hash(w, "stateRoot", &h->state_root);
    write_hash(w, "txRoot", &h->transactions_root);
    write_hash(w, "receiptsRoot", &h->receipts_root);
    write_hash(w, "logsHash", &logs);
    json_write_key(w, "logsBloom");
    json_write_hex(w, BYTES_OF(h->bloom.b));
    json_write_key(w, "receipts");
    json_write_array(w);
    for (u32 i = 0; i < t->run.receipt.count; i++)
        t8n_output_write_receipt(t, w, i);
    json_write_end(w);
    t8n_output_write_rejected(t, w);
    write_wide(w, "currentDifficulty", &h->difficulty);
    write_quantity(w, "gasUsed", h->gas_used);
    if (h->field_count >= HEADER_LONDON)
        write_wide(w, "currentBaseFee", &h->base_fee);
    if (h->field_count >= HEADER_SHANGHAI)
        write_hash(w, "withdrawalsRoot", &h->withdrawals_root);
    if (h->field_count >= HEADER_CANCUN) {
        write_quantity(w, "currentExcessBlobGas", h->excess_blob_gas);
        write_quantity(w, "blobGasUsed", h->blob_gas_used);
    }
    if (h->field_count >= HEADER_PRAGUE)
        write_requests(t, w);
    if (t->block_exception) {
        json_write_key(w, "blockException");
        json_write_z(w, err_text(t->block_exception));
    }
    json_write_end(w);
}

/* --- alloc --- */

struct account_list {
    LIST(const struct account *) account;
    struct arena *arena;
};

static enum err t8n_output_add_account(void *context, const struct account *a)
{
    struct account_list *list = context;
    *LIST_ADD(&list->account, list->arena) = a;
    return OK;
}

static int by_address(const void *x, const void *y)
{
    return memcmp((*(const struct account *const *)x)->at.b, (*(const struct account *const *)y)->at.b,
                  sizeof(address));
}

static enum err write_slot(void *context, const u256 *key, const u256 *value)
{
    struct json_writer *w = context;
    const hash32 k = u256_to_hash32(key);
    char name[67];
    snprintf(name, sizeof name, "0x");
    for (size_t i = 0; i < 32; i++)
        snprintf(name + 2 + 2 * i, 3, "%02x", k.b[i]);
    json_write_key(w, name);
    json_write_quantity_u256(w, value);
    return OK;
}

static enum err t8n_output_write_account(struct t8n *t, struct json_writer *w, const struct account *a)
{
    struct bytes code;
    char name[43];
    snprintf(name, sizeof name, "0x");
    for (size_t i = 0; i < 20; i++)
        snprintf(name + 2 + 2 * i, 3, "%02x", a->at.b[i]);
    json_write_key(w, name);
    json_write_object(w);
    write_quantity(w, "nonce", a->nonce);
    write_wide(w, "balance", &a->balance);
    if (a->has_code) {
        TRY(state_code(t->state, &code, a));
        json_write_key(w, "code");
        json_write_hex(w, code);
    }
    json_write_key(w, "storage");
    json_write_object(w);
    TRY(state_each_storage_slot(a, write_slot, w));
    json_write_end(w);
    json_write_end(w);
    return OK;
}

enum err t8n_write_alloc(struct t8n *t, struct json_writer *w)
{
    struct account_list list = {.arena = &t->arena};
    TRY(state_each_account(t->state, t8n_output_add_account, &list));
    if (list.account.count)
        qsort(list.account.item, list.account.count, sizeof *list.account.item, by_address);
    json_write_object(w);
    for (size_t i = 0; i < list.account.count; i++)
        TRY(t8n_output_write_account(t, w, list.account.item[i]));
    json_write_end(w);
    return OK;
}

/* --- body --- */

void t8n_write_body(struct t8n *t, struct json_writer *w)
{
    struct buffer b = buffer_in(&t->arena);
    const size_t list = rlp_open(&b);
    for (size_t i = 0; i < t->run.tx.count; i++)
        tx_encode_item(&b, t->run.tx.item[i]);
    rlp_close(&b, list);
    json_write_hex(w, buffer_bytes(&b));
}
