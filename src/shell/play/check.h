/* check - checks a scenario against the contracts that it names, before anything runs.
 *
 * Loads every artifact, finds every function, event and error, and encodes every argument, with sample values for
 * results. A scenario that passes can still fail, but no longer because the file is invalid. Interfaces and types stay
 * in the binder, which the run uses. */
#ifndef PLAY_CHECK_H
#define PLAY_CHECK_H

#include "scenario/binder.h"

enum err program_check(struct binder *b) MUST_CHECK;

/* The rule of err.def that `refused` names; OK: none, it is an error of a contract. */
enum err forgery_rule(const struct scenario_forgery *f) MUST_CHECK;

/* The error that a forgery expects; a complaint if there is none of that name. */
enum err forgery_error(struct binder *b, const struct member **out, const struct scenario_forgery *f) MUST_CHECK;

/* The operation as the session takes it; with sample values when there is no session. */
enum err operation_bind(struct binder *b, struct operation *out, const struct scenario_operation *o) MUST_CHECK;
/* The call of a transaction, with its chain. */
enum err send_bind(struct binder *b, struct bound_call *out, const struct scenario_send *t) MUST_CHECK;

#endif
