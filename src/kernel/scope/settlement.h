/* settlement - what a proof proves, as one 32-byte statement per rollup, and when a set of rollups may settle.
 *
 *   Mailbox     peerChainId, requestsOut, requestsIn, responsesOut, responsesIn, valueOut, valueIn
 *   Transition  chainId, rulesHash, parentBlockHash, preStateRoot, blockHash, stateRoot, firstBlock, lastBlock,
 *               lastTimestamp, daHash, anchorNumber, anchorHash, forcedHash, keccak256(abi.encode(Mailbox[]))
 *   statement   keccak256(abi.encode(keccak256("scope.settlement.v2"), l1ChainId, bridge, l1BlockNumber,
 *               l1ParentHash, submitter, planHash, keccak256(abi.encode(Transition))))
 *
 * Every field is one abi word. Mailboxes are listed in ascending order of peer, each once. docs/protocol.md section 9.
 *
 * Memory: values and borrowed lists; scratch is taken from the arena given. */
#ifndef SCOPE_SETTLEMENT_H
#define SCOPE_SETTLEMENT_H

#include "base/arena.h"
#include "base/err.h"
#include "scope/mailbox.h"

struct transition {
    u64 chain_id;
    hash32 rules_hash;
    hash32 parent_block_hash;
    hash32 pre_state_root;
    hash32 block_hash;
    hash32 state_root;
    u64 first_block;
    u64 last_block;
    u64 last_timestamp;
    hash32 da_hash;
    u64 anchor_number;
    hash32 anchor_hash;
    hash32 forced_hash;            /* the hash chain of the forced queue after it; 0: it took nothing from the queue */
    const struct mailbox *mailbox; /* exactly the peers touched since first_block */
    size_t mailbox_count;
};

/* Where and by whom the statement may be used. */
struct settlement_context {
    u64 l1_chain_id;
    address bridge;          /* SharedBridge */
    u64 l1_block_number;     /* 0 when no L1 mailbox changes in the bundle */
    hash32 l1_parent_hash;   /* likewise */
    address submitter;       /* 0: any account */
    hash32 plan_hash;
};

/* REJECT_MAILBOX_ORDER unless the peers ascend strictly and none is the chain itself. */
enum err transition_hash(hash32 *out, const struct transition *t, struct arena *scratch) MUST_CHECK;
enum err statement_hash(hash32 *out, const struct settlement_context *c, const struct transition *t,
                        struct arena *scratch) MUST_CHECK;
/* The same of a transition by its hash. */
void statement_of_transition(hash32 *out, const struct settlement_context *c, const hash32 *transition);

/* keccak256(abi.encode(chainId, firstBlock, lastBlock, bytes32[] blobHashes, keccak256(data))) */
void da_hash(hash32 *out, u64 chain_id, u64 first_block, u64 last_block, const hash32 *blob_hash, size_t blob_count,
             struct bytes data, struct arena *scratch);

/* One side of the settlement equation: a chain with the mailboxes that it lists. */
struct settlement_side {
    u64 chain_id;
    const struct mailbox *mailbox; /* ascending by peer */
    size_t count;
};

/* The equation over all chains of a bundle, L1 among them, ascending by chain id. A pair counts when either side
 * lists it. REJECT_ABSENT: a peer has no side here. REJECT_UNPAIRED: the peer does not list it.
 * REJECT_MAILBOX_MISMATCH, REJECT_VALUE_MISMATCH: as mailbox_settle. *here and *there name the pair refused. */
enum err settlement_check(const struct settlement_side *side, size_t count, u64 *here, u64 *there) MUST_CHECK;

#endif
