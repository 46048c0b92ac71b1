#include "devnet/bundles.h"

struct bundles {
    const struct memory *memory;
    size_t count; /* that were added, and not forgotten */
    u64 added;
    struct held_bundle {
        void *lists; /* NULL: not used */
        size_t size;
        struct bundle_record record;
    } ring[BUNDLES_MAX];
};

struct bundles *bundles_open(const struct memory *memory)
{
    struct bundles *b = memory->take(memory->context, sizeof *b);
    memset(b, 0, sizeof *b);
    b->memory = memory;
    return b;
}

static void forget(struct bundles *b, struct held_bundle *h)
{
    if (h->lists)
        b->memory->give(b->memory->context, h->lists, h->size);
    h->lists = NULL;
}

void bundles_close(struct bundles *b)
{
    for (size_t i = 0; i < BUNDLES_MAX; i++)
        forget(b, &b->ring[i]);
    b->memory->give(b->memory->context, b, sizeof *b);
}

static size_t size_of_lists(const struct bundle_record *r)
{
    return r->work_count * sizeof *r->work + r->pair_count * sizeof *r->pair + r->rollup_count * sizeof *r->rollup;
}

static void *copy_items(u8 **to, const void *from, size_t size)
{
    void *at = *to;
    if (size)
        memcpy(at, from, size);
    *to += size;
    return at;
}

/* Those that need the greatest alignment first. */
static void copy_record(struct bundle_record *out, u8 *lists, const struct bundle_record *r)
{
    *out = *r;
    out->pair = copy_items(&lists, r->pair, r->pair_count * sizeof *r->pair);
    out->rollup = copy_items(&lists, r->rollup, r->rollup_count * sizeof *r->rollup);
    out->work = copy_items(&lists, r->work, r->work_count * sizeof *r->work);
}

void bundle_copy(struct bundle_record *out, struct arena *arena, const struct bundle_record *r)
{
    copy_record(out, arena_take(arena, size_of_lists(r)), r);
}

void bundles_add(struct bundles *b, const struct bundle_record *r)
{
    struct held_bundle *h = &b->ring[b->count++ % BUNDLES_MAX];
    forget(b, h);
    h->size = size_of_lists(r) + 1; /* never none */
    h->lists = b->memory->take(b->memory->context, h->size);
    copy_record(&h->record, h->lists, r);
    b->added++;
}

u64 bundles_added(const struct bundles *b)
{
    return b->added;
}

const struct bundle_record *bundles_at(const struct bundles *b, size_t age)
{
    if (age >= b->count || age >= BUNDLES_MAX)
        return NULL;
    const struct held_bundle *h = &b->ring[(b->count - 1 - age) % BUNDLES_MAX];
    return h->lists ? &h->record : NULL;
}

const struct bundle_record *bundles_find(const struct bundles *b, const hash32 *hash)
{
    const struct bundle_record *r;
    for (size_t age = 0; (r = bundles_at(b, age)) != NULL; age++)
        if (hash32_eq(&r->hash, hash))
            return r;
    return NULL;
}

void bundles_forget_above(struct bundles *b, u64 block_number)
{
    const struct bundle_record *r;
    while ((r = bundles_at(b, 0)) != NULL && r->block_number > block_number)
        forget(b, &b->ring[--b->count % BUNDLES_MAX]);
}
