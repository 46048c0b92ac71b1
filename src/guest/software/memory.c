/* The library takes none of its program's heap. The longest sums and products that a transaction pays for need a fifth
 * of this. */
#include "base/err.h"
#include "rv/zkvm_memory.h"

enum { SIZE = 16 << 20, GRAIN = 64 };
static _Alignas(GRAIN) u8 bytes[SIZE];
static size_t used;

static size_t rounded(size_t size)
{
    return (size + GRAIN - 1) & ~(size_t)(GRAIN - 1);
}

static void *take_scratch(void *context, size_t size)
{
    (void)context;
    BUG_UNLESS(size < SIZE && rounded(size) <= SIZE - used);
    u8 *const p = bytes + used;
    used += rounded(size);
    return p;
}

static void give_scratch(void *context, void *ptr, size_t size)
{
    (void)context;
    if ((u8 *)ptr + rounded(size) == bytes + used)
        used = (size_t)((u8 *)ptr - bytes);
}

const struct memory zkvm_memory = {take_scratch, give_scratch, NULL};
