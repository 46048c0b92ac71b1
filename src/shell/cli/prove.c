/* scope prove - a prover as a process of its own; scope rules - what it must believe. */
#include "cli/commands.h"
#include "cli/run.h"
#include "io/file.h"
#include "io/key_file.h"
#include "io/memory.h"
#include "io/stack.h"
#include "prover/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 64,
    REQUEST_BYTES_MAX = 64 << 20,
    REQUESTS_BYTES_MAX = 512 << 20,
    IDLE_MS = 15000,
    GRACE_MS = 30000
};

static const char prove_usage[] =
    "usage: scope prove --config FILE --key FILE [--listen ADDRESS:PORT]\n\n"
    "Executes rollup blocks again from a witness, and signs the statement that they came to. Over HTTP: POST /prove\n"
    "(src/shell/prover/service.h); GET / says who this is. SIGTERM or SIGINT: finishes what it is at, and ends.\n\n"
    "  --config FILE          L1 and rollups that it is configured for: src/shell/prover/prover_config.h, scope rules\n"
    "  --key FILE             64 hex digits; nobody but the owner may read it\n"
    "  --listen ADDRESS:PORT  127.0.0.1:8600 if it is not said; port 0: any that is free\n\n"
    "Exit status: 0 it was told to end, 2 the input is wrong, 3 the machine failed.\n";

/* --- the end: a signal writes to a pipe --- */

static int stop_write = -1;

static void on_signal(int number)
{
    const int saved = errno;
    const u8 byte = (u8)number;
    if (write(stop_write, &byte, 1) < 0) {
        /* full: it is told already */
    }
    errno = saved;
}

static bool catch_signals(int *stop)
{
    int end[2];
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    if (pipe2(end, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    stop_write = end[1];
    *stop = end[0];
    return sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0 &&
           signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

/* --- the process --- */

struct proving {
    struct arena arena;
    const char *config_path, *key, *listen;
    struct prover_config config;
    struct prover_service service;
};

static int complained(const struct complaint *c, enum err e)
{
    char text[sizeof c->text + 1024];
    complaint_print(text, sizeof text, c);
    fprintf(stderr, "scope prove: %s: %s\n", err_name(e), text);
    return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
}

static int serve(struct proving *p)
{
    int stop;
    struct complaint c = {.file = "--listen"};
    struct http_server *server;
    const struct http_server_config config = {
        .listen = p->listen,
        .connections_max = CONNECTIONS_MAX,
        .body_max = REQUEST_BYTES_MAX,
        .bodies_max = REQUESTS_BYTES_MAX,
        .idle_ms = IDLE_MS,
        .stack_bytes = DEEP_STACK_BYTES,
        .memory = &system_memory,
        .handle = prover_service_handle,
        .context = &p->service,
    };
    if (!catch_signals(&stop)) {
        fprintf(stderr, "scope prove: FAULT_IO: signals cannot be caught: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    const enum err e = http_server_open(&server, &c, &config);
    if (e)
        return complained(&c, e);
    const char *colon = strrchr(p->listen, ':');
    printf("scope prove: http://%.*s:%u, attester 0x", (int)(colon - p->listen), p->listen, http_server_port(server));
    for (size_t i = 0; i < sizeof p->service.attester.b; i++)
        printf("%02x", p->service.attester.b[i]);
    printf(", %zu rollups\n", p->config.rollup_count);
    fflush(stdout);
    http_server_run(server, stop);
    http_server_close(server, GRACE_MS);
    return STATUS_MET;
}

static int prove(struct proving *p)
{
    struct complaint c = {0};
    hash32 key;
    enum err e = prover_config_read(&p->config, &p->arena, &c, p->config_path);
    if (e)
        return complained(&c, e);
    e = key_file_read(&key, &c, p->key);
    if (e == OK)
        e = prover_service_init(&p->service, &p->config, &system_memory, &key);
    explicit_bzero(&key, sizeof key);
    if (e)
        return complained(&c, e);
    const int status = serve(p);
    prover_service_release(&p->service); /* with the key */
    return status;
}

static int wrong(const char *command, const char *usage, const char *what, const char *argument)
{
    fprintf(stderr, "scope %s: %s%s%s%s\n\n%s", command, what, argument ? " \"" : "", argument ? argument : "",
            argument ? "\"" : "", usage);
    return STATUS_WRONG;
}

int cmd_prove(int argc, char **argv)
{
    struct proving p = {.listen = "127.0.0.1:8600"};
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(prove_usage, stdout);
            return STATUS_MET;
        }
        const char **value = strcmp(argv[i], "--config") == 0   ? &p.config_path
                             : strcmp(argv[i], "--key") == 0    ? &p.key
                             : strcmp(argv[i], "--listen") == 0 ? &p.listen
                                                                : NULL;
        if (!value || i + 1 == argc)
            return wrong("prove", prove_usage, "unknown or incomplete option", argv[i]);
        *value = argv[i + 1];
    }
    if (!p.config_path || !p.key)
        return wrong("prove", prove_usage, p.config_path ? "no --key given" : "no --config given", NULL);
    arena_init(&p.arena, &system_memory);
    const int status = prove(&p);
    arena_release(&p.arena);
    return status;
}

/* --- scope rules --- */

static const char rules_usage[] =
    "usage: scope rules FILE [--l1 URL [--l1-key FILE]] [--out FILE]\n\n"
    "Writes what provers of the scenario's rollups must believe, as scope prove --config reads it: chain ids, contracts on\n"
    "L1, each rollup's rules. The contracts' addresses are those that scope run FILE, with the same --l1 and --l1-key, will\n"
    "deploy, as long as nobody else sends from the builder's account. Nothing is sent to the node.\n\n"
    "  --l1 URL, --l1-key FILE  as for scope run (docs/l1.md)\n"
    "  --out FILE               instead of standard output\n";

static enum err write_rules(void *context, struct session *s)
{
    const char *path = context;
    struct arena arena;
    struct prover_config config;
    struct complaint complaint = {0};
    enum err e = OK;
    arena_init(&arena, &system_memory);
    struct buffer out = buffer_in(&arena);
    struct json_writer w = json_writer(&out, 2);
    session_prover_config(s, &config);
    prover_config_write(&w, &config);
    json_write_finish(&w);
    if (path)
        e = file_write(&complaint, path, buffer_bytes(&out));
    else if (fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        e = FAULT_IO;
    if (e)
        fprintf(stderr, "scope rules: %s: %s\n", path ? path : "standard output", complaint.text);
    arena_release(&arena);
    return e;
}

int cmd_rules(int argc, char **argv)
{
    struct run_options o = {.quiet = true, .open_alone = true, .opened = write_rules};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(rules_usage, stdout);
            return STATUS_MET;
        }
        if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            o.context = argv[++i];
        else if (strcmp(argv[i], "--l1") == 0 && i + 1 < argc)
            o.l1 = argv[++i];
        else if (strcmp(argv[i], "--l1-key") == 0 && i + 1 < argc)
            o.l1_key = argv[++i];
        else if (argv[i][0] == '-' || o.file)
            return wrong("rules", rules_usage, "unknown or incomplete option, or a second file", argv[i]);
        else
            o.file = argv[i];
    }
    if (!o.file)
        return wrong("rules", rules_usage, "no file given", NULL);
    if (o.l1_key && !o.l1)
        return wrong("rules", rules_usage, "--l1-key is for --l1", NULL);
    return run_scenario(&o);
}
