/* memory - memory from the operating system, for arenas.
 *
 * When the system has nothing left it prints FAULT_MEMORY and ends the program with status 3. */
#ifndef IO_MEMORY_H
#define IO_MEMORY_H

#include "base/arena.h"

extern const struct memory system_memory;

#endif
