#include "node/write.h"

#include "base/u256.h"

void write_quantity(struct json_writer *w, const char *key, u64 x)
{
    json_write_key(w, key);
    json_write_quantity(w, x);
}

void write_u256(struct json_writer *w, const char *key, const u256 *x)
{
    json_write_key(w, key);
    json_write_quantity_u256(w, x);
}

void write_hex(struct json_writer *w, const char *key, struct bytes data)
{
    json_write_key(w, key);
    json_write_hex(w, data);
}

void write_hex_key(struct json_writer *w, struct bytes data)
{
    char name[2 + 2 * 32 + 1] = "0x";
    BUG_UNLESS(data.len <= 32);
    for (size_t i = 0; i < 2 * data.len; i++)
        name[2 + i] = "0123456789abcdef"[data.ptr[i / 2] >> (i % 2 ? 0 : 4) & 15];
    json_write_key_bytes(w, bytes_of(name, 2 + 2 * data.len));
}

void write_hash(struct json_writer *w, const hash32 *h)
{
    json_write_hex(w, BYTES_OF(h->b));
}

/* --- headers --- */

static void write_appended_members(struct json_writer *w, const struct header *h)
{
    if (h->field_count >= HEADER_LONDON)
        write_u256(w, "baseFeePerGas", &h->base_fee);
    if (h->field_count >= HEADER_SHANGHAI)
        write_fixed(w, "withdrawalsRoot", h->withdrawals_root);
    if (h->field_count >= HEADER_CANCUN) {
        write_quantity(w, "blobGasUsed", h->blob_gas_used);
        write_quantity(w, "excessBlobGas", h->excess_blob_gas);
        write_fixed(w, "parentBeaconBlockRoot", h->parent_beacon_root);
    }
    if (h->field_count >= HEADER_PRAGUE)
        write_fixed(w, "requestsHash", h->requests_hash);
}

void write_header_members(struct json_writer *w, const struct header *h, const hash32 *hash)
{
    write_quantity(w, "number", h->number);
    write_fixed(w, "hash", *hash);
    write_fixed(w, "parentHash", h->parent_hash);
    write_hex(w, "nonce", BYTES_OF(h->nonce));
    write_fixed(w, "mixHash", h->prevrandao);
    write_fixed(w, "sha3Uncles", h->ommers_hash);
    write_fixed(w, "logsBloom", h->bloom);
    write_fixed(w, "stateRoot", h->state_root);
    write_fixed(w, "miner", h->coinbase);
    write_u256(w, "difficulty", &h->difficulty);
    write_hex(w, "extraData", bytes_of(h->extra, h->extra_count));
    write_quantity(w, "gasLimit", h->gas_limit);
    write_quantity(w, "gasUsed", h->gas_used);
    write_quantity(w, "timestamp", h->timestamp);
    write_fixed(w, "transactionsRoot", h->transactions_root);
    write_fixed(w, "receiptsRoot", h->receipts_root);
    write_appended_members(w, h);
}

/* --- transactions --- */

void write_access_list(struct json_writer *w, const struct access *list, u32 count)
{
    json_write_array(w);
    for (u32 i = 0; i < count; i++) {
        json_write_object(w);
        write_fixed(w, "address", list[i].at);
        json_write_key(w, "storageKeys");
        json_write_array(w);
        for (u32 k = 0; k < list[i].key_count; k++)
            write_hash(w, &list[i].key[k]);
        json_write_end(w);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_authorization(struct json_writer *w, const struct authorization *a)
{
    const u256 r = u256_from_hash32(&a->r), s = u256_from_hash32(&a->s);
    json_write_object(w);
    write_u256(w, "chainId", &a->chain_id);
    write_fixed(w, "address", a->at);
    write_quantity(w, "nonce", a->nonce);
    write_quantity(w, "yParity", a->y_parity);
    write_u256(w, "r", &r);
    write_u256(w, "s", &s);
    json_write_end(w);
}

static void write_lists(struct json_writer *w, const struct tx *t)
{
    if (t->type != TX_LEGACY) {
        json_write_key(w, "accessList");
        write_access_list(w, t->access, t->access_count);
    }
    if (t->type == TX_BLOB) {
        json_write_key(w, "blobVersionedHashes");
        json_write_array(w);
        for (u32 i = 0; i < t->blob_hash_count; i++)
            write_hash(w, &t->blob_hash[i]);
        json_write_end(w);
    }
    if (t->type == TX_SET_CODE) {
        json_write_key(w, "authorizationList");
        json_write_array(w);
        for (u32 i = 0; i < t->authorization_count; i++)
            write_authorization(w, &t->authorization[i]);
        json_write_end(w);
    }
}

/* What the sender pays for a gas: in a block the effective price (EIP-1559), before that the most. */
static u256 price_of(const struct tx *t, const struct tx_position *p)
{
    u256 price;
    if (t->type <= TX_ACCESS_LIST || !p->block_hash || !p->base_fee)
        return t->max_fee;
    if (u256_add(&price, p->base_fee, &t->max_priority_fee) || u256_lt(&t->max_fee, &price))
        return t->max_fee;
    return price;
}

static void write_fees(struct json_writer *w, const struct tx *t, const struct tx_position *p)
{
    const u256 price = price_of(t, p);
    write_u256(w, "gasPrice", &price);
    if (t->type >= TX_DYNAMIC_FEE) {
        write_u256(w, "maxFeePerGas", &t->max_fee);
        write_u256(w, "maxPriorityFeePerGas", &t->max_priority_fee);
    }
    if (t->type == TX_BLOB)
        write_u256(w, "maxFeePerBlobGas", &t->max_blob_fee);
}

static void write_position(struct json_writer *w, const struct tx_position *p)
{
    static const char *const key[] = {"blockHash", "blockNumber", "blockTimestamp", "transactionIndex"};
    if (!p->block_hash) {
        for (size_t i = 0; i < COUNT_OF(key); i++) {
            json_write_key(w, key[i]);
            json_write_null(w);
        }
        return;
    }
    write_fixed(w, "blockHash", *p->block_hash);
    write_quantity(w, "blockNumber", p->block_number);
    write_quantity(w, "blockTimestamp", p->timestamp);
    write_quantity(w, "transactionIndex", p->index);
}

/* v of a legacy transaction is 27 or 28, or has the chain in it (EIP-155); of the others it is the parity. */
static void write_signature(struct json_writer *w, const struct tx *t, bool is_unsigned)
{
    const u256 r = u256_from_hash32(&t->signature.r), s = u256_from_hash32(&t->signature.s);
    u256 v = u256_from_u64(t->signature.y_parity);
    if (t->type == TX_LEGACY && !is_unsigned) {
        u256 base = u256_from_u64(27);
        if (t->has_chain_id) {
            const u256 two = u256_from_u64(2), chain_id = u256_from_u64(t->chain_id), from = u256_from_u64(35);
            u256_mul(&base, &chain_id, &two);
            u256_add(&base, &base, &from);
        }
        u256_add(&v, &v, &base);
    }
    write_u256(w, "v", &v);
    write_u256(w, "r", &r);
    write_u256(w, "s", &s);
    if (t->type != TX_LEGACY)
        write_quantity(w, "yParity", t->signature.y_parity);
}

/* What a transaction says, as members of the open object. */
static void write_tx_fields(struct json_writer *w, const struct tx *t, const struct tx_position *p)
{
    write_quantity(w, "type", (u64)t->type);
    if (t->has_chain_id)
        write_quantity(w, "chainId", t->chain_id);
    write_quantity(w, "nonce", t->nonce);
    write_fixed(w, "from", t->sender);
    json_write_key(w, "to");
    if (t->is_creation)
        json_write_null(w);
    else
        json_write_hex(w, BYTES_OF(t->to.b));
    write_quantity(w, "gas", t->gas_limit);
    write_fees(w, t, p);
    write_u256(w, "value", &t->value);
    write_hex(w, "input", t->data);
    write_lists(w, t);
}

void write_tx(struct json_writer *w, const struct tx *t, const struct tx_position *p)
{
    json_write_object(w);
    write_position(w, p);
    write_fixed(w, "hash", t->hash);
    write_tx_fields(w, t, p);
    write_signature(w, t, p->is_unsigned);
    json_write_end(w);
}

void write_unsigned_tx(struct json_writer *w, const struct tx *t)
{
    const struct tx_position nowhere = {0};
    write_tx_fields(w, t, &nowhere);
}

void write_tx_at(struct json_writer *w, const struct chain_block *b, u32 index)
{
    const struct tx_position p = {
        .block_hash = &b->hash,
        .block_number = b->header.number,
        .timestamp = b->header.timestamp,
        .index = index,
        .base_fee = b->header.field_count >= HEADER_LONDON ? &b->header.base_fee : NULL,
    };
    write_tx(w, &b->tx[index], &p);
}

/* --- receipts --- */

void write_log(struct json_writer *w, const struct log *l, const struct log_position *p)
{
    json_write_object(w);
    write_fixed(w, "address", l->at);
    json_write_key(w, "topics");
    json_write_array(w);
    for (u32 i = 0; i < l->topic_count; i++)
        write_hash(w, &l->topic[i]);
    json_write_end(w);
    write_hex(w, "data", l->data);
    write_quantity(w, "blockNumber", p->block_number);
    write_fixed(w, "transactionHash", *p->tx_hash);
    write_quantity(w, "transactionIndex", p->tx_index);
    write_fixed(w, "blockHash", *p->block_hash);
    write_quantity(w, "blockTimestamp", p->timestamp);
    write_quantity(w, "logIndex", p->index);
    json_write_key(w, "removed");
    json_write_bool(w, p->removed);
    json_write_end(w);
}

static void write_receipt_logs(struct json_writer *w, const struct chain_block *b, u32 index, u32 first_log)
{
    json_write_key(w, "logs");
    json_write_array(w);
    for (u32 i = 0; i < b->receipt[index].log_count; i++) {
        const struct log_position p = {&b->hash, b->header.number, b->header.timestamp, &b->tx[index].hash, index,
                                       first_log + i, false};
        write_log(w, &b->receipt[index].log[i], &p);
    }
    json_write_end(w);
}

static void write_address_or_null(struct json_writer *w, const char *key, const address *a)
{
    json_write_key(w, key);
    if (a)
        json_write_hex(w, BYTES_OF(a->b));
    else
        json_write_null(w);
}

static void write_blob_members(struct json_writer *w, const struct chain_rules *rules, const struct header *h,
                               const struct receipt *r)
{
    u256 price;
    blob_base_fee(&price, h->excess_blob_gas, &chain_rules_at(rules, h->number, h->timestamp)->blobs);
    write_quantity(w, "blobGasUsed", r->blob_gas_used);
    write_u256(w, "blobGasPrice", &price);
}

void write_receipt_members(struct json_writer *w, const struct chain_rules *rules, const struct chain_block *b,
                           u32 index, u32 first_log)
{
    const struct receipt *r = &b->receipt[index];
    const struct tx *t = &b->tx[index];
    write_fixed(w, "transactionHash", t->hash);
    write_quantity(w, "transactionIndex", index);
    write_fixed(w, "blockHash", b->hash);
    write_quantity(w, "blockNumber", b->header.number);
    write_quantity(w, "type", (u64)t->type);
    write_fixed(w, "from", t->sender);
    write_address_or_null(w, "to", t->is_creation ? NULL : &t->to);
    write_quantity(w, "gasUsed", r->gas_used);
    write_quantity(w, "cumulativeGasUsed", r->cumulative_gas);
    write_u256(w, "effectiveGasPrice", &r->effective_gas_price);
    write_address_or_null(w, "contractAddress", t->is_creation ? &r->created : NULL);
    write_receipt_logs(w, b, index, first_log);
    write_fixed(w, "logsBloom", r->bloom);
    if (r->has_state_root)
        write_fixed(w, "root", r->state_root);
    else
        write_quantity(w, "status", r->success);
    if (t->type == TX_BLOB)
        write_blob_members(w, rules, &b->header, r);
}

void write_receipt(struct json_writer *w, const struct chain_rules *rules, const struct chain_block *b, u32 index,
                   u32 first_log)
{
    json_write_object(w);
    write_receipt_members(w, rules, b, index, first_log);
    json_write_end(w);
}

/* --- blocks --- */

void write_withdrawals(struct json_writer *w, const struct withdrawal *list, u32 count)
{
    json_write_array(w);
    for (u32 i = 0; i < count; i++) {
        json_write_object(w);
        write_quantity(w, "index", list[i].index);
        write_quantity(w, "validatorIndex", list[i].validator);
        write_fixed(w, "address", list[i].to);
        write_quantity(w, "amount", list[i].amount_gwei);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_ommers(struct json_writer *w, const struct chain_block *b)
{
    json_write_array(w);
    for (u32 i = 0; i < b->ommer_count; i++) {
        struct arena *arena = w->out->arena;
        hash32 hash;
        header_hash(&hash, &b->ommer[i], arena);
        write_hash(w, &hash);
    }
    json_write_end(w);
}

void write_block(struct json_writer *w, const struct chain_block *b, bool whole_transactions)
{
    json_write_object(w);
    write_header_members(w, &b->header, &b->hash);
    write_quantity(w, "size", b->rlp.len);
    json_write_key(w, "transactions");
    json_write_array(w);
    for (u32 i = 0; i < b->tx_count; i++) {
        if (whole_transactions)
            write_tx_at(w, b, i);
        else
            write_hash(w, &b->tx[i].hash);
    }
    json_write_end(w);
    json_write_key(w, "uncles");
    write_ommers(w, b);
    if (b->header.field_count >= HEADER_SHANGHAI) {
        json_write_key(w, "withdrawals");
        write_withdrawals(w, b->withdrawal, b->withdrawal_count);
    }
    json_write_end(w);
}
