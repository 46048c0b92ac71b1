#include "cli/serving.h"

#include "options/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int stop_write = -1;

static void on_signal(int number)
{
    const int saved = errno;
    const u8 byte = (u8)number;
    if (write(stop_write, &byte, 1) < 0) {
        /* full: it is told already */
    }
    errno = saved;
}

bool stop_on_signals(int *stop)
{
    int end[2];
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    if (pipe2(end, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    stop_write = end[1];
    *stop = end[0];
    return sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0 &&
           signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

void wait_until_stopped(int stop)
{
    struct pollfd p = {.fd = stop, .events = POLLIN};
    while (poll(&p, 1, -1) < 0 && errno == EINTR) {
    }
}

int command_failed(const char *command, const struct complaint *c, enum err e)
{
    char text[sizeof c->text + 1024];
    complaint_print(text, sizeof text, c);
    fprintf(stderr, "%s: %s: %s\n", command, err_name(e), c->raised ? text : err_text(e));
    return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
}
