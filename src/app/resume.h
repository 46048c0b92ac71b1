/* resume - a scenario that goes on where a process that was killed has left it: scope run FILE --dir FOLDER.
 *
 *   step, step, step | step ...         after each step with nothing queued, one commit: the chains (node/store.h), and
 *                    '-- position       where the scenario is, what its names stand for, what was met and what not
 *
 * A step that was under way when the process died is taken again from its beginning, on the chains as they were then,
 * L1 among them: what it had done is on no chain, so nothing is done twice and no nonce is missing.
 *
 * The store is of one scenario: its text is hashed into the position.
 *
 * Errors: those of the store; REJECT_STORE: of another scenario. */
#ifndef APP_RESUME_H
#define APP_RESUME_H

#include "app/play.h"
#include "node/store.h"

struct resume {
    struct store *store;
    struct complaint *complaint;
    hash32 scenario;
};

/* text: of the scenario. r->store is to be closed by the caller, after the session, when it is not NULL. */
enum err resume_open(struct resume *r, struct complaint *complaint, const char *folder, struct bytes text) MUST_CHECK;

/* Brings the session and the play to the position; p->first_step says where that is, 0 when the store is new.
 * Afterwards the play commits by itself. */
enum err resume_play(struct resume *r, struct play *p) MUST_CHECK;

#endif
