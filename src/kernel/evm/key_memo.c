#include "evm/key_memo.h"

#include "base/u256.h"
#include "crypto/keccak.h"

static u256 hash_memo_key(const u64 key[8])
{
    hash32 hash;
    keccak256(&hash, key, 64);
    return u256_from_hash32(&hash);
}

struct key_memo *key_memo_open(const struct memory *memory)
{
    struct key_memo *memo = memory->take(memory->context, sizeof *memo);
    struct key_memo_entry zeros = {.key = {0}};
    zeros.hash = hash_memo_key(zeros.key);
    for (unsigned i = 0; i < KEY_MEMO_ENTRIES; i++)
        memo->entry[i] = zeros;
    return memo;
}

void key_memo_release(struct key_memo *memo, const struct memory *memory)
{
    memory->give(memory->context, memo, sizeof *memo);
}

static inline u64 folded(u64 x, u64 y)
{
    const u128 product = (u128)x * y;
    return (u64)product ^ (u64)(product >> 64);
}

/* Keys differ in few bits, in any of the words: each word takes part in a product with a constant of its own (digits of
 * pi). */
static inline unsigned memo_index_of(const u64 k[8])
{
    const u64 x = folded(k[0] ^ 0x243f6a8885a308d3, k[1] ^ 0x13198a2e03707344) +
                  folded(k[2] ^ 0xa4093822299f31d0, k[3] ^ 0x082efa98ec4e6c89) +
                  folded(k[4] ^ 0x452821e638d01377, k[5] ^ 0xbe5466cf34e90c6c) +
                  folded(k[6] ^ 0xc0ac29b7c97c50dd, k[7] ^ 0x3f84d5b5b5470917);
    return (unsigned)(folded(x, 0x9216d5d98979fb1b) % KEY_MEMO_ENTRIES);
}

void key_memo_hash(u256 *out, struct key_memo *memo, const u8 key[64])
{
    u64 k[8], difference = 0;
    memcpy(k, key, sizeof k);
    struct key_memo_entry *e = &memo->entry[memo_index_of(k)];
    for (unsigned i = 0; i < 8; i++)
        difference |= k[i] ^ e->key[i];
    if (difference) {
        e->hash = hash_memo_key(k);
        memcpy(e->key, k, sizeof k);
    }
    *out = e->hash;
}
