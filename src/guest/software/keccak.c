/* Keccak-256 where a misaligned load is a trap, and a byte costs as much as a word. The permutation is XKCP's, with six
 * lanes of the state complemented (The Keccak implementation overview, 2.2), which saves 20 of 25 negations a round
 * where no instruction is and-not. */
#include "crypto/keccak.h"

void KeccakP1600_Permute_24rounds(void *state);

enum { RATE = 136, RATE_LANES = RATE / 8 };

/* A word of memory, of whatever type. */
typedef u64 __attribute__((may_alias)) word;

const hash32 keccak_of_empty = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

/* Words of a text that begins anywhere, put together from aligned ones; each word read has a byte of the text. */
static inline void absorb(u64 *lane, const u8 *p, size_t words)
{
    const unsigned low = 8 * ((uintptr_t)p % 8), high = 64 - low;
    const word *aligned = (const word *)(p - low / 8);
    if (low == 0) {
        for (size_t i = 0; i < words; i++)
            lane[i] ^= aligned[i];
    } else if (words) {
        u64 before = aligned[0];
        for (size_t i = 0; i < words; i++) {
            const u64 after = aligned[i + 1];
            lane[i] ^= before >> low | after << high;
            before = after;
        }
    }
}

/* The last len < RATE bytes and the padding 0x01 .. 0x80. */
static void absorb_last(u64 lane[25], const u8 *p, size_t len)
{
    const size_t words = len / 8;
    absorb(lane, p, words);
    u64 last = 1;
    for (size_t i = len; i > 8 * words; i--)
        last = last << 8 | p[i - 1];
    lane[words] ^= last;
    lane[RATE_LANES - 1] ^= 1ull << 63;
}

static void put_lane(u8 *out, u64 x)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (u8)(x >> 8 * i);
}

void keccak256(hash32 *out, const void *ptr, size_t len)
{
    const u8 *p = ptr;
    u64 lane[25] = {[1] = ~0ull, [2] = ~0ull, [8] = ~0ull, [12] = ~0ull, [17] = ~0ull, [20] = ~0ull};
    for (; len >= RATE; p += RATE, len -= RATE) {
        absorb(lane, p, RATE_LANES);
        KeccakP1600_Permute_24rounds(lane);
    }
    absorb_last(lane, p, len);
    KeccakP1600_Permute_24rounds(lane);
    put_lane(out->b, lane[0]);
    put_lane(out->b + 8, ~lane[1]);
    put_lane(out->b + 16, ~lane[2]);
    put_lane(out->b + 24, lane[3]);
}
