#include "derive/l1_reader.h"

#include "codec/text.h"
#include "ethrpc/rpc_client.h"
#include "ethrpc/rpc_types.h"

#include <string.h>

enum { BATCH = 100 /* headers in a request */ };

struct link {
    struct header header;
    struct l1_place place;
};

struct l1_reader {
    struct arena arena;
    struct arena scratch;    /* of one batch of headers, or one question */
    struct arena block_arena;
    struct rpc_client *rpc;
    struct l1_reader_config config;
    struct l1_place head;    /* pinned */
    struct l1_place last;    /* whose header was read last */
    bool has_last;
    u64 next;
    struct link *link;       /* headers that wait to be looked at */
    u32 link_count, link_at;
    struct l1_block block;
    char why[480];
};

static enum err reader_fail(struct l1_reader *r, enum err e, struct bytes sentence)
{
    const size_t len = sentence.len < sizeof r->why - 1 ? sentence.len : sizeof r->why - 1;
    if (len)
        memcpy(r->why, sentence.ptr, len);
    r->why[len] = 0;
    return e;
}

static enum err fail_rpc(struct l1_reader *r, enum err e)
{
    const char *why = rpc_why(r->rpc);
    return reader_fail(r, e, bytes_of(why, strlen(why)));
}

/* "block 17 WHAT" */
static enum err fail_block(struct l1_reader *r, enum err e, u64 number, const char *what)
{
    struct buffer text = buffer_in(&r->scratch);
    text_add(&text, "block ");
    text_add_u64(&text, number);
    text_add(&text, " ");
    text_add_z(&text, what);
    return reader_fail(r, e, buffer_bytes(&text));
}

const char *l1_reader_why(const struct l1_reader *r)
{
    return r->why;
}

const struct l1_place *l1_reader_at(const struct l1_reader *r)
{
    return &r->last;
}

/* --- questions --- */

static enum err reader_call(struct l1_reader *r, struct arena *arena, struct json *result, const char *method,
                            struct bytes params)
{
    const enum err e = rpc_call_one(r->rpc, arena, result, method, params);
    return e == OK ? OK : fail_rpc(r, e);
}

static struct bytes number_params(struct arena *arena, u64 number)
{
    struct rpc_params p = rpc_params(arena);
    rpc_add_quantity(&p, number);
    rpc_add_json(&p, BYTES_LITERAL("false"));
    return rpc_params_end(&p);
}

static struct l1_place l1_place_of(const struct header *h, const hash32 *hash)
{
    return (struct l1_place){h->number, h->timestamp, *hash, h->parent_hash};
}

static enum err read_link(struct l1_reader *r, struct link *out, struct json block)
{
    struct buffer why = buffer_in(&r->scratch);
    hash32 hash;
    const enum err e = rpc_header(&r->scratch, &out->header, &hash, block, &why);
    if (e != OK)
        return reader_fail(r, e, buffer_bytes(&why));
    out->place = l1_place_of(&out->header, &hash);
    return OK;
}

enum err l1_reader_has(struct l1_reader *r, bool *out, const struct l1_place *block)
{
    const struct arena_mark mark = arena_mark(&r->scratch);
    struct link link;
    struct json json;
    TRY(reader_call(r, &r->scratch, &json, "eth_getBlockByNumber", number_params(&r->scratch, block->number)));
    *out = false;
    if (json_kind(json) != JSON_NULL) {
        TRY(read_link(r, &link, json));
        *out = hash32_eq(&link.place.hash, &block->hash);
    }
    arena_rewind(&r->scratch, mark);
    return OK;
}

/* Two blocks of one chain do not fit, or one is not there: has the chain changed, or does the node lie? */
static enum err reorganized_or(struct l1_reader *r, enum err lie, const struct l1_place *is_there, u64 number,
                               const char *what)
{
    bool has;
    TRY(l1_reader_has(r, &has, is_there));
    return has ? fail_block(r, lie, number, what)
               : fail_block(r, REJECT_L1_REORGANIZED, is_there->number, "is no longer part of the chain");
}

/* --- opening --- */

static enum err check_chain_id(struct l1_reader *r)
{
    struct json json;
    u64 id;
    TRY(reader_call(r, &r->scratch, &json, "eth_chainId", bytes_of(NULL, 0)));
    if (json_u64(&id, json) != OK)
        return reader_fail(r, REJECT_RPC, BYTES_LITERAL("eth_chainId gave no chain id"));
    if (id == r->config.chain_id)
        return OK;
    struct buffer text = buffer_in(&r->scratch);
    text_add(&text, "the node's chain is ");
    text_add_u64(&text, id);
    text_add(&text, ", and the rollups settle on ");
    text_add_u64(&text, r->config.chain_id);
    return reader_fail(r, REJECT_L1_CHAIN, buffer_bytes(&text));
}

enum err l1_reader_open(struct l1_reader **out, const struct memory *memory, const struct l1_reader_config *config)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct l1_reader *r = ARENA_TAKE_ZERO(&arena, struct l1_reader, 1);
    r->arena = arena;
    r->config = *config;
    arena_init(&r->scratch, memory);
    arena_init(&r->block_arena, memory);
    r->link = ARENA_TAKE(&r->arena, struct link, BATCH);
    *out = r;
    const enum err e = rpc_open(&r->rpc, memory, config->url);
    if (e != OK)
        return reader_fail(r, e, BYTES_LITERAL("invalid URL: expected http://HOST:PORT or https://HOST:PORT"));
    return check_chain_id(r);
}

void l1_reader_close(struct l1_reader *r)
{
    if (r->rpc)
        rpc_close(r->rpc);
    arena_release(&r->block_arena);
    arena_release(&r->scratch);
    struct arena arena = r->arena; /* the reader lives in it */
    arena_release(&arena);
}

enum err l1_reader_pin(struct l1_reader *r, struct l1_place *head)
{
    const struct arena_mark mark = arena_mark(&r->scratch);
    struct link link;
    struct json json;
    TRY(reader_call(r, &r->scratch, &json, "eth_getBlockByNumber", BYTES_LITERAL("[\"latest\",false]")));
    TRY(read_link(r, &link, json));
    *head = r->head = link.place;
    arena_rewind(&r->scratch, mark);
    return OK;
}

void l1_reader_begin(struct l1_reader *r, u64 number)
{
    r->next = number;
    r->has_last = false;
    r->link_count = r->link_at = 0;
}

void l1_reader_go(struct l1_reader *r, const struct l1_place *after)
{
    l1_reader_begin(r, after->number + 1);
    r->last = *after;
    r->has_last = true;
}

/* --- headers --- */

static enum err check_link(struct l1_reader *r, const struct l1_place *place, const struct l1_place *before, u64 number)
{
    if (place->number != number)
        return fail_block(r, REJECT_L1_HEADER, number, "was asked for, and another given");
    if (before && !hash32_eq(&place->parent_hash, &before->hash))
        return reorganized_or(r, REJECT_L1_HEADER, before, number, "does not follow the one before");
    if (place->number == r->head.number && !hash32_eq(&place->hash, &r->head.hash))
        return reorganized_or(r, REJECT_L1_HEADER, &r->head, number, "is not the one that was the head");
    return OK;
}

static enum err read_headers(struct l1_reader *r)
{
    const u64 left = r->head.number - r->next + 1;
    const u32 count = left < BATCH ? (u32)left : BATCH;
    const struct l1_place *before = r->has_last ? &r->last : NULL;
    arena_rewind(&r->scratch, (struct arena_mark){0});
    struct rpc_call *call = ARENA_TAKE_ZERO(&r->scratch, struct rpc_call, count);
    for (u32 i = 0; i < count; i++)
        call[i] = (struct rpc_call){.method = "eth_getBlockByNumber",
                                    .params = number_params(&r->scratch, r->next + i)};
    const enum err e = rpc_call_all(r->rpc, &r->scratch, call, count);
    if (e != OK)
        return fail_rpc(r, e);
    for (u32 i = 0; i < count; i++) {
        if (call[i].error != OK)
            return fail_block(r, call[i].error, r->next + i, call[i].message);
        if (json_kind(call[i].result) == JSON_NULL)
            return reorganized_or(r, REJECT_RPC, &r->head, r->next + i, "is not there, below the head");
        TRY(read_link(r, &r->link[i], call[i].result));
        TRY(check_link(r, &r->link[i].place, before, r->next + i));
        before = &r->link[i].place;
    }
    r->link_at = 0;
    r->link_count = count;
    r->next += count;
    return OK;
}

/* --- blocks --- */

static enum err reader_read_block(struct l1_reader *r, struct arena *arena, struct l1_block *out, struct json block,
                                  struct json receipts, const hash32 *hash)
{
    struct buffer why = buffer_in(arena);
    struct header h;
    hash32 is;
    struct tx *tx;
    struct rpc_receipt *receipt;
    u32 count, receipt_count;
    enum err e = rpc_header(arena, &h, &is, block, &why);
    if (e == OK && !hash32_eq(&is, hash)) {
        text_add(&why, "the node gave another block than asked");
        e = REJECT_L1_HEADER;
    }
    if (e == OK)
        e = rpc_transactions(arena, &tx, &count, block, &h, &why);
    if (e == OK)
        e = rpc_receipts(arena, &receipt, &receipt_count, receipts, &h, &why);
    if (e == OK && count != receipt_count) {
        text_add(&why, "a block has not as many receipts as transactions");
        e = REJECT_L1_HEADER;
    }
    if (e != OK)
        return reader_fail(r, e, buffer_bytes(&why));
    *out = (struct l1_block){l1_place_of(&h, &is), tx, receipt, count};
    return OK;
}

enum err l1_reader_block(struct l1_reader *r, struct arena *arena, struct l1_block *out, const hash32 *hash)
{
    struct rpc_params whole = rpc_params(arena), alone = rpc_params(arena);
    rpc_add_hex(&whole, BYTES_OF(hash->b));
    rpc_add_json(&whole, BYTES_LITERAL("true"));
    rpc_add_hex(&alone, BYTES_OF(hash->b));
    struct rpc_call call[2] = {
        {.method = "eth_getBlockByHash", .params = rpc_params_end(&whole)},
        {.method = "eth_getBlockReceipts", .params = rpc_params_end(&alone)},
    };
    const enum err e = rpc_call_all(r->rpc, arena, call, COUNT_OF(call));
    if (e != OK)
        return fail_rpc(r, e);
    for (size_t i = 0; i < COUNT_OF(call); i++) {
        if (call[i].error != OK)
            return reader_fail(r, call[i].error, bytes_of(call[i].message, strlen(call[i].message)));
        if (json_kind(call[i].result) == JSON_NULL)
            return REJECT_ABSENT;
    }
    return reader_read_block(r, arena, out, call[0].result, call[1].result, hash);
}

enum err l1_reader_next(struct l1_reader *r, const struct l1_block **out)
{
    for (;;) {
        while (r->link_at < r->link_count) {
            const struct link *link = &r->link[r->link_at++];
            r->last = link->place;
            r->has_last = true;
            if (!r->config.looks(r->config.context, &link->header.bloom))
                continue;
            arena_rewind(&r->block_arena, (struct arena_mark){0});
            const enum err e = l1_reader_block(r, &r->block_arena, &r->block, &link->place.hash);
            if (e == REJECT_ABSENT)
                return reorganized_or(r, REJECT_RPC, &link->place, link->place.number,
                                      "is not there whole: the node gives its header alone");
            TRY(e);
            *out = &r->block;
            return OK;
        }
        if (r->has_last && (r->last.number > r->head.number ||
                            (r->last.number == r->head.number && !hash32_eq(&r->last.hash, &r->head.hash))))
            return fail_block(r, REJECT_L1_REORGANIZED, r->last.number, "is not below the head, nor is it the head");
        if (r->next > r->head.number) {
            *out = NULL;
            return OK;
        }
        TRY(read_headers(r));
    }
}

/* --- what is not proved --- */

enum err l1_reader_find(struct l1_reader *r, bool *found, u64 *number, const address *at, const hash32 *topic,
                        const hash32 *one_of, size_t count)
{
    struct json logs;
    struct buffer filter = buffer_in(&r->scratch);
    text_add(&filter, "[{\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"address\":\"");
    text_add_hex(&filter, BYTES_OF(at->b));
    text_add(&filter, "\",\"topics\":[\"");
    text_add_hex(&filter, BYTES_OF(topic->b));
    text_add(&filter, "\",[");
    for (size_t i = 0; i < count; i++) {
        text_add_z(&filter, i ? ",\"" : "\"");
        text_add_hex(&filter, BYTES_OF(one_of[i].b));
        text_add(&filter, "\"");
    }
    text_add(&filter, "]]}]");
    TRY(reader_call(r, &r->scratch, &logs, "eth_getLogs", buffer_bytes(&filter)));
    if (json_kind(logs) != JSON_ARRAY)
        return reader_fail(r, REJECT_RPC, BYTES_LITERAL("eth_getLogs gave no list"));
    *found = false;
    for (struct json_iterator it = json_items(logs); json_next(&it);) {
        u64 n;
        if (json_u64(&n, json_get(it.value, "blockNumber")) != OK)
            return reader_fail(r, REJECT_RPC, BYTES_LITERAL("eth_getLogs gave a log without a block number"));
        if (!*found || n < *number)
            *number = n;
        *found = true;
    }
    return OK;
}

enum err l1_reader_calls(struct l1_reader *r, struct arena *arena, const struct bytes **calldata, size_t *count,
                         const hash32 *tx_hash, const address *at)
{
    struct json trace;
    struct buffer why = buffer_in(arena);
    struct rpc_params p = rpc_params(arena);
    rpc_add_hex(&p, BYTES_OF(tx_hash->b));
    rpc_add_json(&p, BYTES_LITERAL("{\"tracer\":\"callTracer\"}"));
    enum err e = reader_call(r, arena, &trace, "debug_traceTransaction", rpc_params_end(&p));
    if (err_is_fault(e))
        return e; /* it does not answer at all */
    if (e != OK)
        return FAULT_NO_TRACE;
    e = rpc_calls(arena, calldata, count, trace, at, &why);
    return e == OK ? OK : reader_fail(r, FAULT_NO_TRACE, buffer_bytes(&why));
}
