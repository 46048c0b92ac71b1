/* blake2f - the compression function F of BLAKE2b (RFC 7693 section 3.2) with a free number of rounds (EIP-152).
 *
 * Words are numbers; as bytes they are little endian, which is the caller's to know. Own code, since libraries offer
 * BLAKE2b only as a whole and do not expose F. Nothing fails, nothing is allocated; time is proportional to rounds. */
#ifndef CRYPTO_BLAKE2F_H
#define CRYPTO_BLAKE2F_H

#include "base/types.h"

/* h is replaced by F(h, m, offset, last). Round r permutes the message by SIGMA[r mod 10]. offset: bytes hashed so far,
 * the lower word first; last: whether this is the final block. */
void blake2f(u64 h[8], u32 rounds, const u64 m[16], const u64 offset[2], bool last);

#endif
