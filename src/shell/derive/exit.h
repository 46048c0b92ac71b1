/* exit - what an account withdraws from a rollup that has stopped settling, proved against the state that settled last.
 *
 *   derived rollup (derive.h) --> head: the settled state root --> account --> [ token's storage --> balance ]
 *                                                                     |
 *                     calldata of freezeRollup, then of exit: two transactions that the account itself sends to L1
 *
 * Who may exit: contracts/src/interfaces/IRollupExit.sol, ITokenBridge.sol; docs/protocol.md section 9. */
#ifndef DERIVE_EXIT_H
#define DERIVE_EXIT_H

#include "derive/derive.h"

struct exit_claim {
    address account;      /* on the rollup; it sends the transactions */
    address to;           /* who gets it on L1 */
    const address *token; /* on the rollup, made by L2TokenBridge (BridgedToken.sol); NULL: ETH */
};

struct exit_calls {
    u256 amount;         /* wei, or units of the token */
    address l1_token;    /* of a token */
    struct bytes freeze; /* calldata for SharedBridge */
    struct bytes exit;   /* calldata for RollupExit, or for the L1TokenBridge of a token */
};

/* REJECT_NOTHING_TO_EXIT: the account has no ETH, or the token does not exist or the account has none of it. Else the
 * errors of state/trie.h. Memory: arena. */
enum err exit_prove(struct exit_calls *out, struct arena *arena, const struct derived_rollup *r,
                    const struct exit_claim *claim) MUST_CHECK;

/* RollupExit, which a SharedBridge creates in its constructor. */
void exit_contract(address *out, const address *shared_bridge);

#endif
