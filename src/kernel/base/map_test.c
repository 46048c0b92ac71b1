#include "base/map.h"

#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static u32 *find(const struct map *m, u64 hash, u32 key)
{
    for (const struct map_cell *c = map_first(m, hash); c->item; c = map_next(m, c))
        if (c->hash == hash && *(u32 *)c->item == key)
            return c->item;
    return NULL;
}

/* Whatever the hashes are, all different, all alike, or all in the last cells, each item is found at its place through
 * any growth, and nothing is found that was not added. */
static void finds(void **state)
{
    (void)state;
    enum { COUNT = 3000, SPREADS = 3 };
    static u32 item[COUNT];
    for (u32 spread = 0; spread < SPREADS; spread++) {
        struct map m;
        map_init(&m, &arena, 8);
        for (u32 i = 0; i < COUNT; i++) {
            const u64 hash[SPREADS] = {i * 0x9e3779b97f4a7c15ull, 7, ~0ull << (i % 40)};
            assert_null(find(&m, hash[spread], i));
            item[i] = i;
            map_add(&m, hash[spread], &item[i]);
            assert_true(2 * m.count <= m.mask + 3);
            if (i % 100 != 0 && i + 1 != COUNT)
                continue;
            for (u32 k = 0; k <= i; k += 1 + i / 50) {
                const u64 hash_k[SPREADS] = {k * 0x9e3779b97f4a7c15ull, 7, ~0ull << (k % 40)};
                assert_ptr_equal(find(&m, hash_k[spread], k), &item[k]);
            }
        }
        assert_int_equal(m.count, COUNT);
        arena_release(&arena);
    }
}

/* Keys that differ in any one bit have different hashes, under any seed, the zero hash included. */
static void hashes_differ(void **state)
{
    (void)state;
    for (u32 run = 0; run < 50; run++) {
        hash32 h = {{0}};
        u256 key = {{run, 0, 0, run % 3}};
        for (u32 i = 0; i < 32; i++)
            h.b[i] = (u8)(run * (i + 13));
        const struct map_seed seed = map_seed_from(&h);
        const u64 hash = map_hash_u256(&seed, &key);
        for (u32 bit = 0; bit < 256; bit++) {
            u256 other = key;
            other.w[bit / 64] ^= 1ull << bit % 64;
            assert_true(map_hash_u256(&seed, &other) != hash);
        }
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(hashes_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
