/* The time by which slots, estimates and commands are limited. */
#include "devnet/devnet.h"

#include <time.h>

u64 devnet_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}
