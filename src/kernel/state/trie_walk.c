#include "state/trie_db.h"

/* --- in order --- */

/* Walks a tree with the path to where it is. */
struct walk {
    struct trie_db *db;
    u8 path[TRIE_KEY_MAX + 1];
    enum err (*each)(void *context, struct bytes key, struct bytes value);
    void *context;
};

static void put_nibble(u8 *packed, u32 i, unsigned nibble)
{
    packed[i / 2] = (u8)(i & 1 ? (packed[i / 2] & 0xf0) | nibble : nibble << 4);
}

static enum err walk_node(struct walk *w, struct node *n, u32 depth)
{
    const u32 end = depth + n->path_len;
    if (n->kind != NODE_BRANCH)
        path_append(w->path, w->path, depth, n);
    if (n->value_len)
        TRY(w->each(w->context, bytes_of(w->path, end / 2), node_value(n)));
    for (unsigned left = n->present; left; left &= left - 1) {
        const unsigned nibble = (unsigned)__builtin_ctz(left);
        struct node *child;
        u32 below = end;
        if (n->kind == NODE_EXTENSION) {
            TRY(trie_enter_extension(w->db, &child, n, depth));
        } else {
            put_nibble(w->path, below++, nibble);
            TRY(trie_enter(w->db, &child, node_child(n, nibble), n->embedded >> nibble & 1, below));
        }
        TRY(walk_node(w, child, below));
    }
    return OK;
}

enum err trie_each(struct trie_db *db, const hash32 *root,
                   enum err (*each)(void *context, struct bytes key, struct bytes value), void *context)
{
    struct walk w = {.db = db, .each = each, .context = context};
    struct node *n;
    TRY(trie_root_node(db, &n, root));
    return n ? walk_node(&w, n, 0) : OK;
}

/* The outermost value under n: the first, or the last. path holds the way to n. */
static enum err outermost(struct trie_db *db, u8 *path, size_t *len, struct bytes *value, struct node *n, u32 depth,
                          bool first)
{
    for (;;) {
        if (n->kind != NODE_BRANCH)
            path_append(path, path, depth, n);
        const u32 end = depth + n->path_len;
        /* a value in a branch comes before all that is longer */
        if (n->value_len && (first || n->kind == NODE_LEAF)) {
            *len = end / 2;
            *value = node_value(n);
            return OK;
        }
        if (n->kind == NODE_EXTENSION) {
            TRY(trie_enter_extension(db, &n, n, depth));
            depth = end;
            continue;
        }
        const unsigned nibble = (unsigned)(first ? __builtin_ctz(n->present) : 31 - __builtin_clz(n->present));
        put_nibble(path, depth++, nibble);
        TRY(trie_enter(db, &n, node_child(n, nibble), n->embedded >> nibble & 1, depth));
    }
}

/* A branch on the way to the key, where the neighbor may turn off. */
struct turn {
    struct node *branch;
    u32 depth;
    i32 nibble; /* to a child, or -1 to the branch's own value */
};

/* The last turn, if any, that leads to the wanted side. */
static void consider_child(struct turn *turn, struct node *n, u32 depth, unsigned nibble, enum trie_side side)
{
    const unsigned beside = side == TRIE_ABOVE ? n->present & ~((2u << nibble) - 1) : n->present & ((1u << nibble) - 1);
    if (beside)
        *turn = (struct turn){n, depth, side == TRIE_ABOVE ? __builtin_ctz(beside) : 31 - __builtin_clz(beside)};
    else if (side == TRIE_BELOW && n->value_len)
        *turn = (struct turn){n, depth, -1};
}

enum err trie_neighbor(struct trie_db *db, bool *found, u8 *key_out, size_t *key_len, struct bytes *value,
                       const hash32 *root, struct bytes key, enum trie_side side)
{
    const u32 end = (u32)key.len * 2;
    u8 path[TRIE_KEY_MAX + 1];
    struct turn turn = {0};
    struct node *n;
    struct bytes at_value = bytes_of(NULL, 0);
    size_t len = 0;
    bool whole = false; /* all of n is on the wanted side */
    u32 depth = 0;
    if (key.len > TRIE_KEY_MAX)
        BUG("a key that is too long");
    TRY(trie_root_node(db, &n, root));
    while (n && !whole) {
        if (n->kind != NODE_BRANCH) {
            const u32 same = path_match(n, key.ptr, depth, end);
            const bool key_ends = depth + same == end;
            if (same == n->path_len && n->kind == NODE_EXTENSION) {
                const u32 below = depth + n->path_len;
                TRY(trie_enter_extension(db, &n, n, depth));
                depth = below;
                continue;
            }
            bool above; /* n, seen from the key */
            if (same == n->path_len) {
                if (key_ends)
                    break; /* the leaf of the key itself */
                above = false;
            } else if (key_ends) {
                above = true;
            } else {
                const u32 start = n->path_len & 1 ? 1 : 2;
                above = nibble_at(node_path(n), start + same) > nibble_at(key.ptr, depth + same);
            }
            if (above != (side == TRIE_ABOVE))
                break;
            whole = true;
        } else if (depth == end) {
            if (side == TRIE_BELOW)
                break;
            consider_child(&turn, n, depth, 0, side);
            if (n->present & 1)
                turn = (struct turn){n, depth, 0};
            break;
        } else {
            const unsigned nibble = nibble_at(key.ptr, depth);
            consider_child(&turn, n, depth, nibble, side);
            if (!(n->present >> nibble & 1))
                break;
            depth++;
            TRY(trie_enter(db, &n, node_child(n, nibble), n->embedded >> nibble & 1, depth));
        }
    }
    if (n && key.len)
        memcpy(path, key.ptr, key.len);
    if (n && whole) {
        TRY(outermost(db, path, &len, &at_value, n, depth, side == TRIE_ABOVE));
    } else if (turn.branch && turn.nibble < 0) {
        len = turn.depth / 2;
        at_value = node_value(turn.branch);
    } else if (turn.branch) {
        const unsigned nibble = (unsigned)turn.nibble;
        put_nibble(path, turn.depth, nibble);
        TRY(trie_enter(db, &n, node_child(turn.branch, nibble), turn.branch->embedded >> nibble & 1, turn.depth + 1));
        TRY(outermost(db, path, &len, &at_value, n, turn.depth + 1, side == TRIE_ABOVE));
    }
    *found = at_value.len != 0;
    if (*found) {
        memcpy(key_out, path, len);
        *key_len = len;
        *value = at_value;
    }
    return OK;
}

/* --- what was made since --- */

struct made {
    struct trie_db *db;
    u32 since;
    enum err (*each)(void *context, const hash32 *hash, struct bytes rlp);
    void *context;
};

/* Children are never younger than their parents, so an old node ends the walk. An embedded node is in its parent. */
static enum err each_made(struct made *m, const struct node *n, const hash32 *hash, bool embedded)
{
    if (n->born <= m->since)
        return OK;
    for (unsigned left = n->present; left; left &= left - 1) {
        const unsigned nibble = (unsigned)__builtin_ctz(left);
        const struct ref *ref = n->kind == NODE_EXTENSION ? node_refs(n) : node_child(n, nibble);
        if (ref->node)
            TRY(each_made(m, ref->node, &ref->hash, n->embedded >> nibble & 1));
    }
    if (embedded)
        return OK;
    const struct arena_mark mark = arena_mark(&m->db->scratch);
    const size_t size = node_encoded_size(n);
    u8 *rlp = arena_take(&m->db->scratch, size);
    node_encode(rlp, n);
    const enum err e = m->each(m->context, hash, bytes_of(rlp, size));
    arena_rewind(&m->db->scratch, mark);
    return e;
}

enum err trie_made_since(struct trie_db *db, const hash32 *root, u32 since,
                         enum err (*each)(void *context, const hash32 *hash, struct bytes rlp), void *context)
{
    struct made m = {db, since, each, context};
    struct node *n;
    TRY(trie_root_node(db, &n, root));
    return n ? each_made(&m, n, root, false) : OK;
}

/* --- collection --- */

struct move {
    struct trie_db *db;
    bool (*links)(hash32 *root, struct bytes value);
    LIST(hash32) found; /* roots that values led to, not moved yet */
};

static void find_link(struct move *m, struct bytes value)
{
    hash32 root;
    if (!m->links || value.len == 0 || !m->links(&root, value))
        return;
    *LIST_ADD(&m->found, &m->db->scratch) = root;
}

/* The copy of n. What was moved already is found by the address left in its old place, so what was shared stays shared.
 */
static struct node *move_node(struct move *m, struct node *n)
{
    if (n->kind == NODE_MOVED) {
        struct node *there;
        memcpy(&there, (u8 *)(n + 1), sizeof there);
        return there;
    }
    const size_t size = node_size(n);
    struct node *copy = arena_take(&m->db->nodes, size);
    memcpy(copy, n, size);
    m->db->bytes += size;
    n->kind = NODE_MOVED;
    memcpy((u8 *)(n + 1), &copy,
           sizeof copy); /* fits: pieces of an arena are multiples of 16, and no node is its header alone */
    struct ref *ref = node_refs(copy);
    for (unsigned i = 0; i < node_ref_count(copy); i++)
        if (ref[i].node)
            ref[i].node = move_node(m, ref[i].node);
    find_link(m, node_value(copy));
    return copy;
}

static struct node *known_root(const struct map *roots, const hash32 *hash)
{
    const u64 h = map_hash_hash32(hash);
    for (const struct map_cell *c = map_first(roots, h); c->item; c = map_next(roots, c))
        if (c->hash == h && hash32_eq(&((const struct root *)c->item)->hash, hash))
            return ((const struct root *)c->item)->node;
    return NULL;
}

void trie_collect(struct trie_db *db, const hash32 *keep, size_t count, bool (*links)(hash32 *root, struct bytes value))
{
    enum { ROOTS_ROOM = 64 };
    BUG_UNLESS(!db->recording);
    const struct arena_mark mark = arena_mark(&db->scratch);
    struct arena from = db->nodes;
    const struct map old_roots = db->roots;
    struct move m = {.db = db, .links = links};
    arena_init(&db->nodes, db->memory);
    map_init(&db->roots, &db->nodes, ROOTS_ROOM);
    db->bytes = 0;
    for (size_t i = 0; i < count + m.found.count; i++) {
        const hash32 root = i < count ? keep[i] : m.found.item[i - count];
        struct node *n = known_root(&old_roots, &root);
        if (n)
            trie_add_root(db, &root, move_node(&m, n));
    }
    db->bytes_kept = db->bytes;
    arena_rewind(&db->scratch, mark);
    arena_release(&from);
}
