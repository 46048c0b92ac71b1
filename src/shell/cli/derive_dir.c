#include "cli/derive_dir.h"

#include "derive/derive_persist.h"
#include "io/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { COMMIT_MS = 2000, SHOW_MS = 50, UNDO_BLOCKS = 1024 };

static u64 time_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

enum err derive_dir_open(struct derive_dir *k, struct complaint *complaint, struct derivation *d, const char *folder,
                         u64 first_block, const struct l1_place **after)
{
    *k = (struct derive_dir){.complaint = complaint,
                             .d = d,
                             .first_block = first_block,
                             .committed_ms = time_ms(),
                             .shows = isatty(STDERR_FILENO)};
    *after = NULL;
    if (!folder)
        return OK;
    const struct store_config config = {.folder = folder, .memory = &system_memory};
    TRY(store_open(&k->store, complaint, &config));
    k->ledger = ARENA_TAKE(&d->arena, struct ledger *, d->rollup_count);
    for (size_t i = 0; i < d->rollup_count; i++)
        k->ledger[i] = d->rollup[i].ledger;
    const struct bytes position = store_position(k->store);
    if (position.len == 0) {
        k->is_open = true;
        return OK;
    }
    TRY(store_restore_ledgers(k->store, complaint, k->ledger, d->rollup_count));
    const enum err e = derive_restore(d, &k->after, position);
    if (e) {
        complain(complaint, (struct place){0, 0}, "%s: not a folder of scope derive with these rollups: %s", folder,
                 err_text(e));
        return e;
    }
    k->is_open = true;
    *after = &k->after;
    return OK;
}

static enum err commit_derivation(struct derive_dir *k, const struct l1_place *at)
{
    struct arena scratch;
    if (at->number > UNDO_BLOCKS)
        derive_forget(k->d, at->number - UNDO_BLOCKS);
    arena_init(&scratch, &system_memory);
    struct buffer position = buffer_in(&scratch);
    derive_persist(&position, k->d, at);
    const enum err e =
        store_commit_ledgers(k->store, k->complaint, k->ledger, k->d->rollup_count, buffer_bytes(&position));
    arena_release(&scratch);
    k->committed_ms = time_ms();
    return e;
}

/* A line on a terminal that is written over; nothing elsewhere. */
static void show_position(struct derive_dir *k, const struct l1_place *at, const struct l1_place *head)
{
    enum { WIDTH = 30 };
    static const char bar[] = "##############################", rest[] = "..............................";
    const u64 all = head->number > k->first_block ? head->number - k->first_block : 1,
              done = at->number > k->first_block ? at->number - k->first_block : 0;
    const int filled = (int)(done >= all ? WIDTH : done * WIDTH / all);
    const u64 now = time_ms();
    if (!k->shows || (now - k->shown_ms < SHOW_MS && at->number != head->number))
        return;
    k->shown_ms = now;
    k->has_shown = true;
    fprintf(stderr, "\rL1 block %" PRIu64 " of %" PRIu64 "  [%.*s%.*s]", at->number, head->number, filled, bar,
            WIDTH - filled, rest);
    fflush(stderr);
}

enum err derive_dir_after(void *context, const struct l1_place *at, const struct l1_place *head)
{
    struct derive_dir *k = context;
    show_position(k, at, head);
    return k->store && time_ms() - k->committed_ms >= COMMIT_MS ? commit_derivation(k, at) : OK;
}

enum err derive_dir_end(struct derive_dir *k, const struct l1_place *at)
{
    if (k->has_shown)
        fputc('\n', stderr);
    return k->is_open ? commit_derivation(k, at) : OK;
}

void derive_dir_close(struct derive_dir *k)
{
    if (k->store)
        store_close(k->store);
}
