/* rollup - the rules of a rollup: Ethereum under Osaka rules, with the differences of docs/protocol.md section 11.
 *
 *   first transaction    the L1Context update, a system transaction, and no other such
 *   system transactions  only to the bridge's system functions and to L1Context
 *   forced entries       taken after that, in the order of L1's queue; a signed transaction in one follows it if it is
 *                        valid, and is left out if not: rollup_apply
 *   ScopeSplit           the parts of one root on this chain are adjacent: between two handled calls of a root only
 *                        system transactions, in one block
 *   announced roots      after announceRoot come fills, one ordinary transaction and closeLookups, nothing else
 *   Leftover             no response, no queued call and no announcement lives beyond a block
 *   abort precompile     a failure that no contract may catch makes the transaction invalid
 *   halted calls         so does a frame of RollupBridge that emitted ScopedCall and then halts exceptionally
 *   base fee             to the coinbase, not burned
 *
 * They implement the hooks of chain/rules.h, and all of their parameters are in rules_hash, which L1 stores: a proof
 * under other rules does not settle.
 *
 * Memory: a struct rollup_rules is a value; init it in place, since chain.hook_rules points at it. */
#ifndef VERIFY_ROLLUP_H
#define VERIFY_ROLLUP_H

#include "base/arena.h"
#include "base/err.h"
#include "chain/execute.h"
#include "chain/rules.h"
#include "scope/request.h"
#include "scope/settlement.h"

/* The same on every rollup: contracts/src/Predeploys.sol. */
extern const address abort_precompile_address; /* no code */
extern const address rollup_bridge_address;
extern const address l1_context_address;
extern const address remote_account_address;   /* the implementation that RemoteAccounts are clones of */

/* A bridge that names more peers than this is refused. */
enum { ROLLUP_PEERS_MAX = 4096 };

struct rollup_rules {
    struct chain_rules chain;
    struct activation activation;
    u64 l1_chain_id;
    address shared_bridge; /* on L1 */
    address coinbase;
    u64 gas_limit;
};

void rollup_rules_init(struct rollup_rules *out, u64 chain_id, u64 l1_chain_id, const address *shared_bridge,
                       const address *coinbase, u64 gas_limit);

/* keccak256(abi.encode(keccak256("scope.rules.v1"), chainId, l1ChainId, SharedBridge, keccak256(fork name),
 * RollupBridge, L1Context, RemoteAccount, abort precompile, system sender, coinbase, gasLimit)) */
void rollup_rules_hash(hash32 *out, const struct rollup_rules *r);

/* What the maker of a block may choose there is only the time. */
struct block_choice rollup_block_choice(const struct rollup_rules *r, u64 timestamp);

/* The L1 block that a rollup's block is anchored to, as L1Context keeps it. */
struct l1_anchor {
    u64 number;
    u64 timestamp; /* seconds */
    u256 base_fee; /* wei */
    hash32 hash;
};
bool l1_anchor_eq(const struct l1_anchor *here, const struct l1_anchor *there);

/* One transaction of a batch, as block_apply, and what follows from it: after takeForced the signed transaction that
 * it carries, which is in no batch. If that is invalid the block is without it. So nobody chooses.
 * REJECT_TX_GAS_ALLOWANCE: it has no room here, and belongs into a later block; then t may be in the block. Decoded
 * into the arena, which lives as long as the run. docs/protocol.md section 14. */
enum err rollup_apply(struct block_run *run, const struct receipt **out, const struct tx *t,
                      struct arena *arena) MUST_CHECK;

/* What a state says of itself, read from the predeploys' storage: the L1 block that the rollup knows; the bridge's
 * clock and last root; the mailboxes touched since first_block, ascending by peer, in out. */
enum err rollup_anchor(struct state *s, struct l1_anchor *out) MUST_CHECK;
/* How many entries of the forced queue were taken, and the hash chain over them; either pointer may be NULL. */
enum err rollup_forced(struct state *s, u64 *count, hash32 *hash) MUST_CHECK;
enum err rollup_clock(struct state *s, u64 *clock, struct root *last_root) MUST_CHECK;
enum err rollup_mailboxes(struct state *s, struct arena *out, struct mailbox **mailbox, size_t *count,
                          u64 first_block) MUST_CHECK;

#endif
