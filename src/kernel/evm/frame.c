/* A frame's memory grows. */
#include "evm/frame.h"

static __attribute__((noinline)) void make_room(struct frame *f, u64 size)
{
    u64 room = f->memory_room ? f->memory_room * 2 : 1024;
    if (room < size)
        room = (size + 1023) & ~(u64)1023;
    f->memory = region_grow(&f->vm->stacks->bytes, f->memory, f->memory_room, room);
    memset(f->memory + f->memory_room, 0, room - f->memory_room);
    f->memory_room = room;
}

int frame_grow(struct frame *f, u64 end)
{
    if (UNLIKELY(end > UINT32_MAX))
        return HALT_OUT_OF_GAS;
    const u64 words = (end + 31) / 32, before = f->memory_size / 32; /* below 2^27: squares fit */
    TRY_OP(frame_charge(f, (i64)(3 * (words - before) + words * words / 512 - before * before / 512)));
    const u64 size = words * 32;
    if (UNLIKELY(size > f->memory_room))
        make_room(f, size);
    f->memory_size = size;
    f->memory_word_end = size - 31;
    return GOES_ON;
}
