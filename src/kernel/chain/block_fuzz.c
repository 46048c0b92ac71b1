/* block, header: what is taken is written back byte for byte, and hashes to what was hashed on the way in. */
#include "chain/block.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct activation osaka = {.fork = &fork_table[FORK_OSAKA], .blobs = {6, 9, 5007716}};
static const struct chain_rules rules = {.chain_id = 1, .activation = &osaka, .activation_count = 1};

static void header_back(struct bytes item, struct arena *arena)
{
    struct header h;
    if (header_decode(&h, item) != OK)
        return;
    struct buffer b = buffer_in(arena);
    header_encode(&b, &h);
    BUG_UNLESS(bytes_eq(buffer_bytes(&b), item));
}

static void block_back(const struct block *block, struct bytes rlp, struct arena *arena)
{
    const struct tx **tx = ARENA_TAKE(arena, const struct tx *, block->tx_count);
    struct buffer b = buffer_in(arena);
    hash32 hash;
    for (u32 i = 0; i < block->tx_count; i++)
        tx[i] = &block->tx[i];
    header_hash(&hash, &block->header, arena);
    BUG_UNLESS(hash32_eq(&hash, &block->hash));
    if (block->has_withdrawals != (block->header.field_count >= HEADER_SHANGHAI))
        return; /* block_execute refuses it */
    block_encode(&b, &block->header, tx, block->tx_count, block->ommer, block->ommer_count, block->withdrawal,
                 block->withdrawal_count);
    BUG_UNLESS(bytes_eq(buffer_bytes(&b), rlp));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes rlp = bytes_of(data, size);
    struct arena arena;
    struct block block;
    arena_init(&arena, &system_memory);
    header_back(rlp, &arena);
    const enum err e = block_decode(&block, &arena, rlp, &rules);
    BUG_UNLESS(e == OK || err_is_reject(e));
    if (e == OK)
        block_back(&block, rlp, &arena);
    arena_release(&arena);
    return 0;
}
