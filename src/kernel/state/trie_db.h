/* trie_db - the inside of a struct trie_db, for the files that make up trie.h. */
#ifndef STATE_TRIE_DB_H
#define STATE_TRIE_DB_H

#include "base/list.h"
#include "base/map.h"
#include "state/node.h"
#include "state/trie.h"

struct root {
    hash32 hash;
    struct node *node;
};

struct recorded {
    hash32 hash;
    const struct node *node;
};

struct trie_db {
    const struct memory *memory;
    struct node_source source;
    struct arena nodes;   /* nodes and the table of roots */
    struct arena scratch; /* of one operation */
    struct map roots;     /* hash -> struct root: trees in memory */
    size_t bytes;         /* of all nodes, reachable or not */
    size_t bytes_kept;    /* of those that the last trie_collect kept */
    u32 now;              /* counts updates; the born stamp of new nodes */
    bool recording;
    u32 recording_number; /* the seen stamp of what is recorded */
    u32 recording_since;  /* nodes born later are not */
    struct arena records;
    LIST(struct recorded) record;
};

void trie_note(struct trie_db *db, struct node *node, const hash32 *hash);

/* The node behind a root, NULL for the empty tree. */
enum err trie_root_node(struct trie_db *db, struct node **out, const hash32 *root) MUST_CHECK;
void trie_add_root(struct trie_db *db, const hash32 *root, struct node *node);

/* The slow path of trie_enter. */
enum err trie_load(struct trie_db *db, struct node **out, const hash32 *hash) MUST_CHECK;

/* Whether a node may stand `depth` nibbles below a root: all keys are whole bytes and not too long. */
static inline bool trie_fits(const struct node *n, u32 depth)
{
    const u32 end = depth + n->path_len;
    return end <= TRIE_DEPTH_MAX && !(n->value_len && end & 1);
}

/* The child behind a ref of a node in the db, loaded and recorded. depth is the child's. */
static inline enum err trie_enter(struct trie_db *db, struct node **out, struct ref *ref, bool embedded, u32 depth)
{
    if (UNLIKELY(!ref->node))
        TRY(trie_load(db, &ref->node, &ref->hash));
    if (UNLIKELY(db->recording) && !embedded)
        trie_note(db, ref->node, &ref->hash);
    if (UNLIKELY(!trie_fits(ref->node, depth)))
        return REJECT_TRIE_NODE;
    *out = ref->node;
    return OK;
}

/* The child of an extension: a branch, or the tree is malformed. */
static inline enum err trie_enter_extension(struct trie_db *db, struct node **out, struct node *extension, u32 depth)
{
    struct node *child;
    TRY(trie_enter(db, &child, node_refs(extension), extension->embedded & 1, depth + extension->path_len));
    if (child->kind != NODE_BRANCH)
        return REJECT_TRIE_NODE;
    *out = child;
    return OK;
}

#endif
