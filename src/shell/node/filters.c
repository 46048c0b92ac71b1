#include "node/filters.h"

#include "node/head_changes.h"
#include "node/logs.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/random_id.h"
#include "node/write.h"

enum filter_kind { FILTER_NONE, FILTER_BLOCKS, FILTER_LOGS, FILTER_TRANSACTIONS };

struct filter {
    enum filter_kind kind; /* FILTER_NONE: the place is free */
    u64 id, used_ms;
    const struct chain_block *since;
    u64 arrivals; /* of the pool, that have been given */
    struct bytes text; /* of a log filter: JSON */
};

struct filters {
    const struct memory *memory;
    pthread_mutex_t lock;
    size_t bytes; /* of the texts */
    struct filter item[FILTERS_MAX];
};

struct filters *filters_open(const struct memory *memory)
{
    struct filters *f = memory->take(memory->context, sizeof *f);
    memset(f, 0, sizeof *f);
    f->memory = memory;
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

static void drop_filter(struct filters *f, struct filter *i)
{
    if (i->text.len)
        f->memory->give(f->memory->context, (void *)i->text.ptr, i->text.len);
    f->bytes -= i->text.len;
    *i = (struct filter){0};
}

void filters_close(struct filters *f)
{
    for (u32 i = 0; i < FILTERS_MAX; i++)
        drop_filter(f, &f->item[i]);
    pthread_mutex_destroy(&f->lock);
    f->memory->give(f->memory->context, f, sizeof *f);
}

/* --- with the lock --- */

static struct filter *filter_of_id(struct filters *f, u64 id)
{
    for (u32 i = 0; i < FILTERS_MAX; i++)
        if (f->item[i].kind && f->item[i].id == id)
            return &f->item[i];
    return NULL;
}

/* A free place with room for a text; NULL: all are in use. */
static struct filter *free_place(struct filters *f, size_t text_len)
{
    const u64 now = jsonrpc_now_ms();
    struct filter *place = NULL;
    for (u32 i = 0; i < FILTERS_MAX; i++) {
        if (f->item[i].kind && now - f->item[i].used_ms > FILTER_IDLE_MS)
            drop_filter(f, &f->item[i]);
        if (!f->item[i].kind && !place)
            place = &f->item[i];
    }
    return text_len <= FILTERS_BYTES_MAX - f->bytes ? place : NULL;
}

/* --- methods --- */

static enum err new_filter(struct rpc_request *r, enum filter_kind kind, struct bytes text)
{
    struct filters *f = r->node->filters;
    const u64 id = random_id();
    u8 *copy = NULL;
    pthread_mutex_lock(&f->lock);
    struct filter *i = free_place(f, text.len);
    if (i) {
        if (text.len)
            copy = memcpy(f->memory->take(f->memory->context, text.len), text.ptr, text.len);
        f->bytes += text.len;
        *i = (struct filter){kind, id, jsonrpc_now_ms(), r->at->head, mempool_arrived(r->node->pool),
                             bytes_of(copy, text.len)};
    }
    pthread_mutex_unlock(&f->lock);
    if (!i)
        return rpc_fail(r, JSONRPC_LIMIT_EXCEEDED, "too many filters");
    json_write_quantity(r->out, id);
    return OK;
}

enum err rpc_eth_newFilter(struct rpc_request *r)
{
    struct log_query ignored;
    TRY(log_query_read(r, &ignored, r->parameter[0]));
    return new_filter(r, FILTER_LOGS, json_source(r->parameter[0]));
}

enum err rpc_eth_newBlockFilter(struct rpc_request *r)
{
    return new_filter(r, FILTER_BLOCKS, (struct bytes){0});
}

enum err rpc_eth_newPendingTransactionFilter(struct rpc_request *r)
{
    return new_filter(r, FILTER_TRANSACTIONS, (struct bytes){0});
}

/* The id of a request; one that no filter can have is none that exists. */
static u64 asked_id(const struct rpc_request *r)
{
    u64 id;
    return rpc_wrong_quantity(&id, r->parameter[0]) ? 0 : id;
}

enum err rpc_eth_uninstallFilter(struct rpc_request *r)
{
    struct filters *f = r->node->filters;
    pthread_mutex_lock(&f->lock);
    struct filter *i = filter_of_id(f, asked_id(r));
    if (i)
        drop_filter(f, i);
    pthread_mutex_unlock(&f->lock);
    json_write_bool(r->out, i != NULL);
    return OK;
}

/* A copy, its text in the request's arena, and the newest snapshot as the request's: what comes next is asked of that
 * one. FILTER_NONE: there is no such filter. */
static struct filter take_turn(struct rpc_request *r, bool advances)
{
    struct filters *f = r->node->filters;
    struct filter copy = {0};
    pthread_mutex_lock(&f->lock);
    struct filter *i = filter_of_id(f, asked_id(r));
    if (i) {
        snapshot_drop(r->at);
        r->at = snapshot_take(r->node->chain);
        copy = *i;
        copy.text = arena_copy(r->arena, i->text);
        i->used_ms = jsonrpc_now_ms();
        if (advances) {
            i->since = r->at->head;
            i->arrivals = mempool_arrived(r->node->pool);
        }
    }
    pthread_mutex_unlock(&f->lock);
    return copy;
}

/* After a failure: the next poll gives what this one could not. */
static void give_back_turn(struct rpc_request *r, const struct filter *copy)
{
    struct filters *f = r->node->filters;
    pthread_mutex_lock(&f->lock);
    struct filter *i = filter_of_id(f, copy->id);
    if (i && i->since == r->at->head)
        i->since = copy->since;
    pthread_mutex_unlock(&f->lock);
}

static enum err read_text(struct rpc_request *r, struct json *out, const struct filter *i)
{
    struct complaint ignored = {0};
    return json_parse(r->arena, out, &ignored, i->text, SIZE_MAX);
}

static enum err block_changes(struct rpc_request *r, const struct filter *i)
{
    struct head_changes changes = head_changes(r->at, i->since);
    const struct chain_block *b;
    bool removed;
    while (head_changes_next(&changes, &b, &removed)) {
        if (!removed)
            write_hash(r->out, &b->hash);
        TRY(rpc_check_budget(r));
    }
    return OK;
}

static enum err log_changes(struct rpc_request *r, const struct filter *i)
{
    struct head_changes changes = head_changes(r->at, i->since);
    const struct chain_block *b;
    struct log_query q;
    struct json text;
    bool removed;
    TRY(read_text(r, &text, i));
    TRY(log_query_read(r, &q, text));
    while (head_changes_next(&changes, &b, &removed)) {
        if (log_query_has_block(&q, b))
            write_logs_of_block(r->out, b, &q.filter, removed);
        TRY(rpc_check_budget(r));
    }
    return OK;
}

static enum err transaction_changes(struct rpc_request *r, const struct filter *i)
{
    hash32 hash[64];
    u64 after = i->arrivals;
    for (u32 n; (n = mempool_arrivals(r->node->pool, hash, COUNT_OF(hash), &after)) != 0;)
        for (u32 k = 0; k < n; k++)
            write_hash(r->out, &hash[k]);
    return OK;
}

enum err rpc_eth_getFilterChanges(struct rpc_request *r)
{
    const struct filter i = take_turn(r, true);
    if (!i.kind)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "filter not found");
    json_write_array(r->out);
    const enum err e = i.kind == FILTER_BLOCKS ? block_changes(r, &i)
                       : i.kind == FILTER_LOGS ? log_changes(r, &i)
                                               : transaction_changes(r, &i);
    if (e != OK) {
        give_back_turn(r, &i);
        return e;
    }
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_getFilterLogs(struct rpc_request *r)
{
    const struct filter i = take_turn(r, false);
    struct json text;
    if (i.kind != FILTER_LOGS)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "filter not found");
    TRY(read_text(r, &text, &i));
    return answer_logs(r, text);
}
