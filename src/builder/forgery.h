/* forgery - what a hostile builder does to a plan before it is executed, proved and sent.
 *
 * The result is a plan like any other: its blocks are valid, provers attest to them honestly, and its statement is
 * signed. Only the crosswise comparison at settlement can tell. For tests and demonstrations. */
#ifndef BUILDER_FORGERY_H
#define BUILDER_FORGERY_H

#include "builder/plan.h"
#include "builder/session.h"

/* A forged copy of plan in arena. REJECT_CONFIG with a sentence: there is no such call, byte, or pair of handled calls.
 */
enum err forgery_apply(struct plan *out, struct arena *arena, const struct plan *plan, const struct forgery *f,
                       struct buffer *why) MUST_CHECK;

#endif
