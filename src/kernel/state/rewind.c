/* Undoing what a journal has, and what the end of a transaction makes of it. */
#include "state/access.h"
#include "state/journal.h"
#include "state/view.h"

static void set_flags(struct account *a, u64 flags)
{
    a->exists = flags & 1;
    a->created = flags >> 1 & 1;
    a->destroyed = flags >> 2 & 1;
    a->has_code = flags >> 3 & 1;
}

static void set_stamps(struct storage_slot_entry *e, u64 stamps)
{
    e->original_tx = (u32)(stamps >> 32);
    e->warm_tx = (u32)stamps;
}

static void take_back(struct state *s, const struct journal_entry *j)
{
    struct entry *e = j->thing;
    struct storage_slot_entry *storage_slot = j->thing;
    struct transient_entry *t = j->thing;
    const u64 *old = j->old;
    switch (j->kind) {
    case JOURNAL_TX:
        s->tx = (u32)old[0];
        s->tx_open = old[0] >> 32;
        s->tx_start = old[1];
        return;
    case JOURNAL_WARM:
        e->warm_tx = (u32)old[0];
        return;
    case JOURNAL_BALANCE:
        memcpy(&e->account.balance, old, 32);
        return;
    case JOURNAL_NONCE:
        e->account.nonce = old[0];
        return;
    case JOURNAL_CODE:
        memcpy(&e->account.code_hash, old, 32);
        return;
    case JOURNAL_FLAGS:
        set_flags(&e->account, old[0]);
        return;
    case JOURNAL_STORAGE:
        e->storage = (struct storage *)(uintptr_t)old[0];
        return;
    case JOURNAL_STORAGE_SLOT:
        memcpy(&storage_slot->storage_slot.current, old, 32);
        return;
    case JOURNAL_STORAGE_SLOT_STAMPS:
        set_stamps(storage_slot, old[0]);
        return;
    case JOURNAL_STORAGE_SLOT_ORIGINAL:
        memcpy(&storage_slot->storage_slot.original, old, 32);
        set_stamps(storage_slot, old[4]);
        return;
    case JOURNAL_TRANSIENT:
        memcpy(&t->value, old, 32);
        t->tx = (u32)old[4];
        return;
    case JOURNAL_CALL:
        ((undo_function)(uintptr_t)old[0])((void *)(uintptr_t)old[1], old[2]);
        return;
    case JOURNAL_BURNED:
        memcpy(&s->burned, old, 32);
        return;
    case JOURNAL_KIND_COUNT:
        break;
    }
    BUG("not a journal entry");
}

void state_rewind(struct state *s, u64 mark)
{
    BUG_UNLESS(mark <= s->journal_len);
    while (s->journal_len > mark) {
        const struct journal_entry j = journal_back(s, &s->journal_len);
        if (UNLIKELY(s->watch))
            watch_undone(s->watch, &j);
        take_back(s, &j);
    }
    BUG_UNLESS(s->journal_len == mark);
}

/* --- transactions --- */

static void next_tx(struct state *s, bool open)
{
    BUG_UNLESS(s->tx_highest < UINT32_MAX);
    u64 *old = journal_add(s, JOURNAL_TX, NULL, 2);
    old[0] = (u64)s->tx_open << 32 | s->tx;
    old[1] = s->tx_start;
    s->tx = ++s->tx_highest;
    s->tx_open = open;
    s->tx_start = s->journal_len;
}

void state_tx_begin(struct state *s)
{
    BUG_UNLESS(!s->tx_open);
    next_tx(s, true);
}

static bool is_empty(const struct account *a)
{
    return a->nonce == 0 && !a->has_code && u256_is_zero(&a->balance);
}

static bool is_about_account(enum journal_kind kind)
{
    return kind == JOURNAL_BALANCE || kind == JOURNAL_NONCE || kind == JOURNAL_CODE || kind == JOURNAL_FLAGS;
}

void state_tx_end(struct state *s, const struct state_rules *rules)
{
    BUG_UNLESS(s->tx_open);
    const u32 scan = ++s->scan;
    for (size_t end = s->journal_len; end > s->tx_start;) {
        const struct journal_entry j = journal_back(s, &end);
        struct entry *e = j.thing;
        if (!is_about_account(j.kind) || e->scan == scan)
            continue;
        e->scan = scan;
        if (e->account.destroyed && !u256_is_zero(&e->account.balance)) /* it was sent more after its end */
            state_burn(s, &e->account.balance);
        if (e->account.destroyed || (rules->clears_empty && e->account.exists && is_empty(&e->account))) {
            view_delete(s, e);
        } else if (e->account.created) {
            view_save_flags(s, e);
            e->account.created = false;
        }
    }
    next_tx(s, false);
}
