/* tx_layout - the transaction types as lists of fields: what tx_decode reads and tx_encode writes, in one table.
 *
 *   layout: the fields of a type in order; the signed ones first, the signature last
 *   row:    where a field lives in struct tx, and how its errors are called */
#ifndef CHAIN_TX_LAYOUT_H
#define CHAIN_TX_LAYOUT_H

#include "chain/tx.h"

enum tx_field {
    CHAIN_ID, NONCE, GAS_PRICE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, MAX_BLOB_FEE,
    BLOB_HASHES, AUTHORIZATIONS, V, Y_PARITY, R, S, BLOCK_NUMBER, INDEX, FIELD_COUNT
};

struct tx_layout {
    u8 count;          /* fields in all */
    u8 unsigned_count; /* fields that are signed: the rest is the signature */
    u8 field[14];
};

/* NULL for a type that is none. */
const struct tx_layout *tx_layout_of(unsigned type);

/* Zero errors stand for the general name. */
struct tx_field_row {
    enum { OTHER, U64, U256, BE256 } kind; /* OTHER: a reader and writer of its own */
    u16 offset;
    enum err is_list;     /* a list where a string belongs */
    enum err zeros;       /* a number with leading zeros */
    enum err size_zeros;  /* an RLP length that is not the shortest */
    enum err overflow;    /* a number that is too large */
};
extern const struct tx_field_row tx_field_row[FIELD_COUNT];

#endif
