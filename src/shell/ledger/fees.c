#include "ledger/fees.h"

#include "base/u256.h"

struct fees fees_of(const struct tx *t)
{
    return (struct fees){t->type == TX_BLOB, t->max_fee, t->max_priority_fee, t->max_blob_fee};
}

/* At least a tenth above, or twice; and a wei, so that rounding down is never too little. */
static void outbid(u256 *fee, const u256 *before, bool twice)
{
    const u256 ten = u256_from_u64(10), one = u256_from_u64(1);
    u256 least, tenth, rest;
    u256_divmod(&tenth, &rest, before, &ten);
    u256_add(&least, before, twice ? before : &tenth);
    u256_add(&least, &least, &one);
    if (u256_lt(fee, &least))
        *fee = least;
}

void fees_outbid(struct tx *t, const struct fees *before)
{
    outbid(&t->max_fee, &before->max_fee, before->has_blobs);
    outbid(&t->max_priority_fee, &before->max_priority_fee, before->has_blobs);
    if (before->has_blobs)
        outbid(&t->max_blob_fee, &before->max_blob_fee, true);
}
