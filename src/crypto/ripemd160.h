/* ripemd160 - RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996; ISO/IEC 10118-3).
 *
 * Each block goes through two lines of 80 steps that know nothing of each other until the end. They are
 * computed side by side, so that the processor always has a step that does not wait. */
#ifndef CRYPTO_RIPEMD160_H
#define CRYPTO_RIPEMD160_H

#include "base/types.h"

void ripemd160(u8 out[20], const void *ptr, size_t len);

#endif
