/* keccak - Keccak-256, the hash of Ethereum (padding 0x01, before NIST changed it).
 *
 * keccak256 hashes one message; the sponge takes it in pieces. keccak256_many hashes several
 * independent messages, side by side where the processor can.
 *
 * Nothing fails and nothing is allocated: a sponge is a value of 208 bytes, to be copied freely (a copy continues from
 * the same prefix). After keccak_end it must be initialized again. A message may be NULL when it is empty. */
#ifndef CRYPTO_KECCAK_H
#define CRYPTO_KECCAK_H

#include "base/types.h"

void keccak256(hash32 *out, const void *ptr, size_t len);

struct keccak {
    u64 lane[25];
    u32 used; /* bytes of the block taken so far, below 136 */
};
void keccak_init(struct keccak *k);
void keccak_add(struct keccak *k, const void *ptr, size_t len);
void keccak_end(struct keccak *k, hash32 *out);

void keccak256_many(hash32 *out, const struct bytes *message, size_t count);
/* The same with at most width states side by side: 8 where the processor has AVX-512, 4 where it has AVX2, else 1. */
void keccak256_many_at_most(hash32 *out, const struct bytes *message, size_t count, unsigned width);

extern const hash32 keccak_of_empty; /* keccak256("") */

#endif
