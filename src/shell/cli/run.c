/* scope run - a scenario file, from its text to the last expectation. */
#include "base/u256.h"
#include "builder/query.h"
#include "builder/session.h"
#include "chain/system_contracts.h"
#include "options/commands.h"
#include "derive/rollups_file.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/run_l1.h"
#include "codec/text.h"
#include "crypto/keccak.h"
#include "export/export.h"
#include "export/export_rollups.h"
#include "io/file.h"
#include "io/memory.h"
#include "play/check.h"
#include "play/play.h"
#include "play/resume.h"

#include <stdio.h>
#include <unistd.h>

enum {
    PROVER_TIMEOUT_MS = 8000 /* of a slot's 12 s */
};

struct run {
    struct run_options options;
    struct arena arena;
    struct complaint complaint;
    struct scenario *scenario;
    struct binder binder;
    struct report report;
    struct play play;
    struct run_l1 l1;
    struct resume resume;
};

/* --- the session -------------------------------------------------------------------------------- */

static hash32 prover_key(u32 index)
{
    char name[32];
    snprintf(name, sizeof name, "scope:prover:%u", index);
    hash32 key;
    keccak256(&key, name, strlen(name));
    return key;
}

static u64 or_default(const struct number *n, u64 value)
{
    return n->given ? n->value.w[0] : value;
}

static u256 base_fee_wei(const struct scenario_chain *c)
{
    return c->base_fee.given ? c->base_fee.value : u256_from_u64(DEFAULT_BASE_FEE);
}

/* An account's name, an address, or else keccak256("scope:coinbase:" chain)[12:], which has no known key. */
static enum err coinbase_of(struct run *r, address *out, const struct scenario_chain *c)
{
    if (c->coinbase.text) {
        const struct yaml y = {
            .kind = YAML_SCALAR, .text = c->coinbase.text, .len = strlen(c->coinbase.text), .place = c->coinbase.place};
        struct target target;
        TRY(binder_target(&r->binder, &target, &y, NO_CHAIN));
        *out = target.at;
        return OK;
    }
    struct keccak k;
    hash32 h;
    keccak_init(&k);
    keccak_add(&k, "scope:coinbase:", 15);
    keccak_add(&k, c->head.name, strlen(c->head.name));
    keccak_end(&k, &h);
    memcpy(out->b, h.b + 12, sizeof out->b);
    return OK;
}

static enum err rollup_configs(struct run *r, const struct rollup_config **out, size_t *count)
{
    const struct scenario *s = r->scenario;
    struct rollup_config *rollup = ARENA_TAKE(&r->arena, struct rollup_config, s->chain_count);
    size_t n = 0;
    for (u32 i = 0; i < s->chain_count; i++) {
        const struct scenario_chain *c = &s->chain[i];
        if (i == s->l1)
            continue;
        struct rollup_config config = {.chain_id = c->id.value.w[0],
                                       .gas_limit = or_default(&c->gas_limit, DEFAULT_ROLLUP_GAS_LIMIT),
                                       .base_fee = base_fee_wei(c)};
        TRY(coinbase_of(r, &config.coinbase, c));
        TRY(binder_genesis(&r->binder, &config, i));
        size_t at = n++;
        for (; at > 0 && rollup[at - 1].chain_id > config.chain_id; at--) /* ascending, as the session wants them */
            rollup[at] = rollup[at - 1];
        rollup[at] = config;
    }
    *out = rollup;
    *count = n;
    return OK;
}

static size_t funded_accounts(struct run *r, const struct funded_account **out)
{
    const struct scenario *s = r->scenario;
    struct funded_account *funded =
        ARENA_TAKE(&r->arena, struct funded_account, (size_t)s->account_count * s->chain_count);
    size_t count = 0;
    for (u32 i = 0; i < s->account_count; i++)
        for (u32 c = 0; c < s->chain_count; c++)
            if (!u256_is_zero(&s->account[i].balance[c]))
                funded[count++] =
                    (struct funded_account){s->chain[c].id.value.w[0], s->account[i].at, s->account[i].balance[c]};
    *out = funded;
    return count;
}

static enum err open_run_session(struct run *r)
{
    const struct scenario *s = r->scenario;
    const struct scenario_chain *l1 = &s->chain[s->l1];
    hash32 prover[SCENARIO_PROVERS_MAX];
    for (u32 i = 0; i < SCENARIO_PROVERS_MAX; i++)
        prover[i] = prover_key(i);
    struct session_config config = {
        .l1_chain_id = l1->id.value.w[0],
        .l1_fork = l1->fork.value.w[0] ? FORK_PRAGUE : FORK_OSAKA,
        .l1_gas_limit = or_default(&l1->gas_limit, DEFAULT_L1_GAS_LIMIT),
        .l1_base_fee = base_fee_wei(l1),
        .genesis_timestamp = or_default(&l1->timestamp, DEFAULT_TIMESTAMP),
        .builder_key = s->account[0].key,
        .prover_key = prover,
        .data = r->options.data,
        .prover_count = s->provers.count.value.w[0],
        .prover_threshold = s->provers.threshold.value.w[0],
        .prover_url = r->options.prover_url,
        .prover_url_count = r->options.prover_url_count,
        .prover_timeout_ms = PROVER_TIMEOUT_MS,
    };
    TRY(coinbase_of(r, &config.l1_coinbase, l1));
    TRY(rollup_configs(r, &config.rollup, &config.rollup_count));
    config.funded_count = funded_accounts(r, &config.funded);
    run_l1_configure(&r->l1, &config);
    if (r->options.dir && r->options.l1)
        TRY(resume_known(&r->resume, &config.deployment));
    const enum err e = session_open(&r->binder.session, &system_memory, &config);
    if (e == REJECT_GENESIS)
        complain(&r->complaint, (struct place){0, 0}, "%s", session_error(r->binder.session));
    return e;
}

/* --- the report --------------------------------------------------------------------------------- */

static void begin_report(struct run *r)
{
    const struct scenario *s = r->scenario;
    struct report_chain *chain = ARENA_TAKE(&r->arena, struct report_chain, s->chain_count);
    for (u32 i = 0; i < s->chain_count; i++)
        chain[i] = (struct report_chain){
            .name = s->chain[i].head.name,
            .kind = i == s->l1 ? "l1" : "rollup",
            .fork = s->chain[i].fork.value.w[0] ? "Prague" : "Osaka",
            .id = s->chain[i].id.value.w[0],
        };
    r->report = (struct report){
        .file = r->options.file,
        .title = s->title.text,
        .about = s->about.text,
        .chain = chain,
        .chain_count = s->chain_count,
        .prover_count = s->provers.count.value.w[0],
        .prover_threshold = s->provers.threshold.value.w[0],
    };
}

/* A page at a time, so that a person sees what has happened while the rest runs. */
static void print_page(const struct page *page)
{
    if (page_write(page, STDOUT_FILENO)) {
        fprintf(stderr, "scope: FAULT_IO: standard output cannot be written\n");
        _exit(STATUS_FAILED);
    }
}

static void print_item(void *context, const struct report_item *item)
{
    struct run *r = context;
    struct page page = page_open(&r->arena, STDOUT_FILENO);
    progress_hide();
    const bool first = item == r->report.item.item || item[-1].kind != item->kind;
    report_print_item(&page, item, first);
    print_page(&page);
}

static void say_progress(void *context, const char *what)
{
    (void)context;
    progress_say(what);
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupt_signal() != 0;
}

static void print_head(struct run *r)
{
    struct page page = page_open(&r->arena, STDOUT_FILENO);
    report_print_head(&page, &r->report);
    print_page(&page);
}

static void print_run_end(struct run *r)
{
    struct page page = page_open(&r->arena, STDOUT_FILENO);
    report_print_end(&page, &r->report);
    print_page(&page);
}

static void print_json(struct run *r)
{
    struct buffer out = buffer_in(&r->arena);
    if (r->options.json_before)
        text_add_z(&out, r->options.json_before);
    struct json_writer w = json_writer(&out, 2);
    report_write_json(&w, &r->report);
    const struct page page = {.text = out};
    print_page(&page);
}

static enum err write_file(const char *path, const struct buffer *text)
{
    struct complaint complaint = {0};
    const enum err e = file_write(&complaint, path, buffer_bytes(text));
    if (e)
        fprintf(stderr, "scope: %s: %s\n", path, complaint.text);
    return e;
}

static enum err export_l1(struct run *r)
{
    const struct scenario *s = r->scenario;
    const struct scenario_chain *l1 = &s->chain[s->l1];
    address *candidate = ARENA_TAKE(&r->arena, address, s->account_count + SYSTEM_CONTRACT_COUNT);
    for (u32 i = 0; i < s->account_count; i++)
        candidate[i] = s->account[i].at;
    for (u32 i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
        candidate[s->account_count + i] = system_contract[i].at;
    struct buffer out = buffer_in(&r->arena);
    struct json_writer w = json_writer(&out, 1);
    TRY(export_chain(&w, r->binder.session, l1->id.value.w[0], l1->fork.value.w[0] ? "prague" : "osaka", candidate,
                     s->account_count + SYSTEM_CONTRACT_COUNT, &r->arena));
    return write_file(r->options.export_l1, &out);
}

static enum err export_rollups(struct run *r)
{
    struct buffer out = buffer_in(&r->arena);
    struct json_writer w = json_writer(&out, 1);
    TRY(export_rollups_begin(&w, r->binder.session, &r->arena));
    export_rollups_end(&w);
    return write_file(r->options.export_rollups, &out);
}

static enum err export_genesis(struct run *r)
{
    const struct scenario *s = r->scenario;
    struct rollups_file f = {.l1_chain_id = s->chain[s->l1].id.value.w[0],
                             .shared_bridge = session_contracts(r->binder.session)->shared_bridge};
    f.has_l1_block = session_registered_at(r->binder.session, &f.l1_block);
    f.rollup = session_rollups(r->binder.session, &r->arena, &f.rollup_count);
    struct buffer out = buffer_in(&r->arena);
    struct json_writer w = json_writer(&out, 2);
    rollups_file_write(&w, &f);
    return write_file(r->options.export_genesis, &out);
}

static enum err write_svg(struct run *r)
{
    struct buffer out = buffer_in(&r->arena);
    report_write_svg(&out, &r->report);
    return write_file(r->options.svg, &out);
}

/* --- the run ------------------------------------------------------------------------------------ */

static enum err read_scenario(struct run *r)
{
    const bool is_stdin = strcmp(r->options.file, "-") == 0;
    struct bytes text;
    if (is_stdin)
        r->complaint.file = r->options.file = "standard input";
    TRY(is_stdin ? file_read_stdin(&r->arena, &text, &r->complaint, SCENARIO_BYTES_MAX)
                 : file_read(&r->arena, &text, &r->complaint, r->options.file, SCENARIO_BYTES_MAX));
    r->complaint.file = r->options.file;
    TRY(scenario_read(&r->arena, &r->scenario, &r->complaint, text));
    if (r->options.dir)
        TRY(resume_open(&r->resume, &r->complaint, r->options.dir, text));
    if (r->options.l1)
        TRY(run_l1_join(&r->l1, r->scenario, &r->options, r->resume.store, &r->complaint));
    TRY(binder_init(&r->binder, &r->arena, &r->complaint, r->scenario, r->options.file));
    return program_check(&r->binder);
}

static enum err play(struct run *r)
{
    if (!r->options.quiet)
        TRY(interrupt_catch());
    progress_say("starting the chains");
    TRY(open_run_session(r));
    progress_hide();
    if (r->options.opened)
        TRY(r->options.opened(r->options.context, r->binder.session));
    if (r->options.open_alone)
        return OK;
    begin_report(r);
    r->play = (struct play){.binder = &r->binder, .arena = &r->arena, .report = &r->report, .context = r};
    if (r->options.dir)
        TRY(resume_play(&r->resume, &r->play));
    if (r->play.first_step)
        fprintf(stderr, "scope: %s: goes on after step %u of %u\n", r->options.dir, r->play.first_step,
                r->scenario->step_count);
    r->play.interrupted = is_interrupted;
    r->play.progress = say_progress;
    if (!r->options.quiet && !r->options.json) {
        r->play.shown = print_item;
        print_head(r);
    }
    TRY(play_all(&r->play));
    progress_hide();
    if (r->options.export_l1)
        TRY(export_l1(r));
    if (r->options.export_rollups)
        TRY(export_rollups(r));
    if (r->options.export_genesis)
        TRY(export_genesis(r));
    if (r->options.svg)
        TRY(write_svg(r));
    if (r->options.quiet)
        return OK;
    if (r->options.json)
        print_json(r);
    else
        print_run_end(r);
    return OK;
}

/* What becomes of the work that is queued. */
static int conclude_interrupted(const struct run *r)
{
    const u32 unsent = r->play.unsent;
    fprintf(stderr, "scope: %s: %s: interrupted at step %u of %u: ", err_name(FAULT_INTERRUPTED),
            r->options.file, r->binder.step + 1, r->scenario->step_count);
    if (unsent)
        fprintf(stderr, "%u queued transaction%s or operation%s not sent", unsent, unsent == 1 ? "" : "s",
                unsent == 1 ? " was" : "s were");
    else
        fprintf(stderr, "nothing was queued");
    if (r->options.dir)
        fprintf(stderr, "; the same command resumes from %s\n", r->options.dir);
    else
        fprintf(stderr, "; without --dir the run cannot be resumed%s\n",
                r->options.l1 ? ", and what was sent to L1 remains there" : "");
    return 128 + interrupt_signal();
}

/* The file's mistakes have a complaint with a place; what is wrong with the L1 or with a key has a name; the rest is
 * the machine's, and the session may know more. */
static int conclude(struct run *r, enum err e)
{
    if (e == OK)
        return r->report.failed ? STATUS_NOT_MET : STATUS_MET;
    if (e == FAULT_INTERRUPTED)
        return conclude_interrupted(r);
    if (r->complaint.raised && e != FAULT_MEMORY && e != FAULT_UNSUPPORTED && e != FAULT_NETWORK &&
        e != FAULT_TIMEOUT) {
        char text[sizeof r->complaint.text + 1024];
        complaint_print(text, sizeof text, &r->complaint);
        if (r->options.l1 && r->complaint.place.line == 0)
            fprintf(stderr, "scope: %s: ", err_name(e));
        fprintf(stderr, "%s\n", text);
        return STATUS_WRONG;
    }
    const char *more = r->complaint.raised ? r->complaint.text
                       : r->binder.session ? session_error(r->binder.session)
                                           : "";
    fprintf(stderr, "scope: %s: %s%s%s\n", err_name(e), err_text(e), *more ? ": " : "", more);
    return STATUS_FAILED;
}

int run_scenario(const struct run_options *options)
{
    struct run r = {.options = *options, .complaint = {.file = options->file}};
    arena_init(&r.arena, &system_memory);
    progress_start();
    enum err e = read_scenario(&r);
    if (e == OK)
        e = play(&r);
    progress_stop();
    const int status = conclude(&r, e);
    run_l1_report(&r.l1);
    if (r.binder.session)
        session_close(r.binder.session);
    if (r.resume.store)
        store_close(r.resume.store);
    run_l1_leave(&r.l1);
    arena_release(&r.arena);
    return status;
}

_Static_assert(DATA_CALLDATA == 0 && DATA_BLOBS == 1 && DATA_AUTO == 2, "the words of --data, in options.def");

/* One after another, each on chains of its own: the greatest exit status. With --json one array of their documents. */
static int run_files(struct run_options *o, const char *const *file, size_t count)
{
    int worst = STATUS_MET;
    size_t counts[2] = {0};
    const bool array = o->json && count > 1;
    o->json_before = array ? "[\n" : NULL;
    for (size_t i = 0; i < count && worst < 128; i++) {
        o->file = file[i];
        const int status = run_scenario(o);
        worst = status > worst ? status : worst;
        counts[status != STATUS_MET]++;
        if (array && (status == STATUS_MET || status == STATUS_NOT_MET)) /* there is a document */
            o->json_before = ",\n";
    }
    if (array)
        printf("%s]\n", *o->json_before == '[' ? "[" : "");
    else if (count > 1)
        printf("\n%zu of %zu scenarios passed\n", counts[0], count);
    if (count > 1 && fflush(stdout) != 0) {
        fprintf(stderr, "scope: FAULT_IO: standard output cannot be written\n");
        return STATUS_FAILED;
    }
    return worst;
}

int cmd_run(const struct command_line *line)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct run_options o = {
        .export_l1 = option_text(line, OPTION_EXPORT_L1),
        .export_rollups = option_text(line, OPTION_EXPORT_ROLLUPS),
        .export_genesis = option_text(line, OPTION_EXPORT_GENESIS),
        .svg = option_text(line, OPTION_SVG),
        .dir = option_text(line, OPTION_DIR),
        .l1 = option_text(line, OPTION_L1),
        .l1_key = option_text(line, OPTION_L1_KEY),
        .data = (enum data_choice)option_choice(line, OPTION_DATA),
        .json = option_is_given(line, OPTION_JSON),
    };
    o.prover_url = option_texts(line, &arena, &o.prover_url_count, OPTION_PROVER);
    const int status = run_files(&o, line->argument, line->argument_count);
    arena_release(&arena);
    return status;
}
