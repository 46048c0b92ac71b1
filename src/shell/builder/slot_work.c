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

static bool is_same_group(const struct slot_works *work, size_t i, size_t j)
{
    return work->item[i].work->group && work->item[i].work->group == work->item[j].work->group;
}

struct slot_unit slot_unit_of(const struct slot_works *work, size_t i)
{
    struct slot_unit u = {i, i + 1};
    while (u.first > 0 && is_same_group(work, u.first - 1, i))
        u.first--;
    while (u.end < work->count && is_same_group(work, u.end, i))
        u.end++;
    return u;
}

void slot_exclude(struct slot_works *work, size_t i, enum err e, const char *reason)
{
    const struct slot_unit u = slot_unit_of(work, i);
    const bool is_for_room = e == REJECT_BUNDLE_FULL || e == REJECT_BUNDLE_TOO_LARGE;
    for (size_t k = u.first; k < u.end; k++) {
        struct slot_work *w = &work->item[k];
        if (k != i && w->fate == FATE_EXCLUDED)
            continue;
        w->fate = FATE_EXCLUDED;
        w->error = k == i || is_for_room ? e : REJECT_ATOMIC;
        if (!w->reason)
            w->reason = k == i || is_for_room ? reason : err_text(REJECT_ATOMIC);
    }
}

size_t slot_count_included(const struct slot_works *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++)
        count += is_included(work, i);
    return count;
}

void slot_defer_from(struct slot_works *work, size_t first, const char *reason)
{
    for (size_t i = first; i < work->count; i++) {
        struct slot_work *w = &work->item[i];
        if (!is_included(work, i) && w->fate != FATE_PENDING)
            continue;
        w->fate = FATE_DEFERRED;
        w->error = REJECT_BUNDLE_FULL;
        w->reason = reason;
    }
}

static size_t count_included_before(const struct slot_works *work, size_t end)
{
    return slot_count_included(&(struct slot_works){work->item, end});
}

bool slot_defer(struct slot_works *work, u64 filled, const char *alone)
{
    enum { AIM = 980 /* thousandths: works differ */ };
    const size_t count = slot_count_included(work);
    if (count == 0)
        return false;
    size_t keep = filled > AIM ? (size_t)(count * AIM / filled) : count, first = 0;
    if (keep == 0)
        keep = 1;
    if (keep >= count)
        keep = count - 1;
    while (!is_included(work, first) || keep-- > 0)
        first++;
    const struct slot_unit u = slot_unit_of(work, first);
    const size_t from = count_included_before(work, u.first) ? u.first : u.end;
    if (count_included_before(work, from) < count)
        slot_defer_from(work, from, err_text(REJECT_BUNDLE_FULL));
    else
        slot_exclude(work, u.first, REJECT_BUNDLE_TOO_LARGE, alone);
    return true;
}
