/* The list of work that goes through the stages of a slot. */
#include "builder/slot_stages.h"

struct slot_works slot_collect(const struct session *s, struct arena *arena)
{
    struct slot_works out = {.item = ARENA_TAKE_ZERO(arena, struct slot_work, s->work.count - s->first_open)};
    for (size_t i = s->first_open; i < s->work.count; i++)
        if (s->work.item[i]->report.status == WORK_PENDING)
            out.item[out.count++] = (struct slot_work){.work = s->work.item[i], .handle = i};
    return out;
}

struct slot_works slot_works_copy(const struct slot_works *from, struct arena *arena)
{
    struct slot_works out = {ARENA_TAKE(arena, struct slot_work, from->count), from->count};
    memcpy(out.item, from->item, sizeof *out.item * from->count);
    return out;
}

const char *slot_message(struct arena *arena, const struct buffer *text)
{
    char *copy = arena_take(arena, text->len + 1);
    if (text->len)
        memcpy(copy, text->ptr, text->len);
    copy[text->len] = 0;
    return copy;
}

void slot_exclude(struct slot_works *work, size_t i, enum err e, const char *reason)
{
    struct slot_work *w = &work->item[i];
    w->fate = FATE_EXCLUDED;
    w->error = e;
    if (!w->reason)
        w->reason = reason;
}

static size_t count_included(const struct slot_works *work, size_t *last)
{
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++)
        if (is_included(work, i)) {
            count++;
            *last = i;
        }
    return count;
}

bool slot_defer(struct slot_works *work)
{
    size_t last = 0, count = count_included(work, &last);
    if (count == 0)
        return false;
    const bool alone = count == 1;
    for (size_t leave = (count + 3) / 4; leave > 0; leave--) {
        struct slot_work *w = &work->item[last];
        w->fate = alone ? FATE_EXCLUDED : FATE_DEFERRED;
        w->error = alone ? REJECT_BUNDLE_TOO_LARGE : REJECT_BUNDLE_FULL;
        w->reason = err_text(w->error);
        count_included(work, &last);
    }
    return true;
}
