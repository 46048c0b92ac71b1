#include "crypto/keccak.h"

#include <stddef.h>

/* The permutation is XKCP's (npm keccak, KeccakP-1600-opt64.c), compiled as it is: its state is the 25
 * lanes themselves (no lane complementing, which costs a quarter more time where the processor has andn). */
void KeccakP1600_Permute_24rounds(void *state);

enum { RATE = 136, RATE_LANES = RATE / 8 };

const hash32 keccak_of_empty = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

static inline u64 load_le64(const u8 *p)
{
    u64 x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline void store_le64(u8 *p, u64 x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    memcpy(p, &x, 8);
}

static inline void add_block(u64 lane[25], const u8 *block)
{
    for (unsigned i = 0; i < RATE_LANES; i++)
        lane[i] ^= load_le64(block + 8 * i);
    KeccakP1600_Permute_24rounds(lane);
}

/* The last len < RATE bytes and the padding 0x01 .. 0x80. */
static inline void add_last_block(u64 lane[25], const u8 *ptr, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8)
        lane[i / 8] ^= load_le64(ptr + i);
    u64 last = 0;
    for (size_t j = len; j > i; j--) /* the bytes of an unfinished lane, most significant first */
        last = last << 8 | ptr[j - 1];
    lane[i / 8] ^= last | 1ull << 8 * (len - i);
    lane[RATE_LANES - 1] ^= 1ull << 63;
    KeccakP1600_Permute_24rounds(lane);
}

static inline void squeeze(hash32 *out, const u64 lane[25])
{
    store_le64(out->b, lane[0]);
    store_le64(out->b + 8, lane[1]);
    store_le64(out->b + 16, lane[2]);
    store_le64(out->b + 24, lane[3]);
}

void keccak256(hash32 *out, const void *ptr, size_t len)
{
    const u8 *p = ptr;
    u64 lane[25] = {0};
    for (; len >= RATE; p += RATE, len -= RATE)
        add_block(lane, p);
    add_last_block(lane, p, len);
    squeeze(out, lane);
}

void keccak_init(struct keccak *k)
{
    memset(k->lane, 0, sizeof k->lane);
    k->used = 0;
}

static inline void add_byte(struct keccak *k, u8 byte)
{
    k->lane[k->used / 8] ^= (u64)byte << 8 * (k->used % 8);
    if (++k->used == RATE) {
        KeccakP1600_Permute_24rounds(k->lane);
        k->used = 0;
    }
}

void keccak_add(struct keccak *k, const void *ptr, size_t len)
{
    const u8 *p = ptr;
    while (len && k->used % 8) {
        add_byte(k, *p++);
        len--;
    }
    while (len >= 8) {
        if (k->used == 0 && len >= RATE) {
            add_block(k->lane, p);
            p += RATE;
            len -= RATE;
            continue;
        }
        k->lane[k->used / 8] ^= load_le64(p);
        p += 8;
        len -= 8;
        if ((k->used += 8) == RATE) {
            KeccakP1600_Permute_24rounds(k->lane);
            k->used = 0;
        }
    }
    while (len--)
        add_byte(k, *p++);
}

void keccak_end(struct keccak *k, hash32 *out)
{
    k->lane[k->used / 8] ^= 1ull << 8 * (k->used % 8);
    k->lane[RATE_LANES - 1] ^= 1ull << 63;
    KeccakP1600_Permute_24rounds(k->lane);
    squeeze(out, k->lane);
}
