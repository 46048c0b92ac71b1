#include "node/subscriptions.h"

#include "node/head_changes.h"
#include "node/logs.h"
#include "node/mempool.h"
#include "node/node.h"
#include "node/random_id.h"
#include "node/write.h"

enum subscription_kind { SUBSCRIPTION_HEADS, SUBSCRIPTION_LOGS, SUBSCRIPTION_TRANSACTIONS, SUBSCRIPTION_NEWS };

struct subscription {
    struct subscription *next; /* never changes but by the notifier */
    enum subscription_kind kind;
    u64 id;
    struct jsonrpc_connection *connection; /* a reference */
    atomic_bool is_over;
    bool whole_transactions;
    struct log_filter filter;
    struct arena arena; /* of the filter */
    const struct news *news;
    void *news_context;
    /* the notifier's */
    const struct chain_block *since;
    u64 arrivals;
    u64 news_since;
};

struct subscriptions {
    struct node *node;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t notifier;
    bool runs, ends, has_news;
    struct subscription *first;
    u32 count;
};

/* --- sending: the notifier's thread --- */

static bool send_value(struct subscription *i, const struct buffer *value)
{
    return jsonrpc_notify(i->connection, i->news ? i->news->method : "eth_subscription", i->id, buffer_bytes(value));
}

static bool send_heads(struct subscription *i, const struct snapshot *at, struct arena *arena)
{
    struct head_changes changes = head_changes(at, i->since);
    const struct chain_block *b;
    bool removed, taken = true;
    while (taken && head_changes_next(&changes, &b, &removed)) {
        struct buffer value = buffer_in(arena);
        struct json_writer w = json_writer(&value, 0);
        if (removed)
            continue;
        json_write_object(&w);
        write_header_members(&w, &b->header, &b->hash);
        json_write_end(&w);
        taken = send_value(i, &value);
    }
    return taken;
}

struct log_sender {
    struct subscription *to;
    struct arena *arena;
    bool removed, taken;
};

static void send_log(void *context, const struct log *l, const struct log_position *p)
{
    struct log_sender *s = context;
    struct buffer value = buffer_in(s->arena);
    struct json_writer w = json_writer(&value, 0);
    if (!s->taken)
        return;
    write_log(&w, l, p);
    s->taken = send_value(s->to, &value);
}

static bool send_logs(struct subscription *i, const struct snapshot *at, struct arena *arena)
{
    struct head_changes changes = head_changes(at, i->since);
    struct log_sender sender = {.to = i, .arena = arena, .taken = true};
    const struct chain_block *b;
    while (sender.taken && head_changes_next(&changes, &b, &sender.removed)) {
        const struct arena_mark mark = arena_mark(arena);
        each_log_of_block(b, &i->filter, sender.removed, send_log, &sender);
        arena_rewind(arena, mark);
    }
    return sender.taken;
}

static bool send_transactions(struct subscription *i, struct mempool *pool, struct arena *arena)
{
    hash32 hash[64];
    bool taken = true;
    for (u32 n; taken && (n = mempool_arrivals(pool, hash, COUNT_OF(hash), &i->arrivals)) != 0;)
        for (u32 k = 0; k < n && taken; k++) {
            struct buffer value = buffer_in(arena);
            struct json_writer w = json_writer(&value, 0);
            if (!i->whole_transactions)
                write_hash(&w, &hash[k]);
            else if (!mempool_write_tx(pool, &w, &hash[k]))
                continue; /* it was replaced since */
            taken = send_value(i, &value);
        }
    return taken;
}

static bool send_news(struct subscription *i, struct arena *arena)
{
    for (;;) {
        const struct arena_mark mark = arena_mark(arena);
        struct buffer value = buffer_in(arena);
        struct json_writer w = json_writer(&value, 0);
        if (!i->news->next(i->news_context, &w, &i->news_since))
            return true;
        if (!send_value(i, &value))
            return false;
        arena_rewind(arena, mark);
    }
}

static void serve_subscription(struct subscriptions *s, struct subscription *i, const struct snapshot *at,
                               struct arena *arena)
{
    bool taken = true;
    switch (i->kind) {
    case SUBSCRIPTION_HEADS: taken = send_heads(i, at, arena); break;
    case SUBSCRIPTION_LOGS: taken = send_logs(i, at, arena); break;
    case SUBSCRIPTION_TRANSACTIONS: taken = send_transactions(i, s->node->pool, arena); break;
    case SUBSCRIPTION_NEWS: taken = send_news(i, arena); break;
    }
    i->since = at->head;
    if (!taken)
        atomic_store(&i->is_over, true);
}

static void free_subscription(const struct memory *memory, struct subscription *i)
{
    jsonrpc_connection_drop(i->connection);
    arena_release(&i->arena);
    memory->give(memory->context, i, sizeof *i);
}

/* Takes out what is over, or everything. */
static void remove_subscriptions(struct subscriptions *s, bool all)
{
    struct subscription *over = NULL;
    pthread_mutex_lock(&s->lock);
    for (struct subscription **link = &s->first; *link;) {
        struct subscription *i = *link;
        if (!all && !atomic_load(&i->is_over)) {
            link = &i->next;
            continue;
        }
        *link = i->next;
        i->next = over;
        over = i;
        s->count--;
    }
    pthread_mutex_unlock(&s->lock);
    for (struct subscription *next; over; over = next) {
        next = over->next;
        free_subscription(s->node->chain->memory, over);
    }
}

static void serve_all(struct subscriptions *s, struct subscription *first)
{
    struct snapshot *at = snapshot_take(s->node->chain);
    struct arena arena;
    arena_init(&arena, s->node->chain->memory);
    for (struct subscription *i = first; i; i = i->next) {
        const struct arena_mark mark = arena_mark(&arena);
        if (!atomic_load(&i->is_over))
            serve_subscription(s, i, at, &arena);
        arena_rewind(&arena, mark);
    }
    arena_release(&arena);
    snapshot_drop(at);
    remove_subscriptions(s, false);
}

static void *notify_clients(void *context)
{
    struct subscriptions *s = context;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (!s->has_news && !s->ends)
            pthread_cond_wait(&s->wake, &s->lock);
        struct subscription *first = s->first;
        const bool ends = s->ends;
        s->has_news = false;
        pthread_mutex_unlock(&s->lock);
        if (ends)
            return NULL;
        serve_all(s, first);
    }
}

/* --- from other threads --- */

static void wake_notifier(void *context)
{
    struct subscriptions *s = context;
    pthread_mutex_lock(&s->lock);
    s->has_news = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

void subscriptions_wake(struct subscriptions *s)
{
    wake_notifier(s);
}

struct subscriptions *subscriptions_open(struct node *node)
{
    const struct memory *memory = node->chain->memory;
    struct subscriptions *s = memory->take(memory->context, sizeof *s);
    *s = (struct subscriptions){.node = node};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    chain_observe(node->chain, wake_notifier, s);
    mempool_observe(node->pool, wake_notifier, s);
    return s;
}

void subscriptions_stop(struct subscriptions *s)
{
    pthread_mutex_lock(&s->lock);
    const bool runs = s->runs;
    s->runs = false;
    s->ends = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (runs)
        pthread_join(s->notifier, NULL);
    remove_subscriptions(s, true);
}

void subscriptions_close(struct subscriptions *s)
{
    const struct memory *memory = s->node->chain->memory;
    subscriptions_stop(s);
    chain_observe(s->node->chain, NULL, NULL);
    mempool_observe(s->node->pool, NULL, NULL);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    memory->give(memory->context, s, sizeof *s);
}

void subscriptions_forget(struct subscriptions *s, const struct jsonrpc_connection *connection)
{
    pthread_mutex_lock(&s->lock);
    for (struct subscription *i = s->first; i; i = i->next)
        if (i->connection == connection)
            atomic_store(&i->is_over, true);
    s->has_news = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* With the lock: NULL, or why there cannot be one more. */
static const char *no_room(const struct subscriptions *s, const struct jsonrpc_connection *connection)
{
    u32 here = 0;
    for (const struct subscription *i = s->first; i; i = i->next)
        here += i->connection == connection && !atomic_load(&i->is_over);
    return s->ends                                  ? "the node is shutting down"
           : s->count >= SUBSCRIPTIONS_MAX          ? "too many subscriptions"
           : here >= SUBSCRIPTIONS_CONNECTION_MAX   ? "too many subscriptions on this connection"
                                                    : NULL;
}

static bool begin_notifier(struct subscriptions *s)
{
    if (!s->runs)
        s->runs = pthread_create(&s->notifier, NULL, notify_clients, s) == 0;
    return s->runs;
}

/* --- methods --- */

static enum err add_subscription(struct rpc_request *r, struct subscription *i)
{
    struct subscriptions *s = r->node->subscriptions;
    pthread_mutex_lock(&s->lock);
    const char *refused = no_room(s, r->call->connection);
    if (!refused && !begin_notifier(s))
        refused = "no thread for subscriptions";
    if (!refused) {
        jsonrpc_connection_hold(i->connection);
        i->next = s->first;
        s->first = i;
        s->count++;
        s->has_news = true; /* what came between the request's snapshot and now */
        pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    return refused ? rpc_fail(r, JSONRPC_LIMIT_EXCEEDED, "%s", refused) : OK;
}

static enum err read_kind(struct rpc_request *r, struct subscription *i)
{
    const struct json name = r->parameter[0], options = r->parameter[1];
    struct log_filter filter = {0};
    if (json_text_is(name, "newHeads")) {
        i->kind = SUBSCRIPTION_HEADS;
    } else if (json_text_is(name, "newPendingTransactions")) {
        i->kind = SUBSCRIPTION_TRANSACTIONS;
        i->whole_transactions = json_kind(options) == JSON_TRUE;
        if (!rpc_absent(options) && json_bool(&i->whole_transactions, options) != OK)
            return rpc_invalid(r, 1, "json: cannot unmarshal non-bool to bool");
    } else if (json_text_is(name, "logs")) {
        i->kind = SUBSCRIPTION_LOGS;
        if (!rpc_absent(options) && json_kind(options) != JSON_OBJECT)
            return rpc_invalid(r, 1, "json: cannot unmarshal non-object into an object");
        TRY(log_filter_read(r, &filter, options, 1));
        i->filter = log_filter_copy(&i->arena, &filter);
    } else {
        return rpc_fail(r, JSONRPC_METHOD_NOT_FOUND, "no \"%.*s\" subscription in eth namespace",
                        (int)(json_text(name).len > 80 ? 80 : json_text(name).len), (const char *)json_text(name).ptr);
    }
    return OK;
}

static struct subscription *new_subscription(struct rpc_request *r)
{
    const struct memory *memory = r->node->chain->memory;
    struct subscription *i = memory->take(memory->context, sizeof *i);
    *i = (struct subscription){.id = random_id(), .connection = r->call->connection, .since = r->at->head,
                               .arrivals = mempool_arrived(r->node->pool)};
    arena_init(&i->arena, memory);
    return i;
}

static enum err begin_subscription(struct rpc_request *r, struct subscription *i, enum err e)
{
    const struct memory *memory = r->node->chain->memory;
    const u64 id = i->id;
    if (e == OK)
        e = add_subscription(r, i);
    if (e != OK) {
        arena_release(&i->arena);
        memory->give(memory->context, i, sizeof *i);
        return e;
    }
    json_write_quantity(r->out, id);
    return OK;
}

static enum err need_connection(struct rpc_request *r)
{
    return r->call->connection ? OK : rpc_fail(r, JSONRPC_METHOD_NOT_FOUND, "notifications not supported");
}

enum err rpc_eth_subscribe(struct rpc_request *r)
{
    TRY(need_connection(r));
    struct subscription *i = new_subscription(r);
    return begin_subscription(r, i, read_kind(r, i));
}

enum err subscribe_news(struct rpc_request *r, const struct news *news, void *context)
{
    TRY(need_connection(r));
    struct subscription *i = new_subscription(r);
    i->kind = SUBSCRIPTION_NEWS;
    i->news = news;
    i->news_context = context;
    i->news_since = news->count(context);
    return begin_subscription(r, i, OK);
}

enum err rpc_eth_unsubscribe(struct rpc_request *r)
{
    struct subscriptions *s = r->node->subscriptions;
    bool found = false;
    u64 id;
    TRY(need_connection(r));
    if (rpc_wrong_quantity(&id, r->parameter[0]))
        id = 0;
    pthread_mutex_lock(&s->lock);
    for (struct subscription *i = s->first; i && !found; i = i->next)
        if (i->id == id && i->connection == r->call->connection && !atomic_load(&i->is_over)) {
            atomic_store(&i->is_over, true);
            found = true;
        }
    s->has_news |= found;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (!found)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "subscription not found");
    json_write_bool(r->out, true);
    return OK;
}
