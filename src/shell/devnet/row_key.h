/* row_key - keys of a devnet's rows in its store: a table's letter, then a number (big endian) or a hash. */
#ifndef DEVNET_ROW_KEY_H
#define DEVNET_ROW_KEY_H

#include "base/types.h"

struct row_key {
    u8 b[1 + 32];
    size_t len;
};

static inline struct row_key number_key(char table, u64 number)
{
    struct row_key k = {.b = {(u8)table}, .len = 9};
    store_be64(k.b + 1, number);
    return k;
}

static inline struct row_key hash_key(char table, const hash32 *hash)
{
    struct row_key k = {.b = {(u8)table}, .len = 33};
    memcpy(k.b + 1, hash->b, sizeof hash->b);
    return k;
}

static inline struct bytes key_bytes(const struct row_key *k)
{
    return bytes_of(k->b, k->len);
}

#endif
