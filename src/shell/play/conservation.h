/* conservation - accounts for every wei of every chain.
 *
 *   L1       all balances + base fees burned  =  the genesis
 *   rollup   all balances                     =  its supply (RollupBridge holds what does not circulate)
 *            what circulates                  =  escrow of the rollup in SharedBridge
 *            SharedBridge's balance           >= all escrows
 *
 * Exact after a slot has settled. ETH that a program destroys, or forces into RollupBridge, breaks it
 * (docs/protocol.md section 5). */
#ifndef PLAY_CONSERVATION_H
#define PLAY_CONSERVATION_H

#include "play/report.h"
#include "scenario/binder.h"

enum err conservation_judge(struct binder *b, struct report_verdict *out) MUST_CHECK;

#endif
