/* modexp - base^exponent mod modulus for numbers of any length, by GMP.
 *
 * Numbers are big endian; the caller bounds their lengths (it must take scratch memory for them).
 * 0^0 is 1; everything is 0 modulo 1, and, as EIP-198 wants, modulo 0.
 * GMP takes temporary memory of its own, a few times the modulus, and gives it back before
 * this returns: the one allocation here that is not the arena's. */
#ifndef CRYPTO_MODEXP_H
#define CRYPTO_MODEXP_H

#include "base/arena.h"

/* out: modulus.len bytes, not overlapping the inputs. */
void modexp(struct arena *scratch, u8 *out, struct bytes base, struct bytes exponent, struct bytes modulus);

#endif
