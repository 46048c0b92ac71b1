/* scope witness - plays a scenario, and writes what a verifier needs of each rollup block that goes into a bundle. */
#include "builder/query.h"
#include "builder/session_hooks.h"
#include "options/commands.h"
#include "cli/run.h"
#include "io/file.h"
#include "io/memory.h"
#include "prover/guest_input.h"
#include "prover/prover_config.h"
#include "verify/batch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum format { FORMAT_JSON, FORMAT_BINARY, FORMAT_REQUEST, FORMAT_GUEST, FORMAT_COUNT }; /* in the order of --format */
static const char *const format_ending[FORMAT_COUNT] = {"json", "witness", "request", "guest"};

struct writing {
    struct arena arena;
    struct session *session;
    const char *folder;
    u64 chain; /* 0: all */
    enum format format;
    u32 written;
    enum err error;
};

static void write_witness_json(struct buffer *out, const struct prove_request *r, const hash32 *statement)
{
    struct json_writer w = json_writer(out, 1);
    json_write_object(&w);
    prove_request_write_json(&w, r, statement);
    json_write_key(&w, "chainId");
    json_write_quantity(&w, r->chain_id);
    json_write_end(&w);
    json_write_finish(&w);
}

static void write_guest_input(struct buffer *out, struct session *s, const struct prove_request *r)
{
    struct prover_config config;
    session_prover_config(s, &config);
    const struct rollup_rules *rules = prover_config_rules(&config, r->chain_id);
    BUG_UNLESS(rules);
    guest_input_encode(out, rules, r);
}

static enum err write_one(struct writing *w, const struct prove_request *r, const hash32 *statement)
{
    struct buffer out = buffer_in(&w->arena);
    struct complaint complaint = {0};
    struct header parent;
    char path[4096];
    TRY(header_decode(&parent, r->witness.header[r->witness.header_count - 1]));
    const int len = snprintf(path, sizeof path, "%s/%llu-%llu.%s", w->folder, (unsigned long long)r->chain_id,
                             (unsigned long long)parent.number + 1, format_ending[w->format]);
    if (len < 0 || (size_t)len >= sizeof path)
        return REJECT_TOO_LONG;
    switch (w->format) {
    case FORMAT_BINARY: witness_encode(&out, &r->witness); break;
    case FORMAT_REQUEST: prove_request_encode(&out, r); break;
    case FORMAT_GUEST: write_guest_input(&out, w->session, r); break;
    default: write_witness_json(&out, r, statement); break;
    }
    const enum err e = file_write(&complaint, path, buffer_bytes(&out));
    if (e)
        fprintf(stderr, "scope witness: %s: %s\n", path, complaint.text);
    else
        printf("%s  %zu bytes, %zu nodes, %zu codes, %zu headers\n", path, out.len, r->witness.node_count,
               r->witness.code_count, r->witness.header_count);
    return e;
}

static void asked(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct writing *w = context;
    if (w->error || (w->chain && w->chain != r->chain_id))
        return;
    const struct arena_mark mark = arena_mark(&w->arena);
    w->error = write_one(w, r, statement);
    w->written += !w->error;
    arena_rewind(&w->arena, mark);
}

static enum err on_session_opened(void *context, struct session *s)
{
    struct writing *w = context;
    w->session = s;
    session_watch_proofs(s, asked, context);
    return OK;
}

int cmd_witness(const struct command_line *line)
{
    struct writing w = {
        .folder = option_text(line, OPTION_OUT_FOLDER),
        .chain = option_number(line, OPTION_CHAIN),
        .format = (enum format)option_choice(line, OPTION_FORMAT),
    };
    const struct run_options o = {.file = line->argument[0], .quiet = true, .opened = on_session_opened, .context = &w};
    if (mkdir(w.folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "scope witness: %s: %s\n", w.folder, strerror(errno));
        return STATUS_FAILED;
    }
    arena_init(&w.arena, &system_memory);
    const int status = run_scenario(&o);
    arena_release(&w.arena);
    if (w.error)
        return STATUS_FAILED;
    if (status == STATUS_MET && w.written == 0) {
        fprintf(stderr, "scope witness: no rollup block was proved\n");
        return STATUS_NOT_MET;
    }
    return status;
}
