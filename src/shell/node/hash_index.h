/* hash_index - finds items by a 32-byte hash: one writer adds, any number of threads look up, without locks.
 *
 *   table --> cell[]   open addressing, linear probing; a cell goes from empty to an item once and never changes
 *
 * An item is a struct whose first member is its hash32 key, complete before it is added and never changed afterwards.
 * A key may be added more than once: hash_index_next steps through the items of one key, oldest first. When the table
 * is half full the writer publishes one of twice the size; a reader that still probes the old one misses only what was
 * added after it began. Nothing is ever removed, and old tables stay: together they are smaller than the last one.
 *
 * Keys are hashes whose bits cannot be chosen, so their first eight bytes serve as the table's hash.
 *
 * Memory: the writer's arena, which only the writer uses and which outlives all readers. */
#ifndef NODE_HASH_INDEX_H
#define NODE_HASH_INDEX_H

#include "base/arena.h"

struct hash_table;

struct hash_index {
    struct arena *arena;
    struct hash_table *_Atomic table;
    u64 count; /* the writer's */
};

void hash_index_init(struct hash_index *x, struct arena *arena);
/* The writer alone. */
void hash_index_add(struct hash_index *x, const void *item);

/* The first item of a key, or the one behind `after`; NULL: there is no other. */
const void *hash_index_next(struct hash_index *x, const hash32 *key, const void *after);
static inline const void *hash_index_find(struct hash_index *x, const hash32 *key)
{
    return hash_index_next(x, key, NULL);
}

#endif
