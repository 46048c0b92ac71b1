#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t noted;

static void note_signal(int number)
{
    static const char text[] = "\nscope: interrupted: completing the current bundle; interrupt again to stop at once\n";
    const int saved = errno;
    noted = number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* no reader */
    }
    errno = saved;
}

enum err interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0 ? OK : FAULT_IO;
}

int interrupt_signal(void)
{
    return noted;
}
