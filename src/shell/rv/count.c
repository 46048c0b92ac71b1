#include "rv/count.h"

#include <stdlib.h>

enum { COUNTS_MAX = 1 << 14 };

/* Where instructions are counted: begin names a function, the name's address a section. */
struct tally {
    struct rv_count *entry;
    u64 *key;
    size_t count;
};

static void add_to_tally(struct tally *t, u64 key, const char *name, u64 times)
{
    size_t i = t->count; /* code is walked in order: what was counted last comes first */
    while (i && t->key[i - 1] != key)
        i--;
    if (i == 0 && t->count < COUNTS_MAX) {
        t->key[t->count] = key;
        t->entry[t->count] = (struct rv_count){.name = name ? name : "?"};
        i = ++t->count;
    }
    if (i)
        t->entry[i - 1].instructions += times;
}

static int by_instructions(const void *a, const void *b)
{
    const struct rv_count *x = a, *y = b;
    if (x->instructions != y->instructions)
        return x->instructions < y->instructions ? 1 : -1;
    return strcmp(x->name, y->name);
}

static struct rv_count_list count(const struct rv_machine *m, struct arena *arena, bool functions)
{
    struct tally t = {
        .entry = ARENA_TAKE(arena, struct rv_count, COUNTS_MAX),
        .key = ARENA_TAKE(arena, u64, COUNTS_MAX),
    };
    for (size_t i = 0; i < m->memory_count; i++) {
        const struct rv_memory *s = &m->memory[i];
        for (u64 at = 0; s->executed && at < s->size / 4; at++) {
            if (s->executed[at] == 0)
                continue;
            u64 key = 0;
            const char *name = functions ? rv_function_of(m->image, s->at + 4 * at, &key)
                                         : rv_section_of(m->image, s->at + 4 * at);
            add_to_tally(&t, functions ? key : (u64)(uintptr_t)name, name, s->executed[at]);
        }
    }
    qsort(t.entry, t.count, sizeof *t.entry, by_instructions);
    return (struct rv_count_list){t.entry, t.count};
}

struct rv_count_list rv_count_sections(const struct rv_machine *m, struct arena *arena)
{
    return count(m, arena, false);
}

struct rv_count_list rv_count_functions(const struct rv_machine *m, struct arena *arena)
{
    return count(m, arena, true);
}
