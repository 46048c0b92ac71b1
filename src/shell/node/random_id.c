#include "node/random_id.h"

#include "base/err.h"

#include <sys/random.h>

u64 random_id(void)
{
    u64 id = 0;
    while (id == 0)
        BUG_UNLESS(getrandom(&id, sizeof id, 0) == sizeof id); /* 8 bytes come whole, or the system has no randomness */
    return id;
}
