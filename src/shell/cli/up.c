/* scope up - a devnet, or with --chain-only one chain, as a server. */
#include "cli/serving.h"
#include "cli/up_devnet.h"
#include "io/memory.h"
#include "node/local_chain.h"
#include "node/server.h"
#include "options/commands.h"

#include <errno.h>
#include <stdio.h>

enum { GRACE_MS = 1000 };

struct up {
    const char *genesis, *import, *listen;
    struct local_chain chain;
    struct node node;
};

static int serve(struct up *u, int stop)
{
    struct complaint c = {.file = "--listen"};
    struct jsonrpc_server *server;
    const struct jsonrpc_route route = {.path = "/", .context = &u->node};
    const struct node_endpoints endpoints = {&u->listen, 1, &route, 1, NULL, NULL};
    const enum err e = node_serve(&server, &c, &endpoints);
    if (e)
        return command_failed("scope up", &c, e);
    const char *colon = strrchr(u->listen, ':');
    struct snapshot *at = snapshot_take(&u->chain.chain); /* a request may publish another already */
    printf("Listening on %.*s:%u, chain %llu, head %llu\n", (int)(colon - u->listen), u->listen,
           jsonrpc_server_port(server, 0), (unsigned long long)u->chain.genesis.rules.chain_id,
           (unsigned long long)at->head->header.number);
    snapshot_drop(at);
    fflush(stdout);
    wait_until_stopped(stop);
    jsonrpc_server_close(server, GRACE_MS);
    return STATUS_MET;
}

static int up_chain(struct up *u, int stop)
{
    struct complaint c = {0};
    enum err e = local_chain_open(&u->chain, &system_memory, &c, u->genesis);
    if (e)
        return command_failed("scope up", &c, e);
    if (u->import)
        e = local_chain_import(&u->chain, &c, u->import);
    node_init(&u->node, &u->chain.chain, &u->chain);
    const int status = e ? command_failed("scope up", &c, e) : serve(u, stop);
    node_release(&u->node);
    local_chain_close(&u->chain);
    return status;
}

/* --chain-only needs both, which the table cannot say: they need --chain-only, too. */
static bool chain_only_is_complete(const struct command_line *line)
{
    static const enum option_id needed[] = {OPTION_GENESIS, OPTION_NO_MINING};
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (!option_is_given(line, needed[i])) {
            fprintf(stderr, "scope up: \"--chain-only\" requires \"--%s\"\nTry \"scope up --help\".\n",
                    option_table[needed[i]].name);
            return false;
        }
    return true;
}

int cmd_up(const struct command_line *line)
{
    struct up u = {
        .genesis = option_text(line, OPTION_GENESIS),
        .import = option_text(line, OPTION_IMPORT),
        .listen = option_text(line, OPTION_NODE_LISTEN),
    };
    int stop;
    if (option_is_given(line, OPTION_CHAIN_ONLY) && !chain_only_is_complete(line))
        return STATUS_WRONG;
    if (!stop_on_signals(&stop)) {
        fprintf(stderr, "scope up: FAULT_IO: signals cannot be caught: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return option_is_given(line, OPTION_CHAIN_ONLY) ? up_chain(&u, stop) : up_devnet(line, stop);
}
