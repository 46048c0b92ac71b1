#include "state/trie.h"

#include "state/trie_db.h"

enum err trie_get(struct trie_db *db, bool *found, struct bytes *value, const hash32 *root, struct bytes key)
{
    const u32 end = (u32)key.len * 2;
    struct node *n;
    if (key.len > TRIE_KEY_MAX)
        BUG("a key that is too long");
    TRY(trie_root_node(db, &n, root));
    for (u32 depth = 0; n;) {
        if (n->kind == NODE_BRANCH) {
            if (depth == end) {
                *found = n->value_len != 0;
                *value = node_value(n);
                return OK;
            }
            const unsigned nibble = nibble_at(key.ptr, depth);
            if (!(n->present >> nibble & 1))
                break;
            TRY(trie_enter(db, &n, node_child(n, nibble), n->embedded >> nibble & 1, ++depth));
            continue;
        }
        if (path_match(n, key.ptr, depth, end) != n->path_len)
            break;
        if (n->kind == NODE_LEAF) {
            if (depth + n->path_len != end)
                break;
            *found = true;
            *value = node_value(n);
            return OK;
        }
        const u32 below = depth + n->path_len;
        TRY(trie_enter_extension(db, &n, n, depth));
        depth = below;
    }
    *found = false;
    *value = bytes_of(NULL, 0);
    return OK;
}
