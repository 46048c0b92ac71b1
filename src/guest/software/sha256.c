/* SHA-256 (FIPS 180-4, section 6.2), in C. */
#include "crypto/sha256.h"

enum { BLOCK = 64, ROUNDS = 64 };

/* In struct sha256's private words. */
struct state {
    u32 h[8];
    u64 len; /* bytes taken so far */
    u8 block[BLOCK];
};
_Static_assert(sizeof(struct state) <= sizeof(struct sha256), "room for the state");

static const u32 round_constant[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 turn(u32 x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static void add_block(u32 h[8], const u8 *block)
{
    u32 w[ROUNDS], a[8];
    for (unsigned i = 0; i < 16; i++)
        w[i] = (u32)block[4 * i] << 24 | (u32)block[4 * i + 1] << 16 | (u32)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < ROUNDS; i++) {
        const u32 x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
    memcpy(a, h, sizeof a);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const u32 t1 = a[7] + (turn(a[4], 6) ^ turn(a[4], 11) ^ turn(a[4], 25)) + ((a[4] & a[5]) ^ (~a[4] & a[6])) +
                       round_constant[i] + w[i];
        const u32 t2 = (turn(a[0], 2) ^ turn(a[0], 13) ^ turn(a[0], 22)) +
                       ((a[0] & a[1]) ^ (a[0] & a[2]) ^ (a[1] & a[2]));
        a[7] = a[6];
        a[6] = a[5];
        a[5] = a[4];
        a[4] = a[3] + t1;
        a[3] = a[2];
        a[2] = a[1];
        a[1] = a[0];
        a[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += a[i];
}

void sha256_init(struct sha256 *hash)
{
    struct state *s = (struct state *)hash->private_;
    static const u32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->h, start, sizeof start);
    s->len = 0;
}

void sha256_add(struct sha256 *hash, const void *ptr, size_t len)
{
    struct state *s = (struct state *)hash->private_;
    const u8 *p = ptr;
    while (len) {
        const size_t used = s->len % BLOCK, room = BLOCK - used, take = len < room ? len : room;
        if (take == BLOCK) {
            add_block(s->h, p);
        } else {
            memcpy(s->block + used, p, take);
            if (take == room)
                add_block(s->h, s->block);
        }
        s->len += take;
        p += take;
        len -= take;
    }
}

void sha256_end(struct sha256 *hash, hash32 *out)
{
    struct state *s = (struct state *)hash->private_;
    const u64 bits = s->len * 8;
    u8 padding[BLOCK + 8] = {0x80};
    const size_t used = s->len % BLOCK, zeros = (used < BLOCK - 8 ? BLOCK - 8 : 2 * BLOCK - 8) - used;
    for (unsigned i = 0; i < 8; i++)
        padding[zeros + i] = (u8)(bits >> (56 - 8 * i));
    sha256_add(hash, padding, zeros + 8);
    for (unsigned i = 0; i < 32; i++)
        out->b[i] = (u8)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256(hash32 *out, const void *ptr, size_t len)
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, ptr, len);
    sha256_end(&hash, out);
}
