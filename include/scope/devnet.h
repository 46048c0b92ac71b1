/* scope/devnet.h - a devnet in this process: an L1, up to 64 rollups, and the builder that settles calls between them.
 *
 *     scope_devnet_open        genesis of all chains; the contracts are deployed on L1
 *     scope_devnet_send        a transaction: mined at once on L1, queued on a rollup
 *     scope_devnet_send_call   a transaction whose sender makes a scoped call to another chain; queued
 *     scope_devnet_operate     a signed operation of an L1 account (EIP-7702); queued
 *     scope_devnet_slot        one L1 slot: simulate what is queued, build the rollups' blocks, prove, settle
 *     scope_devnet_work        the outcome of one of these
 *
 * Nothing reads a clock or the network, unless prover_url is set. Accounts' nonces are managed by the devnet.
 *
 * Memory: what functions return as views belongs to the devnet, and is valid until the next scope_devnet_slot or
 * scope_devnet_close. Threads: one at a time for each devnet, with a stack of at least 8 MiB, and 1 GiB for the deepest
 * calls.
 * Errors: scope_devnet_error describes the last one: chain, transaction, call, what was expected. */
#ifndef SCOPE_DEVNET_H
#define SCOPE_DEVNET_H

#include <scope/prover.h>

#ifdef __cplusplus
extern "C" {
#endif

struct scope_devnet;

struct scope_devnet_rollup {
    uint64_t chain_id;
    struct scope_address coinbase; /* receives base fee and priority fee */
    uint64_t gas_limit;            /* of a block; 0: 30,000,000 */
    struct scope_u256 base_fee;    /* wei, of the genesis block; 0: 1 gwei */
};

struct scope_devnet_account {
    uint64_t chain_id;
    struct scope_address address;
    struct scope_u256 balance; /* wei; on a rollup backed by escrow on L1 */
};

/* Where the rollups' data is published. */
enum scope_data { SCOPE_DATA_CALLDATA, SCOPE_DATA_BLOBS, SCOPE_DATA_CHEAPER };

struct scope_devnet_config {
    uint64_t l1_chain_id;
    struct scope_address l1_coinbase;
    uint64_t l1_gas_limit;        /* 0: 60,000,000 */
    struct scope_u256 l1_base_fee; /* wei; 0: 1 gwei */
    uint64_t timestamp;           /* of genesis, seconds; 0: 2026-01-01T00:00:00Z */
    const struct scope_devnet_rollup *rollup; /* ascending by chain id, none the L1's */
    size_t rollup_count;
    const struct scope_devnet_account *account;
    size_t account_count;
    struct scope_hash builder_key; /* pays for the bundles; funded at genesis */
    const struct scope_hash *prover_key; /* they sign in this process; at most 16 */
    size_t prover_count;
    size_t prover_threshold; /* signatures that a proof needs */
    const char *const *prover_url; /* provers that are asked over HTTP instead; prover_key has their keys' order */
    size_t prover_url_count;       /* 0: none */
    uint32_t prover_timeout_ms;    /* 0: 8000 */
    enum scope_data data;
};

/* The configuration is copied. REJECT_CONFIG, REJECT_KEY; FAULT_*. */
scope_err scope_devnet_open(struct scope_devnet **out, const struct scope_devnet_config *config);
void scope_devnet_close(struct scope_devnet *devnet); /* NULL is allowed */
/* Never NULL. */
const char *scope_devnet_error(const struct scope_devnet *devnet);

struct scope_contracts {
    struct scope_address shared_bridge, proof_registry, quorum_verifier, scoped_account; /* on L1 */
    struct scope_address rollup_bridge, l1_context;                                      /* on every rollup */
};
void scope_devnet_contracts(const struct scope_devnet *devnet, struct scope_contracts *out);
/* The RemoteAccount on a chain that acts for an account of another chain; it may not be deployed yet. */
scope_err scope_devnet_remote_account(struct scope_devnet *devnet, struct scope_address *out, uint64_t on_chain,
                                      uint64_t of_chain, const struct scope_address *account);

/* --- work --- */

struct scope_transaction {
    uint64_t chain_id;
    struct scope_hash key;   /* of the sender */
    bool creates;            /* no recipient, data is init code */
    struct scope_address to;
    struct scope_u256 value; /* wei */
    uint64_t gas_limit;      /* 0: 1,000,000 */
    struct scope_bytes data; /* copied */
};
/* *work identifies it for scope_devnet_work. REJECT_UNKNOWN_CHAIN, REJECT_KEY, REJECT_TX_*. */
scope_err scope_devnet_send(struct scope_devnet *devnet, uint64_t *work, const struct scope_transaction *transaction);
/* The sender calls the bridge of its rollup, call->source_chain, with call->value; from and nonce are ignored.
 * tx_gas_limit 0: 1,000,000. */
scope_err scope_devnet_send_call(struct scope_devnet *devnet, uint64_t *work, const struct scope_call *call,
                                 const struct scope_hash *key, uint64_t tx_gas_limit);

struct scope_operation_call {
    struct scope_address to; /* zero: the account itself */
    struct scope_u256 value; /* wei */
    struct scope_bytes data;
};
struct scope_operation {
    struct scope_hash key;  /* of the account; it also signs the delegation, if there is none yet */
    uint64_t gas_limit;
    uint64_t deadline;      /* L1 timestamp, seconds; 0: one hour after the slot */
    struct scope_address submitter; /* zero: any account */
    const struct scope_operation_call *call;
    size_t call_count;
};
scope_err scope_devnet_operate(struct scope_devnet *devnet, uint64_t *work, const struct scope_operation *operation);

enum scope_work_status {
    SCOPE_WORK_PENDING,
    SCOPE_WORK_SIMULATED, /* it succeeded in the simulation; its bundle has not settled */
    SCOPE_WORK_SETTLED, /* included: on a rollup in a block that L1 settled */
    SCOPE_WORK_REJECTED
};
struct scope_work {
    enum scope_work_status status;
    scope_err rejected;      /* why */
    const char *reason;      /* the same in words; "" if not rejected */
    bool success;            /* the transaction or the operation did not revert */
    uint64_t gas_used;
    struct scope_bytes output;    /* returndata or revert data of the outermost call */
    struct scope_address created; /* by a transaction that creates */
    struct scope_hash tx_hash;    /* of an operation: the bundle's */
    uint64_t block_number;
};
/* REJECT_CONFIG: work is not from one of the functions above. */
scope_err scope_devnet_work(struct scope_devnet *devnet, struct scope_work *out, uint64_t work);

/* --- the slot --- */

/* A scoped call that was executed and settled. */
struct scope_call_report {
    struct scope_call call;
    struct scope_hash request_hash;
    struct scope_response response;
    uint64_t gas_used; /* by the target */
    uint64_t work;     /* whose consequence it is */
    int32_t parent;    /* index of the call during which it was made; -1: none */
};

struct scope_rollup_report {
    uint64_t chain_id, first_block, last_block, gas_used;
    struct scope_hash block_hash, state_root, statement;
    size_t data_bytes;     /* published on L1 */
    uint64_t attestations; /* signatures in the proof */
};

struct scope_slot {
    bool sent;    /* false: nothing was queued */
    bool settled; /* the bundle succeeded on L1 */
    struct scope_bytes revert_data; /* else */
    struct scope_hash l1_tx_hash;
    uint64_t l1_block_number, l1_gas_used;
    size_t call_count, rollup_count;
};

/* SCOPE_OK with settled false: the bundle reverted. */
scope_err scope_devnet_slot(struct scope_devnet *devnet, struct scope_slot *out);
/* Of the last slot. false: index is not below call_count, or rollup_count. */
bool scope_devnet_slot_call(const struct scope_devnet *devnet, struct scope_call_report *out, size_t index);
bool scope_devnet_slot_rollup(const struct scope_devnet *devnet, struct scope_rollup_report *out, size_t index);

/* Calls `asked` with each request that provers are sent, as scope_prover_verify takes it, and with the statement that
 * the builder expects. The request is valid during the call. NULL: no more. */
void scope_devnet_watch_proofs(struct scope_devnet *devnet,
                               void (*asked)(void *context, struct scope_bytes request,
                                             const struct scope_hash *statement),
                               void *context);
/* A prover with the configuration of this devnet's rollups, and without a key. */
scope_err scope_devnet_open_prover(struct scope_devnet *devnet, struct scope_prover **out);

/* --- queries, at the head of a chain --- */

scope_err scope_devnet_balance(struct scope_devnet *devnet, struct scope_u256 *out, uint64_t chain_id,
                               const struct scope_address *address);
scope_err scope_devnet_storage(struct scope_devnet *devnet, struct scope_u256 *out, uint64_t chain_id,
                               const struct scope_address *address, const struct scope_u256 *key);
/* eth_call. *success false: output is the revert data. */
scope_err scope_devnet_call(struct scope_devnet *devnet, bool *success, struct scope_bytes *output, uint64_t chain_id,
                            const struct scope_address *from, const struct scope_address *to,
                            const struct scope_u256 *value, struct scope_bytes data);
scope_err scope_devnet_head(struct scope_devnet *devnet, uint64_t *number, struct scope_hash *block_hash,
                            struct scope_hash *state_root, uint64_t chain_id);

#ifdef __cplusplus
}
#endif
#endif
