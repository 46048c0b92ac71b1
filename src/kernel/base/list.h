/* list - a typed array that grows at the end, in an arena.
 *
 *   struct block_run {
 *       LIST(const struct tx *) tx;
 *   };
 *   *LIST_ADD(&run->tx, arena) = tx;
 *   for (size_t i = 0; i < run->tx.count; i++)
 *       use(run->tx.item[i]);
 *
 * A zeroed list is empty. Growth copies the items into an array of twice the capacity in the same arena; the old array
 * stays as it was until the arena is rewound, so a pointer to an item is readable after an append, but no longer
 * points into the list. For bytes there is base/buffer.h. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/arena.h"

#define LIST(type)       \
    struct {             \
        type *item;      \
        size_t count;    \
        size_t capacity; \
    }

/* A pointer to one more item, which the caller fills. Evaluates its arguments several times. */
#define LIST_ADD(list, arena)                                                                                      \
    ((list)->item = LIKELY((list)->count < (list)->capacity)                                                       \
                        ? (list)->item                                                                             \
                        : list_grow((arena), (list)->item, &(list)->capacity, sizeof *(list)->item),               \
     &(list)->item[(list)->count++])

/* The slow path of LIST_ADD: a copy of a full array of *capacity items in one of twice as many. Never NULL. */
void *list_grow(struct arena *arena, const void *old, size_t *capacity, size_t item_size);

#endif
