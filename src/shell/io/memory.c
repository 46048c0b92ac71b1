#include "io/memory.h"

#include "base/err.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static void *none_left(size_t size)
{
    fprintf(stderr, "scope: FAULT_MEMORY: %s (%zu bytes)\n", err_text(FAULT_MEMORY), size);
    exit(3);
}

/* Large blocks, which arenas of many nodes and slots take, are mapped by themselves and on huge pages where the
 * system has them: one page fault in place of 512, and one entry of the processor's page table for memory that is
 * walked at random. Sanitizers see to every block themselves. */
#ifdef SANITIZE
static const size_t large = SIZE_MAX;
#else
static const size_t large = (size_t)2 << 20;
#endif
static const size_t huge_page = (size_t)2 << 20;

static size_t pages_of(size_t size)
{
    return (size + 4095) & ~(size_t)4095;
}

static void *map(size_t size)
{
    const size_t wanted = pages_of(size), room = wanted + huge_page;
    if (size > SIZE_MAX / 2)
        return NULL;
    u8 *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    /* its beginning on the border of a huge page; what lies around it goes back */
    const size_t before = (size_t)(-(uintptr_t)p & (huge_page - 1)), after = huge_page - before;
    if (before)
        munmap(p, before);
    if (after)
        munmap(p + before + wanted, after);
    (void)madvise(p + before, wanted, MADV_HUGEPAGE); /* refused where there are none: small pages do */
    return p + before;
}

static void *system_take(void *context, size_t size)
{
    (void)context;
    void *p = NULL;
    if (size >= large) {
        p = map(size);
        return p ? p : none_left(size);
    }
    return posix_memalign(&p, 64, size) == 0 ? p : none_left(size);
}

static void return_block(void *context, void *ptr, size_t size)
{
    (void)context;
#ifdef SANITIZE
    BUG_UNLESS(!ptr || size == 0 ||
               malloc_usable_size(ptr) == size); /* exactly what was taken: AddressSanitizer knows */
#endif
    if (ptr && size >= large)
        munmap(ptr, pages_of(size));
    else
        free(ptr);
}

const struct memory system_memory = {system_take, return_block, NULL};
