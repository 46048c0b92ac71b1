/* session - a devnet in one process: an L1, any number of rollups, and the builder that makes them one machine.
 *
 *   session_open     genesis of all chains; the bridge's contracts are deployed on L1 by ordinary transactions
 *   session_transact an ordinary transaction; on L1 mined at once, on a rollup queued for the slot
 *   session_operate  an operation that an L1 user signed, queued for the slot
 *   session_slot     one L1 slot: simulate across chains -> build the rollups' blocks -> prove -> one L1 transaction
 *
 *   queue --> simulate --> plan --> blocks of A, B --> statements --> bundle --> L1 block
 *              (pass 1)              (pass 2, exactly as published)     |
 *              requests, responses, statuses and logs of both passes must agree, or BUG/REJECT by name
 *
 * Nothing here depends on a clock: time is a field that the caller moves. Keys are the caller's.
 * Memory: the session's arena, until session_close. What a slot reports lives until the next session_slot.
 * Errors: FAULT_* the machine; REJECT_* the input, with session_error() naming the place. */
#ifndef BUILDER_SESSION_H
#define BUILDER_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "bridge/operation.h"
#include "chain/receipt.h"
#include "evm/evm.h"
#include "ledger/l1.h"
#include "scope/mailbox.h"
#include "scope/request.h"
#include "scope/response.h"

struct prover_config;
struct remote_report;

enum { SESSION_ROLLUPS_MAX = 64, SESSION_PROVERS_MAX = 16 };

struct funded_account {
    u64 chain_id;
    address at;
    u256 balance; /* wei; on a rollup backed by escrow on L1 from the start */
};

struct rollup_config {
    u64 chain_id;
    address coinbase;  /* gets priority fees and the base fee */
    u64 gas_limit;     /* of a block */
    u256 base_fee;     /* of the genesis block */
};

/* Where the data of bundles goes. DATA_AUTO: to where it is cheaper. */
enum data_choice { DATA_CALLDATA, DATA_BLOBS, DATA_AUTO };

/* What the set-up of an L1 came to: the rollups are registered, too, and the accounts funded. */
struct session_known {
    address proof_registry, shared_bridge, quorum_verifier;
    address attester[SESSION_PROVERS_MAX]; /* in the order of the keys or URLs */
    size_t attester_count;
};

struct session_config {
    u64 l1_chain_id;
    enum fork_id l1_fork;  /* FORK_PRAGUE or FORK_OSAKA */
    struct blob_schedule l1_blobs; /* all zero: Prague's */
    u64 l1_gas_limit;
    u256 l1_base_fee;
    address l1_coinbase;
    u64 genesis_timestamp; /* seconds */
    const struct rollup_config *rollup; /* ascending by chain id */
    size_t rollup_count;
    const struct funded_account *funded;
    size_t funded_count;
    hash32 builder_key;    /* pays for the bundles; session_open funds it on L1 */
    u64 builder_nonce;     /* on an L1 of the session's own: at its genesis */
    struct l1_source l1;   /* somebody else's; methods NULL: the session makes its own */
    const struct session_known *known; /* what is there already on somebody else's L1; NULL: all of it is set up */
    const hash32 *prover_key;
    size_t prover_count;   /* n */
    size_t prover_threshold; /* k */
    enum data_choice data;
    const char *const *prover_url; /* of provers elsewhere (prover/remote.h), asked in the place of those keys */
    size_t prover_url_count;       /* 0: the keys sign in this process */
    bool provers_name_themselves;  /* the set on L1 is whom those at prover_url say they are; prover_key is not used */
    u32 prover_timeout_ms;
};

struct session;

enum err session_open(struct session **out, const struct memory *memory,
                      const struct session_config *config) MUST_CHECK;
void session_close(struct session *s);
/* The sentence behind the last error: which chain, which transaction, which call, what was expected. */
const char *session_error(const struct session *s);

/* Whether L1 is the session's own: then all of its blocks and state are here. */
bool session_owns_l1(const struct session *s);

/* Looks at L1's head, and takes back what L1 took back; work does so by itself. */
enum err session_refresh(struct session *s) MUST_CHECK;

/* Whether an earlier process sent to an L1 of others what this one has not asked for yet (l1.h). */
bool session_goes_on(const struct session *s);

/* Where the protocol's contracts are. */
struct session_contracts {
    address shared_bridge, proof_registry, quorum_verifier, scoped_account, reader; /* L1 */
    address rollup_bridge, l1_context;                                              /* every rollup */
};
const struct session_contracts *session_contracts(const struct session *s);
/* The local face on a chain of an account of another chain (deployed or not). */
enum err session_remote_account(struct session *s, address *out, u64 on_chain, u64 of_chain,
                                const address *account) MUST_CHECK;

/* --- work for the slot --- */

struct transact {
    u64 chain_id;
    hash32 key;      /* signs; the session keeps nonces */
    bool creates;    /* no recipient: data is init code */
    address to;
    u256 value;
    u64 gas_limit;
    struct bytes data;
};

/* A signed operation of an L1 account (contracts/src/interfaces: IScopedAccount.Operation). */
struct operation {
    hash32 key;          /* the account's own; also signs its EIP-7702 authorization when it is not delegated yet */
    u64 gas_limit;
    u64 deadline;        /* L1 timestamp, seconds; 0: the session sets one hour from the slot */
    address submitter;   /* 0: anybody */
    const struct operation_call *call;
    size_t call_count;
};

/* What became of one piece of work. Handles are numbers that session_status understands. */
enum work_status { WORK_PENDING, WORK_SIMULATED, WORK_BUNDLED, WORK_SETTLED, WORK_REJECTED };
const char *work_status_name(enum work_status s);

/* On L1 mined at once, in a block of its own; on a rollup queued. *work is its handle; a created contract's address is
 * in its work_report. */
enum err session_transact(struct session *s, u64 *work, const struct transact *t) MUST_CHECK;
enum err session_operate(struct session *s, u64 *work, const struct operation *o) MUST_CHECK;

struct work_report {
    enum work_status status;
    enum err rejected;          /* why, when rejected */
    const char *reason;         /* the sentence to it */
    u64 chain_id;
    bool is_operation;
    address sender;             /* the account */
    bool success;               /* of an ordinary transaction that was included */
    u64 gas_used;               /* of the transaction; of an operation: by its account's frame in the bundle */
    struct bytes output; /* returndata or revert data of the outermost call; of rejected work: of its simulation, as
                            far as it came to an end, else empty */
    address created;
    hash32 tx_hash;             /* of the transaction, or of the L1 bundle for an operation */
    u64 block_number;
    const struct log *log;      /* of the transaction, or of the L1 bundle for an operation */
    size_t log_count;
    size_t first_call, call_count; /* its scope in slot_report.call */
};
enum err session_status(struct session *s, struct work_report *out, u64 work) MUST_CHECK;

/* --- the slot --- */

/* One scoped call as it was simulated and then executed. */
struct call_report {
    struct scoped_call call;
    hash32 request_hash;
    struct response response;
    struct bytes encoded_response;
    i32 parent;        /* index of the call during whose handling this one was made; -1: none */
    bool is_inline;    /* handled inside the target's own open scopedCall */
    u64 gas_used;      /* by the target's own frame */
    u64 work;
};

/* The four hashes of a pair, side by side. */
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
    u64 delegated_ahead;          /* accounts, by a transaction of its own */
    u64 delegation_gas_used;
};

struct slot_report {
    bool sent;           /* false: nothing to settle, nothing was sent */
    bool settled;        /* the L1 transaction succeeded */
    u32 races_lost;      /* bundles of this slot that missed their block or failed in it, on an L1 of others */
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
    const struct remote_report *prover; /* what each prover elsewhere did, rollup by rollup */
    size_t prover_count;
};

/* OK with report->settled false: the L1 transaction reverted, see revert_data. */
enum err session_slot(struct session *s, const struct slot_report **report) MUST_CHECK;

/* --- looking --- */

/* What a prover of this session's rollups must believe (prover/prover_config.h); borrowed from the session. */
void session_prover_config(struct session *s, struct prover_config *out);

enum err session_balance(struct session *s, u256 *out, u64 chain_id, const address *at) MUST_CHECK;
enum err session_storage(struct session *s, u256 *out, u64 chain_id, const address *at, const u256 *key) MUST_CHECK;
/* A call at the head that changes nothing. *success false: output is the revert data. */
enum err session_call(struct session *s, bool *success, struct bytes *output, u64 chain_id, const address *from,
                      const address *to, const u256 *value, struct bytes data) MUST_CHECK;
enum err session_head(struct session *s, u64 *number, hash32 *block_hash, hash32 *state_root, u64 chain_id) MUST_CHECK;

#endif
