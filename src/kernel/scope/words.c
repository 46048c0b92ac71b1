#include "scope/words.h"

#include "base/u256.h"
#include "crypto/keccak.h"

void words_put_u256(struct words *w, const u256 *x)
{
    u256_to_be(w->next, x);
    w->next += 32;
}

void words_put_u64(struct words *w, u64 x)
{
    const u256 wide = u256_from_u64(x);
    words_put_u256(w, &wide);
}

void words_put_address(struct words *w, const address *a)
{
    const u256 wide = u256_from_address(a);
    words_put_u256(w, &wide);
}

void words_put_hash(struct words *w, const hash32 *h)
{
    memcpy(w->next, h->b, 32);
    w->next += 32;
}

void words_put_hash_of(struct words *w, struct bytes text)
{
    hash32 h;
    keccak256(&h, text.ptr, text.len);
    words_put_hash(w, &h);
}
