/* trie: whatever nodes a proof, a witness or a store holds, reading and changing the tree ends, and agrees with itself.
 *
 *   input    1 byte: length of the key (mod TRIE_KEY_MAX + 1) | the key | nodes, each 2 bytes of length and its RLP
 *
 * The same nodes are met twice. As a proof, where each must have the hash that was asked for. And behind a source that
 * gives a node for any hash, chosen by the hash's first byte, so that the fuzzer can link nodes into any graph,
 * cycles too, without finding preimages. */
#include "state/trie.h"

#include "crypto/keccak.h"
#include "io/memory.h"
#include "state/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MAX = 64 };

struct nodes {
    struct bytes node[NODES_MAX];
    size_t count;
};

static enum err any_node(void *context, struct bytes *rlp, const hash32 *hash)
{
    const struct nodes *n = context;
    *rlp = n->node[hash->b[0] % n->count];
    return OK;
}

/* By its hash, as it should be. */
static enum err right_node(void *context, struct bytes *rlp, const hash32 *hash)
{
    const struct nodes *n = context;
    for (size_t i = 0; i < n->count; i++) {
        hash32 have;
        keccak256(&have, n->node[i].ptr, n->node[i].len);
        if (hash32_eq(&have, hash)) {
            *rlp = n->node[i];
            return OK;
        }
    }
    return FAULT_STATE_MISSING;
}

static bool read_input(struct nodes *n, struct bytes *key, const u8 *data, size_t size)
{
    if (size < 1 || size - 1 < data[0] % (TRIE_KEY_MAX + 1u))
        return false;
    *key = bytes_of(data + 1, data[0] % (TRIE_KEY_MAX + 1u));
    data += 1 + key->len, size -= 1 + key->len;
    for (n->count = 0; size >= 2 && n->count < NODES_MAX; n->count++) {
        const size_t len = (size_t)data[0] << 8 | data[1];
        if (len > size - 2)
            break;
        n->node[n->count] = bytes_of(data + 2, len);
        data += 2 + len, size -= 2 + len;
    }
    return n->count > 0;
}

/* A proof that holds says what the tree says, and the tree's own proof is the same. */
static void as_proof(struct nodes *n, struct bytes key, struct arena *arena)
{
    hash32 root;
    bool found, found_too;
    struct bytes value, value_too, *node;
    size_t count;
    keccak256(&root, n->node[0].ptr, n->node[0].len);
    const enum err e = trie_verify_proof(&found, &value, &root, key, n->node, n->count, arena);
    BUG_UNLESS(e == OK || e == REJECT_PROOF);
    struct trie_db *db = trie_db_open(&system_memory, &(struct node_source){right_node, n});
    const enum err get = trie_get(db, &found_too, &value_too, &root, key);
    BUG_UNLESS(e != OK || (get == OK && found == found_too && bytes_eq(value, value_too)));
    if (get == OK) {
        BUG_UNLESS(trie_prove(db, arena, &node, &count, &root, key) == OK);
        BUG_UNLESS(trie_verify_proof(&found, &value, &root, key, node, count, arena) == OK);
        BUG_UNLESS(found == found_too && bytes_eq(value, value_too));
        for (size_t i = 0; e == OK && i < count; i++)
            BUG_UNLESS(bytes_eq(node[i], n->node[i]));
    }
    trie_db_release(db);
}

/* What was put is there, what was deleted is not, and neighbors are on their side. */
static void as_tree(struct nodes *n, struct bytes key)
{
    static const hash32 root; /* node 0 */
    hash32 changed;
    bool found;
    struct bytes value;
    u8 other[TRIE_KEY_MAX];
    size_t other_len;
    const struct trie_change put = {key, BYTES_LITERAL("what is put at the key")}, del = {key, bytes_of(NULL, 0)};
    struct trie_db *db = trie_db_open(&system_memory, &(struct node_source){any_node, n});
    trie_record(db, true);
    if (trie_get(db, &found, &value, &root, key) == OK)
        BUG_UNLESS(found == (value.len != 0));
    if (trie_update(db, &changed, &root, &put, 1) == OK) {
        BUG_UNLESS(trie_get(db, &found, &value, &changed, key) == OK && found && bytes_eq(value, put.value));
        if (trie_update(db, &changed, &changed, &del, 1) == OK)
            BUG_UNLESS(trie_get(db, &found, &value, &changed, key) == OK && !found);
    }
    if (trie_update(db, &changed, &root, &del, 1) == OK)
        BUG_UNLESS(trie_get(db, &found, &value, &changed, key) == OK && !found);
    for (enum trie_side side = TRIE_BELOW; side <= TRIE_ABOVE; side++) {
        if (trie_neighbor(db, &found, other, &other_len, &value, &root, key, side) != OK || !found)
            continue;
        const size_t less = other_len < key.len ? other_len : key.len;
        const int order = less ? memcmp(other, key.ptr, less) : 0;
        const int way = order ? order : (other_len > key.len) - (other_len < key.len);
        BUG_UNLESS(side == TRIE_ABOVE ? way > 0 : way < 0);
    }
    trie_record(db, false);
    trie_db_release(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nodes n;
    struct bytes key;
    if (!read_input(&n, &key, data, size))
        return 0;
    struct arena arena;
    arena_init(&arena, &system_memory);
    as_proof(&n, key, &arena);
    as_tree(&n, key);
    arena_release(&arena);
    return 0;
}
