#include "rv/machine_memory.h"

const struct rv_memory *rv_memory_at(const struct rv_machine *m, u64 at, u64 len)
{
    for (size_t i = m->memory_count; i-- > 0;) { /* the stack is the last segment */
        const struct rv_memory *s = &m->memory[i];
        if (at >= s->at && at - s->at < s->size && len <= s->size - (at - s->at))
            return s;
    }
    return NULL;
}

const u8 *rv_readable(const struct rv_machine *m, u64 at, u64 len)
{
    const struct rv_memory *s = rv_memory_at(m, at, len);
    return s && s->readable ? s->bytes + (at - s->at) : NULL;
}

u8 *rv_writable(const struct rv_machine *m, u64 at, u64 len)
{
    const struct rv_memory *s = rv_memory_at(m, at, len);
    return s && s->writable ? s->bytes + (at - s->at) : NULL;
}

bool rv_fault(struct rv_machine *m, enum rv_end e, u64 at)
{
    m->end = e;
    m->fault_address = at;
    return false;
}
