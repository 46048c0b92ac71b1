/* resume - resumes a scenario where a killed process stopped: scope run FILE --dir FOLDER.
 *
 *   step, step, step | step ...     one commit after each step: the chains, the queued work (store/store.h), and
 *                    '-- position   the next step, the values of names, the expectations met and failed
 *
 * A step that was interrupted runs again from its beginning, on the committed chains. With a local L1 nothing it did is
 * on any chain, so nothing happens twice and no nonce is skipped. On a remote L1 (--l1) its transactions may be on
 * chain: each is looked up in the outbox and on the chain first (remote_l1/outbox.h), and only sent if it was never
 * broadcast. A checkpoint within a slot records the forgeries tried, so that none is tried on work that has settled.
 *
 * A store belongs to one scenario, whose text is hashed into the position. It contains no keys: those are the
 * scenario's.
 *
 * Errors: those of the store; REJECT_STORE_MISMATCH: another scenario's, or transactions that no step accounts for;
 * REJECT_L1_REORGANIZED, REJECT_L1_AHEAD: the rollups' heads differ from those settled on L1. */
#ifndef PLAY_RESUME_H
#define PLAY_RESUME_H

#include "play/play.h"
#include "store/store.h"

struct resume {
    struct store *store;
    struct complaint *complaint;
    struct binder *binder;
    struct session_deployment known;
    hash32 scenario;
};

/* text: the scenario's. The caller closes r->store, when it is not NULL, after the session. */
enum err resume_open(struct resume *r, struct complaint *complaint, const char *folder, struct bytes text) MUST_CHECK;

/* On a remote L1, before the session is opened: the deployment that the store has; NULL: none yet. */
enum err resume_known(struct resume *r, const struct session_deployment **out) MUST_CHECK;

/* Restores the session and the run to the stored position: p->first_step, 0 when the store is new. From then on each
 * step commits. */
enum err resume_play(struct resume *r, struct play *p) MUST_CHECK;

#endif
