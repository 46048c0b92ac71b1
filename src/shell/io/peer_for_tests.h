/* peer_for_tests - a third-party server as a child process of a test: a script of tests/client.
 *
 * It prints its port first and exits at the end of its standard input, so it does not outlive a crashed test. */
#ifndef IO_PEER_FOR_TESTS_H
#define IO_PEER_FOR_TESTS_H

#include "base/types.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct peer {
    pid_t pid;
    int input;
    char port[16];
};

/* false: it did not start. */
static inline bool peer_start(struct peer *out, const char *script)
{
    int in[2], port[2];
    if (pipe(in) || pipe(port))
        return false;
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(port[1], 1);
        close(in[0]), close(in[1]), close(port[0]), close(port[1]);
        execl("tools/node", "tools/node", script, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(port[1]);
    *out = (struct peer){.pid = pid, .input = in[1]};
    FILE *lines = fdopen(port[0], "r");
    if (pid < 0 || !lines || !fgets(out->port, sizeof out->port, lines))
        return false;
    out->port[strcspn(out->port, " \n")] = 0;
    return fclose(lines) == 0;
}

/* false: it did not end well. */
static inline bool peer_stop(const struct peer *p)
{
    int status;
    close(p->input);
    return waitpid(p->pid, &status, 0) == p->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
