/* A row of the outbox from a disk that lies: refused, or the very row that is written of what was read. */
#include "io/memory.h"
#include "remote_l1/outbox.h"

#include <stddef.h>

static enum err compare(void *context, u64 ordinal, struct bytes row)
{
    const struct bytes *want = context;
    (void)ordinal;
    BUG_UNLESS(bytes_eq(row, *want));
    return OK;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct bytes row = bytes_of(data, size);
    struct outbox o;
    outbox_init(&o, &system_memory, compare, &row);
    if (outbox_read(&o, 0, row) == OK)
        BUG_UNLESS(outbox_save(&o, o.entry.item[0]) == OK);
    outbox_release(&o);
    return 0;
}
