/* machine - the calls of docs/guest.md's machine, numbered as Linux does. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "base/types.h"

long machine_call(long number, long a, long b, long c);

#endif
