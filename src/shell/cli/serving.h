/* serving - what the commands that serve share: their end, and their failure. */
#ifndef CLI_SERVING_H
#define CLI_SERVING_H

#include "base/err.h"
#include "io/complaint.h"

/* *stop becomes readable at SIGTERM or SIGINT: the signal writes to a pipe. SIGPIPE is ignored. False: errno. */
bool stop_on_signals(int *stop);
void wait_until_stopped(int stop);

/* Prints why, and returns the exit status. command: "scope up" */
int command_failed(const char *command, const struct complaint *c, enum err e);

#endif
