/* What a view has seen: for tools that print a state whose every account came through the view. */
#include "state/view.h"

enum err state_each_account(struct state *s, enum err (*each)(void *context, const struct account *a), void *context)
{
    for (u64 i = 0; i <= s->accounts.mask; i++) {
        const struct entry *e = s->accounts.cell[i].item;
        if (e && e->account.exists)
            TRY(each(context, &e->account));
    }
    return OK;
}

enum err state_each_storage_slot(const struct account *a,
                                 enum err (*each)(void *context, const u256 *key, const u256 *value), void *context)
{
    const struct map *storage_slots = &entry_of(a)->storage->storage_slots;
    for (u64 i = 0; storage_slots->cell && i <= storage_slots->mask; i++) {
        const struct storage_slot_entry *e = storage_slots->cell[i].item;
        if (e && !u256_is_zero(&e->storage_slot.current))
            TRY(each(context, &e->key, &e->storage_slot.current));
    }
    return OK;
}

static enum err each_storage_slot_key(const struct storage *storage, enum err (*each)(void *context, struct bytes key),
                                      void *context)
{
    const struct map *storage_slots = &storage->storage_slots;
    for (u64 i = 0; storage_slots->cell && i <= storage_slots->mask; i++) {
        const struct storage_slot_entry *e = storage_slots->cell[i].item;
        u8 key[32];
        if (!e)
            continue;
        u256_to_be(key, &e->key);
        TRY(each(context, BYTES_OF(key)));
    }
    return OK;
}

enum err state_each_key(struct state *s, enum err (*each)(void *context, struct bytes key), void *context)
{
    for (u64 i = 0; i <= s->accounts.mask; i++) {
        const struct entry *e = s->accounts.cell[i].item;
        if (!e)
            continue;
        TRY(each(context, BYTES_OF(e->account.at.b)));
        TRY(each_storage_slot_key(&e->first_storage, each, context));
    }
    return OK;
}
