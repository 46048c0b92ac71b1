#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

/* Declared in base, defined in the shell: printing and aborting is not the kernel's. */
_Noreturn void bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "scope: BUG: %s:%d: %s\n", file, line, what);
    abort();
}
