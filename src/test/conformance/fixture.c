#include "conformance/fixture_chain.h"
#include "conformance/fixture_tally.h"

#include "io/file.h"
#include "io/memory.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_LIMIT = 256 << 20, WORKERS_MAX = 256, FAILURES_SHOWN = 40, WHY_BYTES = 400 };

#ifdef SANITIZE
static const size_t stack_bytes = (size_t)4 << 30;
#else
static const size_t stack_bytes = (size_t)512 << 20; /* the EVM calls itself 1,024 deep */
#endif

struct skip_row {
    char *pattern, *reason;
};

struct work_file {
    const char *path;
    const char *folder;
    off_t size;
};

struct fixture_run {
    const struct fixture_command *command;
    /* from the command line */
    const char *fork, *name, *skip_path;
    u32 threads;
    i64 expect; /* -1: not asked */
    u64 part_count;   /* 0: all cases */
    bool json, trace, time;
    enum evm_tier tier;
    const char *const *paths;
    size_t path_count;
    /* */
    struct arena arena;
    struct work_file *file;
    size_t file_count;
    struct skip_row *skip;
    size_t skip_count;
    atomic_size_t next;
    atomic_int status; /* of the program: 0, 2 or 3 */
    pthread_mutex_t printing;
    u64 failures_shown;
};

static char *copy_text(struct arena *a, const char *text, size_t len)
{
    char *p = arena_take(a, len + 1);
    memcpy(p, text, len);
    p[len] = 0;
    return p;
}

static void show_failure(struct fixture_run *run, const char *text)
{
    pthread_mutex_lock(&run->printing);
    if (run->failures_shown++ < FAILURES_SHOWN)
        fprintf(stderr, "FAIL %s\n", text);
    else if (run->failures_shown == FAILURES_SHOWN + 1)
        fprintf(stderr, "(more failures are counted, and listed by --json)\n");
    pthread_mutex_unlock(&run->printing);
}

void fixture_report(struct fixture_worker *w, struct bytes fork, struct bytes name, enum fixture_outcome outcome,
                    const char *why, ...)
{
    char fork_z[40], text[WHY_BYTES + 1600], reason[WHY_BYTES];
    snprintf(fork_z, sizeof fork_z, "%.*s", (int)fork.len, (const char *)fork.ptr);
    fixture_tally_add(w->tally, fork_z, w->folder, outcome);
    if (outcome == FIXTURE_PASSED)
        return;
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(reason, sizeof reason, why, arguments);
    va_end(arguments);
    if (outcome == FIXTURE_SKIPPED) {
        fixture_tally_note(w->tally, outcome, reason, 1);
        return;
    }
    snprintf(text, sizeof text, "%s %.*s [%s]: %s", w->path, (int)(name.len > 1000 ? 1000 : name.len),
             (const char *)name.ptr, fork_z, reason);
    fixture_tally_note(w->tally, outcome, text, 1);
    show_failure(w->run, text);
}

u64 fixture_failed(const struct fixture_worker *w)
{
    return w->tally->count[FIXTURE_FAILED];
}

static bool contains(struct bytes text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* FNV-1a: which tenth a case is in does not depend on the other cases. */
static u64 name_hash(struct bytes name)
{
    u64 h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.len; i++)
        h = (h ^ name.ptr[i]) * 0x100000001b3u;
    return h >> 17;
}

bool fixture_wanted(const struct fixture_worker *w, struct bytes fork, struct bytes name)
{
    const struct fixture_run *run = w->run;
    if (run->fork && !bytes_eq(fork, bytes_of(run->fork, strlen(run->fork))))
        return false;
    if (run->part_count && name_hash(name) % run->part_count != 0)
        return false;
    return !run->name || contains(name, run->name);
}

const char *fixture_skip(const struct fixture_worker *w, struct bytes name)
{
    for (size_t i = 0; i < w->run->skip_count; i++)
        if (contains(name, w->run->skip[i].pattern))
            return w->run->skip[i].reason;
    return NULL;
}

/* --- workers --- */

static void fail_run(struct fixture_run *run, const char *path, const struct complaint *complaint, enum err e)
{
    char text[1200];
    complaint_print(text, sizeof text, complaint);
    pthread_mutex_lock(&run->printing);
    fprintf(stderr, "scope: %s: %s\n", err_name(e), complaint->raised ? text : path);
    pthread_mutex_unlock(&run->printing);
    int worst = err_is_fault(e) ? 3 : 2, now = atomic_load(&run->status);
    while (now < worst && !atomic_compare_exchange_weak(&run->status, &now, worst))
        ;
}

static u64 nanoseconds_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

static void run_one_file(struct fixture_worker *w, const struct work_file *f)
{
    const struct arena_mark mark = arena_mark(&w->arena);
    struct json root;
    const u64 start = nanoseconds_now(CLOCK_THREAD_CPUTIME_ID);
    w->gas = 0;
    w->path = f->path;
    w->folder = f->folder;
    w->complaint = (struct complaint){.file = f->path};
    enum err e = json_read_file(&w->arena, &root, &w->complaint, f->path, FILE_LIMIT);
    if (e == OK && json_kind(root) != JSON_OBJECT)
        e = json_unexpected(&w->complaint, root, "an object of test cases");
    if (e == OK)
        e = w->run->command->run_file(w, root);
    if (e != OK)
        fail_run(w->run, f->path, &w->complaint, e);
    code_cache_trim(w->codes);
    arena_rewind(&w->arena, mark);
    if (w->run->time)
        fixture_tally_time(w->tally, f->path, nanoseconds_now(CLOCK_THREAD_CPUTIME_ID) - start, w->gas);
}

static void *work(void *context)
{
    struct fixture_worker *w = context;
    arena_init(&w->arena, &system_memory);
    w->codes = code_cache_open(&system_memory, 0);
    machine_init(&w->machine, &system_memory, w->codes);
    w->machine.vm.tier = w->run->tier;
    for (size_t i; atomic_load(&w->run->status) == 0 && (i = atomic_fetch_add(&w->run->next, 1)) < w->run->file_count;)
        run_one_file(w, &w->run->file[i]);
    machine_release(&w->machine);
    code_cache_release(w->codes);
    arena_release(&w->arena);
    return NULL;
}

static int run_workers(struct fixture_run *run, struct fixture_tally *tally)
{
    static struct fixture_worker worker[WORKERS_MAX];
    static pthread_t thread[WORKERS_MAX];
    pthread_attr_t attributes;
    size_t started = 0;
    int e = pthread_attr_init(&attributes);
    if (!e)
        e = pthread_attr_setstacksize(&attributes, stack_bytes);
    for (; !e && started < run->threads; started++) {
        worker[started] = (struct fixture_worker){.run = run, .trace = run->trace, .tally = &tally[started]};
        arena_init(&tally[started].arena, &system_memory);
        e = pthread_create(&thread[started], &attributes, work, &worker[started]);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_attr_destroy(&attributes);
    if (e)
        fprintf(stderr, "scope: FAULT_MEMORY: a thread: %s\n", strerror(e));
    return e;
}

/* --- files --- */

/* The first folder below the given path that a file is in; "." for the path itself. */
static const char *folder_of(struct arena *a, const char *root, const char *path)
{
    const size_t root_len = strlen(root);
    const char *rest = path + (strncmp(path, root, root_len) == 0 ? root_len : 0);
    while (*rest == '/')
        rest++;
    const char *first = strchr(rest, '/');
    if (!first)
        return ".";
    const char *second = strchr(first + 1, '/');
    return copy_text(a, rest, (size_t)((second ? second : first) - rest));
}

static int by_size_descending(const void *x, const void *y)
{
    const struct work_file *f = x, *g = y;
    return f->size < g->size ? 1 : f->size > g->size ? -1 : strcmp(f->path, g->path);
}

static enum err find_files(struct fixture_run *run, struct complaint *complaint)
{
    struct file_list list;
    struct stat info;
    for (size_t i = 0; i < run->path_count; i++) {
        TRY(file_list(&run->arena, &list, complaint, run->paths[i], ".json"));
        struct work_file *grown = ARENA_TAKE(&run->arena, struct work_file, run->file_count + list.count);
        if (run->file_count)
            memcpy(grown, run->file, run->file_count * sizeof *grown);
        run->file = grown;
        for (size_t k = 0; k < list.count; k++)
            run->file[run->file_count++] =
                (struct work_file){list.path[k], folder_of(&run->arena, run->paths[i], list.path[k]),
                                   stat(list.path[k], &info) == 0 ? info.st_size : 0};
    }
    if (run->file_count)
        qsort(run->file, run->file_count, sizeof *run->file, by_size_descending);
    return OK;
}

/* Lines of "pattern | reason"; # begins a comment. A row without a reason is refused. */
static enum err read_skips(struct fixture_run *run, struct complaint *complaint)
{
    struct bytes text;
    TRY(file_read(&run->arena, &text, complaint, run->skip_path, 1 << 20));
    const char *p = (const char *)text.ptr, *end = p + text.len;
    complaint->file = run->skip_path;
    run->skip = ARENA_TAKE(&run->arena, struct skip_row, text.len / 2 + 1);
    for (u32 line = 1; p < end; line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop)
            stop = end;
        if (stop > p && *p != '#') {
            const char *bar = memmem(p, (size_t)(stop - p), " | ", 3);
            if (!bar || bar == p || bar + 3 == stop) {
                complain(complaint, (struct place){line, 1}, "expected: pattern | reason");
                return REJECT_JSON;
            }
            run->skip[run->skip_count++] = (struct skip_row){copy_text(&run->arena, p, (size_t)(bar - p)),
                                                             copy_text(&run->arena, bar + 3, (size_t)(stop - bar - 3))};
        }
        p = stop + 1;
    }
    return OK;
}

/* --- the command --- */

_Static_assert(EVM_TIER_AUTO == 0 && EVM_TIER_BYTES == 1 && EVM_TIER_PROGRAM == 2,
               "the words of --tier, in options.def");

static int run_all(struct fixture_run *run)
{
    static struct fixture_tally tally[WORKERS_MAX], total;
    struct complaint complaint = {0};
    enum err e = run->skip_path ? read_skips(run, &complaint) : OK;
    if (e == OK)
        e = find_files(run, &complaint);
    if (e != OK) {
        fail_run(run, run->paths[0], &complaint, e);
        return atomic_load(&run->status);
    }
    const u64 start = nanoseconds_now(CLOCK_MONOTONIC);
    if (run_workers(run, tally) != 0)
        return 3;
    arena_init(&total.arena, &system_memory);
    for (u32 i = 0; i < run->threads; i++) {
        fixture_tally_merge(&total, &tally[i]);
        arena_release(&tally[i].arena);
    }
    (run->json ? fixture_print_json : fixture_print_table)(run->command->name, &total,
                                                           (nanoseconds_now(CLOCK_MONOTONIC) - start) / 1000000);
    const u64 cases = total.count[FIXTURE_PASSED] + total.count[FIXTURE_FAILED] + total.count[FIXTURE_SKIPPED];
    const bool as_expected = run->expect < 0 ? cases != 0 : cases == (u64)run->expect;
    if (!as_expected)
        fprintf(stderr, "scope: %llu cases were found, %lld expected\n", (unsigned long long)cases,
                run->expect < 0 ? 1 : (long long)run->expect);
    arena_release(&total.arena);
    const int status = atomic_load(&run->status);
    return status ? status : total.count[FIXTURE_FAILED] || !as_expected;
}

enum err fixture_each(struct fixture_worker *w, struct json root,
                      enum err (*run)(const struct fixture_test *t, struct json test))
{
    for (struct json_iterator it = json_items(root); json_next(&it);) {
        const struct arena_mark mark = arena_mark(&w->arena);
        const struct fixture_test t = {.w = w, .name = it.key, .codes = {fixture_code, w->codes},
                                       .tries = trie_db_open(&system_memory, NULL)};
        const enum err e = run(&t, it.value);
        trie_db_release(t.tries);
        code_cache_trim(w->codes);
        arena_rewind(&w->arena, mark);
        TRY(e);
    }
    return OK;
}

static u32 thread_count(const struct command_line *line)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return option_is_given(line, OPTION_THREADS) ? (u32)option_number(line, OPTION_THREADS)
           : processors < 1                      ? 1
           : processors > WORKERS_MAX            ? WORKERS_MAX
                                                 : (u32)processors;
}

int fixture_main(const struct fixture_command *command, const struct command_line *line)
{
    struct fixture_run run = {
        .command = command,
        .fork = option_text(line, OPTION_FORK),
        .name = option_text(line, OPTION_NAME),
        .skip_path = option_text(line, OPTION_SKIP),
        .threads = thread_count(line),
        .expect = option_is_given(line, OPTION_EXPECT) ? (i64)option_number(line, OPTION_EXPECT) : -1,
        .part_count = option_number(line, OPTION_PART),
        .json = option_is_given(line, OPTION_JSON),
        .trace = option_is_given(line, OPTION_TRACE_FAILURES),
        .time = option_is_given(line, OPTION_TIME),
        .tier = (enum evm_tier)option_choice(line, OPTION_TIER),
        .paths = line->argument,
        .path_count = line->argument_count,
    };
    pthread_mutex_init(&run.printing, NULL);
    arena_init(&run.arena, &system_memory);
    const int status = run_all(&run);
    arena_release(&run.arena);
    return status;
}
