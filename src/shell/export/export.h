/* export - a chain of a session from its genesis, for another client to re-execute.
 *
 *   { "fork": "osaka", "chainId": "0x1",
 *     "alloc":   { "0x..": { "balance": "0x..", "nonce": "0x..", "code": "0x..", "storage": {} } },
 *     "genesis": { "rlp": "0x..", "hash": "0x.." },
 *     "blocks":  [ { "rlp": "0x..", "hash": "0x.." } ],
 *     "transactions": [ { "raw": "0x..", "hash": "0x..", "type": 4, "sender": "0x..", "authorities": ["0x.."] } ] }
 *
 * tests/client/reexecute.mjs and transactions.mjs read it. A state trie has only hashes of addresses, so the caller
 * passes all addresses that the genesis may contain. Errors: FAULT_STATE_MISSING when an account of the genesis is not
 * among them. */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "builder/session.h"
#include "codec/json_write.h"

/* candidate: distinct addresses; those without an account in the genesis are skipped. */
enum err export_chain(struct json_writer *w, struct session *s, u64 chain_id, const char *fork,
                      const address *candidate, size_t count, struct arena *scratch) MUST_CHECK;

#endif
