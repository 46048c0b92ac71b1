/* derive_persist - where a derivation is, as bytes for a store that keeps its ledgers' blocks and state.
 *
 *   rlp([ version,
 *         [ number, timestamp, hash, parent hash ],                    L1's block up to which all of it was read
 *         reaches genesis,
 *         [ [ rules hash, is registered, bundles, bytes, blobs, transactions ], .. ],      each rollup
 *         [ [ L1 block, rollup, head, as above .. ], .. ],             steps, the oldest first
 *         [ [ L1 block, index, last block, daHash ], .. ] ])           what was published ahead, the oldest first
 *
 * A rollup that stopped is not kept as one that did: reading goes on before the block at which it did, so that what was
 * missing may be there by then. The others then meet bundles that they know, and pass over them.
 *
 * Memory: what is restored lives in the derivation's arena. Errors: REJECT_STORE_VERSION; REJECT_STORE_MISMATCH: of
 * other rollups, or other rules; REJECT_STORE_CORRUPT. */
#ifndef DERIVE_DERIVE_PERSIST_H
#define DERIVE_DERIVE_PERSIST_H

#include "derive/derive.h"

/* at: the last block of L1 that was handed over whole. */
void derive_persist(struct buffer *out, const struct derivation *d, const struct l1_place *at);
/* d: opened, its ledgers as they were when it was kept. *at: from whose child on L1 is to be handed over. */
enum err derive_restore(struct derivation *d, struct l1_place *at, struct bytes kept) MUST_CHECK;

#endif
