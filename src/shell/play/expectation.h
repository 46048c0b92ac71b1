/* expectation - the expectations of a scenario, checked against the chains.
 *
 *   outcome: alice swaps, is: settled           the outcome of work of this slot, or carried into it
 *   call: balanceOf, to: token, args: [alice]   the result of a call
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

/* The outcome of a slot. */
struct slot_outcome {
    const char *const *label;        /* of the work; carried work comes first */
    const struct work_report *work;
    u32 work_count;
    const u64 *first_block;          /* per chain: the first block that is the slot's */
};

/* Names, functions and types; needs no session. */
enum err expectation_check(struct binder *b, const struct scenario_expectation *e) MUST_CHECK;

/* slot: NULL between slots. */
enum err expectation_judge(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e,
                           const struct slot_outcome *slot) MUST_CHECK;

/* True for an operation that settled, and a transaction that settled without reverting. */
bool outcome_is_good(const struct work_report *w);
/* Why work was rejected, reverted, or is pending, as the timeline prints it; empty if there is nothing to say. */
struct bytes outcome_reason(struct binder *b, const struct work_report *w);

/* Compares decoded values with a YAML list (all, in order) or map (those named). *got describes the first difference.
 * */
enum err values_agree(struct binder *b, bool *agree, struct bytes *got, u32 chain, const struct abi_type *types,
                      const struct abi_value *values, const struct yaml *expected, const char *what) MUST_CHECK;
/* Checks names and types of the expectation alone. */
enum err values_fit(struct binder *b, u32 chain, const struct abi_type *types, const struct yaml *expected,
                    const char *what) MUST_CHECK;

#endif
