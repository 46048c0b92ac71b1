/* zkvm_memory - where zkvm.c takes the memory of one call, and gives it back before the call ends. */
#ifndef RV_ZKVM_MEMORY_H
#define RV_ZKVM_MEMORY_H

#include "base/arena.h"

extern const struct memory zkvm_memory;

#endif
