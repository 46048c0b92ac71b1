/* witness - all that a verifier may know of a rollup besides the published data: state nodes, codes and headers.
 *
 *   header[]  RLP, oldest first; the last is the parent of the first block. Each names the one before as its parent.
 *   anchor    RLP of the L1 header that the blocks are anchored to, found by its hash
 *   node[]    state and storage trie nodes, RLP; found by the hash of their bytes, so they need no trust
 *   code[]    bytecode, likewise
 *
 * What matters is the anchor: the hash of the last header is compared with the parent hash that the statement will
 * name, or a forged pre-state would pass.
 *
 * Memory: everything is borrowed; the index over it lives in the arena. A node that is asked for and not there is
 * FAULT_STATE_MISSING, never an empty answer. */
#ifndef VERIFY_WITNESS_H
#define VERIFY_WITNESS_H

#include "base/arena.h"
#include "base/err.h"
#include "chain/evm_host.h"
#include "chain/header.h"
#include "state/state.h"

struct witness {
    const struct bytes *header;
    size_t header_count;
    struct bytes anchor;
    const struct bytes *node;
    size_t node_count;
    const struct bytes *code;
    size_t code_count;
};

/* The witness, hashed and ready to be asked. */
struct witness_index {
    const struct bytes **slot; /* open addressing by the first bytes of the hash; nodes and codes share it */
    hash32 *hash;
    size_t mask;
    hash32 *header_hash;       /* of header[i] */
    u64 first_number;          /* of header[0] */
    size_t header_count;
    struct header parent;      /* the last header, decoded */
    hash32 parent_hash;
};

/* REJECT_WITNESS: no header, one that does not decode, or headers that do not follow each other. */
enum err witness_open(struct witness_index *out, struct arena *arena, const struct witness *w) MUST_CHECK;

/* The sources that state and trie ask; they borrow the index. */
struct node_source witness_nodes(struct witness_index *index);
struct code_source witness_codes(struct witness_index *index);
struct ancestors witness_ancestors(struct witness_index *index);

#endif
