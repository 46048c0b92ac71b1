#include "base/list.h"

void *list_grow(struct arena *arena, const void *old, size_t *capacity, size_t item_size)
{
    enum { CAPACITY_MIN = 16 };
    const size_t grown = *capacity ? 2 * *capacity : CAPACITY_MIN;
    void *fresh = arena_take(arena, grown * item_size);
    if (*capacity)
        memcpy(fresh, old, *capacity * item_size);
    *capacity = grown;
    return fresh;
}
