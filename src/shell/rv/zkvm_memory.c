#include "rv/zkvm_memory.h"

#include "io/memory.h"

static void *take_system(void *context, size_t size)
{
    (void)context;
    return system_memory.take(system_memory.context, size);
}

static void give_system(void *context, void *ptr, size_t size)
{
    (void)context;
    system_memory.give(system_memory.context, ptr, size);
}

const struct memory zkvm_memory = {take_system, give_system, NULL};
