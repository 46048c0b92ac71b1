/* resume - a scenario that goes on where a process that was killed has left it: scope run FILE --dir FOLDER.
 *
 *   step, step, step | step ...     after each step one commit: the chains and the work that waits (store/store.h), and
 *                    '-- position   where the scenario is, what its names stand for, what was met and what not
 *
 * A step that was under way when the process died is taken again from its beginning, on the chains as they were then.
 * With an L1 of our own what it had done is on no chain, so nothing is done twice and no nonce is missing. On an L1 of
 * others (--l1) it may be: what the step asks for is then answered from the outbox and the chain
 * (remote_l1/outbox.h), and only what never went out is sent. How far a slot was is marked, so that no forgery is tried
 * on what has settled.
 *
 * The store is of one scenario: its text is hashed into the position. It holds no key: the scenario's accounts have
 * them.
 *
 * Errors: those of the store; REJECT_STORE: of another scenario, or what was sent belongs to no step of it;
 * REJECT_L1_REORGANIZED, REJECT_L1_AHEAD: the rollups' heads are not those that L1 has settled. */
#ifndef PLAY_RESUME_H
#define PLAY_RESUME_H

#include "play/play.h"
#include "store/store.h"

struct resume {
    struct store *store;
    struct complaint *complaint;
    struct binder *binder;
    struct session_known known;
    hash32 scenario;
};

/* text: of the scenario. r->store is to be closed by the caller, after the session, when it is not NULL. */
enum err resume_open(struct resume *r, struct complaint *complaint, const char *folder, struct bytes text) MUST_CHECK;

/* On an L1 of others, before the session is opened: what the store knows of the set-up; NULL: it is not done. */
enum err resume_known(struct resume *r, const struct session_known **out) MUST_CHECK;

/* Brings the session and the play to the position; p->first_step says where that is, 0 when the store is new.
 * Afterwards the play commits by itself. */
enum err resume_play(struct resume *r, struct play *p) MUST_CHECK;

#endif
