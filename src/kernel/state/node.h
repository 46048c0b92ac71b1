/* node - one node of a Merkle Patricia tree, decoded (yellow paper appendix D).
 *
 *   leaf        path, value                    a parent knows a child by a struct ref:
 *   extension   path, ref                        node  in memory, or NULL
 *   branch      refs (present ones), value       hash  keccak256 of its RLP; or that RLP itself, where
 *                                                      it is shorter than 32 bytes ("embedded")
 *
 * So a child's hash is in its parent: rehashing a branch reads one node, not sixteen, and a child that was not loaded
 * costs nothing. An embedded child is always in memory.
 *
 * A node is one allocation: the header below, then its refs, then its path, then its value. Once its tree is published
 * it is immutable, except for ref.node, which is set when the child is first loaded.
 *
 * Paths are runs of nibbles. In a node they are "hex prefix" encoded as on the wire, which puts the last
 * nibble into the last half byte; elsewhere they are nibbles [from, to) of a packed key.
 *
 * Decoding is strict: anything but the canonical encoding of a node is REJECT_TRIE_NODE. */
#ifndef STATE_NODE_H
#define STATE_NODE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

/* Longest key in bytes; the keys of Ethereum's own trees have at most 32. */
enum { TRIE_KEY_MAX = 64, TRIE_DEPTH_MAX = 2 * TRIE_KEY_MAX };

enum node_kind { NODE_LEAF, NODE_EXTENSION, NODE_BRANCH, NODE_MOVED /* see trie_collect */ };

struct node;

struct ref {
    struct node *node;
    hash32 hash;
};

struct node {
    _Alignas(struct ref) u8 kind;
    u16 present;   /* branch: bit n, there is a child n. Extension: 1 */
    u16 embedded;  /* bit n: ref n holds RLP, not a hash. Extension: bit 0 */
    u16 path_len;  /* nibbles */
    u32 value_len;
    u32 born;      /* the update that made it; 0: loaded from the source */
    u32 seen;      /* the recording that has it */
};

_Static_assert(sizeof(struct node) % _Alignof(struct ref) == 0, "refs follow the header");

static inline struct ref *node_refs(const struct node *n)
{
    return (struct ref *)(n + 1);
}

static inline unsigned node_ref_count(const struct node *n)
{
    return (unsigned)__builtin_popcount(n->present);
}

/* The ref of child n of a branch, which must be there. */
static inline struct ref *node_child(const struct node *n, unsigned nibble)
{
    return node_refs(n) + __builtin_popcount(n->present & ((1u << nibble) - 1));
}

static inline u8 *node_path(const struct node *n)
{
    return (u8 *)(node_refs(n) + node_ref_count(n));
}

static inline size_t path_size(u32 nibbles)
{
    return nibbles / 2 + 1;
}

static inline struct bytes node_value(const struct node *n)
{
    return bytes_of(node_path(n) + (n->kind == NODE_BRANCH ? 0 : path_size(n->path_len)), n->value_len);
}

static inline unsigned nibble_at(const u8 *packed, u32 i)
{
    return i & 1 ? packed[i / 2] & 15 : packed[i / 2] >> 4;
}

/* Writes path_size(to - from) bytes. */
void path_encode(u8 *out, const u8 *key, u32 from, u32 to, bool leaf);
/* How many nibbles the node's path and nibbles [from, to) of key share at their beginning. */
u32 path_match(const struct node *n, const u8 *key, u32 from, u32 to);
/* Copies the first `at` nibbles of key and the node's path behind them into out (room: TRIE_KEY_MAX + 1 bytes). */
void path_append(u8 *out, const u8 *key, u32 at, const struct node *n);

size_t node_size(const struct node *n); /* in memory */
struct node *node_new_leaf(struct arena *a, const u8 *key, u32 from, u32 to, struct bytes value, u32 born);
struct node *node_new_extension(struct arena *a, const u8 *key, u32 from, u32 to, const struct ref *child,
                                bool embedded, u32 born);
/* child is indexed by nibble. */
struct node *node_new_branch(struct arena *a, const struct ref child[16], u16 present, u16 embedded, struct bytes value,
                             u32 born);

size_t node_encoded_size(const struct node *n);
void node_encode(u8 *out, const struct node *n);
enum err node_decode(struct arena *a, struct node **out, struct bytes rlp) MUST_CHECK;

/* The bytes of an embedded child: a list of fewer than 32 bytes says its own length. */
static inline size_t ref_embedded_size(const struct ref *r)
{
    return 1 + (size_t)(r->hash.b[0] - 0xc0);
}

#endif
