/* check - a scenario against the contracts that it names, before anything runs.
 *
 * Loads every artifact, finds every function, event and error, and encodes every argument, with samples for what only a
 * run can know. What passes here can still fail, but no longer because the file is wrong.
 * Leaves contracts' interfaces and results' types in the binder, which then serves the run. */
#ifndef PLAY_CHECK_H
#define PLAY_CHECK_H

#include "scenario/binder.h"

enum err program_check(struct binder *b) MUST_CHECK;

/* The error that a forgery is to be refused with; a complaint where there is none of that name. */
enum err forgery_error(struct binder *b, const struct member **out, const struct scenario_forgery *f) MUST_CHECK;

/* A deadline, submitter and calls as the session takes them; samples without a session. */
enum err operation_bind(struct binder *b, struct operation *out, const struct scenario_operation *o) MUST_CHECK;
/* The chain that a transaction is for, and its call. */
enum err send_bind(struct binder *b, struct bound_call *out, const struct scenario_send *t) MUST_CHECK;

#endif
