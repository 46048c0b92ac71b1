/* fees - what a transaction pays to take the place of another that waits under its nonce.
 *
 *     what waits        what nodes ask of its successor
 *     without blobs     a tenth more of maxFeePerGas and of maxPriorityFeePerGas
 *     with blobs        twice as much of both, and of maxFeePerBlobGas: blobs are a burden to hand on
 *
 * (go-ethereum's txpool.pricebump and blobpool.pricebump; other nodes have the same.) Nodes do not let a transaction
 * without blobs take the place of one with blobs, nor the other way round. All in wei. */
#ifndef LEDGER_FEES_H
#define LEDGER_FEES_H

#include "chain/tx.h"

struct fees {
    bool has_blobs;
    u256 max_fee, max_priority_fee, max_blob_fee;
};

struct fees fees_of(const struct tx *t);
/* Raises t's fees, which is not signed yet, to what takes the place of `before`; what is higher stays. */
void fees_outbid(struct tx *t, const struct fees *before);

#endif
