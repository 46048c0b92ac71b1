/* echo_bench - a JSON-RPC server whose methods do next to nothing: what remains is the transport.
 *
 *     echo_bench LISTEN [LISTEN] [--connections N] [--receive-ms N] [--idle-ms N] [--send-ms N] [--cors ORIGIN]
 *
 * tools/bench_rpc.mjs measures it beside anvil, and tests/client/jsonrpc.mjs is hostile to it. Without arguments it
 * only says so, since `make bench` runs all benchmarks. SIGTERM ends it.
 *
 *     eth_blockNumber       "0x10", on the loop             work           the same on a worker
 *     echo [..]             its parameters                  slow [ms]      sleeps, on a worker
 *     large [n]             a string of n characters        revert         error 3 with data
 *     eth_subscribe [ms]    a counter, each ms              flood [n, len] n notifications at once; how many were taken
 *     counts                http_counts */
#include "io/memory.h"
#include "jsonrpc/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SUBSCRIPTIONS_MAX = 1024, GRACE_MS = 3000 };

struct subscription {
    struct jsonrpc_connection *connection; /* NULL: none */
    u64 id, period_ms, next_ms, count;
};

struct echo {
    struct jsonrpc_server *server;
    pthread_mutex_t lock;
    struct subscription subscription[SUBSCRIPTIONS_MAX];
    u64 next_id;
    bool ends;
};

static u64 number_at(struct json params, u32 index, u64 otherwise)
{
    u64 n;
    return json_u64(&n, json_at(params, index)) == OK ? n : otherwise;
}

static bool is(const struct jsonrpc_call *call, const char *method)
{
    return bytes_eq(call->method, bytes_of(method, strlen(method)));
}

static void write_source(struct json_writer *w, struct json v)
{
    const struct bytes source = json_source(v);
    buffer_add_bytes(w->out, source.len ? source : BYTES_LITERAL("null"));
    w->filled = true;
}

static struct jsonrpc_error slow(struct jsonrpc_call *call, struct json_writer *result)
{
    const u64 end = jsonrpc_now_ms() + number_at(call->params, 0, 0);
    while (jsonrpc_now_ms() < end) {
        if (jsonrpc_is_late(call))
            return jsonrpc_timed_out();
        usleep(1000);
    }
    json_write_z(result, "slept");
    return jsonrpc_ok();
}

static struct jsonrpc_error subscribe(struct echo *e, struct jsonrpc_call *call, struct json_writer *result)
{
    if (!call->connection)
        return jsonrpc_failed(call, JSONRPC_METHOD_NOT_FOUND, "notifications not supported");
    pthread_mutex_lock(&e->lock);
    u32 i = 0;
    while (i < SUBSCRIPTIONS_MAX && e->subscription[i].connection)
        i++;
    const u64 id = ++e->next_id;
    if (i < SUBSCRIPTIONS_MAX) {
        jsonrpc_connection_hold(call->connection);
        e->subscription[i] = (struct subscription){
            .connection = call->connection, .id = id, .period_ms = number_at(call->params, 0, 10)};
    }
    pthread_mutex_unlock(&e->lock);
    if (i == SUBSCRIPTIONS_MAX)
        return jsonrpc_failed(call, JSONRPC_LIMIT_EXCEEDED, "too many subscriptions");
    usleep(20000); /* so that the first notifications are there before the answer */
    json_write_quantity(result, id);
    return jsonrpc_ok();
}

static struct jsonrpc_error flood(struct jsonrpc_call *call, struct json_writer *result)
{
    if (!call->connection)
        return jsonrpc_failed(call, JSONRPC_METHOD_NOT_FOUND, "notifications not supported");
    const u64 count = number_at(call->params, 0, 1), len = number_at(call->params, 1, 10);
    char *text = arena_take(call->arena, len + 2);
    memset(text, 'x', len + 2);
    text[0] = text[len + 1] = '"';
    u64 taken = 0;
    while (taken < count && jsonrpc_notify(call->connection, "flood", taken, bytes_of(text, len + 2)))
        taken++;
    json_write_u64(result, taken);
    return jsonrpc_ok();
}

static void write_counts(struct echo *e, struct json_writer *w)
{
    struct http_counts n;
    jsonrpc_server_counts(e->server, &n);
    const struct {
        const char *name;
        u64 value;
    } row[] = {{"connections", n.connections}, {"sockets", n.sockets}, {"running", n.running},
               {"requests", n.requests},       {"refused", n.refused}, {"dropped", n.dropped}};
    json_write_object(w);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        json_write_key(w, row[i].name);
        json_write_u64(w, row[i].value);
    }
    json_write_end(w);
}

static struct jsonrpc_error handle(void *context, struct jsonrpc_call *call, struct json_writer *result)
{
    struct echo *e = context;
    if (is(call, "eth_blockNumber") || is(call, "work"))
        json_write_quantity(result, 16);
    else if (is(call, "echo"))
        write_source(result, call->params);
    else if (is(call, "slow"))
        return slow(call, result);
    else if (is(call, "large")) {
        const size_t len = number_at(call->params, 0, 1000);
        json_write_string(result, bytes_of(memset(arena_take(call->arena, len), 'x', len), len));
    } else if (is(call, "revert")) {
        struct jsonrpc_error reverted = jsonrpc_failed(call, 3, "execution reverted");
        reverted.data = BYTES_LITERAL("\"0x08c379a0\"");
        return reverted;
    } else if (is(call, "eth_subscribe"))
        return subscribe(e, call, result);
    else if (is(call, "flood"))
        return flood(call, result);
    else if (is(call, "counts"))
        write_counts(e, result);
    else
        return jsonrpc_method_not_found(call);
    return jsonrpc_ok();
}

static bool is_quick(void *context, struct bytes method)
{
    (void)context;
    return bytes_eq(method, BYTES_LITERAL("eth_blockNumber")) || bytes_eq(method, BYTES_LITERAL("echo"));
}

/* --- subscriptions --- */

static void end_subscription(struct subscription *s)
{
    jsonrpc_connection_drop(s->connection);
    *s = (struct subscription){0};
}

static void closed(void *context, struct jsonrpc_connection *connection)
{
    struct echo *e = context;
    pthread_mutex_lock(&e->lock);
    for (u32 i = 0; i < SUBSCRIPTIONS_MAX; i++)
        if (e->subscription[i].connection == connection)
            end_subscription(&e->subscription[i]);
    pthread_mutex_unlock(&e->lock);
}

static void notify_due(struct echo *e, struct subscription *s, u64 now)
{
    char text[24];
    if (!s->connection || s->next_ms > now)
        return;
    const int len = snprintf(text, sizeof text, "%llu", (unsigned long long)s->count++);
    s->next_ms = now + s->period_ms;
    if (!jsonrpc_notify(s->connection, "eth_subscription", s->id, bytes_of(text, (size_t)len)))
        end_subscription(s);
    (void)e;
}

static void *notify(void *context)
{
    struct echo *e = context;
    for (bool ends = false; !ends;) {
        usleep(1000);
        pthread_mutex_lock(&e->lock);
        for (u32 i = 0; i < SUBSCRIPTIONS_MAX; i++)
            notify_due(e, &e->subscription[i], jsonrpc_now_ms());
        ends = e->ends;
        pthread_mutex_unlock(&e->lock);
    }
    return NULL;
}

/* --- the process --- */

static void livez(void *context, struct http_exchange *x)
{
    (void)context;
    if (strcmp(x->path, "/livez") != 0) {
        http_refuse(x, 404, "HTTP_NOT_FOUND", "not found");
        return;
    }
    x->status = 200;
    x->type = "text/plain";
    x->reply = BYTES_LITERAL("ok\n");
}

static int serve(struct jsonrpc_server_config *config)
{
    static struct echo echo = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const struct jsonrpc_route route[] = {{0, "/", &echo}, {0, "/l1", &echo}, {1, "/", &echo}};
    struct complaint complaint = {.file = "echo_bench"};
    sigset_t end;
    int signal_;
    pthread_t notifier;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    config->route = route;
    config->route_count = COUNT_OF(route);
    if (jsonrpc_server_open(&echo.server, &complaint, config) != OK) {
        fprintf(stderr, "echo_bench: %s\n", complaint.text);
        return 1;
    }
    if (pthread_create(&notifier, NULL, notify, &echo) != 0)
        return 1;
    for (u32 i = 0; i < config->listen_count; i++)
        printf("http://127.0.0.1:%u\n", jsonrpc_server_port(echo.server, i));
    fflush(stdout);
    sigwait(&end, &signal_);
    pthread_mutex_lock(&echo.lock);
    echo.ends = true;
    pthread_mutex_unlock(&echo.lock);
    pthread_join(notifier, NULL);
    jsonrpc_server_close(echo.server, GRACE_MS);
    return 0;
}

int main(int argc, char **argv)
{
    const char *listen[2], *origins[2] = {NULL, NULL};
    struct jsonrpc_server_config config = {
        .listen = listen,
        .http = http_default_limits(),
        .limits = jsonrpc_default_limits(),
        .memory = &system_memory,
        .handle = handle,
        .is_quick = is_quick,
        .get = livez,
        .closed = closed,
    };
    for (int i = 1; i < argc; i++) {
        u32 *number = strcmp(argv[i], "--connections") == 0  ? &config.http.connections
                      : strcmp(argv[i], "--receive-ms") == 0 ? &config.http.receive_ms
                      : strcmp(argv[i], "--idle-ms") == 0    ? &config.http.idle_ms
                      : strcmp(argv[i], "--send-ms") == 0    ? &config.http.send_ms
                                                             : NULL;
        if (number && i + 1 < argc) {
            *number = (u32)atoi(argv[++i]);
        } else if (strcmp(argv[i], "--cors") == 0 && i + 1 < argc) {
            origins[0] = argv[++i];
            config.origins = origins;
        } else if (config.listen_count < 2) {
            listen[config.listen_count++] = argv[i];
        }
    }
    if (config.listen_count == 0) {
        puts("echo_bench: node tools/bench_rpc.mjs measures it");
        return 0;
    }
    return serve(&config);
}
