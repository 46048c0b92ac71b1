/* deploy - the protocol's contracts on L1, by ordinary transactions of the builder, or an existing deployment.
 *
 *     ProofRegistry, SharedBridge, QuorumVerifier; then for each rollup configure, registerRollup with its escrow
 *
 * SharedBridge's address is part of every rollup's rules, and so of its genesis: it follows from the builder's nonce,
 * before the contract is deployed.
 *
 * Errors: REJECT_SET_UP, REJECT_CONFIG, REJECT_PROVER, and those of session_send_l1, with session_error(). */
#ifndef BUILDER_DEPLOY_H
#define BUILDER_DEPLOY_H

#include "builder/session_private.h"

/* The address that SharedBridge has or will have; *first_nonce: of the first deploying transaction. */
enum err deploy_bridge_address(struct session *s, const struct session_config *c, u64 *first_nonce) MUST_CHECK;

/* Deploys and registers everything, or adopts c->deployment. The rollups are open. */
enum err deploy_contracts(struct session *s, const struct session_config *c, u64 first_nonce) MUST_CHECK;

#endif
