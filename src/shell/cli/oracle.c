/* oracle - scope oracle: random programs on many chains and on one (oracle/oracle.h).
 *
 * Program i has the seed S + i. What fails is shrunk and printed; with --write also as a scenario file,
 * oracle-SEED.yaml in FOLDER, and a single program in any case. With --export-rollups the rollups' blocks are written,
 * FOLDER/oracle-CHAINS-SEED.json, for another client to execute (export_rollups.h). */
#include "options/commands.h"
#include "crypto/keccak.h"
#include "export/export_rollups.h"
#include "io/memory.h"
#include "oracle/oracle.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

/* An oracle's memory grows with each program, so it is opened anew after so many. */
enum { PROGRAMS_PER_ORACLE = 200, THREADS_MAX = 64 /* options.def */, FINDINGS_PRINTED = 5 };

struct options {
    u64 programs, seed;
    u32 threads;
    const char *folder; /* for scenario files; NULL: none are written */
    const char *export; /* folder for the rollups' blocks; NULL: not written */
};

struct run {
    struct options options;
    pthread_mutex_t lock;
    u64 next;               /* program */
    struct oracle_shares shares;
    u64 failed;
    enum err e;
};

/* The rollups of one oracle: how they began, and a branch for each program. */
struct export
{
    struct arena arena;
    struct buffer text;
    struct json_writer w;
    u64 first_seed;
};

/* One thread's oracles, by the number of chains. */
struct worker {
    struct run *run;
    struct oracle *oracle[ORACLE_CHAINS_MAX + 1];
    struct export export[ORACLE_CHAINS_MAX + 1];
    u32 used[ORACLE_CHAINS_MAX + 1];
    struct arena arena;
    struct oracle_shares shares;
};

static void print_finding(struct worker *w, const struct program *whole, const struct program *p,
                          const struct finding *first, const struct finding *finding)
{
    struct buffer text = buffer_in(&w->arena);
    program_print(&text, p);
    pthread_mutex_lock(&w->run->lock);
    if (w->run->failed++ < FINDINGS_PRINTED) {
        printf("program of seed %llu: %s: %s\n", (unsigned long long)whole->seed, finding_name(first->kind),
               first->text);
        printf("shrunk to %u acts: %s: %s\n%.*s\n", program_act_count(p), finding_name(finding->kind), finding->text,
               (int)text.len, (const char *)text.ptr);
        fflush(stdout);
    }
    pthread_mutex_unlock(&w->run->lock);
}

static enum err write_oracle_file(const char *path, const struct buffer *text)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return FAULT_IO;
    const bool written = fwrite(text->ptr, 1, text->len, file) == text->len;
    return fclose(file) == 0 && written ? OK : FAULT_IO;
}

/* oracle-SEED.yaml in FOLDER */
static enum err write_scenario(struct worker *w, struct oracle *oracle, const struct program *p,
                               const struct finding *finding)
{
    char path[4096];
    if (!w->run->options.folder)
        return OK;
    struct buffer text = buffer_in(&w->arena);
    oracle_print_scenario(oracle, &text, p, finding);
    snprintf(path, sizeof path, "%s/oracle-%llu.yaml", w->run->options.folder, (unsigned long long)p->seed);
    return write_oracle_file(path, &text);
}

static enum err add_branch(void *context, struct session *s, const struct program *p, const u64 *after)
{
    struct export *e = context;
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)p->seed);
    return export_rollups_branch(&e->w, s, name, after, &e->arena);
}

static enum err begin_export(struct worker *w, u32 chains, u64 seed)
{
    struct export *e = &w->export[chains];
    if (!w->run->options.export)
        return OK;
    arena_init(&e->arena, &system_memory);
    e->text = buffer_in(&e->arena);
    e->w = json_writer(&e->text, 1);
    e->first_seed = seed;
    return export_rollups_begin(&e->w, oracle_session(w->oracle[chains]), &e->arena);
}

/* FOLDER/oracle-CHAINS-SEED.json */
static enum err end_export(struct worker *w, u32 chains)
{
    struct export *e = &w->export[chains];
    char path[4096];
    if (!w->run->options.export)
        return OK;
    export_rollups_end(&e->w);
    snprintf(path, sizeof path, "%s/oracle-%u-%llu.json", w->run->options.export, chains,
             (unsigned long long)e->first_seed);
    const enum err written = write_oracle_file(path, &e->text);
    arena_release(&e->arena);
    return written;
}

static enum err close_oracle(struct worker *w, u32 chains)
{
    oracle_close(w->oracle[chains]);
    w->oracle[chains] = NULL;
    return end_export(w, chains);
}

static enum err oracle_for(struct worker *w, struct oracle **out, u32 chains, u64 seed)
{
    if (w->oracle[chains] && w->used[chains]++ >= PROGRAMS_PER_ORACLE)
        TRY(close_oracle(w, chains));
    if (!w->oracle[chains]) {
        struct buffer why = buffer_in(&w->arena);
        const enum err e = oracle_open(&w->oracle[chains], &system_memory, chains - 1, &why);
        if (e != OK) {
            fprintf(stderr, "scope oracle: setting up failed: %.*s\n", (int)why.len, (const char *)why.ptr);
            return e;
        }
        w->used[chains] = 0;
        TRY(begin_export(w, chains, seed));
    }
    *out = w->oracle[chains];
    return OK;
}

static enum err run_one(struct worker *w, u64 seed)
{
    struct program p;
    struct finding first, finding;
    struct oracle *oracle;
    program_generate(&p, &w->arena, seed);
    TRY(oracle_for(w, &oracle, p.chain_count, seed));
    const struct program whole = p;
    oracle_watch(oracle, w->run->options.export ? add_branch : NULL, &w->export[p.chain_count]);
    TRY(oracle_run(oracle, &p, &w->shares, &first));
    oracle_watch(oracle, NULL, NULL);
    if (first.kind == FINDING_NONE)
        return w->run->options.programs == 1 ? write_scenario(w, oracle, &p, &first) : OK;
    finding = first;
    if (w->run->failed < FINDINGS_PRINTED)
        TRY(oracle_shrink(oracle, &p, &finding));
    print_finding(w, &whole, &p, &first, &finding);
    return write_scenario(w, oracle, &p, &finding);
}

static bool take_next(struct run *run, u64 *seed)
{
    pthread_mutex_lock(&run->lock);
    const bool any = run->next < run->options.programs && run->e == OK;
    if (any)
        *seed = run->options.seed + run->next++;
    pthread_mutex_unlock(&run->lock);
    return any;
}

static void *run_oracle_worker(void *context)
{
    struct worker *w = context;
    u64 seed;
    arena_init(&w->arena, &system_memory);
    while (take_next(w->run, &seed)) {
        const struct arena_mark mark = arena_mark(&w->arena);
        const enum err e = run_one(w, seed);
        arena_rewind(&w->arena, mark);
        if (e != OK) {
            pthread_mutex_lock(&w->run->lock);
            w->run->e = e;
            pthread_mutex_unlock(&w->run->lock);
            fprintf(stderr, "scope oracle: seed %llu: %s\n", (unsigned long long)seed, err_text(e));
        }
    }
    enum err closed = OK;
    for (u32 i = 0; i <= ORACLE_CHAINS_MAX; i++)
        if (w->oracle[i] && closed == OK)
            closed = close_oracle(w, i);
    arena_release(&w->arena);
    pthread_mutex_lock(&w->run->lock);
    if (closed != OK)
        w->run->e = closed;
    oracle_shares_add(&w->run->shares, &w->shares);
    pthread_mutex_unlock(&w->run->lock);
    return NULL;
}

/* --- shares --- */

static double percent(u64 part, u64 of)
{
    return of ? 100.0 * (double)part / (double)of : 0;
}

static void print_share(const char *name, u64 part, u64 of)
{
    printf("  %-34s %9llu  %5.1f%%\n", name, (unsigned long long)part, percent(part, of));
}

static void print_shares(const struct oracle_shares *s)
{
    const u64 taken = s->settled + s->reverted;
    char name[32];
    printf(
        "%llu programs, %llu slots, %llu scopes (a transaction or operation with all its calls), %llu calls, %llu events\n",
        (unsigned long long)s->programs, (unsigned long long)s->slots, (unsigned long long)s->scopes,
        (unsigned long long)s->calls, (unsigned long long)s->events);
    printf("scopes\n");
    print_share("settled", s->settled, s->scopes);
    print_share("included, reverted", s->reverted, s->scopes);
    print_share("refused: revert around a call", s->refused_revert_around_call, s->scopes);
    print_share("refused: the fuse on L1", s->refused_fuse, s->scopes);
    print_share("refused: a refund refused", s->refused_refund, s->scopes);
    print_share("refused: the operation failed", s->refused_operation_failed, s->scopes);
    print_share("refused: no rollup takes part", s->refused_alone, s->scopes);
    print_share("refused: a lookup into a static frame", s->refused_into_static, s->scopes);
    printf("scopes that settled, by depth of calls\n");
    for (u32 i = 0; i < ORACLE_DEPTH_MAX; i++)
        if (s->depth[i]) {
            snprintf(name, sizeof name, "%u", i);
            print_share(name, s->depth[i], taken);
        }
    printf("  by chains that take part\n");
    for (u32 i = 0; i <= ORACLE_CHAINS_MAX; i++)
        if (s->chains[i]) {
            snprintf(name, sizeof name, "%u", i);
            print_share(name, s->chains[i], taken);
        }
    printf("  by number of calls\n");
    for (u32 i = 0; i < COUNT_OF(s->calls_in_scope); i++) {
        snprintf(name, sizeof name, "%u%s", i, i + 1 == COUNT_OF(s->calls_in_scope) ? " and more" : "");
        print_share(name, s->calls_in_scope[i], taken);
    }
    print_share("with a call that failed", s->with_failure, taken);
    print_share("with a call back, handled inline", s->with_inline, taken);
    print_share("with re-entry of a contract", s->with_reentry, taken);
    print_share("with the same call twice", s->same_call_twice, taken);
    print_share("with a failed call in a failed frame", s->with_attempt, taken);
    print_share("the same, reverted", s->with_attempt_reverted, taken);
    print_share("with a lookup", s->with_lookup, taken);
    print_share("with lookups alone", s->with_lookup_only, taken);
    print_share("with a lookup, reverted", s->with_lookup_reverted, taken);
    printf("calls\n");
    print_share("failed", s->failed, s->calls);
    print_share("failed, and their callers", s->attempts, s->calls);
    print_share("with value", s->with_value, s->calls);
    print_share("refunded", s->refunded, s->calls);
    print_share("inline", s->inline_calls, s->calls);
    print_share("into a contract that is calling", s->reentered, s->calls);
    print_share("through a RemoteAccount", s->by_remote, s->calls);
    print_share("leaf", s->leaf, s->calls);
    print_share("to a forbidden target", s->forbidden, s->calls);
    printf("lookups: %llu; on the one chain, equal ones too: %llu\n", (unsigned long long)s->lookups,
           (unsigned long long)s->looked);
    print_share("failed", s->lookups_failed, s->lookups);
    print_share("inline", s->lookups_inline, s->lookups);
    print_share("made by a lookup", s->lookups_nested, s->lookups);
    print_share("through a RemoteAccount", s->lookups_by_remote, s->lookups);
    print_share("before the first call", s->lookups_before, s->lookups);
    print_share("between calls", s->lookups_between, s->lookups);
    print_share("inside of a call", s->lookups_inside, s->lookups);
    printf("responses filled before an earlier part of their scope: %llu\n", (unsigned long long)s->filled_ahead);
    printf("most gas of a bundle: %llu\n", (unsigned long long)s->l1_gas_most);
}

/* --- the command --- */

/* The EVM calls itself deep, and scopes nest chains within chains (cli/main.c). */
static int start_worker(pthread_t *thread, struct worker *w)
{
    pthread_attr_t attributes;
    int e = pthread_attr_init(&attributes);
    if (!e)
        e = pthread_attr_setstacksize(&attributes, (size_t)1 << 30);
    if (!e)
        e = pthread_create(thread, &attributes, run_oracle_worker, w);
    pthread_attr_destroy(&attributes);
    return e;
}

int cmd_oracle(const struct command_line *line)
{
    struct run run = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .options = {.programs = option_number(line, OPTION_PROGRAMS),
                    .seed = option_number(line, OPTION_SEED),
                    .threads = (u32)option_number(line, OPTION_ORACLE_THREADS),
                    .folder = option_text(line, OPTION_WRITE),
                    .export = option_text(line, OPTION_EXPORT_ORACLE)},
    };
    const char *const folder[] = {run.options.folder, run.options.export};
    for (size_t i = 0; i < COUNT_OF(folder); i++)
        if (folder[i] && mkdir(folder[i], 0777) != 0 && errno != EEXIST) {
            fprintf(stderr, "scope oracle: %s: %s\n", folder[i], strerror(errno));
            return STATUS_FAILED;
        }
    static struct worker worker[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    u32 started = 0;
    for (; started < run.options.threads; started++) {
        worker[started] = (struct worker){.run = &run};
        if (start_worker(&thread[started], &worker[started]) != 0)
            break;
    }
    for (u32 i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    if (started == 0 || run.e != OK) {
        fprintf(stderr, "scope oracle: %s\n", run.e != OK ? err_text(run.e) : "no thread could be started");
        return run.e != OK && err_is_reject(run.e) ? 1 : 3;
    }
    print_shares(&run.shares);
    printf("%llu passed, %llu failed\n", (unsigned long long)(run.shares.programs - run.failed),
           (unsigned long long)run.failed);
    return run.failed != 0;
}
