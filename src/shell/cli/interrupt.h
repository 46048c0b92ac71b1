/* interrupt - Ctrl-C during a run: what is in progress is completed, and nothing more is begun.
 *
 * The first SIGINT or SIGTERM is noted, with a line on standard error; a second one ends the process at once. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "base/err.h"

/* FAULT_IO: the handlers cannot be installed. */
enum err interrupt_catch(void) MUST_CHECK;
/* The signal that was noted; 0: none. */
int interrupt_signal(void);

#endif
