/* SHA-256, RIPEMD-160 and BLAKE2's F. */
#include "base/err.h"
#include "crypto/blake2f.h"
#include "crypto/ripemd160.h"
#include "crypto/sha256.h"
#include "rv/zkvm_accelerators.h"

void sha256(hash32 *out, const void *ptr, size_t len)
{
    zkvm_sha256_hash hash;
    BUG_UNLESS(zkvm_sha256(ptr, len, &hash) == ZKVM_EOK);
    memcpy(out->b, hash.data, sizeof out->b);
}

void ripemd160(u8 out[20], const void *ptr, size_t len)
{
    enum { ZEROS = 12 };
    zkvm_ripemd160_hash hash;
    BUG_UNLESS(zkvm_ripemd160(ptr, len, &hash) == ZKVM_EOK);
    memcpy(out, hash.data + ZEROS, 20);
}

static void write_words(u8 *out, const u64 *word, unsigned count)
{
    for (unsigned i = 0; i < 8 * count; i++)
        out[i] = (u8)(word[i / 8] >> 8 * (i % 8));
}

void blake2f(u64 h[8], u32 rounds, const u64 m[16], const u64 offset[2], bool last)
{
    zkvm_blake2f_state state;
    zkvm_blake2f_message message;
    zkvm_blake2f_offset counters;
    write_words(state.data, h, 8);
    write_words(message.data, m, 16);
    write_words(counters.data, offset, 2);
    BUG_UNLESS(zkvm_blake2f(rounds, &state, &message, &counters, last) == ZKVM_EOK);
    for (unsigned i = 0; i < 8; i++)
        h[i] = __builtin_bswap64(load_be64(state.data + 8 * i));
}
