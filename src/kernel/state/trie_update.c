#include "state/trie_grow.h"

#include "crypto/keccak.h"

/* --- hashing --- */

/* Nodes of one depth, hashed side by side; a branch with 16 children has 532 bytes. */
enum { BATCH = 64, BATCH_BYTES = BATCH * 544 };

struct batch {
    size_t count;
    size_t used;
    hash32 *out[BATCH];
    struct bytes message[BATCH];
    u8 *room;
};

static void flush(struct batch *b)
{
    hash32 hash[BATCH];
    keccak256_many(hash, b->message, b->count);
    for (size_t i = 0; i < b->count; i++)
        *b->out[i] = hash[i];
    b->count = b->used = 0;
}

static void hash_large(struct trie_work *w, hash32 *out, const struct node *n, size_t size)
{
    const struct arena_mark mark = arena_mark(w->scratch);
    u8 *rlp = arena_take(w->scratch, size);
    node_encode(rlp, n);
    keccak256(out, rlp, size);
    arena_rewind(w->scratch, mark);
}

static void hash_node(struct trie_work *w, struct batch *b, const struct dirty *d)
{
    const size_t size = node_encoded_size(d->node);
    if (size < 32 && d->parent) {
        node_encode(d->ref->hash.b, d->node);
        d->parent->embedded |= d->bit;
        return;
    }
    hash32 *out = d->parent ? &d->ref->hash : d->root;
    if (size > BATCH_BYTES) {
        hash_large(w, out, d->node, size);
        return;
    }
    if (b->count == BATCH || size > BATCH_BYTES - b->used)
        flush(b);
    u8 *rlp = b->room + b->used;
    node_encode(rlp, d->node);
    b->used += size;
    b->out[b->count] = out;
    b->message[b->count++] = bytes_of(rlp, size);
}

static void hash_levels(struct trie_work *w)
{
    struct batch b;
    b.count = b.used = 0;
    b.room = arena_take(w->scratch, BATCH_BYTES);
    for (u32 depth = w->deepest + 1; depth-- > 0;) {
        for (const struct dirty *d = w->level[depth]; d; d = d->next)
            hash_node(w, &b, d);
        if (b.count)
            flush(&b);
    }
}

/* --- order --- */

struct place {
    u64 prefix; /* the key's first 8 bytes, as a number */
    const struct item *item;
};

static u64 prefix_of(const struct item *item)
{
    u8 b[8] = {0};
    const u32 len = item->nibbles / 2;
    if (len)
        memcpy(b, item->key, len < 8 ? len : 8);
    return load_be64(b);
}

static bool before(const struct place *here, const struct place *there)
{
    if (here->prefix != there->prefix)
        return here->prefix < there->prefix;
    const int order = trie_compare(here->item->key, here->item->nibbles, there->item->key, there->item->nibbles);
    if (order == 0) /* neighbors in the result were compared with each other, so no pair gets past this */
        BUG("the same key twice in one update");
    return order < 0;
}

static bool sorted(const struct item *item, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (trie_compare(item[i - 1].key, item[i - 1].nibbles, item[i].key, item[i].nibbles) >= 0)
            return false;
    return true;
}

/* Runs of 8 by insertion, then merged: bounded by n log n whatever the keys are. */
static struct place *merge_sort(struct place *from, struct place *to, size_t count)
{
    enum { RUN = 8 };
    for (size_t start = 0; start < count; start += RUN) {
        const size_t end = start + RUN < count ? start + RUN : count;
        for (size_t i = start + 1; i < end; i++) {
            const struct place p = from[i];
            size_t j = i;
            for (; j > start && before(&p, &from[j - 1]); j--)
                from[j] = from[j - 1];
            from[j] = p;
        }
    }
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            const size_t middle = start + width < count ? start + width : count;
            const size_t end = middle + width < count ? middle + width : count;
            size_t i = start, j = middle;
            for (size_t k = start; k < end; k++)
                to[k] = i < middle && (j == end || !before(&from[j], &from[i])) ? from[i++] : from[j++];
        }
        struct place *swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

/* Large inputs are first dealt out by their keys' first byte: hashed keys then need half of the merging. Sorted in
 * from. */
static void deal_and_sort(struct place *from, struct place *to, size_t count)
{
    size_t end[256] = {0};
    for (size_t i = 0; i < count; i++)
        end[from[i].prefix >> 56]++;
    for (size_t i = 0, start = 0; i < COUNT_OF(end); i++) {
        const size_t n = end[i];
        end[i] = start;
        start += n;
    }
    for (size_t i = 0; i < count; i++)
        to[end[from[i].prefix >> 56]++] = from[i];
    for (size_t i = 0, start = 0; i < COUNT_OF(end); start = end[i++]) {
        const struct place *sorted_part = merge_sort(to + start, from + start, end[i] - start);
        if (sorted_part != from + start && end[i] != start)
            memcpy(from + start, sorted_part, (end[i] - start) * sizeof *from);
    }
}

static void sort_items(struct item *item, size_t count, struct arena *scratch)
{
    enum { LARGE = 1024 };
    if (sorted(item, count))
        return;
    const struct arena_mark mark = arena_mark(scratch);
    struct place *place = ARENA_TAKE(scratch, struct place, count), *other = ARENA_TAKE(scratch, struct place, count);
    for (size_t i = 0; i < count; i++)
        place[i] = (struct place){prefix_of(&item[i]), &item[i]};
    if (count < LARGE)
        place = merge_sort(place, other, count);
    else
        deal_and_sort(place, other, count);
    struct item *copy = ARENA_TAKE(scratch, struct item, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = *place[i].item;
    memcpy(item, copy, count * sizeof *item);
    arena_rewind(scratch, mark);
}

/* --- updates --- */

static void begin_update(struct trie_work *w, struct trie_db *db, struct arena *nodes, struct arena *scratch, u32 born)
{
    memset(w->level, 0, sizeof w->level);
    w->db = db;
    w->nodes = nodes;
    w->scratch = scratch;
    w->born = born;
    w->deepest = 0;
    w->bytes = 0;
}

static struct item *items_of(const struct trie_change *change, size_t count, struct arena *scratch)
{
    struct item *item = ARENA_TAKE(scratch, struct item, count);
    for (size_t i = 0; i < count; i++) {
        if (change[i].key.len > TRIE_KEY_MAX)
            BUG("a key that is too long");
        item[i] = (struct item){change[i].key.ptr, (u32)change[i].key.len * 2, change[i].value};
    }
    sort_items(item, count, scratch);
    return item;
}

static enum err update_many(struct trie_db *db, struct trie_work *w, struct trie_job *job, size_t count)
{
    hash32 *root = ARENA_TAKE(w->scratch, hash32, count);
    struct node **node = ARENA_TAKE(w->scratch, struct node *, count);
    for (size_t i = 0; i < count; i++) {
        struct node *old;
        TRY(trie_root_node(db, &old, &job[i].root));
        struct item *item = items_of(job[i].change, job[i].count, w->scratch);
        TRY(trie_grow(w, &node[i], &root[i], old, &job[i].root, item, job[i].count));
    }
    hash_levels(w);
    for (size_t i = 0; i < count; i++) {
        job[i].root = root[i];
        if (node[i])
            trie_add_root(db, &root[i], node[i]);
    }
    return OK;
}

enum err trie_update_many(struct trie_db *db, struct trie_job *job, size_t count)
{
    const struct arena_mark mark = arena_mark(&db->scratch);
    struct trie_work w;
    BUG_UNLESS(db->now < UINT32_MAX);
    begin_update(&w, db, &db->nodes, &db->scratch, ++db->now);
    const enum err e = update_many(db, &w, job, count);
    db->bytes += w.bytes;
    arena_rewind(&db->scratch, mark);
    return e;
}

enum err trie_update(struct trie_db *db, hash32 *new_root, const hash32 *root, const struct trie_change *change,
                     size_t count)
{
    struct trie_job job = {*root, change, count};
    TRY(trie_update_many(db, &job, 1));
    *new_root = job.root;
    return OK;
}

/* --- lists --- */

/* rlp(index): its length. */
static u32 index_key(u8 *out, size_t index)
{
    if (index != 0 && index < 0x80) {
        out[0] = (u8)index;
        return 1;
    }
    u32 len = 0; /* of the number: none for 0 */
    for (size_t left = index; left; left >>= 8)
        len++;
    out[0] = (u8)(0x80 + len);
    for (u32 i = 0; i < len; i++)
        out[1 + i] = (u8)(index >> 8 * (len - 1 - i));
    return 1 + len;
}

void trie_list_root(hash32 *root, struct arena *scratch, const struct bytes *item, size_t count)
{
    if (count == 0) {
        *root = trie_empty_root;
        return;
    }
    enum { KEY_ROOM = 16, SMALL = 0x80 /* an index below is its own key, but for 0, whose key is 0x80 */ };
    const struct arena_mark mark = arena_mark(scratch);
    struct item *list = ARENA_TAKE(scratch, struct item, count);
    u8 *key = arena_take(scratch, count * KEY_ROOM);
    for (size_t i = 0; i < count; i++, key += KEY_ROOM) { /* in the order of the keys: 1 .. 0x7f, 0, 0x80 .. */
        const size_t zero_at = count < SMALL ? count - 1 : SMALL - 1;
        const size_t index = i < zero_at ? i + 1 : i == zero_at ? 0 : i;
        BUG_UNLESS(item[index].len != 0);
        list[i] = (struct item){key, 2 * index_key(key, index), item[index]};
    }
    struct trie_work w;
    struct node *node;
    begin_update(&w, NULL, scratch, scratch, 0);
    const enum err e = trie_grow(&w, &node, root, NULL, &trie_empty_root, list, count);
    BUG_UNLESS(e == OK); /* nothing is read, so nothing can be missing */
    hash_levels(&w);
    arena_rewind(scratch, mark);
}
