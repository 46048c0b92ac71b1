/* map - finds items by the hash of their key: open addressing, linear probing, in an arena.
 *
 *   cell[]   hash | item     the full 64-bit hash is stored beside each pointer, so a probe practically never
 *   ...                      touches the memory of a wrong item
 *
 * The map knows neither keys nor items. A lookup walks the cells of the hash and compares keys:
 *
 *   for (const struct map_cell *c = map_first(&m, hash); c->item; c = map_next(&m, c))
 *       if (c->hash == hash && address_eq(&((struct thing *)c->item)->at, at))
 *           return c->item;
 *   map_add(&m, hash, thing);
 *
 * Items do not move when the map grows; nothing is removed except by map_init. Keys are chosen by untrusted code (a
 * contract chooses its storage slots), so hashes depend on a seed (struct map_seed) that is unknown when they are
 * chosen.
 *
 * Memory: at most half of the cells are used; a map that grew leaves its old cells in the arena, in total less than the
 * new ones. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/types.h"

struct map_cell {
    u64 hash;
    void *item; /* NULL: free */
};

struct map {
    struct arena *arena;
    struct map_cell *cell; /* mask + 1 of them, a power of two */
    u64 mask;
    u64 count;
};

/* room: a power of two. */
void map_init(struct map *m, struct arena *arena, size_t room);
void map_grow(struct map *m);

static inline const struct map_cell *map_first(const struct map *m, u64 hash)
{
    return &m->cell[hash & m->mask];
}

static inline const struct map_cell *map_next(const struct map *m, const struct map_cell *c)
{
    return &m->cell[((u64)(c - m->cell) + 1) & m->mask];
}

/* The key must not be in the map yet. */
static inline void map_add(struct map *m, u64 hash, void *item)
{
    if (UNLIKELY(2 * m->count > m->mask))
        map_grow(m);
    const struct map_cell *c = map_first(m, hash);
    while (c->item)
        c = map_next(m, c);
    *(struct map_cell *)c = (struct map_cell){hash, item};
    m->count++;
}

/* --- hashing --- */

struct map_seed {
    u64 w[4];
};

/* From any 32 bytes that an attacker cannot predict. */
struct map_seed map_seed_from(const hash32 *h);

static inline u64 map_fold(u64 x, u64 y)
{
    const u128 product = (u128)x * y;
    return (u64)product ^ (u64)(product >> 64);
}

static inline u64 map_hash_words(const struct map_seed *seed, u64 x0, u64 x1, u64 x2, u64 x3)
{
    const u64 low = map_fold(x0 ^ seed->w[0], x1 ^ seed->w[1]);
    const u64 high = map_fold(x2 ^ seed->w[2], x3 ^ seed->w[3]);
    return map_fold(low ^ 0x9e3779b97f4a7c15ull, high ^ 0xbf58476d1ce4e5b9ull); /* any odd constants */
}

static inline u64 map_hash_u256(const struct map_seed *seed, const u256 *x)
{
    return map_hash_words(seed, x->w[0], x->w[1], x->w[2], x->w[3]);
}

static inline u64 map_hash_address(const struct map_seed *seed, const address *a)
{
    u64 x[2];
    u32 y;
    memcpy(x, a->b, 16);
    memcpy(&y, a->b + 16, 4);
    return map_hash_words(seed, x[0], x[1], y, 0);
}

/* Of a value that is a hash already: an attacker cannot choose its bits. */
static inline u64 map_hash_hash32(const hash32 *h)
{
    u64 x;
    memcpy(&x, h->b, 8);
    return x;
}

#endif
