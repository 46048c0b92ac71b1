/* report - what became of a piece of work, and what a slot did.
 *
 * Memory: the session's. A work report's views live until session_close, a slot report until the next session_slot. */
#ifndef BUILDER_REPORT_H
#define BUILDER_REPORT_H

#include "chain/receipt.h"
#include "scope/mailbox.h"
#include "scope/request.h"
#include "scope/response.h"
#include "simulate/call_frame.h"
#include "simulate/call_tree.h"

struct remote_report;

enum work_status { WORK_PENDING, WORK_SIMULATED, WORK_SETTLED, WORK_REJECTED };
const char *work_status_name(enum work_status s);

struct work_report {
    enum work_status status;
    enum err rejected;   /* why, when rejected */
    const char *reason;  /* the message for it */
    u64 chain_id;
    bool is_operation;
    address sender;      /* the account */
    bool success;        /* of an ordinary transaction that was included */
    u64 gas_used;        /* of the transaction; of an operation: by its account's frame in the bundle */
    struct bytes output; /* returndata or revert data of the outermost call; of rejected work: of its simulation, as far
                            as that got, else empty */
    address created;
    hash32 tx_hash;      /* of the transaction, or of the L1 bundle for an operation */
    u64 block_number;
    const struct log *log; /* of the transaction, or of the L1 bundle for an operation */
    size_t log_count;
    size_t first_call, call_count; /* its scope in slot_report.call */
    const struct call_frame *frame; /* when it was refused or reverted: from the outermost to the one that failed; */
    size_t frame_count;             /* until the next slot, but of a transaction on L1 until session_close */
    struct call_tree tree;          /* as it was simulated, if session_record_trees; until the next slot */
};

/* One scoped call as it was simulated and then executed. */
struct call_report {
    struct scoped_call call;
    hash32 request_hash;
    struct response response;
    struct bytes encoded_response;
    i32 parent;        /* index of the call during whose handling this one was made; -1: none */
    bool is_inline;    /* handled inside the target's own open scopedCall */
    u64 gas_used;      /* by the target's own frame */
    u64 work;          /* its handle */
};

/* The mailboxes of a pair of chains, side by side. */
struct pair_report {
    u64 here_chain, there_chain;
    struct mailbox here, there;
};

struct rollup_report {
    u64 chain_id;
    u64 first_block, last_block;
    u64 gas_used;
    u64 transactions, system_transactions;
    hash32 block_hash, state_root, statement;
    size_t data_bytes; /* published on L1 */
    u64 attestations;  /* signatures in the proof */
};

/* Where the data of a bundle went, and what else it would have cost: estimates at the fees of the next L1 block. */
struct data_report {
    bool is_in_blobs;
    const char *reason;
    bool calldata_fits, blobs_fit;
    u256 calldata_wei, blobs_wei; /* the whole transaction, the one that delegates ahead included */
    u64 blob_count;               /* that blobs take, or would */
    u64 l1_gas;                   /* of the transaction in the place that was chosen, by the same estimate */
    u64 delegated_ahead;          /* accounts, by a transaction of its own */
    u64 delegation_gas_used;
};

struct slot_report {
    bool sent;           /* false: nothing to settle, nothing was sent */
    bool settled;        /* the L1 transaction succeeded */
    u32 races_lost;      /* bundles of this slot that missed their block or failed in it, on a remote L1 */
    u64 gas_lost;        /* what those cost */
    struct bytes revert_data; /* when it did not */
    hash32 l1_tx_hash;
    u64 l1_block_number;
    u64 l1_gas_used;
    struct bytes l1_tx;  /* the raw transaction */
    struct data_report data;
    const struct call_report *call;
    size_t call_count;
    const struct pair_report *pair;
    size_t pair_count;
    const struct rollup_report *rollup;
    size_t rollup_count;
    const struct remote_report *prover; /* what each remote prover did, rollup by rollup */
    size_t prover_count;
};

#endif
