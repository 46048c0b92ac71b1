#include "base/map.h"

#include "base/err.h"

void map_init(struct map *m, struct arena *arena, size_t room)
{
    BUG_UNLESS(room && (room & (room - 1)) == 0);
    *m = (struct map){arena, ARENA_TAKE_ZERO(arena, struct map_cell, room), room - 1, 0};
}

void map_grow(struct map *m)
{
    const struct map_cell *old = m->cell;
    const u64 old_room = m->mask + 1, count = m->count;
    map_init(m, m->arena, old_room * 2);
    for (u64 i = 0; i < old_room; i++)
        if (old[i].item)
            map_add(m, old[i].hash, old[i].item);
    BUG_UNLESS(m->count == count);
}

struct map_seed map_seed_from(const hash32 *h)
{
    /* The words of the hash, each forced apart from zero: a zero factor would fold everything to zero. */
    struct map_seed seed;
    memcpy(seed.w, h->b, 32);
    for (unsigned i = 0; i < 4; i++)
        seed.w[i] |= 1ull << (8 * i + 7);
    return seed;
}
