/* request: what is taken is written back byte for byte. */
#include "prover/request.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct prove_request r;
    arena_init(&arena, &system_memory);
    const enum err e = prove_request_decode(&r, &arena, bytes_of(data, size));
    BUG_UNLESS(e == OK || e == REJECT_REQUEST);
    if (e == OK) {
        struct buffer back = buffer_in(&arena);
        prove_request_encode(&back, &r);
        BUG_UNLESS(bytes_eq(buffer_bytes(&back), bytes_of(data, size)));
    }
    arena_release(&arena);
    return 0;
}
