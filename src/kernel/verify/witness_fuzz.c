/* witness: what is taken is written back byte for byte, and opening it ends in OK or a REJECT. */
#include "verify/witness.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct witness w;
    arena_init(&arena, &system_memory);
    const enum err e = witness_decode(&w, &arena, bytes_of(data, size));
    BUG_UNLESS(e == OK || e == REJECT_WITNESS_FORMAT);
    if (e == OK) {
        struct buffer back = buffer_in(&arena), json = buffer_in(&arena);
        struct witness_index index;
        witness_encode(&back, &w);
        BUG_UNLESS(bytes_eq(buffer_bytes(&back), bytes_of(data, size)));
        struct json_writer writer = json_writer(&json, 0);
        json_write_object(&writer);
        witness_write_json(&writer, &w);
        json_write_end(&writer);
        json_write_finish(&writer);
        const enum err opened = witness_open(&index, &arena, &w, NULL);
        BUG_UNLESS(opened == OK || opened == REJECT_WITNESS);
    }
    arena_release(&arena);
    return 0;
}
