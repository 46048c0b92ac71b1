/* scope/rollup.h - the values of the protocol: what two chains and L1 must agree on, byte for byte (docs/protocol.md).
 *
 *     a contract on chain A calls a contract on chain B:   request  --hash-->  requestsOut of A  == requestsIn of B
 *     B answers:                                           response --hash-->  responsesOut of B == responsesIn of A
 *     a block range of a rollup, with its mailboxes:       transition --hash--> statement, 32 bytes, which provers sign
 *
 * Pure functions: no I/O, no state. Memory: values are the caller's; a struct scope_bytes is a borrowed view. Outputs
 * are unchanged on an error. Numbers in hashes are big endian, 32 bytes each; see the protocol for the layouts. */
#ifndef SCOPE_ROLLUP_H
#define SCOPE_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- basic types, for all headers of scope --- */

/* 0: success. Else an error: scope/scope.h has its name, text and kind. The numbers differ between versions, the names
 * do not. */
typedef int32_t scope_err;
enum { SCOPE_OK = 0 };

struct scope_hash {
    uint8_t b[32]; /* in the order of the hex digits; also a private key, big endian */
};

struct scope_address {
    uint8_t b[20];
};

/* An unsigned integer of 256 bits in words of 64, the least significant first: {{5}} is 5. Amounts are wei. */
struct scope_u256 {
    uint64_t w[4];
};

/* Borrowed bytes: the owner is named where they are used. */
struct scope_bytes {
    const uint8_t *ptr;
    size_t len;
};

/* The account of a secp256k1 private key. REJECT_KEY: zero, or not below the group order. */
scope_err scope_key_address(struct scope_address *out, const struct scope_hash *private_key);

/* --- requests --- */

/* A call from a contract of one chain to a contract of another. */
struct scope_call {
    uint64_t source_chain, target_chain; /* chain ids */
    struct scope_address from, to;
    struct scope_u256 nonce;     /* scope_nonce_pack */
    struct scope_u256 value;     /* wei */
    struct scope_u256 gas_limit; /* gas on the target chain */
    struct scope_bytes data;
};

/* requestHash of the protocol, section 2. */
void scope_call_hash(struct scope_hash *out, const struct scope_call *call);

/* The nonce of a request: its root (the outermost scoped call: Lamport clock and chain), flags (1: leaf, the target may
 * not call on; 2: lookup, without effect on the target), depth, and the source chain's clock. */
struct scope_nonce {
    uint64_t root_clock, root_chain;
    uint32_t flags, depth;
    uint64_t clock;
};
void scope_nonce_pack(struct scope_u256 *out, const struct scope_nonce *nonce);
void scope_nonce_unpack(struct scope_nonce *out, const struct scope_u256 *packed);

/* Calldata of the bridges' scopedCall(uint256 chain, address from, (address to, uint256 value, uint256 gasLimit, bytes
 * data)): target_chain, from and the request; nonce and source_chain are the bridge's. Returns its length in bytes, and
 * writes it to out if there is room for all of it; out may be NULL with room 0. */
size_t scope_call_encode(uint8_t *out, size_t room, const struct scope_call *call);

/* --- responses --- */

struct scope_response {
    bool success;                  /* false: the call reverted, with this data */
    bool is_lookup;                /* of a call without effect on its target */
    bool is_attempt;               /* of a call that failed, and that its source undid */
    uint64_t clock;                /* the target chain's Lamport clock */
    struct scope_bytes returndata;
};

/* status:1 || clock:8 || returndata. Returns the length, as scope_call_encode. */
size_t scope_response_encode(uint8_t *out, size_t room, const struct scope_response *response);
/* returndata points into encoded. REJECT_RESPONSE: too short, or an unknown bit in the status. */
scope_err scope_response_decode(struct scope_response *out, struct scope_bytes encoded);
/* responseHash of the protocol; it binds the request. */
void scope_response_hash(struct scope_hash *out, const struct scope_hash *request_hash, struct scope_bytes encoded);

/* --- mailboxes --- */

enum scope_lane {
    SCOPE_REQUESTS_OUT,
    SCOPE_REQUESTS_IN,
    SCOPE_RESPONSES_OUT,
    SCOPE_RESPONSES_IN,
    SCOPE_LANE_COUNT
};

/* What a chain sent to a peer and received from it, since genesis. */
struct scope_mailbox {
    uint64_t peer_chain;
    struct scope_hash lane[SCOPE_LANE_COUNT]; /* rolling hashes */
    struct scope_u256 value_out, value_in;    /* wei, cumulative */
};

/* lane = keccak256(lane || leaf) */
void scope_mailbox_fold(struct scope_mailbox *mailbox, enum scope_lane lane, const struct scope_hash *leaf);
/* Whether two mailboxes of one pair of chains settle. REJECT_MAILBOX_MISMATCH, REJECT_VALUE_MISMATCH. */
scope_err scope_mailbox_settle(const struct scope_mailbox *here, const struct scope_mailbox *there);

/* --- statements --- */

/* From one settled state of a rollup to the next. */
struct scope_transition {
    uint64_t chain_id;
    struct scope_hash rules_hash; /* scope_rules_hash */
    struct scope_hash parent_block_hash, pre_state_root, block_hash, state_root;
    uint64_t first_block, last_block;
    uint64_t last_timestamp; /* seconds */
    struct scope_hash da_hash;
    uint64_t anchor_number; /* the L1 block that the rollup knows */
    struct scope_hash anchor_hash;
    struct scope_hash forced_hash; /* the hash chain of the forced queue after it; zero: it took nothing from it */
    const struct scope_mailbox *mailbox; /* the peers touched since first_block, ascending */
    size_t mailbox_count;
};

/* Where, by whom and with which plan a statement may settle. */
struct scope_context {
    uint64_t l1_chain_id;
    struct scope_address shared_bridge;
    uint64_t l1_block_number;         /* 0, and the hash zero: no mailbox of L1 changes */
    struct scope_hash l1_parent_hash;
    struct scope_address submitter;   /* zero: any account */
    struct scope_hash plan_hash;
};

/* The 32 bytes that provers attest to. REJECT_MAILBOX_ORDER: the peers do not ascend, or one is the chain itself. */
scope_err scope_statement_hash(struct scope_hash *out, const struct scope_context *context,
                               const struct scope_transition *transition);

/* --- the rules of a rollup --- */

/* All parameters of a rollup's state transition: Osaka with the differences of the protocol, section 11. */
struct scope_rules {
    uint64_t chain_id, l1_chain_id;
    struct scope_address shared_bridge; /* on L1 */
    struct scope_address coinbase;      /* receives base fee and priority fee */
    uint64_t gas_limit;                 /* of a block */
};

/* The hash that L1 stores when the rollup is registered; a proof under other rules does not settle. */
void scope_rules_hash(struct scope_hash *out, const struct scope_rules *rules);

#ifdef __cplusplus
}
#endif
#endif
