/* scope witness - plays a scenario, and writes what a verifier needs of each rollup block that goes into a bundle. */
#include "builder/session_hooks.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "codec/number.h"
#include "io/file.h"
#include "io/memory.h"
#include "prover/request.h"
#include "verify/batch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: scope witness FILE [--chain ID] [--format json|binary|request] --out FOLDER\n\n"
    "Plays the scenario FILE (docs/scenario.md) and writes FOLDER/<chain>-<first block>.<ending> for each rollup block\n"
    "that provers are asked about: trie nodes, codes, headers.\n\n"
    "  --chain ID        of one rollup alone\n"
    "  --format json     .json, as debug_executionWitness gives it; also l1Header, chainId, statement and data (default)\n"
    "  --format binary   .witness, the compact form (src/kernel/verify/witness.h)\n"
    "  --format request  .request, what a prover is sent (src/shell/prover/request.h), the data included\n"
    "  --out FOLDER      is made if it is not there\n\n"
    "Exit status: that of scope run; 3 when a file cannot be written.\n";

enum format { FORMAT_JSON, FORMAT_BINARY, FORMAT_REQUEST, FORMAT_COUNT };
static const char *const format_name[FORMAT_COUNT] = {"json", "binary", "request"};
static const char *const format_ending[FORMAT_COUNT] = {"json", "witness", "request"};

struct writing {
    struct arena arena;
    const char *folder;
    u64 chain; /* 0: all */
    enum format format;
    u32 written;
    enum err error;
};

static void write_json(struct buffer *out, const struct prove_request *r, const hash32 *statement)
{
    struct json_writer w = json_writer(out, 1);
    json_write_object(&w);
    witness_write_json(&w, &r->witness);
    json_write_key(&w, "chainId");
    json_write_quantity(&w, r->chain_id);
    json_write_key(&w, "statement");
    json_write_hex(&w, BYTES_OF(statement->b));
    json_write_key(&w, "data");
    json_write_hex(&w, r->data.calldata);
    json_write_key(&w, "blobs");
    json_write_array(&w);
    for (size_t i = 0; i < r->data.blob_count; i++)
        json_write_hex(&w, BYTES_OF(r->data.blob[i].blob->b));
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
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
    default: write_json(&out, r, statement); break;
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

static enum err opened(void *context, struct session *s)
{
    session_watch_proofs(s, asked, context);
    return OK;
}

static bool read_format(enum format *out, const char *name)
{
    for (enum format f = 0; f < FORMAT_COUNT; f++)
        if (strcmp(name, format_name[f]) == 0) {
            *out = f;
            return true;
        }
    return false;
}

static int wrong(const char *what, const char *argument)
{
    fprintf(stderr, "scope witness: %s%s%s%s\n\n%s", what, argument ? " \"" : "", argument ? argument : "",
            argument ? "\"" : "", usage);
    return STATUS_WRONG;
}

int cmd_witness(int argc, char **argv)
{
    struct writing w = {0};
    struct run_options o = {.quiet = true, .opened = opened, .context = &w};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return STATUS_MET;
        }
        if (argv[i][0] != '-' && !o.file) {
            o.file = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--out") == 0 && value)
            w.folder = value;
        else if (strcmp(argv[i], "--chain") == 0 && value) {
            if (number_u64(&w.chain, bytes_of(value, strlen(value))) != OK || w.chain == 0)
                return wrong("--chain: not a chain id:", value);
        } else if (strcmp(argv[i], "--format") == 0 && value) {
            if (!read_format(&w.format, value))
                return wrong("--format: unknown:", value);
        } else
            return wrong(argv[i][0] == '-' ? "unknown or incomplete option" : "a second file", argv[i]);
        i++;
    }
    if (!o.file)
        return wrong("no file given", NULL);
    if (!w.folder)
        return wrong("no --out FOLDER given", NULL);
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
        fprintf(stderr, "scope witness: no prover was asked about such a block\n");
        return STATUS_NOT_MET;
    }
    return status;
}
