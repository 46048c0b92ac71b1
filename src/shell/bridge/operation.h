/* operation - what an L1 user signs instead of sending a transaction: a batch of calls that ScopedAccount runs.
 *
 *   domain     EIP712Domain("ScopedAccount", "1", chainId, the account itself, salt: SharedBridge, left-padded)
 *   struct     Operation(uint256 nonce,uint256 deadline,uint256 gasLimit,address submitter,Call[] calls)
 *              Call(address to,uint256 value,bytes data)
 *   signature  r:32 || s:32 || v:1, v 27 or 28, low s, by the account's key
 *
 * EIP-712, ERC-7821; contracts/src/interfaces/IScopedAccount.sol. Memory: calls are borrowed. */
#ifndef BRIDGE_OPERATION_H
#define BRIDGE_OPERATION_H

#include "base/arena.h"
#include "base/err.h"

struct operation_call {
    address to;      /* 0: the account itself */
    u256 value;      /* wei */
    struct bytes data;
};

struct signed_operation {
    address account;
    u256 nonce;      /* key:192 || sequence:64 */
    u64 deadline;    /* seconds */
    u64 gas_limit;   /* the step runs with exactly this much */
    address submitter; /* 0: any account */
    const struct operation_call *call;
    size_t call_count;
    u8 signature[65];
};

/* The digest that the account's key signs. */
void operation_hash(hash32 *out, const struct signed_operation *o, u64 l1_chain_id, const address *shared_bridge,
                    struct arena *scratch);

/* What a call of ScopedAccount.executeOperation was given; account stays. Calls lie in the arena, and their data is
 * borrowed. REJECT_ABI: it is not that call. */
enum err operation_decode(struct signed_operation *out, struct arena *arena, struct bytes calldata) MUST_CHECK;

/* Sets account and signature. REJECT_KEY. */
enum err operation_sign(struct signed_operation *o, u64 l1_chain_id, const address *shared_bridge,
                        const hash32 *private_key, struct arena *scratch) MUST_CHECK;

#endif
