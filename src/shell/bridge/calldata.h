/* calldata - calls to the protocol's contracts, as bytes.
 *
 * One function per function of contracts/src/interfaces that C code calls, named after it. Layouts are the compiler's
 * ABI; contracts/ABI.md lists what is hashed. Their events are read by events.h.
 *
 * Memory: results live in the arena given. */
#ifndef BRIDGE_CALLDATA_H
#define BRIDGE_CALLDATA_H

#include "base/arena.h"
#include "base/err.h"
#include "bridge/bundle.h"
#include "scope/request.h"
#include "scope/settlement.h"

/* An application's call through its chain's bridge: scopedCall(target, from, request). */
struct bytes calldata_scoped_call(struct arena *a, u64 target_chain, const address *from,
                                  const struct scoped_request *r);

/* scopedStaticCall, the same. */
struct bytes calldata_scoped_static_call(struct arena *a, u64 target_chain, const address *from,
                                         const struct scoped_request *r);

/* tryScopedCall, the same; flags: of the function that takes them, or NULL. */
struct bytes calldata_try_scoped_call(struct arena *a, u64 target_chain, const address *from,
                                      const struct scoped_request *r, const u32 *flags);

/* The system functions of a bridge. */
struct bytes calldata_handle_scoped_call(struct arena *a, const struct scoped_call *call);
struct bytes calldata_open_scope(struct arena *a, u64 floor);
struct bytes calldata_announce_root(struct arena *a, u64 floor);
struct bytes calldata_close_lookups(struct arena *a, const hash32 *request_hash, size_t count);
/* What a bridge tells of a lookup that it is about to read (contracts/ABI.md). REJECT_ABI when it is not that. */
enum err calldata_scoped_lookup(struct scoped_call *out, struct bytes data, u64 source_chain) MUST_CHECK;
/* takeForced, and a gas limit for it. */
struct bytes calldata_take_forced(struct arena *a, const struct forced_entry *e);
u64 take_forced_gas(const struct forced_entry *e);
/* What an entry takes of a block of its rollup, as ForcedQueue counts it: costOf. */
u64 forced_entry_cost(const struct forced_entry *e);
/* L1Context.update */
struct bytes calldata_update(struct arena *a, u64 number, const hash32 *block_hash, u64 timestamp,
                             const u256 *base_fee);

/* fillResponsesIn for one chain: count answers of chain_id[i] to request_hash[i]. */
struct bytes calldata_fill_responses_in(struct arena *a, const struct fill *fill, size_t count);
struct bytes calldata_fill_nested_calls(struct arena *a, const struct nested *nested);

/* SharedBridge's self-only functions, for simulation. */
struct bytes calldata_open_bundle(struct arena *a, const u64 *chain_id, size_t count);
struct bytes calldata_run_step(struct arena *a, const struct step *step, const address *submitter);
struct bytes calldata_add_credit(struct arena *a, u64 chain_id, const u256 *amount);

/* ScopedAccount.nonceOf(0) */
struct bytes calldata_nonce_of(struct arena *a);
/* Views of a bridge. */
struct bytes calldata_remote_account(struct arena *a, u64 chain_id, const address *account);
struct bytes calldata_get_mailbox_hashes(struct arena *a, u64 chain_id);
struct bytes calldata_rollup(struct arena *a, u64 chain_id); /* SharedBridge's */
struct bytes calldata_value_counters(struct arena *a, u64 chain_id);

/* keccak256(abi.encode(preconditions, fills, nested, steps)) */
void plan_hash(hash32 *out, const struct l1_plan *plan, struct arena *scratch);

/* One rollup's part of a bundle. */
struct transition_input {
    u64 chain_id;
    hash32 block_hash, state_root;
    u64 last_block, last_timestamp, anchor_number;
    u64 forced_count;              /* entries of the forced queue that the rollup has taken */
    struct bytes data;             /* or, when it is in blobs of the transaction: */
    size_t first_blob, blob_count; /* their indexes, consecutive */
    const struct mailbox *mailbox;
    size_t mailbox_count;
    address verifier;
    struct bytes proof;
};
struct bytes calldata_execute_bundle(struct arena *a, const address *submitter, const struct l1_plan *plan,
                                     const struct transition_input *transition, size_t count);

/* Set-up of L1. */
struct rollup_registration {
    u64 chain_id;
    hash32 block_hash, state_root;
    u64 block_number;
    hash32 rules_hash;
    u64 max_gas, default_gas;
    u64 circle; /* 0: none */
    u64 exit_delay; /* seconds without a settlement after which anyone may freeze it */
};
struct bytes calldata_register_rollup(struct arena *a, const struct rollup_registration *r);
/* ProofRegistry (contracts/src/interfaces/IProofRegistry.sol). */
struct rollup_requirement {
    u64 chain_id;
    u64 threshold;
    const address *verifier; /* ascending */
    size_t verifier_count;
    address sequencer;       /* 0: anyone settles */
    u64 delay;               /* seconds without a settlement after which anyone settles */
};
struct bytes calldata_configure(struct arena *a, const struct rollup_requirement *r);
struct bytes calldata_sequencer(struct arena *a, u64 chain_id);

/* Exits (contracts/src/interfaces/IRollupExit.sol, ITokenBridge.sol): a proof's nodes from the root to the leaf. */
struct trie_proof {
    const struct bytes *node;
    size_t count;
};
struct bytes calldata_freeze_rollup(struct arena *a, u64 chain_id);
struct bytes calldata_exit(struct arena *a, u64 chain_id, const address *to, struct trie_proof account);
struct bytes calldata_exit_token(struct arena *a, const address *token, const address *to, struct trie_proof account,
                                 struct trie_proof balance);

/* ForcedQueue (contracts/src/interfaces/IForcedQueue.sol). */
struct bytes calldata_position(struct arena *a, u64 chain_id);
struct bytes calldata_entry(struct arena *a, u64 chain_id, u64 index);
/* What entry() returned; data is borrowed. REJECT_ABI. */
enum err forced_entry_decode(struct forced_entry *out, struct bytes returned) MUST_CHECK;
struct bytes calldata_enqueue_transaction(struct arena *a, u64 chain_id, u64 gas_limit, struct bytes envelope);
struct bytes calldata_enqueue_call(struct arena *a, u64 chain_id, const address *to, const u256 *value, u64 gas_limit,
                                   struct bytes data);

/* Constructor arguments. */
struct peer_config {
    u64 chain_id, max_gas, default_gas;
    u32 gas_price;   /* below 2^24 */
    bool is_trusted; /* in the rollup's circle; L1 always is */
};
struct bytes arguments_rollup_bridge(struct arena *a, u64 l1_chain_id, const address *remote_account,
                                     u64 returndata_limit, const struct peer_config *peer, size_t count);
struct bytes arguments_shared_bridge(struct arena *a, const address *owner, const address *registry,
                                     u64 returndata_limit);
struct bytes arguments_address(struct arena *a, const address *owner);
struct bytes arguments_quorum_verifier(struct arena *a, const address *owner, const hash32 *program_id,
                                       const hash32 *proof_system_id, const address *prover, size_t count,
                                       u64 threshold);

#endif
