/* session_hooks - watching a slot from inside, or replacing the builder's plan: for benchmarks, prover requests, tests
 * and demonstrations. A session without hooks is an honest builder that is not watched. */
#ifndef BUILDER_SESSION_HOOKS_H
#define BUILDER_SESSION_HOOKS_H

#include "base/buffer.h"
#include "builder/session.h"

struct plan;
struct prove_request;

/* Called with each request to the provers and the statement that they must compute; the request lives for the call. Not
 * called for forged slots. NULL: not watched. */
void session_watch_proofs(struct session *s,
                          void (*asked)(void *context, const struct prove_request *r, const hash32 *statement),
                          void *context);

/* The parts of a slot, each reported when it begins, so that a caller with a clock can time them (session_bench.c). A
 * slot that excludes work repeats some of them. */
enum slot_phase {
    SLOT_SIMULATE, /* the first pass, across chains */
    SLOT_BUILD,    /* the second pass: the rollups' blocks */
    SLOT_WITNESS,  /* their roots, data and witnesses */
    SLOT_PROVE,    /* executed again from the witness, and signed */
    SLOT_SUBMIT,   /* the bundle, encoded, signed and mined */
    SLOT_REPORT,
    SLOT_PHASE_COUNT
};
void session_watch_phases(struct session *s, void (*begins)(void *context, enum slot_phase phase), void *context);

/* From now on the simulation of a slot records every frame of its work: work_report.tree. */
void session_record_trees(struct session *s);

/* A builder that censors: it takes nothing from the forced queues on L1. */
void session_ignore_forced(struct session *s, bool ignores);

/* A slot by a builder that replaces the plan that was simulated; forge NULL: an honest one. An error of forge ends the
 * slot, and nothing has changed. */
typedef enum err forger(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                        struct buffer *why);
enum err session_slot_by(struct session *s, const struct slot_report **report, forger *forge, void *context) MUST_CHECK;

#endif
