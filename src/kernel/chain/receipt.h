/* receipt - what a transaction did, as its block commits to it.
 *
 *   legacy: rlp([status or state root, cumulative gas, bloom, logs])     typed: type || the same
 *
 * Logs belong to the run that made them (its arena). Yellow paper 4.4.1, EIP-658, EIP-2718. */
#ifndef CHAIN_RECEIPT_H
#define CHAIN_RECEIPT_H

#include "base/buffer.h"
#include "chain/header.h"
#include "chain/tx.h"
#include "evm/evm.h"
#include "evm/host.h"

struct receipt {
    enum tx_type type;
    bool success;
    bool has_state_root;      /* before Byzantium, in place of the status */
    hash32 state_root;
    u64 cumulative_gas;       /* of the block up to here */
    struct bloom bloom;
    const struct log *log;
    u32 log_count;
    /* not committed to */
    u64 gas_used;
    u64 blob_gas_used;
    u256 effective_gas_price;
    enum halt halt;
    bool has_created;
    address created;
    struct bytes output;      /* returndata or revert data, in the run's arena */
};

void receipt_encode(struct buffer *out, const struct receipt *r);
void receipts_root(hash32 *out, const struct receipt *const *receipt, size_t count, struct arena *scratch);

/* Yellow paper 4.4.3: three bits of 2048 for the address and each topic. */
void bloom_add(struct bloom *b, struct bytes item);
void bloom_add_log(struct bloom *b, const struct log *l);
void bloom_merge(struct bloom *b, const struct bloom *more);
/* False: it was not added, nor is it in what was merged. */
bool bloom_may_hold(const struct bloom *b, struct bytes item);
/* keccak256(rlp(logs)): what state fixtures compare. */
void logs_hash(hash32 *out, const struct log *log, u32 count, struct arena *scratch);

#endif
