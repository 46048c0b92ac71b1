/* request - a call from a contract on one chain to a contract on another, and its identity.
 *
 *   requestHash = keccak256( sourceChainId:32 || targetChainId:32 || from:20 || to:20
 *                          || nonce:32 || value:32 || gasLimit:32 || keccak256(data):32 )
 *
 * Numbers are big endian. The hash is the one the specification's authors use, byte for byte
 * (tests/vectors/draft.json). What makes it unique is the nonce:
 *
 *   nonce = rootClock:8 || rootChainId:8 || flags:4 || depth:4 || clock:8
 *
 * where clock is the source chain's Lamport clock after its increment (of a lookup, as it stands), and the root names
 * the whole transaction (or L1 step) that everything here is a consequence of. docs/protocol.md section 2.
 *
 * Memory: values; data is a borrowed view. */
#ifndef SCOPE_REQUEST_H
#define SCOPE_REQUEST_H

#include "base/types.h"

/* `struct ScopedRequest` of the specification. */
struct scoped_request {
    address to;
    u256 value;     /* wei */
    u256 gas_limit; /* gas on the target chain */
    struct bytes data;
};

struct scoped_call {
    u64 source_chain;
    u64 target_chain;
    address from;
    u256 nonce;
    struct scoped_request request;
};

enum { REQUEST_PACKED_BYTES = 232 };

/* The 232 bytes that are hashed. */
void request_pack(u8 out[REQUEST_PACKED_BYTES], const struct scoped_call *call);
void request_hash(hash32 *out, const struct scoped_call *call);

/* Topic 0 of the log of a call: ScopedCall(uint256,address,address,uint256,uint256,uint256,bytes). */
extern const hash32 scoped_call_topic;

/* The first scopedCall outside of any inbound call names the root. Ordered by clock, then by chain. */
struct root {
    u64 clock;
    u64 chain;
};

enum nonce_flags {
    NONCE_LEAF = 1,   /* while this call is handled, its target chain may not call on: NestingForbidden() */
    NONCE_LOOKUP = 2, /* a STATICCALL: without effect on the target, and without a tick of any clock; section 6 */
    NONCE_ATTEMPT = 4, /* a call that fails on the target, and that the source undoes; without effect; section 7 */
    NONCE_UNVOUCHED = 8 /* the source does not vouch to the target for the name of the root; section 3 */
};

struct nonce {
    struct root root;
    u32 flags; /* enum nonce_flags */
    u32 depth; /* 0 outside of inbound calls */
    u64 clock;
};

bool is_lookup(const struct scoped_call *call);
bool is_attempt(const struct scoped_call *call);
/* One of both: its response stays with the source until closeLookups. */
bool is_without_effect(const struct scoped_call *call);

u256 nonce_pack(const struct nonce *n);
struct nonce nonce_unpack(const u256 *packed);

/* -1, 0, 1 as here comes before, is, comes after there. */
int root_cmp(const struct root *here, const struct root *there);

#endif
