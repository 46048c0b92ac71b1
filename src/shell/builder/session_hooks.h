/* session_hooks - for whoever wants to watch a slot from inside, or to stand in the builder's place: benchmarks,
 * provers' files, tests and demonstrations. A session without hooks is an honest builder that nobody watches. */
#ifndef BUILDER_SESSION_HOOKS_H
#define BUILDER_SESSION_HOOKS_H

#include "base/buffer.h"
#include "builder/session.h"

struct plan;
struct prove_request;

/* Whoever wants to see what provers are asked, and the statement that they must come to; the request lives for the
 * call. Forged slots are not shown. NULL: nobody. */
void session_watch_proofs(struct session *s,
                          void (*asked)(void *context, const struct prove_request *r, const hash32 *statement),
                          void *context);

/* Where a slot's time goes: told as each part begins, to whoever has a clock (session_bench.c). A slot that excludes
 * work goes through some of them again. */
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

/* A slot by a builder who puts another plan in the place of the one that was simulated; NULL: an honest one. Any error
 * of forge ends the slot, with nothing done. */
typedef enum err forger(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                        struct buffer *why);
enum err session_slot_by(struct session *s, const struct slot_report **report, forger *forge, void *context) MUST_CHECK;

#endif
