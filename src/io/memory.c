#include "io/memory.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

static void *take(void *context, size_t size)
{
    (void)context;
    void *p = NULL;
    if (posix_memalign(&p, 64, size) != 0) {
        fprintf(stderr, "scope: FAULT_MEMORY: %s (%zu bytes)\n", err_text(FAULT_MEMORY), size);
        exit(3);
    }
    return p;
}

static void give(void *context, void *ptr, size_t size)
{
    (void)context;
    (void)size;
    free(ptr);
}

const struct memory system_memory = {take, give, NULL};
