#include "state/trie_grow.h"

/* --- from a draft to a node --- */

static void want_hash(struct trie_work *w, u32 depth, const struct node *node, struct node *parent, struct ref *ref,
                      u16 bit)
{
    struct dirty *d = ARENA_TAKE(w->scratch, struct dirty, 1);
    *d = (struct dirty){.next = w->level[depth], .node = node, .parent = parent, .ref = ref, .bit = bit};
    w->level[depth] = d;
    if (depth > w->deepest)
        w->deepest = depth;
}

/* Makes the nodes that a draft still lacks. It is a leaf or a branch, and its path begins at depth. */
static void settle_draft(struct trie_work *w, struct ref *out, bool *dirty, bool *embedded, const struct draft *d,
                         u32 depth)
{
    if (d->kind == DRAFT_LEAF) {
        *out = (struct ref){.node = node_new_leaf(w->nodes, d->key, depth, d->to, d->value, w->born)};
    } else if (depth == d->to) {
        *out = d->branch;
        *dirty = d->dirty;
        *embedded = d->embedded;
        return;
    } else {
        struct node *n = node_new_extension(w->nodes, d->key, depth, d->to, &d->branch, d->embedded, w->born);
        if (d->dirty)
            want_hash(w, d->to, d->branch.node, n, node_refs(n), 1);
        *out = (struct ref){.node = n};
    }
    w->bytes += node_size(out->node);
    *dirty = true;
    *embedded = false;
}

/* --- a branch in the making --- */

struct fork {
    struct ref child[16];
    u16 present, dirty, embedded; /* bit n: child n */
    struct bytes value;
    struct node *old;    /* the branch that it was, or NULL */
    bool waits;          /* the latest draft is not settled yet: it may turn out to be alone */
    unsigned waits_at;
    struct draft waiting;
};

static void fork_init(struct fork *f)
{
    f->present = f->dirty = f->embedded = 0;
    f->value = bytes_of(NULL, 0);
    f->old = NULL;
    f->waits = false;
}

static void fork_settle(struct trie_work *w, struct fork *f, unsigned nibble, const struct draft *d, u32 depth)
{
    bool dirty, embedded;
    settle_draft(w, &f->child[nibble], &dirty, &embedded, d, depth + 1);
    const u16 bit = (u16)(1u << nibble);
    f->present |= bit;
    f->dirty = (u16)(dirty ? f->dirty | bit : f->dirty & ~bit);
    f->embedded = (u16)(embedded ? f->embedded | bit : f->embedded & ~bit);
}

/* depth: of the branch. */
static void fork_add(struct trie_work *w, struct fork *f, unsigned nibble, const struct draft *d, u32 depth)
{
    if (d->kind == DRAFT_EMPTY)
        return;
    if (f->waits)
        fork_settle(w, f, f->waits_at, &f->waiting, depth);
    f->waits = true;
    f->waits_at = nibble;
    f->waiting = *d;
}

/* The one old child that is left takes in the nibble above it. key has the branch's path as its first depth nibbles. */
static enum err adopt(struct trie_work *w, struct draft *out, struct fork *f, const u8 *key, u32 depth)
{
    const unsigned nibble = (unsigned)__builtin_ctz(f->present);
    struct ref *ref = node_child(f->old, nibble);
    const bool embedded = f->embedded >> nibble & 1;
    struct node *n;
    TRY(trie_enter(w->db, &n, ref, embedded, depth + 1));
    u8 *path = arena_take(w->scratch, TRIE_KEY_MAX + 1);
    if (depth)
        memcpy(path, key, (depth + 1) / 2);
    path[depth / 2] = (u8)(depth & 1 ? (path[depth / 2] & 0xf0) | nibble : nibble << 4);
    if (n->kind != NODE_BRANCH)
        path_append(path, path, depth + 1, n);
    struct draft d = {.kind = DRAFT_BRANCH, .key = path, .to = depth + 1 + n->path_len};
    if (n->kind == NODE_LEAF) {
        d.kind = DRAFT_LEAF;
        d.value = node_value(n);
    } else if (n->kind == NODE_EXTENSION) {
        d.branch = *node_refs(n);
        d.embedded = n->embedded & 1;
    } else {
        d.branch = *ref;
        d.embedded = embedded;
    }
    *out = d;
    return OK;
}

/* What the branch at nibble depth became; the path to it is the beginning of key. */
static enum err fork_end(struct trie_work *w, struct draft *out, struct fork *f, const u8 *key, u32 depth)
{
    if (f->waits && (f->present || f->value.len)) {
        f->waits = false;
        fork_settle(w, f, f->waits_at, &f->waiting, depth);
    }
    if (f->waits) {
        *out = f->waiting;
        return OK;
    }
    if (!f->present) {
        *out = (struct draft){
            .kind = f->value.len ? DRAFT_LEAF : DRAFT_EMPTY, .key = key, .to = depth, .value = f->value};
        return OK;
    }
    /* a lone child that is new cannot be here: it would wait */
    if (!f->value.len && (f->present & (f->present - 1)) == 0)
        return adopt(w, out, f, key, depth);
    struct node *n = node_new_branch(w->nodes, f->child, f->present, f->embedded, f->value, w->born);
    w->bytes += node_size(n);
    for (unsigned left = f->dirty; left; left &= left - 1) {
        const unsigned nibble = (unsigned)__builtin_ctz(left);
        struct ref *ref = node_child(n, nibble);
        want_hash(w, depth + 1, ref->node, n, ref, (u16)(1u << nibble));
    }
    *out = (struct draft){.kind = DRAFT_BRANCH, .key = key, .to = depth, .branch = {.node = n}, .dirty = true};
    return OK;
}

/* --- the walk --- */

/* How many items, from the first on, have the first one's nibble at depth. By doubling and halving, since at the top of
 * a large update runs are long. */
static size_t run_of(const struct item *item, size_t count, u32 depth)
{
    const unsigned nibble = nibble_at(item->key, depth);
    size_t low = 1, step = 1; /* the first low items are in */
    while (low < count && nibble_at(item[low + step - 1 < count ? low + step - 1 : count - 1].key, depth) == nibble) {
        low = low + step < count ? low + step : count;
        step *= 2;
    }
    size_t high = low + step - 1 < count ? low + step - 1 : count; /* item[high] is out, or there is none */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (nibble_at(item[middle].key, depth) == nibble)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static u32 shared(const struct item *here, const struct item *there, u32 depth)
{
    const u32 end = here->nibbles < there->nibbles ? here->nibbles : there->nibbles;
    while (depth < end && nibble_at(here->key, depth) == nibble_at(there->key, depth))
        depth++;
    return depth;
}

/* A tree of items that all have values; their keys agree up to depth. */
static void build_draft(struct trie_work *w, struct draft *out, u32 depth, const struct item *item, size_t count)
{
    if (count <= 1) {
        *out = (struct draft){.kind = DRAFT_EMPTY};
        if (count)
            *out = (struct draft){.kind = DRAFT_LEAF, .key = item->key, .to = item->nibbles, .value = item->value};
        return;
    }
    const u32 at = shared(&item[0], &item[count - 1], depth);
    const u8 *key = item->key;
    struct fork f;
    fork_init(&f);
    if (item->nibbles == at) {
        f.value = item->value;
        item++, count--;
    }
    while (count) {
        const unsigned nibble = nibble_at(item->key, at);
        const size_t n = run_of(item, count, at);
        struct draft d;
        build_draft(w, &d, at + 1, item, n);
        fork_add(w, &f, nibble, &d, at);
        item += n, count -= n;
    }
    const enum err e = fork_end(w, out, &f, key, at);
    BUG_UNLESS(e == OK); /* two items at least: nothing is adopted */
}

static size_t drop_deletions(struct item *item, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (item[i].value.len)
            item[kept++] = item[i];
    return kept;
}

static enum err grow(struct trie_work *w, struct draft *out, struct node *n, u32 depth, struct item *item,
                     size_t count) MUST_CHECK;

/* Through a ref of an old node. */
static enum err grow_child(struct trie_work *w, struct draft *out, struct ref *ref, bool embedded, u32 depth,
                           struct item *item, size_t count)
{
    struct node *n;
    TRY(trie_enter(w->db, &n, ref, embedded, depth));
    return grow(w, out, n, depth, item, count);
}

/* The most frequent change of all: one item, and it is this leaf's. */
static bool replace_leaf(struct draft *out, const struct node *leaf, u32 depth, const struct item *item)
{
    if (item->nibbles != depth + leaf->path_len || path_match(leaf, item->key, depth, item->nibbles) != leaf->path_len)
        return false;
    if (bytes_eq(node_value(leaf), item->value))
        *out = (struct draft){.kind = DRAFT_SAME};
    else if (item->value.len)
        *out = (struct draft){.kind = DRAFT_LEAF, .key = item->key, .to = item->nibbles, .value = item->value};
    else
        *out = (struct draft){.kind = DRAFT_EMPTY};
    return true;
}

/* The leaf becomes one item among the others. */
static void grow_leaf(struct trie_work *w, struct draft *out, const struct node *leaf, u32 depth, struct item *item,
                      size_t count)
{
    if (count == 1 && replace_leaf(out, leaf, depth, item))
        return;
    struct item *merged = ARENA_TAKE(w->scratch, struct item, count + 1);
    u8 *key = arena_take(w->scratch, TRIE_KEY_MAX + 1);
    path_append(key, item->key, depth, leaf);
    const struct item old = {key, depth + leaf->path_len, node_value(leaf)};
    bool placed = false, same = true;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const int order = placed ? -1 : trie_compare(old.key, old.nibbles, item[i].key, item[i].nibbles);
        if (!placed && order <= 0) {
            placed = true;
            if (order < 0)
                merged[n++] = old;
            else
                same &= bytes_eq(old.value, item[i].value);
        }
        if (order != 0)
            same &= item[i].value.len == 0;
        if (item[i].value.len)
            merged[n++] = item[i];
    }
    if (!placed)
        merged[n++] = old;
    if (same)
        *out = (struct draft){.kind = DRAFT_SAME};
    else
        build_draft(w, out, depth, merged, n);
}

static void fork_open(struct fork *f, struct node *branch)
{
    fork_init(f);
    f->present = branch->present;
    f->embedded = branch->embedded;
    f->value = node_value(branch);
    f->old = branch;
    const struct ref *ref = node_refs(branch);
    for (unsigned left = branch->present; left; left &= left - 1)
        f->child[__builtin_ctz(left)] = *ref++;
}

static enum err grow_branch(struct trie_work *w, struct draft *out, struct node *branch, u32 depth, struct item *item,
                            size_t count)
{
    struct fork f;
    bool same = true;
    const u8 *key = item->key;
    fork_open(&f, branch);
    if (item->nibbles == depth) {
        same = bytes_eq(f.value, item->value);
        f.value = item->value;
        item++, count--;
    }
    while (count) {
        const unsigned nibble = nibble_at(item->key, depth);
        const size_t n = run_of(item, count, depth);
        struct draft d;
        if (f.present >> nibble & 1) {
            TRY(grow_child(w, &d, node_child(branch, nibble), f.embedded >> nibble & 1, depth + 1, item, n));
        } else {
            build_draft(w, &d, depth + 1, item, drop_deletions(item, n));
            if (d.kind == DRAFT_EMPTY)
                d.kind = DRAFT_SAME;
        }
        if (d.kind != DRAFT_SAME) {
            same = false;
            f.present &= (u16) ~(1u << nibble);
            fork_add(w, &f, nibble, &d, depth);
        }
        item += n, count -= n;
    }
    if (same) {
        *out = (struct draft){.kind = DRAFT_SAME};
        return OK;
    }
    return fork_end(w, out, &f, key, depth);
}

static bool follows(const struct item *item, const u8 *path, u32 depth, u32 end)
{
    if (item->nibbles < end)
        return false;
    while (depth < end && nibble_at(item->key, depth) == nibble_at(path, depth))
        depth++;
    return depth == end;
}

/* Nibbles [depth, end) of path lead to the branch behind ref. */
static enum err grow_path(struct trie_work *w, struct draft *out, const u8 *path, u32 depth, u32 end, struct ref *ref,
                          bool embedded, struct item *item, size_t count)
{
    /* what would be deleted beside the path is not there */
    size_t kept = 0;
    bool leaves = false;
    for (size_t i = 0; i < count; i++) {
        const bool along = follows(&item[i], path, depth, end);
        if (along || item[i].value.len)
            item[kept++] = item[i];
        leaves |= !along && item[i].value.len;
    }
    count = kept;
    *out = (struct draft){.kind = DRAFT_SAME};
    if (count == 0)
        return OK;
    if (!leaves) {
        struct node *branch;
        TRY(trie_enter(w->db, &branch, ref, embedded, end));
        return branch->kind == NODE_BRANCH ? grow_branch(w, out, branch, end, item, count) : REJECT_TRIE_NODE;
    }
    /* the path splits where the first item leaves it */
    const struct item along = {path, end, {0}};
    const u32 first = shared(&along, &item[0], depth), last = shared(&along, &item[count - 1], depth);
    const u32 at = first < last ? first : last;
    const unsigned ahead = nibble_at(path, at);
    bool passed = false;
    struct fork f;
    fork_init(&f);
    if (item->nibbles == at) {
        f.value = item->value;
        item++, count--;
    }
    while (count || !passed) {
        const unsigned nibble = count ? nibble_at(item->key, at) : 16;
        struct draft d;
        size_t n = 0;
        if (!passed && nibble >= ahead) {
            passed = true;
            n = nibble == ahead ? run_of(item, count, at) : 0;
            TRY(grow_path(w, &d, path, at + 1, end, ref, embedded, item, n));
            if (d.kind == DRAFT_SAME)
                d = (struct draft){.kind = DRAFT_BRANCH, .key = path, .to = end, .branch = *ref, .embedded = embedded};
            fork_add(w, &f, ahead, &d, at);
        } else {
            n = run_of(item, count, at);
            build_draft(w, &d, at + 1, item, n);
            fork_add(w, &f, nibble, &d, at);
        }
        item += n, count -= n;
    }
    return fork_end(w, out, &f, path, at);
}

static enum err grow(struct trie_work *w, struct draft *out, struct node *n, u32 depth, struct item *item, size_t count)
{
    if (n->kind == NODE_BRANCH)
        return grow_branch(w, out, n, depth, item, count);
    if (n->kind == NODE_LEAF) {
        grow_leaf(w, out, n, depth, item, count);
        return OK;
    }
    u8 *path = arena_take(w->scratch, TRIE_KEY_MAX + 1);
    path_append(path, item->key, depth, n);
    return grow_path(w, out, path, depth, depth + n->path_len, node_refs(n), n->embedded & 1, item, count);
}

enum err trie_grow(struct trie_work *w, struct node **node, hash32 *root, struct node *old, const hash32 *old_root,
                   struct item *item, size_t count)
{
    struct draft d = {.kind = DRAFT_SAME};
    if (count == 0)
        ;
    else if (old)
        TRY(grow(w, &d, old, 0, item, count));
    else
        build_draft(w, &d, 0, item, drop_deletions(item, count));
    if (d.kind == DRAFT_SAME) {
        *node = old;
        *root = *old_root;
        return OK;
    }
    if (d.kind == DRAFT_EMPTY) {
        *node = NULL;
        *root = trie_empty_root;
        return OK;
    }
    struct ref ref;
    bool dirty, embedded;
    settle_draft(w, &ref, &dirty, &embedded, &d, 0);
    BUG_UNLESS(dirty); /* an old branch with the empty path would be the old root */
    want_hash(w, 0, ref.node, NULL, NULL, 0);
    w->level[0]->root = root;
    *node = ref.node;
    return OK;
}
