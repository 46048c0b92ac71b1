/* A key is found from the moment it was added, through every growth of the table, by any number of threads. */
#include "io/memory.h"
#include "node/hash_index.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { ITEMS = 20000, READERS = 2 };

struct thing {
    hash32 key;
    u64 number;
};

/* Spread over the table, but for every tenth, which all begin alike and so probe past each other. */
static hash32 key_of(u64 i)
{
    hash32 h = {{0}};
    store_be64(h.b, i % 10 ? (i + 1) * 0x9e3779b97f4a7c15ull : 7);
    store_be64(h.b + 24, i);
    return h;
}

static void add(struct hash_index *x, struct arena *arena, const hash32 *key, u64 number)
{
    struct thing *t = ARENA_TAKE(arena, struct thing, 1);
    *t = (struct thing){*key, number};
    hash_index_add(x, t);
}

static void finds_what_was_added(void **unused)
{
    struct arena arena;
    struct hash_index x;
    (void)unused;
    arena_init(&arena, &system_memory);
    hash_index_init(&x, &arena);
    for (u64 i = 0; i < ITEMS; i++) {
        const hash32 key = key_of(i);
        assert_null(hash_index_find(&x, &key));
        add(&x, &arena, &key, i);
    }
    for (u64 i = 0; i < ITEMS; i++) {
        const hash32 key = key_of(i);
        const struct thing *t = hash_index_find(&x, &key);
        assert_non_null(t);
        assert_int_equal(t->number, i);
        assert_null(hash_index_next(&x, &key, t));
    }
    arena_release(&arena);
}

static void one_key_many_items_oldest_first(void **unused)
{
    struct arena arena;
    struct hash_index x;
    (void)unused;
    arena_init(&arena, &system_memory);
    hash_index_init(&x, &arena);
    const hash32 key = key_of(10);
    for (u64 i = 0; i < 2000; i++) {
        const hash32 other = key_of(i * 10 + 20);
        add(&x, &arena, &other, 0);
        if (i % 100 == 0)
            add(&x, &arena, &key, i);
    }
    u64 want = 0;
    for (const struct thing *t = hash_index_find(&x, &key); t; t = hash_index_next(&x, &key, t), want += 100)
        assert_int_equal(t->number, want);
    assert_int_equal(want, 2000);
    arena_release(&arena);
}

struct race {
    struct hash_index x;
    _Atomic u64 added;
    _Atomic u64 missed;
};

static void *read_behind(void *context)
{
    struct race *r = context;
    for (u64 n = 0; n < ITEMS;) {
        n = atomic_load(&r->added);
        for (u64 i = n > 300 ? n - 300 : 0; i < n; i++) {
            const hash32 key = key_of(i);
            const struct thing *t = hash_index_find(&r->x, &key);
            if (!t || t->number != i)
                atomic_fetch_add(&r->missed, 1);
        }
    }
    return NULL;
}

static void readers_miss_nothing_while_the_writer_adds(void **unused)
{
    struct arena arena;
    struct race r = {0};
    pthread_t reader[READERS];
    (void)unused;
    arena_init(&arena, &system_memory);
    hash_index_init(&r.x, &arena);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&reader[i], NULL, read_behind, &r), 0);
    for (u64 i = 0; i < ITEMS; i++) {
        const hash32 key = key_of(i);
        add(&r.x, &arena, &key, i);
        atomic_store(&r.added, i + 1);
    }
    for (size_t i = 0; i < READERS; i++)
        pthread_join(reader[i], NULL);
    assert_int_equal(r.missed, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(one_key_many_items_oldest_first),
        cmocka_unit_test(readers_miss_nothing_while_the_writer_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
