#include "cli/up_devnet.h"

#include "cli/metrics.h"
#include "cli/serving.h"

#include "codec/hex.h"
#include "codec/json_write.h"
#include "devnet/devnet.h"
#include "explorer/explorer.h"
#include "io/memory.h"
#include "node/server.h"
#include "node/write.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { GRACE_MS = 500, HEALTH_MAX = 4096 };

struct up {
    struct arena arena;
    struct devnet *devnet;
    struct jsonrpc_server *_Atomic server; /* requests come before node_serve has returned */
    const char **listen;
    const char *host; /* of --listen, as in a URL */
};

/* --- ports and paths --- */

/* ADDRESS:PORT of the first chain: the others have the ports behind it; with port 0 each has a free one. */
static const char **addresses(struct up *u, const char *first, size_t count)
{
    const char **listen = ARENA_TAKE(&u->arena, const char *, count);
    const int host_len = (int)(strrchr(first, ':') - first);
    const unsigned long port = strtoul(first + host_len + 1, NULL, 10);
    char *host = arena_take(&u->arena, (size_t)host_len + 1);
    memcpy(host, first, (size_t)host_len);
    host[host_len] = 0;
    u->host = host;
    for (size_t i = 0; i < count; i++) {
        const size_t size = (size_t)host_len + 24;
        char *text = arena_take(&u->arena, size);
        snprintf(text, size, "%s:%lu", host, port ? port + i : 0);
        listen[i] = text;
    }
    return listen;
}

/* Each chain at / of its own port, and at /l1 or /<chain id> of every port: the explorer needs one origin alone. */
static struct jsonrpc_route *routes(struct up *u, size_t *count)
{
    struct devnet *d = u->devnet;
    const size_t chains = d->chain_count;
    struct jsonrpc_route *route = ARENA_TAKE(&u->arena, struct jsonrpc_route, chains * (chains + 2)), *next = route;
    for (size_t i = 0; i < chains; i++) {
        char *path = arena_take(&u->arena, 24);
        snprintf(path, 24, "/%" PRIu64, d->chain[i].id);
        *next++ = (struct jsonrpc_route){(u32)i, "/", &d->chain[i].node};
        *next++ = (struct jsonrpc_route){(u32)i, "/l1", &d->chain[0].node};
        for (size_t port = 0; port < chains; port++)
            *next++ = (struct jsonrpc_route){(u32)port, path, &d->chain[i].node};
    }
    *count = (size_t)(next - route);
    return route;
}

/* --- what is printed --- */

static const char *url_of(struct up *u, size_t chain)
{
    char *text = arena_take(&u->arena, 300);
    snprintf(text, 300, "http://%s:%u", u->host, jsonrpc_server_port(u->server, (u32)chain));
    return text;
}

static void write_url(struct up *u, struct json_writer *w, size_t chain)
{
    json_write_key(w, "url");
    json_write_z(w, url_of(u, chain));
}

static void write_document(struct up *u, struct json_writer *w)
{
    const struct devnet *d = u->devnet;
    json_write_object(w);
    json_write_key(w, "chains");
    json_write_array(w);
    for (size_t i = 0; i < d->chain_count; i++) {
        json_write_object(w);
        write_url(u, w, i);
        devnet_write_chain(w, &d->chain[i]);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "accounts");
    json_write_array(w);
    for (size_t i = 0; i < DEVNET_ACCOUNTS; i++) {
        json_write_object(w);
        json_write_key(w, "address");
        json_write_address(w, &d->account[i].at);
        write_fixed(w, "privateKey", d->account[i].key);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_key(w, "mnemonic");
    json_write_z(w, devnet_mnemonic);
    json_write_end(w);
    json_write_finish(w);
}

static void print_address(const char *label, const address *at)
{
    u8 text[42];
    address_write(text, at);
    printf("  %-16s %.42s\n", label, text);
}

static void print_accounts(const struct devnet *d)
{
    printf("\nAccounts, with 10,000 ether on each chain (their keys are public):\n");
    for (size_t i = 0; i < DEVNET_ACCOUNTS; i++) {
        u8 at[42], key[64];
        address_write(at, &d->account[i].at);
        hex_write(key, d->account[i].key.b, sizeof d->account[i].key.b);
        printf("  %zu  %.42s  0x%.64s\n", i, at, key);
    }
    printf("  %s\n", devnet_mnemonic);
}

static void print_text(struct up *u)
{
    struct devnet *d = u->devnet;
    const struct session_contracts *c = &d->contracts;
    pthread_mutex_lock(&d->lock);
    const u64 slot_seconds = d->slot_seconds;
    const bool is_automining = d->is_automining;
    pthread_mutex_unlock(&d->lock);
    printf("Chains:\n");
    for (size_t i = 0; i < d->chain_count; i++)
        printf("  %-7s %-6" PRIu64 " %s  %s/%" PRIu64 "\n", i ? "rollup" : "L1", d->chain[i].id, url_of(u, i),
               url_of(u, 0), d->chain[i].id);
    printf("\nContracts on L1:\n");
    print_address("SharedBridge", &c->shared_bridge);
    print_address("ScopedAccount", &c->scoped_account);
    print_address("ProofRegistry", &c->proof_registry);
    print_address("QuorumVerifier", &c->quorum_verifier);
    printf("On each rollup:\n");
    print_address("RollupBridge", &c->rollup_bridge);
    print_address("L1Context", &c->l1_context);
    print_accounts(d);
    if (slot_seconds)
        printf("\nA slot each %" PRIu64 " s. Ctrl-C ends it.\n", slot_seconds);
    else if (!is_automining)
        printf("\nNo slots, until evm_mine or evm_setAutomine. Ctrl-C ends it.\n");
    else
        printf("\nA slot as soon as there is work. Ctrl-C ends it.\n");
}

static bool print_all(struct up *u, bool as_json)
{
    struct buffer text = buffer_in(&u->arena);
    struct json_writer w = json_writer(&text, 0);
    if (!as_json) {
        print_text(u);
    } else {
        write_document(u, &w);
        fwrite(text.ptr, 1, text.len, stdout);
    }
    return fflush(stdout) == 0;
}

/* --- GET: the explorer, /health and /metrics --- */

static void give_health(struct up *u, struct http_exchange *x)
{
    struct buffer out = buffer_in(x->arena);
    struct json_writer w = json_writer(&out, 0);
    devnet_write_status(&w, u->devnet);
    json_write_finish(&w);
    x->status = 200;
    x->type = "application/json";
    x->reply = buffer_bytes(&out);
}

static void give_metrics(struct up *u, struct http_exchange *x)
{
    struct buffer out = buffer_in(x->arena);
    struct jsonrpc_server *server = atomic_load(&u->server);
    if (!server) { /* it listens before it is told to the main thread */
        http_refuse(x, 503, "HTTP_STARTING", "the node is starting");
        return;
    }
    metrics_write(&out, u->devnet, server);
    x->status = 200;
    x->type = metrics_content_type;
    x->reply = buffer_bytes(&out);
}

static void get(void *context, struct http_exchange *x)
{
    struct up *u = context;
    if (explorer_serve(x))
        return;
    if (strcmp(x->path, "/health") == 0)
        give_health(u, x);
    else if (strcmp(x->path, "/metrics") == 0)
        give_metrics(u, x);
    else
        http_refuse(x, 404, "HTTP_NOT_FOUND", "not found");
}

static int serve_devnet(struct up *u, const struct command_line *line, int stop)
{
    struct complaint c = {.file = "--listen"};
    size_t route_count;
    const struct jsonrpc_route *route = routes(u, &route_count);
    const struct node_endpoints endpoints = {
        .listen = addresses(u, option_text(line, OPTION_NODE_LISTEN), u->devnet->chain_count),
        .listen_count = (u32)u->devnet->chain_count,
        .route = route,
        .route_count = (u32)route_count,
        .get = get,
        .get_context = u,
    };
    struct jsonrpc_server *server;
    const enum err e = node_serve(&server, &c, &endpoints);
    if (e != OK)
        return command_failed("scope up", &c, e);
    atomic_store(&u->server, server);
    const bool printed = print_all(u, option_is_given(line, OPTION_JSON));
    if (printed)
        devnet_build(u->devnet, stop);
    jsonrpc_server_close(u->server, GRACE_MS);
    return printed ? STATUS_MET : STATUS_FAILED;
}

int up_devnet(const struct command_line *line, int stop)
{
    struct up u = {0};
    struct complaint c = {0};
    const struct devnet_config config = {
        .rollup_count = option_is_given(line, OPTION_ROLLUP_COUNT) ? (u32)option_number(line, OPTION_ROLLUP_COUNT) : 0,
        .folder = option_text(line, OPTION_DIR),
        .slot_seconds = option_number(line, OPTION_SLOT),
        .preconf_ms = option_is_given(line, OPTION_PRECONF_MS) ? option_number(line, OPTION_PRECONF_MS) : 0,
        .no_mining = option_is_given(line, OPTION_NO_MINING),
    };
    arena_init(&u.arena, &system_memory);
    const enum err e = devnet_open(&u.devnet, &c, &system_memory, &config);
    const int status = e == OK ? serve_devnet(&u, line, stop) : command_failed("scope up", &c, e);
    devnet_close(u.devnet);
    arena_release(&u.arena);
    return status;
}
