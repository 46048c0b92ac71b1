/* rpc: any bytes as the answer to two calls, the results then read as a block, its transactions, a receipt, the
 * receipts of the block that was read last, and a trace. What is taken has one result or one error for each call; a
 * header that is taken hashes to what was said; transactions and receipts that are taken have the roots of their
 * block's header. */
#include "ethrpc/rpc_types.h"

#include "ethrpc/rpc_client.h"
#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_transactions(struct arena *arena, struct json block, const struct header *h, struct buffer *why)
{
    struct tx *tx;
    u32 count;
    if (rpc_transactions(arena, &tx, &count, block, h, why) != OK)
        return;
    BUG_UNLESS(count == json_count(json_get(block, "transactions")));
    for (u32 i = 0; i < count; i++) {
        struct tx again;
        struct buffer envelope = buffer_in(arena);
        tx_encode(&envelope, &tx[i]);
        BUG_UNLESS(tx_decode(&again, arena, buffer_bytes(&envelope), TX_TYPES_ETHEREUM | TX_ADMITS_EIP155) == OK);
        BUG_UNLESS(hash32_eq(&again.hash, &tx[i].hash));
    }
}

static void read_receipts(struct arena *arena, struct json list, const struct header *h, struct buffer *why)
{
    struct rpc_receipt *receipt;
    u32 count;
    hash32 root;
    if (rpc_receipts(arena, &receipt, &count, list, h, why) != OK)
        return;
    const struct receipt **all = ARENA_TAKE(arena, const struct receipt *, count);
    for (u32 i = 0; i < count; i++)
        all[i] = &receipt[i].receipt;
    receipts_root(&root, all, count, arena);
    BUG_UNLESS(hash32_eq(&root, &h->receipts_root));
}

static void read_trace(struct arena *arena, struct json trace, struct buffer *why)
{
    static const address at = {{0x55}};
    const struct bytes *call;
    size_t count;
    u64 bytes = 0;
    if (rpc_calls(arena, &call, &count, trace, &at, why) == OK)
        for (size_t i = 0; i < count; i++)
            bytes += call[i].len;
    BUG_UNLESS(2 * bytes <= json_source(trace).len);
}

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
    bool has_block = false;
    for (size_t i = 0; i < 2 && e == OK; i++) {
        BUG_UNLESS((call[i].error == OK) == (call[i].message == NULL));
        if (call[i].error == OK && rpc_header(&arena, &h, &hash, call[i].result, &why) == OK) {
            header_hash(&is, &h, &arena);
            BUG_UNLESS(hash32_eq(&is, &hash));
            has_block = true;
            read_transactions(&arena, call[i].result, &h, &why);
        }
        if (call[i].error == OK && has_block)
            read_receipts(&arena, call[i].result, &h, &why);
        if (call[i].error == OK)
            read_trace(&arena, call[i].result, &why);
        if (call[i].error == OK && rpc_receipt(&arena, &r, call[i].result, &why) == OK)
            BUG_UNLESS(r.receipt.log_count == 0 || r.receipt.log);
    }
    arena_release(&arena);
    return 0;
}
