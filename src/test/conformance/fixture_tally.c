#include "conformance/fixture_tally.h"

#include "codec/json_write.h"

#include <stdio.h>
#include <stdlib.h>

static struct group *group_of(struct fixture_tally *t, const char *fork, const char *folder)
{
    if (t->last && strcmp(t->last->fork, fork) == 0 && strcmp(t->last->folder, folder) == 0)
        return t->last;
    for (struct group *g = t->groups; g; g = g->next)
        if (strcmp(g->fork, fork) == 0 && strcmp(g->folder, folder) == 0)
            return t->last = g;
    struct group *g = ARENA_TAKE_ZERO(&t->arena, struct group, 1);
    snprintf(g->fork, sizeof g->fork, "%s", fork);
    snprintf(g->folder, sizeof g->folder, "%s", folder);
    g->next = t->groups;
    t->groups = g;
    return t->last = g;
}

void fixture_tally_add(struct fixture_tally *t, const char *fork, const char *folder, enum fixture_outcome outcome)
{
    group_of(t, fork, folder)->count[outcome]++;
    t->count[outcome]++;
}

void fixture_tally_note(struct fixture_tally *t, enum fixture_outcome outcome, const char *text, u64 count)
{
    if (outcome == FIXTURE_SKIPPED)
        for (struct note *n = t->notes; n; n = n->next)
            if (n->outcome == outcome && strcmp(n->text, text) == 0) {
                n->count += count;
                return;
            }
    struct note *n = ARENA_TAKE(&t->arena, struct note, 1);
    *n = (struct note){t->notes, outcome, count, (char *)arena_copy(&t->arena, bytes_of(text, strlen(text) + 1)).ptr};
    t->notes = n;
}

void fixture_tally_time(struct fixture_tally *t, const char *path, u64 nanoseconds, u64 gas)
{
    struct file_time *time = ARENA_TAKE(&t->arena, struct file_time, 1);
    *time = (struct file_time){t->times, path, nanoseconds, gas};
    t->times = time;
}

void fixture_tally_merge(struct fixture_tally *into, const struct fixture_tally *from)
{
    for (const struct group *g = from->groups; g; g = g->next)
        for (int o = 0; o < FIXTURE_OUTCOMES; o++)
            group_of(into, g->fork, g->folder)->count[o] += g->count[o];
    for (const struct note *n = from->notes; n; n = n->next)
        fixture_tally_note(into, n->outcome, n->text, n->count);
    for (const struct file_time *time = from->times; time; time = time->next)
        fixture_tally_time(into, time->path, time->nanoseconds, time->gas);
    for (int o = 0; o < FIXTURE_OUTCOMES; o++)
        into->count[o] += from->count[o];
}

/* --- reports --- */

static int by_name(const void *x, const void *y)
{
    const struct group *f = *(const struct group *const *)x, *g = *(const struct group *const *)y;
    const int forks = strcmp(f->fork, g->fork);
    return forks ? forks : strcmp(f->folder, g->folder);
}

static struct group **sorted_groups(struct fixture_tally *t, size_t *count)
{
    *count = 0;
    for (struct group *g = t->groups; g; g = g->next)
        ++*count;
    struct group **list = ARENA_TAKE(&t->arena, struct group *, *count);
    size_t i = 0;
    for (struct group *g = t->groups; g; g = g->next)
        list[i++] = g;
    if (*count)
        qsort(list, *count, sizeof *list, by_name);
    return list;
}

static int by_path(const void *x, const void *y)
{
    return strcmp((*(const struct file_time *const *)x)->path, (*(const struct file_time *const *)y)->path);
}

static struct file_time **sorted_times(struct fixture_tally *t, size_t *count)
{
    *count = 0;
    for (struct file_time *time = t->times; time; time = time->next)
        ++*count;
    struct file_time **list = ARENA_TAKE(&t->arena, struct file_time *, *count);
    size_t i = 0;
    for (struct file_time *time = t->times; time; time = time->next)
        list[i++] = time;
    if (*count)
        qsort(list, *count, sizeof *list, by_path);
    return list;
}

static double mgas_per_second(u64 gas, u64 nanoseconds)
{
    return nanoseconds ? (double)gas * 1e3 / (double)nanoseconds : 0;
}

static void print_time(const char *path, u64 nanoseconds, u64 gas)
{
    printf("%-92s %12.3f ms %14llu gas %9.1f Mgas/s\n", path, (double)nanoseconds / 1e6, (unsigned long long)gas,
           mgas_per_second(gas, nanoseconds));
}

static void print_times(struct fixture_tally *t)
{
    size_t count;
    struct file_time **time = sorted_times(t, &count);
    u64 nanoseconds = 0, gas = 0;
    for (size_t i = 0; i < count; i++) {
        print_time(time[i]->path, time[i]->nanoseconds, time[i]->gas);
        nanoseconds += time[i]->nanoseconds;
        gas += time[i]->gas;
    }
    if (count)
        print_time("all", nanoseconds, gas);
}

void fixture_print_table(const char *command, struct fixture_tally *t, u64 milliseconds)
{
    size_t count;
    struct group **group = sorted_groups(t, &count);
    printf("%-26s %-34s %8s %8s %8s\n", "fork", "folder", "passed", "failed", "skipped");
    for (size_t i = 0; i < count; i++)
        printf("%-26s %-34s %8llu %8llu %8llu\n", group[i]->fork, group[i]->folder,
               (unsigned long long)group[i]->count[FIXTURE_PASSED], (unsigned long long)group[i]->count[FIXTURE_FAILED],
               (unsigned long long)group[i]->count[FIXTURE_SKIPPED]);
    for (const struct note *n = t->notes; n; n = n->next)
        if (n->outcome == FIXTURE_SKIPPED)
            printf("skipped %llu: %s\n", (unsigned long long)n->count, n->text);
    print_times(t);
    printf("%s: %llu passed, %llu failed, %llu skipped in %llu.%03llu s\n", command,
           (unsigned long long)t->count[FIXTURE_PASSED], (unsigned long long)t->count[FIXTURE_FAILED],
           (unsigned long long)t->count[FIXTURE_SKIPPED], (unsigned long long)milliseconds / 1000,
           (unsigned long long)milliseconds % 1000);
}

static void fixture_tally_write_counts(struct json_writer *w, const u64 count[FIXTURE_OUTCOMES])
{
    static const char *const key[FIXTURE_OUTCOMES] = {"passed", "failed", "skipped"};
    for (int o = 0; o < FIXTURE_OUTCOMES; o++) {
        json_write_key(w, key[o]);
        json_write_u64(w, count[o]);
    }
}

static void write_notes(struct json_writer *w, const struct fixture_tally *t, enum fixture_outcome outcome,
                        const char *key)
{
    json_write_key(w, key);
    json_write_array(w);
    for (const struct note *n = t->notes; n; n = n->next) {
        if (n->outcome != outcome)
            continue;
        json_write_object(w);
        json_write_key(w, outcome == FIXTURE_SKIPPED ? "reason" : "case");
        json_write_z(w, n->text);
        json_write_key(w, "count");
        json_write_u64(w, n->count);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_times(struct json_writer *w, struct fixture_tally *t)
{
    size_t count;
    struct file_time **time = sorted_times(t, &count);
    if (!count)
        return;
    json_write_key(w, "files");
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        json_write_key(w, "file");
        json_write_z(w, time[i]->path);
        json_write_key(w, "ns");
        json_write_u64(w, time[i]->nanoseconds);
        json_write_key(w, "gas");
        json_write_u64(w, time[i]->gas);
        json_write_end(w);
    }
    json_write_end(w);
}

void fixture_print_json(const char *command, struct fixture_tally *t, u64 milliseconds)
{
    size_t count;
    struct group **group = sorted_groups(t, &count);
    struct buffer out = buffer_in(&t->arena);
    struct json_writer w = json_writer(&out, 2);
    json_write_object(&w);
    json_write_key(&w, "command");
    json_write_z(&w, command);
    fixture_tally_write_counts(&w, t->count);
    json_write_key(&w, "seconds");
    json_write_thousandths(&w, milliseconds);
    json_write_key(&w, "groups");
    json_write_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(&w);
        json_write_key(&w, "fork");
        json_write_z(&w, group[i]->fork);
        json_write_key(&w, "folder");
        json_write_z(&w, group[i]->folder);
        fixture_tally_write_counts(&w, group[i]->count);
        json_write_end(&w);
    }
    json_write_end(&w);
    write_times(&w, t);
    write_notes(&w, t, FIXTURE_FAILED, "failures");
    write_notes(&w, t, FIXTURE_SKIPPED, "skips");
    json_write_end(&w);
    json_write_finish(&w);
    fwrite(out.ptr, 1, out.len, stdout);
}
