#include "ethrpc/rpc_types.h"

#include "codec/hex.h"
#include "codec/json_write.h"
#include "codec/text.h"
#include "crypto/kzg_proof.h"
#include "ethrpc/tx_json.h"
#include "ledger/sidecar.h"

/* --- reading --- */

static enum err missing(struct buffer *why, const char *what, const char *key)
{
    text_add_z(why, what);
    text_add(why, " without a proper \"");
    text_add_z(why, key);
    text_add(why, "\"");
    return REJECT_RPC;
}

/* Where a header's fields stand. A row without a size is a quantity of 8 bytes. */
struct field {
    const char *key;
    size_t at, size;
};
#define FIXED(key, member) {key, offsetof(struct header, member), sizeof(((struct header *)0)->member)}
#define QUANTITY(key, member) {key, offsetof(struct header, member), 0}

static const struct field required[] = {
    FIXED("parentHash", parent_hash),     FIXED("sha3Uncles", ommers_hash),
    FIXED("miner", coinbase),             FIXED("stateRoot", state_root),
    FIXED("transactionsRoot", transactions_root), FIXED("receiptsRoot", receipts_root),
    FIXED("logsBloom", bloom),            FIXED("mixHash", prevrandao),
    FIXED("nonce", nonce),                QUANTITY("number", number),
    QUANTITY("gasLimit", gas_limit),      QUANTITY("gasUsed", gas_used),
    QUANTITY("timestamp", timestamp),
};

/* In the order in which forks appended them; `count` fields when it is there. */
static const struct {
    struct field field;
    u32 count;
} appended[] = {
    {FIXED("withdrawalsRoot", withdrawals_root), HEADER_SHANGHAI},
    {QUANTITY("blobGasUsed", blob_gas_used), 0},
    {QUANTITY("excessBlobGas", excess_blob_gas), 0},
    {FIXED("parentBeaconBlockRoot", parent_beacon_root), HEADER_CANCUN},
    {FIXED("requestsHash", requests_hash), HEADER_PRAGUE},
};

static bool read_header_field(struct header *h, const struct field *f, struct json block)
{
    const struct json v = json_get(block, f->key);
    if (f->size)
        return json_hex_fixed((u8 *)h + f->at, f->size, v) == OK;
    u64 x;
    /* No chain has a header with a quantity above 2^63 - 1, and its successor could not be counted. */
    if (json_kind(v) != JSON_STRING || json_u64(&x, v) != OK ||
        (x > INT64_MAX && f->at != offsetof(struct header, excess_blob_gas)))
        return false;
    memcpy((u8 *)h + f->at, &x, sizeof x);
    return true;
}

static enum err read_appended(struct header *h, struct json block, struct buffer *why)
{
    for (size_t i = 0; i < COUNT_OF(appended); i++) {
        const struct field *f = &appended[i].field;
        if (json_kind(json_get(block, f->key)) == JSON_NONE)
            return OK;
        if (!read_header_field(h, f, block))
            return missing(why, "a block", f->key);
        if (appended[i].count)
            h->field_count = appended[i].count;
    }
    return OK;
}

enum err rpc_header(struct arena *arena, struct header *out, hash32 *hash, struct json block, struct buffer *why)
{
    struct header h = {.field_count = HEADER_FRONTIER};
    struct bytes extra;
    hash32 said, is;
    for (size_t i = 0; i < COUNT_OF(required); i++)
        if (!read_header_field(&h, &required[i], block))
            return missing(why, "a block", required[i].key);
    if (json_hex(arena, &extra, json_get(block, "extraData")) != OK || extra.len > HEADER_EXTRA_MAX)
        return missing(why, "a block", "extraData");
    h.extra_count = (u8)extra.len;
    if (extra.len)
        memcpy(h.extra, extra.ptr, extra.len);
    if (json_u256(&h.difficulty, json_get(block, "difficulty")) != OK)
        return missing(why, "a block", "difficulty");
    if (json_kind(json_get(block, "baseFeePerGas")) != JSON_NONE) {
        if (json_u256(&h.base_fee, json_get(block, "baseFeePerGas")) != OK)
            return missing(why, "a block", "baseFeePerGas");
        h.field_count = HEADER_LONDON;
        TRY(read_appended(&h, block, why));
    }
    if (json_hex_fixed(said.b, sizeof said.b, json_get(block, "hash")) != OK)
        return missing(why, "a block", "hash");
    header_hash(&is, &h, arena);
    if (!hash32_eq(&is, &said)) {
        text_add(why, "block ");
        text_add_u64(why, h.number);
        text_add(why, " hashes to ");
        text_add_hex(why, BYTES_OF(is.b));
        text_add(why, ", and the node calls it ");
        text_add_hex(why, BYTES_OF(said.b));
        return REJECT_L1_HEADER;
    }
    *out = h;
    *hash = is;
    return OK;
}

static enum err read_json_log(struct arena *arena, struct log *out, struct json log, struct buffer *why)
{
    const struct json topics = json_get(log, "topics");
    struct log l = {.topic_count = (u8)json_count(topics)};
    if (json_hex_fixed(l.at.b, sizeof l.at.b, json_get(log, "address")) != OK)
        return missing(why, "a log", "address");
    if (json_kind(topics) != JSON_ARRAY || json_count(topics) > COUNT_OF(l.topic))
        return missing(why, "a log", "topics");
    for (u32 i = 0; i < json_count(topics); i++)
        if (json_hex_fixed(l.topic[i].b, sizeof l.topic[i].b, json_at(topics, i)) != OK)
            return missing(why, "a log", "topics");
    if (json_hex(arena, &l.data, json_get(log, "data")) != OK)
        return missing(why, "a log", "data");
    *out = l;
    return OK;
}

static bool read_quantity(u64 *out, struct json object, const char *key)
{
    const struct json v = json_get(object, key);
    return json_kind(v) == JSON_STRING && json_u64(out, v) == OK;
}

enum err rpc_receipt(struct arena *arena, struct rpc_receipt *out, struct json r, struct buffer *why)
{
    static const char what[] = "a receipt";
    const struct json logs = json_get(r, "logs"), created = json_get(r, "contractAddress");
    struct rpc_receipt got = {0};
    u64 type, status;
    if (!read_quantity(&type, r, "type") || type > TX_SET_CODE)
        return missing(why, what, "type");
    if (!read_quantity(&status, r, "status") || status > 1)
        return missing(why, what, "status");
    if (!read_quantity(&got.receipt.gas_used, r, "gasUsed"))
        return missing(why, what, "gasUsed");
    if (!read_quantity(&got.receipt.cumulative_gas, r, "cumulativeGasUsed"))
        return missing(why, what, "cumulativeGasUsed");
    if (!read_quantity(&got.block_number, r, "blockNumber"))
        return missing(why, what, "blockNumber");
    if (!read_quantity(&got.index, r, "transactionIndex"))
        return missing(why, what, "transactionIndex");
    if (json_u256(&got.receipt.effective_gas_price, json_get(r, "effectiveGasPrice")) != OK)
        return missing(why, what, "effectiveGasPrice");
    if (json_hex_fixed(got.tx_hash.b, 32, json_get(r, "transactionHash")) != OK)
        return missing(why, what, "transactionHash");
    if (json_hex_fixed(got.block_hash.b, 32, json_get(r, "blockHash")) != OK)
        return missing(why, what, "blockHash");
    if (type == TX_BLOB && !read_quantity(&got.receipt.blob_gas_used, r, "blobGasUsed"))
        return missing(why, what, "blobGasUsed");
    if (json_kind(created) != JSON_NONE && json_kind(created) != JSON_NULL) {
        if (json_hex_fixed(got.receipt.created.b, 20, created) != OK)
            return missing(why, what, "contractAddress");
        got.receipt.has_created = true;
    }
    if (json_kind(logs) != JSON_ARRAY)
        return missing(why, what, "logs");
    struct log *log = ARENA_TAKE_ZERO(arena, struct log, json_count(logs));
    u32 count = 0;
    for (struct json_iterator it = json_items(logs); json_next(&it);) {
        TRY(read_json_log(arena, &log[count], it.value, why));
        bloom_add_log(&got.receipt.bloom, &log[count++]);
    }
    got.receipt.type = (enum tx_type)type;
    got.receipt.success = status;
    got.receipt.log = log;
    got.receipt.log_count = count;
    *out = got;
    return OK;
}

/* --- all of a block's --- */

static enum err not_those(struct buffer *why, const struct header *h, const char *what)
{
    text_add(why, "what the node gives as the ");
    text_add_z(why, what);
    text_add(why, " of block ");
    text_add_u64(why, h->number);
    text_add(why, " does not have the root that its header names");
    return REJECT_L1_HEADER;
}

enum err rpc_receipts(struct arena *arena, struct rpc_receipt **out, u32 *count, struct json list,
                      const struct header *h, struct buffer *why)
{
    const u32 n = json_count(list);
    struct rpc_receipt *all = ARENA_TAKE(arena, struct rpc_receipt, n);
    const struct receipt **receipt = ARENA_TAKE(arena, const struct receipt *, n);
    hash32 root;
    if (json_kind(list) != JSON_ARRAY) {
        text_add(why, "the receipts of a block are no list");
        return REJECT_RPC;
    }
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        TRY(rpc_receipt(arena, &all[it.index], it.value, why));
        receipt[it.index] = &all[it.index].receipt;
    }
    receipts_root(&root, receipt, n, arena);
    if (!hash32_eq(&root, &h->receipts_root))
        return not_those(why, h, "receipts");
    *out = all;
    *count = n;
    return OK;
}

/* Points of 48 bytes; NULL: it is no list of those. */
static struct kzg_point *read_points(struct arena *arena, struct json list)
{
    struct kzg_point *p = ARENA_TAKE(arena, struct kzg_point, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);)
        if (json_hex_fixed(p[it.index].b, sizeof p->b, it.value) != OK)
            return NULL;
    return p;
}

/* Anvil 1.7.1 keeps a blob transaction as it came, in its network form, tells its blobs among its fields, and has the
 * root over that form. false: no blobs are told. */
static bool network_form(struct arena *arena, struct bytes *out, const struct tx *t, struct json fields)
{
    const struct json blobs = json_get(fields, "blobs"), commitments = json_get(fields, "commitments"),
                      proofs = json_get(fields, "cellProofs");
    struct buffer b = buffer_in(arena);
    struct sidecar s = {.blob_count = json_count(blobs)};
    if (t->type != TX_BLOB || s.blob_count == 0 || json_count(commitments) != s.blob_count ||
        json_count(proofs) != s.blob_count * KZG_CELLS)
        return false;
    struct kzg_blob *blob = ARENA_TAKE(arena, struct kzg_blob, s.blob_count);
    for (struct json_iterator it = json_items(blobs); json_next(&it);)
        if (json_hex_fixed(blob[it.index].b, sizeof blob->b, it.value) != OK)
            return false;
    s.blob = blob;
    s.commitment = read_points(arena, commitments);
    s.cell_proof = read_points(arena, proofs);
    if (!s.commitment || !s.cell_proof)
        return false;
    s.versioned_hash = ARENA_TAKE(arena, hash32, s.blob_count);
    for (size_t i = 0; i < s.blob_count; i++)
        kzg_versioned_hash(&s.versioned_hash[i], s.commitment[i].b);
    if (!sidecar_is_of(&s, t))
        return false;
    sidecar_encode(&b, t, &s);
    *out = buffer_bytes(&b);
    return true;
}

static enum err read_transaction(struct arena *arena, struct tx *out, struct json v, u32 index, const struct header *h,
                                 struct buffer *why)
{
    struct complaint complaint = {.file = "the answer"};
    const enum err e = tx_from_json(out, arena, &complaint, v);
    if (e == OK)
        return OK;
    text_add(why, "transaction ");
    text_add_u64(why, index);
    text_add(why, " of block ");
    text_add_u64(why, h->number);
    text_add(why, ": ");
    text_add_z(why, complaint.raised ? complaint.text : err_text(e));
    return REJECT_RPC;
}

enum err rpc_transactions(struct arena *arena, struct tx **out, u32 *count, struct json block, const struct header *h,
                          struct buffer *why)
{
    const struct json list = json_get(block, "transactions");
    const u32 n = json_count(list);
    struct tx *tx = ARENA_TAKE(arena, struct tx, n);
    struct bytes *envelope = ARENA_TAKE(arena, struct bytes, n);
    hash32 root;
    bool is_network_form = false;
    if (json_kind(list) != JSON_ARRAY)
        return missing(why, "a block", "transactions");
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        struct buffer b = buffer_in(arena);
        TRY(read_transaction(arena, &tx[it.index], it.value, it.index, h, why));
        tx_encode(&b, &tx[it.index]);
        envelope[it.index] = buffer_bytes(&b);
    }
    transactions_root(&root, envelope, n, arena);
    if (!hash32_eq(&root, &h->transactions_root)) {
        for (struct json_iterator it = json_items(list); json_next(&it);)
            is_network_form |= network_form(arena, &envelope[it.index], &tx[it.index], it.value);
        if (is_network_form)
            transactions_root(&root, envelope, n, arena);
        if (!hash32_eq(&root, &h->transactions_root))
            return not_those(why, h, "transactions");
    }
    *out = tx;
    *count = n;
    return OK;
}

/* --- a trace --- */

struct calls {
    struct arena *arena;
    const address *at;
    struct buffer list;
    struct buffer *why;
};

/* As deep as JSON may be. */
static enum err add_calls(struct calls *c, struct json frame)
{
    const struct json to = json_get(frame, "to"), within = json_get(frame, "calls");
    struct bytes input;
    address callee;
    if (json_kind(frame) != JSON_OBJECT || json_kind(json_get(frame, "type")) != JSON_STRING)
        return missing(c->why, "a trace", "type");
    if (json_kind(json_get(frame, "error")) != JSON_NONE && json_kind(json_get(frame, "error")) != JSON_NULL)
        return OK; /* and all that it called is undone too */
    if (json_text_is(json_get(frame, "type"), "CALL")) {
        if (json_hex_fixed(callee.b, sizeof callee.b, to) != OK)
            return missing(c->why, "a trace", "to");
        if (address_eq(&callee, c->at)) {
            if (json_hex(c->arena, &input, json_get(frame, "input")) != OK)
                return missing(c->why, "a trace", "input");
            buffer_add(&c->list, &input, sizeof input);
        }
    }
    for (struct json_iterator it = json_items(within); json_next(&it);)
        TRY(add_calls(c, it.value));
    return OK;
}

enum err rpc_calls(struct arena *arena, const struct bytes **calldata, size_t *count, struct json trace,
                   const address *at, struct buffer *why)
{
    struct calls c = {arena, at, buffer_in(arena), why};
    TRY(add_calls(&c, trace));
    *calldata = (const struct bytes *)(const void *)c.list.ptr;
    *count = c.list.len / sizeof(struct bytes);
    return OK;
}

/* --- arguments --- */

struct rpc_params rpc_params(struct arena *arena)
{
    struct rpc_params p = {buffer_in(arena)};
    text_add(&p.text, "[");
    return p;
}

static struct buffer *next(struct rpc_params *p)
{
    if (p->text.len > 1)
        text_add(&p->text, ",");
    return &p->text;
}

void rpc_add_quantity(struct rpc_params *p, u64 x)
{
    struct json_writer w = json_writer(next(p), 0);
    json_write_quantity(&w, x);
}

void rpc_add_u256(struct rpc_params *p, const u256 *x)
{
    struct json_writer w = json_writer(next(p), 0);
    json_write_quantity_u256(&w, x);
}

void rpc_add_hex(struct rpc_params *p, struct bytes data)
{
    struct json_writer w = json_writer(next(p), 0);
    json_write_hex(&w, data);
}

void rpc_add_json(struct rpc_params *p, struct bytes json)
{
    buffer_add_bytes(next(p), json);
}

void rpc_add_block(struct rpc_params *p, const hash32 *hash)
{
    struct json_writer w = json_writer(next(p), 0);
    json_write_object(&w);
    json_write_key(&w, "blockHash");
    json_write_hex(&w, BYTES_OF(hash->b));
    json_write_end(&w);
}

struct bytes rpc_params_end(struct rpc_params *p)
{
    text_add(&p->text, "]");
    return buffer_bytes(&p->text);
}
