#include "node/hash_index.h"

#include <stdatomic.h>

struct hash_table {
    u64 mask;
    const void *_Atomic cell[];
};

enum { FIRST_ROOM = 256 };

static u64 table_hash_of(const hash32 *key)
{
    u64 x;
    memcpy(&x, key->b, sizeof x);
    return x;
}

static struct hash_table *new_table(struct arena *arena, u64 room)
{
    struct hash_table *t = arena_take_zero(arena, sizeof *t + room * sizeof t->cell[0]);
    t->mask = room - 1;
    return t;
}

static void put_in_table(struct hash_table *t, const void *item)
{
    u64 at = table_hash_of(item) & t->mask;
    while (atomic_load_explicit(&t->cell[at], memory_order_relaxed))
        at = (at + 1) & t->mask;
    atomic_store_explicit(&t->cell[at], item, memory_order_release);
}

/* Items in the order of one run of cells keep that order, so those of one key stay oldest first: the copy starts behind
 * an empty cell. */
static struct hash_table *grown(struct arena *arena, const struct hash_table *old)
{
    struct hash_table *t = new_table(arena, 2 * (old->mask + 1));
    u64 start = 0;
    while (atomic_load_explicit(&old->cell[start], memory_order_relaxed))
        start++;
    for (u64 i = 1; i <= old->mask; i++) {
        const void *item = atomic_load_explicit(&old->cell[(start + i) & old->mask], memory_order_relaxed);
        if (item)
            put_in_table(t, item);
    }
    return t;
}

void hash_index_init(struct hash_index *x, struct arena *arena)
{
    x->arena = arena;
    x->count = 0;
    atomic_init(&x->table, new_table(arena, FIRST_ROOM));
}

void hash_index_add(struct hash_index *x, const void *item)
{
    struct hash_table *t = atomic_load_explicit(&x->table, memory_order_relaxed);
    if (2 * (x->count + 1) > t->mask) {
        t = grown(x->arena, t);
        atomic_store_explicit(&x->table, t, memory_order_release);
    }
    put_in_table(t, item);
    x->count++;
}

const void *hash_index_next(struct hash_index *x, const hash32 *key, const void *after)
{
    const struct hash_table *t = atomic_load_explicit(&x->table, memory_order_acquire);
    bool passed = after == NULL;
    for (u64 at = table_hash_of(key) & t->mask;; at = (at + 1) & t->mask) {
        const void *item = atomic_load_explicit(&t->cell[at], memory_order_acquire);
        if (!item)
            return NULL;
        if (passed && hash32_eq(item, key))
            return item;
        passed |= item == after;
    }
}
