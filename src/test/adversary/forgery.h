/* forgery - what a hostile builder does to a plan before it is executed, proved and sent.
 *
 *   plan of the first pass --> copy with one forgery --> blocks, statements, attestations, bundle
 *
 * The forgery is as consistent as it can be: blocks that no longer match are rebuilt, clocks are raised, queued
 * responses are recomputed. So the result is a plan like any other: where its blocks are valid, honest provers attest
 * to them, and its statement is signed. Either no valid block can contain it, and the state transition rejects it by
 * name (verify/rollup.h), or the crosswise comparison at settlement fails. For tests (forgery_test.c) and
 * demonstrations.
 *
 * Memory: the arena given. Errors: REJECT_CONFIG with a message when the forgery does not apply to this plan. */
#ifndef ADVERSARY_FORGERY_H
#define ADVERSARY_FORGERY_H

#include "builder/session_hooks.h"
#include "simulate/plan.h"

/* What a hostile builder would do to the bundle, for tests and demonstrations. The provers sign the forged statements,
 * so that the check under test refuses the bundle and not a signature. A forged slot ends with every chain as it was,
 * but for the builder's nonce and fee, and the delegations. The work stays queued.
 *
 * call and other are indexes into slot_report.call unless something else is said. */
enum forgery_kind {
    FORGERY_NONE,
    /* the answer that call's source is filled with */
    FORGERY_RESPONSE_BYTE,   /* a bit of byte `offset` is flipped: status, clock:8, returndata */
    FORGERY_RESPONSE_CUT,    /* its last byte is missing */
    FORGERY_RESPONSE_LONGER, /* a byte follows it */
    FORGERY_RESPONSE_SWAP,   /* call and other are filled with each other's answer */
    FORGERY_FILL_LEFT_OUT,
    FORGERY_FILL_TWICE,
    FORGERY_FILL_SWAP,  /* call and other, which one source made, are answered in the opposite order */
    FORGERY_FILL_CHAIN, /* as if chain `other` (0: L1, i + 1: the i-th rollup) had answered */
    FORGERY_FILL_ADDED, /* a response to a request that was never made */
    /* the call as its target handles it */
    FORGERY_REQUEST_BYTE,   /* a bit of byte `offset` is flipped, laid out as in request.h, with the data itself at the
                               end */
    FORGERY_REQUEST_CUT,    /* the last byte of its data is missing */
    FORGERY_REQUEST_LONGER, /* a byte follows its data */
    FORGERY_SOURCE,         /* as if chain `other` had made it */
    FORGERY_LEAVE_OUT,
    FORGERY_TWICE,
    FORGERY_SWAP,      /* call and other in the opposite order */
    FORGERY_MOVE,      /* in the place of the target's item `other`, a transaction, operation or handled call */
    FORGERY_TARGET,    /* chain `other` handles it */
    FORGERY_ADDED,     /* and one that no contract made, directly after it */
    FORGERY_ANNOUNCED, /* a call back: the answer that its queue announces is another */
    /* what made it */
    FORGERY_MAKER_LEFT_OUT, /* the transaction, operation or handled call in which call was made does not run */
    FORGERY_MAKER_TWICE,
    /* the bundle */
    FORGERY_ABSENT, /* the block of call's target is not in it; of its source, if `other` is not 0 */
    FORGERY_KIND_COUNT
};
const char *forgery_name(enum forgery_kind kind);

struct forgery {
    enum forgery_kind kind;
    size_t call, other;
    size_t offset;
};

/* A slot with this forgery in its plan. The provers sign the forged statements. OK with report->settled false: the L1
 * transaction reverted, see revert_data. */
enum err session_slot_forged(struct session *s, const struct slot_report **report, const struct forgery *f) MUST_CHECK;

/* A forged copy of plan in arena. */
enum err forgery_apply(struct plan *out, struct arena *arena, const struct plan *plan, const struct forgery *f,
                       struct buffer *why) MUST_CHECK;

#endif
