/* tx: an envelope that is taken is written back byte for byte, whatever is refused is refused by name, and what the set
 * of admitted types leaves out is never taken. */
#include "chain/tx.h"

#include "evm/fork.h"
#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(const struct tx *t, struct bytes envelope, struct arena *arena)
{
    struct buffer b = buffer_in(arena), item = buffer_in(arena);
    struct tx again;
    hash32 hash;
    tx_encode(&b, t);
    BUG_UNLESS(bytes_eq(buffer_bytes(&b), envelope));
    tx_encode_item(&item, t);
    BUG_UNLESS(tx_decode_item(&again, arena, buffer_bytes(&item), TX_TYPES_ALL | TX_ADMITS_EIP155) == OK);
    struct tx unhashed = again;
    unhashed.has_hash = false;
    tx_hash(&hash, &unhashed, arena);
    BUG_UNLESS(hash32_eq(&hash, &t->hash));
    BUG_UNLESS(tx_intrinsic_gas(t, &fork_table[FORK_OSAKA]) >= 21000 &&
               tx_floor_gas(t, &fork_table[FORK_OSAKA]) >= 21000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes envelope = bytes_of(data, size);
    struct arena arena;
    struct tx t, other;
    arena_init(&arena, &system_memory);
    const enum err e = tx_decode(&t, &arena, envelope, TX_TYPES_ALL | TX_ADMITS_EIP155);
    BUG_UNLESS(e == OK || err_is_reject(e));
    if (e == OK) {
        write_back(&t, envelope, &arena);
        BUG_UNLESS(tx_decode(&other, &arena, envelope, (TX_TYPES_ALL & ~tx_type_bit(t.type)) | TX_ADMITS_EIP155) ==
                   REJECT_TX_TYPE_NOT_SUPPORTED);
        for (u32 i = 0; i < t.authorization_count && i < 4; i++)
            authorization_recover(&t.authorization[i]);
        const enum err signer = tx_recover(&t, true, &arena);
        BUG_UNLESS(signer == OK || err_is_reject(signer));
    }
    arena_release(&arena);
    return 0;
}
