/* progress - one line on a terminal about what takes more than a second: "scope: settling the setup, 3 s".
 *
 * A thread rewrites the line each second. Without a terminal on standard error nothing is written. Other output goes
 * between progress_hide and the next progress_say. One process has one such line. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

void progress_start(void);
/* What is being done from now on; control characters are replaced. */
void progress_say(const char *what);
/* Erases the line; nothing is being done. */
void progress_hide(void);
void progress_stop(void);

#endif
