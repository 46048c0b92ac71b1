/* batch: whatever is published is refused by name, or has one content, which is written again as it was. The first
 * byte of the input says whether the rest is a batch or the content of one, which the fuzzer can more easily make. */
#include "verify/batch.h"

#include "codec/inflate.h"
#include "io/deflate.h"
#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes published(struct arena *arena, const u8 *data, size_t size)
{
    if (data[0] & 1)
        return bytes_of(data + 1, size - 1);
    struct buffer out = buffer_in(arena);
    buffer_add_u8(&out, BATCH_VERSION);
    deflate_bytes(&out, bytes_of(data + 1, size - 1));
    return buffer_bytes(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct batch batch;
    struct bytes content;
    if (size == 0)
        return 0;
    arena_init(&arena, &system_memory);
    const struct bytes encoded = published(&arena, data, size);
    if (batch_decode(&batch, &arena, encoded) == OK) {
        struct buffer again = buffer_in(&arena);
        batch_encode(&again, &batch);
        BUG_UNLESS(inflate_bytes(&content, &arena, bytes_of(encoded.ptr + 1, encoded.len - 1), BATCH_CONTENT_MAX) ==
                   OK);
        BUG_UNLESS(bytes_eq(content, buffer_bytes(&again)));
    }
    arena_release(&arena);
    return 0;
}
