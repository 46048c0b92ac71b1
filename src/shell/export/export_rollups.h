/* export_rollups - the rollups of a session for another client to re-execute: genesis, and the contents of batches.
 *
 *   { "rollups": [ {
 *       "chainId", "fork": "osaka", "gasLimit", "coinbase",            the rules that a header follows from
 *       "bridge", "abort", "systemSender",                             who may abort; who sends system transactions
 *       "genesis": { "timestamp", "baseFee", "supply", "hash",
 *                    "alloc": { address: .. },                         bridge/alloc.h; the rest is the bridge's
 *                    "code": [ { "at", "code" } ],                     EIP-2935's contract
 *                    "construct": [ { "at", "init" } ],                run in order
 *                    "predeploys": [ { "at", "init" } ] },             the rollup's own: run last
 *       "blocks": [ { "timestamp", "transactions": [ "0x.." ], "header": "0x..", "hash": "0x.." } ] } ],
 *     "branches": [ { "name", "blocks": { chain id: [ .. ] } } ] }     each continues the blocks above
 *
 * Timestamp and transactions are the contents of a batch (verify/batch.h); header and hash are our result, to compare
 * with. tests/client/rollup.mjs reads it. Numbers are hex. */
#ifndef EXPORT_EXPORT_ROLLUPS_H
#define EXPORT_EXPORT_ROLLUPS_H

#include "builder/session.h"
#include "codec/json_write.h"

/* begin, any number of branches, end. A branch has each rollup's blocks after number after[i], in the order of
 * session_rollup. */
enum err export_rollups_begin(struct json_writer *w, struct session *s, struct arena *scratch) MUST_CHECK;
enum err export_rollups_branch(struct json_writer *w, struct session *s, const char *name, const u64 *after,
                               struct arena *scratch) MUST_CHECK;
void export_rollups_end(struct json_writer *w);

#endif
