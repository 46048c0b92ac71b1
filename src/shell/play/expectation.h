/* expectation - what a scenario says must be true, checked against the chains.
 *
 *   outcome: alice swaps, is: settled           what became of work in the slot, of its own or carried into it
 *   call: balanceOf, to: token, args: [alice]   what a contract answers
 *   balance: alice, chain: l1                   wei
 *   event: Swapped, by: swapper, args: {..}     a log in one of the slot's blocks; only arguments given are compared
 *   storage: bridge, key: 1                     a word
 *   conserved: ETH                              docs/protocol.md section 5: no wei is made or lost on any chain
 *
 * An expectation that is not met is a verdict, not an error. Memory: the binder's arena.
 * Errors: REJECT_SCENARIO, REJECT_ARTIFACT with a complaint where the expectation itself is wrong; FAULTs. */
#ifndef PLAY_EXPECTATION_H
#define PLAY_EXPECTATION_H

#include "play/report.h"
#include "scenario/binder.h"

/* What became of a slot. */
struct slot_outcome {
    const char *const *label;        /* of the work, what was carried into the slot first */
    const struct work_report *work;
    u32 work_count;
    const u64 *first_block;          /* per chain: the first block that is the slot's */
};

/* Names, functions and types; needs no session. */
enum err expectation_check(struct binder *b, const struct scenario_expectation *e) MUST_CHECK;

/* slot: NULL between slots. */
enum err expectation_judge(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e,
                           const struct slot_outcome *slot) MUST_CHECK;

/* Did work end well: an operation that settled, a transaction that settled and did not revert? */
bool outcome_is_good(const struct work_report *w);

/* Do decoded values agree with a YAML list (all of them, in order) or map (those that it names)? *got says the first
 * that does not. */
enum err values_agree(struct binder *b, bool *agree, struct bytes *got, u32 chain, const struct abi_type *types,
                      const struct abi_value *values, const struct yaml *expected, const char *what) MUST_CHECK;
/* The same of the expectation alone: do its names and types fit? */
enum err values_fit(struct binder *b, u32 chain, const struct abi_type *types, const struct yaml *expected,
                    const char *what) MUST_CHECK;

#endif
