#include "verify/witness.h"

#include "crypto/keccak.h"

static size_t index_cell_of(const struct witness_index *index, const hash32 *hash)
{
    u64 x;
    memcpy(&x, hash->b, sizeof x);
    return (size_t)x & index->mask;
}

static const struct bytes *find_witness_item(const struct witness_index *index, const hash32 *hash)
{
    for (size_t i = index_cell_of(index, hash); index->cell[i]; i = (i + 1) & index->mask)
        if (hash32_eq(&index->hash[i], hash))
            return index->cell[i];
    return NULL;
}

static void insert_witness_item(struct witness_index *index, const struct bytes *item, const hash32 *hash)
{
    size_t i = index_cell_of(index, hash);
    while (index->cell[i]) {
        if (hash32_eq(&index->hash[i], hash))
            return;
        i = (i + 1) & index->mask;
    }
    index->cell[i] = item;
    index->hash[i] = *hash;
}

static void insert_nodes(struct witness_index *index, struct arena *scratch, const struct witness *w)
{
    const struct arena_mark mark = arena_mark(scratch);
    hash32 *hash = ARENA_TAKE(scratch, hash32, w->node_count);
    keccak256_many(hash, w->node, w->node_count);
    for (size_t i = 0; i < w->node_count; i++)
        insert_witness_item(index, &w->node[i], &hash[i]);
    arena_rewind(scratch, mark);
}

/* One by one: their lengths differ so much that side by side most lanes would wait for the longest. */
static void insert_codes(struct witness_index *index, const struct witness *w, const struct code_cache *known)
{
    for (size_t i = 0; i < w->code_count; i++) {
        hash32 hash;
        if (!known || !code_cache_hash_of(known, &hash, w->code[i]))
            keccak256(&hash, w->code[i].ptr, w->code[i].len);
        insert_witness_item(index, &w->code[i], &hash);
    }
}

static enum err open_headers(struct witness_index *out, struct arena *arena, const struct witness *w)
{
    if (w->header_count == 0)
        return REJECT_WITNESS;
    out->header_hash = ARENA_TAKE(arena, hash32, w->header_count);
    out->header_count = w->header_count;
    for (size_t i = 0; i < w->header_count; i++) {
        const struct header before = out->parent;
        if (header_decode(&out->parent, w->header[i]) != OK)
            return REJECT_WITNESS;
        if (i == 0)
            out->first_number = out->parent.number;
        else if (!hash32_eq(&out->parent.parent_hash, &out->header_hash[i - 1]) ||
                 out->parent.number != before.number + 1)
            return REJECT_WITNESS;
        keccak256(&out->header_hash[i], w->header[i].ptr, w->header[i].len);
    }
    out->parent_hash = out->header_hash[w->header_count - 1];
    return OK;
}

enum err witness_open(struct witness_index *out, struct arena *arena, const struct witness *w,
                      const struct code_cache *known)
{
    struct witness_index index = {0};
    TRY(open_headers(&index, arena, w));
    size_t room = 16; /* at most half full */
    while (room < 2 * (w->node_count + w->code_count))
        room *= 2;
    index.mask = room - 1;
    index.cell = ARENA_TAKE_ZERO(arena, const struct bytes *, room);
    index.hash = ARENA_TAKE(arena, hash32, room);
    insert_nodes(&index, arena, w);
    insert_codes(&index, w, known);
    *out = index;
    return OK;
}

static enum err witness_by_hash(void *context, struct bytes *out, const hash32 *hash)
{
    const struct bytes *item = find_witness_item(context, hash);
    if (!item)
        return FAULT_STATE_MISSING;
    *out = *item;
    return OK;
}

static enum err header_hash_of(void *context, hash32 *out, u64 number)
{
    const struct witness_index *index = context;
    if (number < index->first_number || number - index->first_number >= index->header_count)
        return FAULT_STATE_MISSING;
    *out = index->header_hash[number - index->first_number];
    return OK;
}

struct node_source witness_nodes(struct witness_index *index)
{
    return (struct node_source){witness_by_hash, index};
}

struct code_source witness_codes(struct witness_index *index)
{
    return (struct code_source){witness_by_hash, index};
}

struct ancestors witness_ancestors(struct witness_index *index)
{
    return (struct ancestors){header_hash_of, index};
}
