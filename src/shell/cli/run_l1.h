/* run_l1 - a scenario on a remote L1: `scope run FILE --l1 URL`.
 *
 * Id, fork, fees, gas limit, coinbase and time of the scenario's L1 are the node's. The builder's key is that
 * of the file given with --l1-key, which then also funds the scenario's accounts; without it, on a development chain,
 * the scenario's own, and anvil_setBalance sets the balances that the file gives.
 *
 * On any other chain publicly known keys are refused: the builder's, those of accounts that have funds on L1, and
 * the provers', which a scenario derives from their numbers. With --prover the provers' keys are the processes' own,
 * and the set on L1 consists of the attesters that they report (prover/discovery.h). docs/l1.md */
#ifndef CLI_RUN_L1_H
#define CLI_RUN_L1_H

#include "cli/run.h"
#include "io/complaint.h"
#include "remote_l1/remote_l1.h"
#include "scenario/scenario.h"
#include "store/store.h"

struct run_l1 {
    struct remote_l1 *remote; /* NULL: the session makes its own L1 */
    hash32 key;
    bool has_key;
    bool foresees;         /* only what a run would come to: nothing is sent */
    u64 builder_nonce;     /* then: before the first contract is deployed */
};

/* Before anything is bound: the scenario's L1 takes the node's id. complaint has the sentence. store: where what is
 * sent is written down; NULL: nowhere. */
enum err run_l1_join(struct run_l1 *l1, struct scenario *s, const struct run_options *o, struct store *store,
                     struct complaint *complaint) MUST_CHECK;
/* Nothing, where L1 is the session's own. */
void run_l1_configure(const struct run_l1 *l1, struct session_config *config);
/* A line on standard error: what it took. */
void run_l1_report(const struct run_l1 *l1);
void run_l1_leave(struct run_l1 *l1);

#endif
