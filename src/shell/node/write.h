/* write - blocks, transactions, receipts and logs as Ethereum's JSON-RPC writes them (execution-apis). */
#ifndef NODE_WRITE_H
#define NODE_WRITE_H

#include "codec/json_write.h"
#include "node/chain.h"

/* --- members of the open object, or items of the open array --- */
void write_quantity(struct json_writer *w, const char *key, u64 x);
void write_u256(struct json_writer *w, const char *key, const u256 *x);
void write_hex(struct json_writer *w, const char *key, struct bytes data);
#define write_fixed(w, key, value) write_hex((w), (key), BYTES_OF((value).b))
void write_hash(struct json_writer *w, const hash32 *h);
void write_hex_key(struct json_writer *w, struct bytes data); /* at most 32 bytes */

/* Where a transaction stands; block_hash NULL: in no block yet, and its place is null. */
struct tx_position {
    const hash32 *block_hash;
    u64 block_number, timestamp, index;
    const u256 *base_fee; /* NULL: there is none, or it is not known */
    bool is_unsigned;     /* of a simulation: v is 0 */
};

/* What all clients show of a header, as members of the open object. */
void write_header_members(struct json_writer *w, const struct header *h, const hash32 *hash);
void write_block(struct json_writer *w, const struct chain_block *b, bool whole_transactions);
void write_tx(struct json_writer *w, const struct tx *t, const struct tx_position *p);
/* What a signature is made of, and the sender: members of the open object. */
void write_unsigned_tx(struct json_writer *w, const struct tx *t);
void write_tx_at(struct json_writer *w, const struct chain_block *b, u32 index);
/* Of the transaction number index of b, whose logs begin with number first_log of the block. */
void write_receipt_members(struct json_writer *w, const struct chain_rules *rules, const struct chain_block *b,
                           u32 index, u32 first_log);
void write_receipt(struct json_writer *w, const struct chain_rules *rules, const struct chain_block *b, u32 index,
                   u32 first_log);
/* Where a log stands. */
struct log_position {
    const hash32 *block_hash;
    u64 block_number, timestamp;
    const hash32 *tx_hash;
    u64 tx_index, index;
    bool removed;
};
void write_log(struct json_writer *w, const struct log *l, const struct log_position *p);
void write_withdrawals(struct json_writer *w, const struct withdrawal *list, u32 count);
void write_access_list(struct json_writer *w, const struct access *list, u32 count);

#endif
