/* trie_grow - builds changed trees; trie_update.c hashes what is new in them.
 *
 *   sorted items --> grow: walks the tree once and makes each new node once, without its hash
 *                    |       a changed subtree is a draft until it is known what is above it
 *                    v
 *   level[depth] --> hash: from the deepest level up, all new nodes of one depth together
 *
 * A draft is a subtree that is not attached yet: nothing, the old one unchanged, a value at the end of a path, or a
 * branch at the end of a path. Since its path is a slice of a full key, a branch that loses all children but one just
 * lengthens the slice: no node is made that collapses later.
 *
 * Only nodes that must be read are read. A lone sibling must be, since a leaf or extension absorbs the path of the
 * branch that is removed. So what an update reads is what a witness must hold. */
#ifndef STATE_TRIE_GROW_H
#define STATE_TRIE_GROW_H

#include "state/trie_db.h"

struct item {
    const u8 *key; /* packed */
    u32 nibbles;
    struct bytes value; /* empty: delete */
};

enum draft_kind { DRAFT_EMPTY, DRAFT_SAME, DRAFT_LEAF, DRAFT_BRANCH };

struct draft {
    enum draft_kind kind;
    const u8 *key; /* whole, from the root on */
    u32 to;        /* the path ends before this nibble of it; its start is known to the caller */
    struct bytes value; /* of a leaf */
    struct ref branch;
    bool dirty;    /* the branch is new, and its hash not known yet */
    bool embedded; /* as the branch stands in its old parent */
};

/* A new node whose hash is wanted, and where it goes. */
struct dirty {
    struct dirty *next;
    const struct node *node;
    struct node *parent; /* NULL: a root */
    struct ref *ref;     /* in the parent */
    hash32 *root;
    u16 bit; /* in parent->embedded */
};

struct trie_work {
    struct trie_db *db; /* NULL: all is built from nothing */
    struct arena *nodes;
    struct arena *scratch;
    u32 born;
    u32 deepest;
    size_t bytes;
    struct dirty *level[TRIE_DEPTH_MAX + 1];
};

/* The tree under old (NULL: empty) with the items, which are sorted and may be permuted. *node is its root node, or
 * NULL when the tree is empty; *root gets the hash: at once where nothing new was made, else when
 * the levels are hashed. */
enum err trie_grow(struct trie_work *w, struct node **node, hash32 *root, struct node *old, const hash32 *old_root,
                   struct item *item, size_t count) MUST_CHECK;

/* By key; a prefix comes before what it begins. */
static inline int trie_compare(const u8 *here, u32 here_nibbles, const u8 *there, u32 there_nibbles)
{
    const u32 less = here_nibbles < there_nibbles ? here_nibbles : there_nibbles;
    const int order = less ? memcmp(here, there, less / 2) : 0;
    return order ? order : (int)here_nibbles - (int)there_nibbles;
}

#endif
