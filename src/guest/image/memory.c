/* Taken upwards; given back only by the last that took. */
#include "base/arena.h"
#include "image/platform.h"

extern u8 _heap_start[], _heap_end[];

static u8 *heap_next; /* NULL: nothing was taken yet */

static size_t rounded(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

static u8 *first_aligned(void)
{
    return (u8 *)(uintptr_t)rounded((uintptr_t)_heap_start);
}

static void *take(void *context, size_t size)
{
    (void)context;
    u8 *const p = heap_next ? heap_next : first_aligned();
    if (size > (size_t)(_heap_end - p) || rounded(size) > (size_t)(_heap_end - p)) {
        write_log("FAULT_MEMORY");
        halt(EXIT_MEMORY);
    }
    heap_next = p + rounded(size);
    return p;
}

static void give(void *context, void *ptr, size_t size)
{
    (void)context;
    if (ptr && (u8 *)ptr + rounded(size) == heap_next)
        heap_next = ptr;
}

const struct memory image_memory = {take, give, NULL};
