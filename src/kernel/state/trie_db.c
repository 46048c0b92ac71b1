#include "state/trie_db.h"

const hash32 trie_empty_root = {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45,
                                 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c,
                                 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

enum { ROOTS_ROOM = 64, COLLECT_MIN = 64 << 20 /* bytes */ };

struct trie_db *trie_db_open(const struct memory *memory, const struct node_source *source)
{
    struct trie_db *db = memory->take(memory->context, sizeof *db);
    *db = (struct trie_db){.memory = memory};
    if (source)
        db->source = *source;
    arena_init(&db->nodes, memory);
    arena_init(&db->scratch, memory);
    arena_init(&db->records, memory);
    map_init(&db->roots, &db->nodes, ROOTS_ROOM);
    return db;
}

void trie_db_release(struct trie_db *db)
{
    arena_release(&db->nodes);
    arena_release(&db->scratch);
    arena_release(&db->records);
    db->memory->give(db->memory->context, db, sizeof *db);
}

size_t trie_db_bytes(const struct trie_db *db)
{
    return db->bytes;
}

bool trie_wants_collect(const struct trie_db *db)
{
    return db->bytes > 2 * db->bytes_kept + COLLECT_MIN;
}

u32 trie_now(const struct trie_db *db)
{
    return db->now;
}

/* --- roots --- */

static struct root *find_root(const struct trie_db *db, const hash32 *hash)
{
    const u64 h = map_hash_hash32(hash);
    for (const struct map_cell *c = map_first(&db->roots, h); c->item; c = map_next(&db->roots, c))
        if (c->hash == h && hash32_eq(&((struct root *)c->item)->hash, hash))
            return c->item;
    return NULL;
}

/* An existing root is replaced by the younger node, so that trie_made_since meets what its tree's own history made. */
void trie_add_root(struct trie_db *db, const hash32 *hash, struct node *node)
{
    struct root *root = find_root(db, hash);
    if (!root) {
        root = arena_take(&db->nodes, sizeof *root);
        root->hash = *hash;
        map_add(&db->roots, map_hash_hash32(hash), root);
    }
    root->node = node;
}

enum err trie_root_node(struct trie_db *db, struct node **out, const hash32 *hash)
{
    if (hash32_eq(hash, &trie_empty_root)) {
        *out = NULL;
        return OK;
    }
    struct root *root = find_root(db, hash);
    struct node *node = root ? root->node : NULL;
    if (!node) {
        TRY(trie_load(db, &node, hash));
        trie_add_root(db, hash, node);
    }
    if (UNLIKELY(db->recording))
        trie_note(db, node, hash);
    if (UNLIKELY(!trie_fits(node, 0)))
        return REJECT_TRIE_NODE;
    *out = node;
    return OK;
}

enum err trie_load(struct trie_db *db, struct node **out, const hash32 *hash)
{
    struct bytes rlp;
    if (!db->source.node)
        return FAULT_STATE_MISSING;
    TRY(db->source.node(db->source.context, &rlp, hash));
    const struct arena_mark mark = arena_mark(&db->nodes);
    struct node *node;
    const enum err e = node_decode(&db->nodes, &node, rlp);
    if (e != OK) {
        arena_rewind(&db->nodes, mark);
        return e;
    }
    db->bytes += node_size(node);
    *out = node;
    return OK;
}

/* --- recording --- */

void trie_record(struct trie_db *db, bool on)
{
    db->recording = on;
    if (!on)
        return;
    arena_release(&db->records);
    memset(&db->record, 0, sizeof db->record);
    db->recording_number++;
    db->recording_since = db->now;
}

void trie_note(struct trie_db *db, struct node *node, const hash32 *hash)
{
    if (node->seen == db->recording_number || node->born > db->recording_since)
        return;
    node->seen = db->recording_number;
    *LIST_ADD(&db->record, &db->records) = (struct recorded){*hash, node};
}

/* One node may have been loaded twice, under two parents: distinguished from its copy only by its address. */
static bool is_new(struct map *met, const struct recorded *r)
{
    const u64 h = map_hash_hash32(&r->hash);
    for (const struct map_cell *c = map_first(met, h); c->item; c = map_next(met, c))
        if (c->hash == h && hash32_eq(&((const struct recorded *)c->item)->hash, &r->hash))
            return false;
    map_add(met, h, (void *)r);
    return true;
}

enum err trie_recorded(struct trie_db *db, enum err (*each)(void *context, const hash32 *hash, struct bytes rlp),
                       void *context)
{
    const struct arena_mark mark = arena_mark(&db->scratch);
    struct map met;
    map_init(&met, &db->scratch, ROOTS_ROOM);
    enum err e = OK;
    for (size_t i = 0; i < db->record.count && e == OK; i++) {
        const struct recorded *r = &db->record.item[i];
        if (!is_new(&met, r))
            continue;
        const struct arena_mark inner = arena_mark(&db->scratch);
        const size_t size = node_encoded_size(r->node);
        u8 *rlp = arena_take(&db->scratch, size);
        node_encode(rlp, r->node);
        e = each(context, &r->hash, bytes_of(rlp, size));
        arena_rewind(&db->scratch, inner);
    }
    arena_rewind(&db->scratch, mark);
    return e;
}
