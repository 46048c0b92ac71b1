#include "state/access.h"

#include "state/journal.h"
#include "state/view.h"

void state_watch(struct state *s, struct state_watch *w)
{
    s->watch = w;
}

/* The stamps of the thing that an entry is about; NULL where it is about none that outlives its transaction. */
static struct access_stamps *stamps_of(const struct journal_entry *j)
{
    switch (j->kind) {
    case JOURNAL_WARM:
    case JOURNAL_BALANCE:
    case JOURNAL_NONCE:
    case JOURNAL_CODE:
    case JOURNAL_FLAGS:
    case JOURNAL_STORAGE:
        return &((struct entry *)j->thing)->access;
    case JOURNAL_STORAGE_SLOT:
    case JOURNAL_STORAGE_SLOT_STAMPS:
    case JOURNAL_STORAGE_SLOT_ORIGINAL:
        return &((struct storage_slot_entry *)j->thing)->access;
    case JOURNAL_TX:
    case JOURNAL_TRANSIENT:
    case JOURNAL_CALL:
    case JOURNAL_BURNED:
    case JOURNAL_KIND_COUNT:
        break;
    }
    return NULL;
}

static bool is_fee_account(const struct state_watch *w, const struct journal_entry *j)
{
    const bool about_account = j->kind != JOURNAL_STORAGE_SLOT && j->kind != JOURNAL_STORAGE_SLOT_STAMPS &&
                               j->kind != JOURNAL_STORAGE_SLOT_ORIGINAL;
    return about_account && address_eq(&((const struct entry *)j->thing)->account.at, &w->account);
}

void watch_undone(struct state_watch *w, const struct journal_entry *j)
{
    struct access_stamps *a = stamps_of(j);
    if (!a || is_fee_account(w, j))
        return;
    if (w->from && a->written_by >= w->from)
        w->conflict = true;
    else if (a->read_by < w->number)
        a->read_by = w->number;
}

static bool differs(const struct journal_entry *j)
{
    const struct entry *e = j->thing;
    const struct storage_slot_entry *storage_slot = j->thing;
    switch (j->kind) {
    case JOURNAL_BALANCE:
        return memcmp(j->old, &e->account.balance, 32) != 0;
    case JOURNAL_NONCE:
        return j->old[0] != e->account.nonce;
    case JOURNAL_CODE:
        return memcmp(j->old, &e->account.code_hash, 32) != 0;
    case JOURNAL_FLAGS:
        return (j->old[0] & 1) != e->account.exists; /* created and destroyed are over with the transaction */
    case JOURNAL_STORAGE:
        return (const struct storage *)(uintptr_t)j->old[0] != e->storage;
    case JOURNAL_STORAGE_SLOT:
        return memcmp(j->old, &storage_slot->storage_slot.current, 32) != 0;
    default:
        return false;
    }
}

/* One walk back over the entries since mark: afterwards `changed` of each thing says whether its oldest value there is
 * not today's. each is called once for every thing, in a second walk. */
static void scan(struct state *s, u64 mark, u64 to, const struct state_watch *w,
                 void (*each)(void *context, struct access_stamps *a), void *context)
{
    for (size_t end = to; end > mark;) {
        const struct journal_entry j = journal_back(s, &end);
        struct access_stamps *a = stamps_of(&j);
        if (!a || is_fee_account(w, &j))
            continue;
        const u32 bit = 1u << j.kind, seen = 1u << 31;
        a->changed = (a->changed & ~bit) | seen | (differs(&j) ? bit : 0);
    }
    for (size_t end = to; end > mark;) {
        const struct journal_entry j = journal_back(s, &end);
        struct access_stamps *a = stamps_of(&j);
        if (!a || a->changed == 0)
            continue;
        a->changed &= ~(1u << 31);
        each(context, a);
        a->changed = 0;
    }
}

static void stamp(void *context, struct access_stamps *a)
{
    const struct state_watch *w = context;
    if (a->read_by < w->number)
        a->read_by = w->number;
    if (a->changed && a->written_by < w->number)
        a->written_by = w->number;
}

void state_stamp(struct state *s, u64 mark, u64 end, const struct state_watch *w)
{
    struct state_watch copy = *w;
    scan(s, mark, end, w, stamp, &copy);
}

static void compare_access(void *context, struct access_stamps *a)
{
    struct state_watch *w = context;
    if (a->written_by >= w->from || (a->changed && a->read_by >= w->from))
        w->conflict = true;
}

bool state_commutes(struct state *s, u64 mark, u64 end, const struct state_watch *w)
{
    struct state_watch copy = *w;
    scan(s, mark, end, w, compare_access, &copy);
    return !copy.conflict;
}
