/* scope prove - a prover as a process of its own; scope rules - what it must believe. */
#include "builder/query.h"
#include "cli/run.h"
#include "cli/serving.h"
#include "io/file.h"
#include "io/key_file.h"
#include "io/memory.h"
#include "io/stack.h"
#include "options/commands.h"
#include "prover/service.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { IMAGE_BYTES_MAX = 256 << 20 };

struct proving {
    struct arena arena;
    const char *config_path, *key, *listen, *image_path;
    struct rv_image image;
    struct prover_config config;
    struct prover_service service;
};

static void print_started(void *context, u16 port)
{
    const struct proving *p = context;
    const char *colon = strrchr(p->listen, ':');
    printf("scope prove: http://%.*s:%u, attester 0x", (int)(colon - p->listen), p->listen, port);
    for (size_t i = 0; i < sizeof p->service.attester.b; i++)
        printf("%02x", p->service.attester.b[i]);
    printf(", %zu rollups\n", p->config.rollup_count);
    fflush(stdout);
}

static int serve_until_signal(struct proving *p)
{
    int stop;
    struct complaint c = {.file = "--listen"};
    if (!stop_on_signals(&stop)) {
        fprintf(stderr, "scope prove: FAULT_IO: cannot install signal handlers: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    const enum err e = prover_service_run(&p->service, &c, p->listen, stop, print_started, p);
    return e ? command_failed("scope prove", &c, e) : STATUS_MET;
}

static enum err load_image(struct proving *p, struct complaint *c)
{
    struct bytes file;
    TRY(file_read(&p->arena, &file, c, p->image_path, IMAGE_BYTES_MAX));
    const enum rv_elf_error wrong = rv_elf_read(&p->image, file);
    if (wrong) {
        c->file = p->image_path;
        complain(c, (struct place){0}, "%s", rv_elf_message(wrong));
        return REJECT_CONFIG;
    }
    return OK;
}

static enum err init_service(struct proving *p, struct complaint *c, const hash32 *key)
{
    const struct rv_image *image = p->image_path ? &p->image : NULL;
    const enum err e = prover_service_init(&p->service, &p->config, &system_memory, key, image);
    c->file = p->config_path;
    if (e == REJECT_CONFIG)
        complain(c, (struct place){0}, "programId is not the id of %s: see scope guest id",
                 image ? p->image_path : "the program that this one stands for");
    return e;
}

static int serve_proofs(struct proving *p)
{
    struct complaint c = {0};
    hash32 key;
    enum err e = prover_config_read(&p->config, &p->arena, &c, p->config_path);
    if (e == OK && p->image_path)
        e = load_image(p, &c);
    if (e)
        return command_failed("scope prove", &c, e);
    e = key_file_read(&key, &c, p->key);
    if (e == OK)
        e = init_service(p, &c, &key);
    explicit_bzero(&key, sizeof key);
    if (e)
        return command_failed("scope prove", &c, e);
    const int status = serve_until_signal(p);
    prover_service_release(&p->service); /* with the key */
    return status;
}

int cmd_prove(const struct command_line *line)
{
    struct proving p = {
        .config_path = option_text(line, OPTION_CONFIG),
        .key = option_text(line, OPTION_KEY),
        .listen = option_text(line, OPTION_LISTEN),
        .image_path = option_text(line, OPTION_EMULATE),
    };
    arena_init(&p.arena, &system_memory);
    const int status = serve_proofs(&p);
    arena_release(&p.arena);
    return status;
}

/* --- scope rules --- */

struct rules_output {
    const char *path; /* NULL: standard output */
};

static enum err write_rules(void *context, struct session *s)
{
    const struct rules_output *to = context;
    const char *path = to->path;
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

int cmd_rules(const struct command_line *line)
{
    struct rules_output out = {option_text(line, OPTION_OUT_FILE)};
    const struct run_options o = {
        .file = line->argument[0],
        .l1 = option_text(line, OPTION_L1),
        .l1_key = option_text(line, OPTION_L1_KEY),
        .quiet = true,
        .open_alone = true,
        .opened = write_rules,
        .context = &out,
    };
    return run_scenario(&o);
}
