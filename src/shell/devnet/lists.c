/* For an explorer: lists of the newest transactions and bundles of all chains, and subscriptions to their changes.
 *
 *   scope_subscribe("statuses")   the result of scope_getTransaction, whenever it changes
 *   scope_subscribe("scopes")     the same, of those alone that are over and made scoped calls, or are operations
 *   scope_subscribe("bundles")    an item of scope_listBundles for each bundle that settles
 *
 * A subscriber that is more than CHANGES_MAX changes or BUNDLES_MAX bundles behind misses the oldest of them. */
#include "base/list.h"
#include "devnet/preconf.h"
#include "devnet/write_bundle.h"
#include "node/rpc_members.h"
#include "node/subscriptions.h"
#include "node/write.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 1000 };

/* --- scope_listTransactions --- */

struct choice {
    u64 limit, before;
    bool has_stage, has_sender;
    enum status_stage stage;
    address sender;
};

static enum err read_limit(const struct rpc_members *m, u64 *limit)
{
    bool has;
    *limit = LIMIT_DEFAULT;
    TRY(member_u64(m, &has, limit, "limit"));
    return *limit >= 1 && *limit <= LIMIT_MAX ? OK : member_invalid(m, "limit", "expected 1 to 1000");
}

static enum err read_stage(const struct rpc_members *m, struct choice *c)
{
    const struct json v = json_get(m->object, "status");
    if (rpc_absent(v))
        return OK;
    for (enum status_stage s = STAGE_PENDING; s <= STAGE_REJECTED; s++)
        if (json_text_is(v, status_stage_name(s))) {
            c->has_stage = true;
            c->stage = s;
        }
    return c->has_stage ? OK : member_invalid(m, "status", "expected pending, simulated, settled or rejected");
}

static enum err read_choice(struct rpc_request *r, struct choice *c)
{
    const struct rpc_members m = {r, r->parameter[0], 0};
    bool has;
    *c = (struct choice){.before = UINT64_MAX};
    TRY(read_limit(&m, &c->limit));
    TRY(member_u64(&m, &has, &c->before, "before"));
    TRY(member_fixed(&m, &c->has_sender, c->sender.b, sizeof c->sender.b, "from"));
    return read_stage(&m, c);
}

static bool is_chosen(const struct choice *c, const struct status *s)
{
    return (!c->has_stage || s->stage == c->stage) && (!c->has_sender || address_eq(&s->sender, &c->sender));
}

/* Hashes, newest first; *next: where the next page begins, 0: there is none. */
static size_t choose_statuses(struct devnet *d, struct arena *arena, const struct choice *c, hash32 **out, u64 *next)
{
    size_t count = 0;
    *out = ARENA_TAKE(arena, hash32, c->limit);
    *next = 0;
    pthread_mutex_lock(&d->lock);
    const u64 added = statuses_added(d->statuses), last = c->before <= added ? c->before - 1 : added,
              first = added > STATUSES_MAX ? added - STATUSES_MAX + 1 : 1;
    for (u64 i = c->before ? last : 0; i >= first && i > 0; i--) {
        const struct status *s = statuses_at(d->statuses, i);
        if (!s || !is_chosen(c, s))
            continue;
        if (count == c->limit) {
            *next = i + 1;
            break;
        }
        (*out)[count++] = s->hash;
    }
    pthread_mutex_unlock(&d->lock);
    return count;
}

enum err rpc_scope_listTransactions(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct choice c;
    struct status s;
    hash32 *hash;
    u64 next;
    TRY(read_choice(r, &c));
    const size_t count = choose_statuses(d, r->arena, &c, &hash, &next);
    json_write_object(r->out);
    json_write_key(r->out, "transactions");
    json_write_array(r->out);
    for (size_t i = 0; i < count; i++) {
        if (devnet_copy_status(d, r->arena, &s, &hash[i]))
            devnet_write_transaction(r->out, &s, status_stage_name(s.stage));
        TRY(rpc_check_budget(r));
    }
    json_write_end(r->out);
    json_write_key(r->out, "next");
    if (next)
        json_write_quantity(r->out, next);
    else
        json_write_null(r->out);
    json_write_end(r->out);
    return OK;
}

/* --- scope_listBundles --- */

static void write_bundle(struct json_writer *w, const struct bundle_record *b)
{
    json_write_object(w);
    write_bundle_summary(w, b);
    json_write_end(w);
}

enum err rpc_scope_listBundles(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const struct rpc_members m = {r, r->parameter[0], 0};
    u64 limit, skip = 0;
    bool has;
    TRY(read_limit(&m, &limit));
    TRY(member_u64(&m, &has, &skip, "skip"));
    json_write_array(r->out);
    pthread_mutex_lock(&d->lock);
    for (u64 i = 0; i < limit && skip <= BUNDLES_MAX; i++) {
        const struct bundle_record *b = bundles_at(d->bundles, skip + i);
        if (!b)
            break;
        write_bundle(r->out, b);
    }
    pthread_mutex_unlock(&d->lock);
    json_write_end(r->out);
    return OK;
}

/* --- scope_subscribe --- */

static u64 count_changes(void *context)
{
    struct devnet *d = context;
    pthread_mutex_lock(&d->lock);
    const u64 count = statuses_changes(d->statuses);
    pthread_mutex_unlock(&d->lock);
    return count;
}

/* As it was when it changed, whatever became of it by now. */
static void rewind_stage(struct status *s, enum status_stage then)
{
    if (then >= s->stage)
        return;
    s->stage = then;
    if (then == STAGE_PENDING)
        s->call_count = 0;
}

/* One that was forgotten since is left out. */
static bool take_change(struct devnet *d, struct arena *arena, struct status *s, u64 *since)
{
    struct status_change change;
    for (;;) {
        pthread_mutex_lock(&d->lock);
        const bool has = statuses_next_change(d->statuses, &change, since);
        pthread_mutex_unlock(&d->lock);
        if (!has)
            return false;
        if (!devnet_copy_status(d, arena, s, &change.hash))
            continue;
        rewind_stage(s, change.stage);
        return true;
    }
}

static bool next_status(void *context, struct json_writer *w, u64 *since)
{
    struct status s;
    if (!take_change(context, w->out->arena, &s, since))
        return false;
    devnet_write_transaction(w, &s, status_stage_name(s.stage));
    return true;
}

static bool next_scope(void *context, struct json_writer *w, u64 *since)
{
    struct status s;
    do
        if (!take_change(context, w->out->arena, &s, since))
            return false;
    while (s.stage < STAGE_SETTLED || !(s.call_count || s.is_operation));
    devnet_write_transaction(w, &s, status_stage_name(s.stage));
    return true;
}

static u64 count_bundles(void *context)
{
    struct devnet *d = context;
    pthread_mutex_lock(&d->lock);
    const u64 count = bundles_added(d->bundles);
    pthread_mutex_unlock(&d->lock);
    return count;
}

static bool next_bundle(void *context, struct json_writer *w, u64 *since)
{
    struct devnet *d = context;
    pthread_mutex_lock(&d->lock);
    const u64 added = bundles_added(d->bundles);
    if (added > BUNDLES_MAX && *since < added - BUNDLES_MAX)
        *since = added - BUNDLES_MAX;
    const struct bundle_record *b = *since < added ? bundles_at(d->bundles, added - 1 - *since) : NULL;
    *since = b ? *since + 1 : added;
    if (b)
        write_bundle(w, b);
    pthread_mutex_unlock(&d->lock);
    return b != NULL;
}

static bool next_promise(void *context, struct json_writer *w, u64 *since)
{
    struct devnet *d = context;
    struct status s;
    do
        if (!take_change(d, w->out->arena, &s, since))
            return false;
    while (s.stage != STAGE_PRECONFIRMED || s.promised == PROMISE_NONE);
    preconf_write_promise(w, &s);
    return true;
}

static const struct news statuses_news = {"scope_subscription", count_changes, next_status},
                         scopes_news = {"scope_subscription", count_changes, next_scope},
                         promises_news = {"scope_subscription", count_changes, next_promise},
                         bundles_news = {"scope_subscription", count_bundles, next_bundle};

enum err rpc_scope_subscribe(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    const struct json name = r->parameter[0];
    const struct bytes text = json_text(name);
    if (json_text_is(name, "statuses"))
        return subscribe_news(r, &statuses_news, d);
    if (json_text_is(name, "scopes"))
        return subscribe_news(r, &scopes_news, d);
    if (json_text_is(name, "bundles"))
        return subscribe_news(r, &bundles_news, d);
    if (json_text_is(name, "preconfirmations"))
        return d->preconf ? subscribe_news(r, &promises_news, d)
                          : rpc_fail(r, JSONRPC_SERVER_ERROR, "FAULT_UNSUPPORTED: this node promises nothing: "
                                                              "start it with --preconf-ms");
    return rpc_fail(r, JSONRPC_METHOD_NOT_FOUND, "no \"%.*s\" subscription in scope namespace",
                    (int)(text.len > 80 ? 80 : text.len), (const char *)text.ptr);
}
