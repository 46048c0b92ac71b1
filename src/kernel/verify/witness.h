/* witness - all that the re-execution of a rollup's blocks needs besides the published data: state nodes, codes and
 * headers.
 *
 *   header[]  RLP, oldest first; the last is the parent of the first block. Each names the one before as its parent.
 *   anchor    RLP of the L1 header that the blocks are anchored to, found by its hash
 *   node[]    state and storage trie nodes, RLP; found by the hash of their bytes, so they need no trust
 *   code[]    bytecode, likewise
 *
 *   key[]     what the blocks accessed, unhashed: an address, then its storage slots; only for people and
 *             tools
 *
 * The last header is what binds the witness: its hash is compared with the parent hash in the statement. Otherwise a
 * forged pre-state would pass.
 *
 * As bytes, without the keys:
 *
 *   version:1 || rlp([ [ header, ... ], anchor, [ node, ... ], [ code, ... ] ])       each a string
 *
 * and as JSON, with them, the object that debug_executionWitness of Ethereum clients gives: headers, state, codes,
 * keys; the anchor is its member l1Header, which they do not have.
 *
 * Memory: everything is borrowed; the index over it lives in the arena. A missing node is FAULT_STATE_MISSING, never an
 * empty answer. */
#ifndef VERIFY_WITNESS_H
#define VERIFY_WITNESS_H

#include "base/arena.h"
#include "base/err.h"
#include "chain/evm_host.h"
#include "chain/header.h"
#include "codec/json_write.h"
#include "codec/rlp.h"
#include "state/state.h"

enum {
    WITNESS_VERSION = 1,
    WITNESS_HEADERS_MAX = 257, /* the parent, and what BLOCKHASH reaches */
    WITNESS_NODE_MIN = 32, /* bytes: a shorter one is embedded in its parent; no root of keys of 32 bytes is */
    WITNESS_NODES_MAX = 1 << 22,
    WITNESS_CODES_MAX = 1 << 16
};

struct witness {
    const struct bytes *header;
    size_t header_count;
    struct bytes anchor;
    const struct bytes *node;
    size_t node_count;
    const struct bytes *code;
    size_t code_count;
    const struct bytes *key;
    size_t key_count;
};

/* --- forms --- */

void witness_encode(struct buffer *out, const struct witness *w);
/* REJECT_WITNESS_FORMAT with nothing decoded. The result points into encoded; lists live in the arena. */
enum err witness_decode(struct witness *out, struct arena *arena, struct bytes encoded) MUST_CHECK;
/* The same without the version, as an item within something longer. */
void witness_add(struct buffer *out, const struct witness *w);
enum err witness_take(struct rlp_reader *r, struct arena *arena, struct witness *out) MUST_CHECK;
/* The members, into an object that is open. */
void witness_write_json(struct json_writer *out, const struct witness *w);

/* --- use --- */

/* The witness, hashed and ready to be asked. */
struct witness_index {
    const struct bytes **cell; /* open addressing by the first bytes of the hash; nodes and codes share it */
    hash32 *hash;
    size_t mask;
    hash32 *header_hash;       /* of header[i] */
    u64 first_number;          /* of header[0] */
    size_t header_count;
    struct header parent;      /* the last header, decoded */
    hash32 parent_hash;
};

/* codes that known holds, byte for byte, are not hashed again; it may be NULL. REJECT_WITNESS: no header, one that does
 * not decode, or headers that do not follow each other. */
enum err witness_open(struct witness_index *out, struct arena *arena, const struct witness *w,
                      const struct code_cache *known) MUST_CHECK;

/* The sources that state and trie ask; they borrow the index. */
struct node_source witness_nodes(struct witness_index *index);
struct code_source witness_codes(struct witness_index *index);
struct ancestors witness_ancestors(struct witness_index *index);

#endif
