/* forgery - what a hostile builder does to a plan before it is executed, proved and sent.
 *
 *   plan of the first pass --> copy, with one lie in it --> blocks, statements, attestations, bundle
 *
 * The lie is told as well as it can be: blocks that no longer fit it are built anew, clocks that it leaves behind are
 * raised, the answers that queues announce are computed again. So the result is a plan like any other: where its blocks
 * are valid, provers attest to them honestly, and its statement is signed. Either no valid block holds it, which the
 * state transition says by name (verify/rollup.h), or the crosswise comparison at settlement tells. For tests
 * (forgery_test.c) and demonstrations.
 *
 * Memory: the arena given. Errors: REJECT_CONFIG with a sentence when this plan has no place for this lie. */
#ifndef ADVERSARY_FORGERY_H
#define ADVERSARY_FORGERY_H

#include "simulate/plan.h"
#include "builder/session.h"

/* A forged copy of plan in arena. */
enum err forgery_apply(struct plan *out, struct arena *arena, const struct plan *plan, const struct forgery *f,
                       struct buffer *why) MUST_CHECK;

#endif
