#include "crypto/keccak.h"
#include "state/trie_db.h"

/* --- making --- */

struct proof {
    struct arena *out;
    struct bytes *node;
    size_t count;
};

static void add_proof_node(struct proof *p, const struct node *n)
{
    const size_t size = node_encoded_size(n);
    u8 *rlp = arena_take(p->out, size);
    node_encode(rlp, n);
    p->node[p->count++] = bytes_of(rlp, size);
}

enum err trie_prove(struct trie_db *db, struct arena *out, struct bytes **node, size_t *count, const hash32 *root,
                    struct bytes key)
{
    const u32 end = (u32)key.len * 2;
    const struct arena_mark mark = arena_mark(out);
    struct proof p = {.out = out, .node = ARENA_TAKE(out, struct bytes, TRIE_DEPTH_MAX + 1)};
    struct node *n;
    if (key.len > TRIE_KEY_MAX)
        BUG("a key that is too long");
    TRY(trie_root_node(db, &n, root));
    if (n)
        add_proof_node(&p, n);
    for (u32 depth = 0; n && n->kind != NODE_LEAF;) {
        struct ref *ref = node_refs(n);
        unsigned nibble = 0;
        if (n->kind == NODE_BRANCH) {
            if (depth == end)
                break;
            nibble = nibble_at(key.ptr, depth++);
            if (!(n->present >> nibble & 1))
                break;
            ref = node_child(n, nibble);
        } else {
            if (path_match(n, key.ptr, depth, end) != n->path_len)
                break;
            depth += n->path_len;
        }
        const bool embedded = n->embedded >> nibble & 1;
        const enum err e = trie_enter(db, &n, ref, embedded, depth);
        if (e != OK) {
            arena_rewind(out, mark);
            return e;
        }
        if (!embedded)
            add_proof_node(&p, n);
    }
    *node = p.node;
    *count = p.count;
    return OK;
}

/* --- checking --- */

struct reader {
    const struct bytes *node;
    size_t left;
    struct arena *scratch;
};

static enum err next_node(struct reader *r, struct node **out, const hash32 *want)
{
    hash32 hash;
    if (r->left == 0)
        return REJECT_PROOF;
    keccak256(&hash, r->node->ptr, r->node->len);
    if (!hash32_eq(&hash, want) || node_decode(r->scratch, out, *r->node) != OK)
        return REJECT_PROOF;
    r->node++, r->left--;
    return OK;
}

static enum err verify_path(bool *found, struct bytes *value, const hash32 *root, struct bytes key, struct reader *r)
{
    static const u8 empty_rlp[1] = {0x80};
    const u32 end = (u32)key.len * 2;
    *found = false;
    if (hash32_eq(root, &trie_empty_root)) {
        if (r->left == 1 && bytes_eq(*r->node, BYTES_OF(empty_rlp)))
            r->left = 0;
        return OK;
    }
    struct node *n;
    TRY(next_node(r, &n, root));
    for (u32 depth = 0;;) {
        if (!trie_fits(n, depth))
            return REJECT_PROOF;
        unsigned nibble = 0;
        const struct ref *ref = node_refs(n);
        if (n->kind == NODE_BRANCH) {
            if (depth == end) {
                *found = n->value_len != 0;
                *value = node_value(n);
                return OK;
            }
            nibble = nibble_at(key.ptr, depth++);
            if (!(n->present >> nibble & 1))
                return OK;
            ref = node_child(n, nibble);
        } else {
            if (path_match(n, key.ptr, depth, end) != n->path_len)
                return OK;
            depth += n->path_len;
            if (n->kind == NODE_LEAF) {
                *found = depth == end;
                *value = node_value(n);
                return OK;
            }
        }
        const bool extension = n->kind == NODE_EXTENSION;
        if (n->embedded >> nibble & 1)
            n = ref->node;
        else
            TRY(next_node(r, &n, &ref->hash));
        if (extension && n->kind != NODE_BRANCH)
            return REJECT_PROOF;
    }
}

enum err trie_verify_proof(bool *found, struct bytes *value, const hash32 *root, struct bytes key,
                           const struct bytes *node, size_t count, struct arena *scratch)
{
    struct reader r = {node, count, scratch};
    bool is_found;
    struct bytes is_value = bytes_of(NULL, 0);
    if (key.len > TRIE_KEY_MAX)
        return REJECT_PROOF;
    TRY(verify_path(&is_found, &is_value, root, key, &r));
    if (r.left)
        return REJECT_PROOF;
    *found = is_found;
    *value = is_found ? is_value : bytes_of(NULL, 0);
    return OK;
}
