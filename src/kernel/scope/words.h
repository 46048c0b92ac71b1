/* words - static ABI words, 32 bytes each and big endian, written one after the other into a buffer of the caller's.
 *
 * All that this protocol hashes with abi.encode is made of them: statements, transitions, rules, typed data. */
#ifndef SCOPE_WORDS_H
#define SCOPE_WORDS_H

#include "base/types.h"

struct words {
    u8 *next;
};
void words_put_u64(struct words *w, u64 x);
void words_put_u256(struct words *w, const u256 *x);
void words_put_address(struct words *w, const address *a);
void words_put_hash(struct words *w, const hash32 *h);
/* keccak256 of text: the hash of a type or a name, of a string or bytes member. */
void words_put_hash_of(struct words *w, struct bytes text);

#endif
