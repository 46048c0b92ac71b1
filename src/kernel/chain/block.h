/* block - header, transactions, ommers, withdrawals, as they travel: rlp([header, txs, ommers, withdrawals?]).
 *
 * Memory: lists live in the arena given to block_decode; data points into the given bytes. */
#ifndef CHAIN_BLOCK_H
#define CHAIN_BLOCK_H

#include "chain/header.h"
#include "chain/tx.h"

/* EIP-4895 */
struct withdrawal {
    u64 index;
    u64 validator;
    address to;
    u64 amount_gwei;
};

struct block {
    struct header header;
    hash32 hash;
    struct tx *tx;
    u32 tx_count;
    u32 ommer_count;
    const struct header *ommer;
    bool has_withdrawals;
    u32 withdrawal_count;
    const struct withdrawal *withdrawal;
    struct bytes rlp;          /* the whole, as decoded */
    struct bytes *envelope;    /* of each transaction: what transactions_root covers */
};

/* Transactions are decoded by the types that the rules admit at this block. */
enum err block_decode(struct block *out, struct arena *arena, struct bytes rlp,
                      const struct chain_rules *rules) MUST_CHECK;

void block_encode(struct buffer *out, const struct header *h, const struct tx *const *tx, u32 tx_count,
                  const struct header *ommer, u32 ommer_count, const struct withdrawal *w, u32 withdrawal_count);

void transactions_root(hash32 *out, const struct bytes *envelope, u32 count, struct arena *scratch);
void withdrawals_root(hash32 *out, const struct withdrawal *w, u32 count, struct arena *scratch);
void ommers_hash(hash32 *out, const struct header *ommer, u32 count, struct arena *scratch);

#endif
