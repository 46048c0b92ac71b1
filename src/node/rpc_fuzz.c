/* rpc: any bytes as the answer to two calls, the results then read as a block and as a receipt. What is taken has one
 * result or one error for each call; a header that is taken hashes to what was said. */
#include "node/rpc_types.h"

#include "io/memory.h"
#include "node/rpc_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer why = buffer_in(&arena);
    struct rpc_call call[2] = {{.method = "first"}, {.method = "second"}};
    struct header h;
    struct rpc_receipt r;
    hash32 hash, is;
    const enum err e = rpc_read(&arena, call, 2, 1, bytes_of(data, size), &why);
    BUG_UNLESS((e == OK) == (why.len == 0));
    for (size_t i = 0; i < 2 && e == OK; i++) {
        BUG_UNLESS((call[i].error == OK) == (call[i].message == NULL));
        if (call[i].error == OK && rpc_header(&arena, &h, &hash, call[i].result, &why) == OK) {
            header_hash(&is, &h, &arena);
            BUG_UNLESS(hash32_eq(&is, &hash));
        }
        if (call[i].error == OK && rpc_receipt(&arena, &r, call[i].result, &why) == OK)
            BUG_UNLESS(r.receipt.log_count == 0 || r.receipt.log);
    }
    arena_release(&arena);
    return 0;
}
