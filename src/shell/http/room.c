#include "http/room.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

u8 *room_open(void)
{
    void *p = mmap(NULL, ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void room_close(u8 *room)
{
    if (room)
        munmap(room, ROOM_BYTES);
}

void room_keep(u8 *room, size_t size)
{
    const size_t kept = whole_pages(size);
    if (room && kept < ROOM_BYTES)
        (void)madvise(room + kept, ROOM_BYTES - kept, MADV_DONTNEED); /* refused: the pages stay */
}
