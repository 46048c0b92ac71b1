#include "node/logs.h"

#include "node/node.h"
#include "node/write.h"

enum { ADDRESSES_MAX = 1000, ALTERNATIVES_MAX = 1000 }; /* go-ethereum's */

/* --- reading a filter --- */

static enum err read_addresses(struct rpc_request *r, struct log_filter *f, struct json v, u32 index)
{
    const u32 count = json_kind(v) == JSON_ARRAY ? json_count(v) : 1;
    if (rpc_absent(v))
        return OK;
    if (count > ADDRESSES_MAX)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "exceed max addresses or topics per search position");
    address *at = ARENA_TAKE(r->arena, address, count);
    for (u32 i = 0; i < count; i++) {
        const struct json one = json_kind(v) == JSON_ARRAY ? json_at(v, i) : v;
        const char *wrong = rpc_wrong_fixed(at[i].b, sizeof at[i].b, one);
        if (wrong)
            return rpc_invalid(r, index, "invalid address: %s", wrong);
    }
    f->at = at;
    f->at_count = count;
    return OK;
}

/* null among the alternatives makes all of them any. */
static enum err read_topic(struct rpc_request *r, struct log_filter *f, u32 position, struct json v, u32 index)
{
    const u32 count = json_kind(v) == JSON_ARRAY ? json_count(v) : 1;
    if (rpc_absent(v) || count == 0)
        return OK;
    if (count > ALTERNATIVES_MAX)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "exceed max addresses or topics per search position");
    hash32 *one_of = ARENA_TAKE(r->arena, hash32, count);
    for (u32 i = 0; i < count; i++) {
        const struct json one = json_kind(v) == JSON_ARRAY ? json_at(v, i) : v;
        if (rpc_absent(one))
            return OK;
        const char *wrong = rpc_wrong_fixed(one_of[i].b, sizeof one_of[i].b, one);
        if (wrong)
            return rpc_invalid(r, index, "invalid topic(s): %s", wrong);
    }
    f->topic[position].one_of = one_of;
    f->topic[position].count = count;
    return OK;
}

enum err log_filter_read(struct rpc_request *r, struct log_filter *out, struct json filter, u32 index)
{
    const struct json topics = json_get(filter, "topics");
    struct log_filter f = {.topic_count = json_count(topics)};
    if (!rpc_absent(topics) && json_kind(topics) != JSON_ARRAY)
        return rpc_invalid(r, index, "topics must be an array");
    if (f.topic_count > LOG_TOPICS_MAX)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "exceed max topics");
    TRY(read_addresses(r, &f, json_get(filter, "address"), index));
    for (struct json_iterator it = json_items(topics); json_next(&it);)
        TRY(read_topic(r, &f, it.index, it.value, index));
    *out = f;
    return OK;
}

struct log_filter log_filter_copy(struct arena *arena, const struct log_filter *f)
{
    struct log_filter copy = *f;
    copy.at = (const address *)arena_copy(arena, bytes_of(f->at, f->at_count * sizeof *f->at)).ptr;
    for (u32 i = 0; i < f->topic_count; i++)
        copy.topic[i].one_of =
            (const hash32 *)arena_copy(arena, bytes_of(f->topic[i].one_of, f->topic[i].count * sizeof(hash32))).ptr;
    return copy;
}

/* --- matching --- */

bool log_filter_takes(const struct log_filter *f, const struct log *l)
{
    bool found = f->at_count == 0;
    for (u32 i = 0; i < f->at_count && !found; i++)
        found = address_eq(&f->at[i], &l->at);
    if (!found || f->topic_count > l->topic_count)
        return false;
    for (u32 t = 0; t < f->topic_count; t++) {
        found = f->topic[t].count == 0;
        for (u32 i = 0; i < f->topic[t].count && !found; i++)
            found = hash32_eq(&f->topic[t].one_of[i], &l->topic[t]);
        if (!found)
            return false;
    }
    return true;
}

/* False: no log of a block with this bloom is taken. */
static bool may_match(const struct log_filter *f, const struct bloom *b)
{
    bool may = f->at_count == 0;
    for (u32 i = 0; i < f->at_count && !may; i++)
        may = bloom_may_hold(b, BYTES_OF(f->at[i].b));
    for (u32 t = 0; t < f->topic_count && may; t++) {
        may = f->topic[t].count == 0;
        for (u32 i = 0; i < f->topic[t].count && !may; i++)
            may = bloom_may_hold(b, BYTES_OF(f->topic[t].one_of[i].b));
    }
    return may;
}

void each_log_of_block(const struct chain_block *b, const struct log_filter *f, bool removed,
                       void (*each)(void *context, const struct log *l, const struct log_position *p), void *context)
{
    u32 index = 0;
    if (b->log_count == 0 || !may_match(f, &b->header.bloom))
        return;
    for (u32 i = 0; i < b->tx_count; i++)
        for (u32 k = 0; k < b->receipt[i].log_count; k++, index++)
            if (log_filter_takes(f, &b->receipt[i].log[k])) {
                const struct log_position p = {&b->hash, b->header.number, b->header.timestamp, &b->tx[i].hash,
                                               i, index, removed};
                each(context, &b->receipt[i].log[k], &p);
            }
}

static void write_each_log(void *writer, const struct log *l, const struct log_position *p)
{
    write_log(writer, l, p);
}

void write_logs_of_block(struct json_writer *w, const struct chain_block *b, const struct log_filter *f, bool removed)
{
    each_log_of_block(b, f, removed, write_each_log, w);
}

/* --- eth_getLogs --- */

static enum err logs_of_block(struct rpc_request *r, const struct log_filter *f, struct json filter)
{
    hash32 hash;
    if (!rpc_absent(json_get(filter, "fromBlock")) || !rpc_absent(json_get(filter, "toBlock")))
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "cannot specify both BlockHash and FromBlock/ToBlock, choose one or "
                                                   "the other");
    const char *wrong = rpc_wrong_fixed(hash.b, sizeof hash.b, json_get(filter, "blockHash"));
    if (wrong)
        return rpc_invalid(r, 0, "%s", wrong);
    const struct chain_block *b = chain_block_by_hash(r->at->chain, &hash);
    if (!b)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "unknown block");
    json_write_array(r->out);
    write_logs_of_block(r->out, b, f, false);
    json_write_end(r->out);
    return OK;
}

/* A number or tag; latest where there is none. Numbers above the head stay numbers: they are an error of the range. */
static enum err read_bound(struct rpc_request *r, u64 *out, struct json v)
{
    const struct chain_block *b = NULL;
    u64 number;
    *out = r->at->head->header.number;
    if (rpc_absent(v))
        return OK;
    const char *wrong = rpc_wrong_number(r->at, &b, v);
    if (wrong)
        return rpc_invalid(r, 0, "%s", wrong);
    if (b)
        *out = b->header.number;
    else if (!rpc_wrong_quantity(&number, v))
        *out = number;
    else
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "%.*s block not found", (int)json_text(v).len,
                        (const char *)json_text(v).ptr);
    return OK;
}

enum err log_query_read(struct rpc_request *r, struct log_query *out, struct json query)
{
    const struct json from = json_get(query, "fromBlock"), to = json_get(query, "toBlock");
    struct log_query q = {.to = UINT64_MAX};
    u64 ignored;
    TRY(log_filter_read(r, &q.filter, query, 0));
    TRY(read_bound(r, &ignored, from)); /* what is wrong with it */
    TRY(read_bound(r, &ignored, to));
    (void)rpc_wrong_quantity(&q.from, from); /* a tag, or absent: no bound */
    (void)rpc_wrong_quantity(&q.to, to);
    *out = q;
    return OK;
}

enum err answer_logs(struct rpc_request *r, struct json filter)
{
    struct log_filter f;
    u64 from, to;
    TRY(log_filter_read(r, &f, filter, 0));
    if (!rpc_absent(json_get(filter, "blockHash")))
        return logs_of_block(r, &f, filter);
    TRY(read_bound(r, &from, json_get(filter, "fromBlock")));
    TRY(read_bound(r, &to, json_get(filter, "toBlock")));
    if (from > to)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "invalid block range params");
    if (to > r->at->head->header.number)
        return rpc_fail(r, JSONRPC_INVALID_PARAMS, "block range extends beyond current head block");
    return write_logs_between(r, &f, from, to);
}

enum err rpc_eth_getLogs(struct rpc_request *r)
{
    return answer_logs(r, r->parameter[0]);
}

enum err write_logs_between(struct rpc_request *r, const struct log_filter *f, u64 from, u64 to)
{
    json_write_array(r->out);
    for (u64 n = from; n <= to; n++) {
        write_logs_of_block(r->out, snapshot_at(r->at, n), f, false);
        TRY(rpc_check_budget(r));
    }
    json_write_end(r->out);
    return OK;
}
