/* What a translation has put out so far. */
#include "evm/superblock.h"

struct instruction *translate_emit(struct translator *t, enum program_op op)
{
    struct instruction *i = LIST_ADD(&t->out, &t->arena);
    *i = (struct instruction){.go = (const void *)(uintptr_t)op};
    return i;
}

u32 translate_add_constant(struct translator *t, const u256 *x)
{
    /* neighbours tend to repeat */
    for (size_t i = t->constant.count; i > 0 && i + 16 > t->constant.count; i--)
        if (u256_eq(&t->constant.item[i - 1], x))
            return (u32)i - 1;
    *LIST_ADD(&t->constant, &t->arena) = *x;
    return (u32)t->constant.count - 1;
}
