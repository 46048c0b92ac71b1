/* verify - from a witness and the published data to the statement: the core that builder, provers and a guest share.
 *
 *   witness (parent header, trie nodes, codes) ---+
 *   published data (calldata or blobs) -----------+--> re-execute every block --> transition --> statement
 *   rules, settlement context --------------------+
 *
 * None of the input is trusted: the parent header is identified by its hash, which is in the statement and which L1
 * compares with what it stored; nodes and codes are found by hash; the data is hashed into daHash, blobs by commitments
 * whose proofs are checked (data.h); the rest is computed. The output is the 32-byte statement, or an error and no
 * output.
 *
 * Pure: no clock, files, globals or threads. Memory: everything in an arena that verify opens on the given memory and
 * releases before it returns, except for the verify_cache. docs/protocol.md section 10. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/arena.h"
#include "base/err.h"
#include "scope/settlement.h"
#include "verify/data.h"
#include "verify/rollup.h"
#include "verify/witness.h"

/* What verifications share that does not depend on the rollup's state: codes with their analysis, hashes of storage
 * keys, memory. It makes the next one faster and changes no outcome: a code that the witness lacks is missing, even if
 * the cache holds it. For one thread at a time. */
struct verify_cache;
/* cache_bytes: the limit of cached codes (code_cache_open); 0: its default. */
struct verify_cache *verify_cache_open(const struct memory *memory, size_t cache_bytes);
void verify_cache_close(struct verify_cache *v);

struct verify_input {
    const struct rollup_rules *rules;
    const struct settlement_context *context; /* of the statement; verify_transition does not read it */
    struct witness witness;
    struct published_data data;
    u32 blocks_max; /* more than that are refused, REJECT_BATCH_BLOCKS; 0: as many as a batch may hold */
    struct verify_cache *cache; /* NULL: an empty one for this call */
};

/* FAULT_STATE_MISSING: the witness lacks something. REJECT_WITNESS, REJECT_DATA_*, REJECT_BLOB_*, REJECT_BATCH*,
 * REJECT_DEFLATE_*, REJECT_TX_*, REJECT_BLOCK_*: what is wrong with it or with the blocks. out_block_hash may be NULL:
 * the last block's hash. */
enum err verify(hash32 *statement, hash32 *out_block_hash, const struct memory *memory,
                const struct verify_input *in) MUST_CHECK;

/* The hash of the transition alone (scope/settlement.h), which is all that re-execution finds out: the statement adds
 * where and by whom it may be used. So the output of a proving program belongs to no slot. Errors: as verify. */
enum err verify_transition(hash32 *transition, hash32 *out_block_hash, const struct memory *memory,
                           const struct verify_input *in) MUST_CHECK;

#endif
