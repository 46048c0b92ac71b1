/* fees - what a transaction must pay to replace a pending one with its nonce.
 *
 *     pending           what nodes require of its replacement
 *     without blobs     a tenth more of maxFeePerGas and of maxPriorityFeePerGas
 *     with blobs        twice as much of both, and of maxFeePerBlobGas: blobs cost nodes more to propagate
 *
 * (go-ethereum's txpool.pricebump and blobpool.pricebump; other nodes have the same.) Nodes do not let a transaction
 * without blobs replace one with blobs, nor the other way round. All in wei. */
#ifndef LEDGER_FEES_H
#define LEDGER_FEES_H

#include "chain/tx.h"

struct fees {
    bool has_blobs;
    u256 max_fee, max_priority_fee, max_blob_fee;
};

struct fees fees_of(const struct tx *t);
/* Raises the fees of t, which is not signed yet, to those required to replace `before`; higher ones stay. */
void fees_outbid(struct tx *t, const struct fees *before);

#endif
