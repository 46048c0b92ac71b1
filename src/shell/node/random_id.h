/* random_id - ids of filters and subscriptions, which cannot be guessed. */
#ifndef NODE_RANDOM_ID_H
#define NODE_RANDOM_ID_H

#include "base/types.h"

/* 64 bits of the operating system's randomness; never 0. */
u64 random_id(void);

#endif
