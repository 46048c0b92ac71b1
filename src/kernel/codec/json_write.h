/* json_write - a streaming JSON writer into a buffer; the output is well-formed, anything else is a BUG.
 *
 *     struct json_writer w = json_writer(&out, 2);
 *     json_write_object(&w);
 *         json_write_key(&w, "hash");    json_write_hex(&w, BYTES_OF(hash.b));
 *         json_write_key(&w, "gas");     json_write_u64(&w, gas);
 *         json_write_key(&w, "logs");    json_write_array(&w);  json_write_end(&w);
 *     json_write_end(&w);
 *     json_write_finish(&w);
 *
 * The writer knows where it is: a value without a key in an object, a key in an array, an end too many or a
 * document that is not closed is a BUG. Strings may be any bytes: what is not UTF-8 becomes U+FFFD. Nothing fails;
 * memory is that of the buffer's arena, and any depth is taken: who nests what others send bounds it. */
#ifndef CODEC_JSON_WRITE_H
#define CODEC_JSON_WRITE_H

#include "base/buffer.h"
#include "base/u256.h"

struct json_writer {
    struct buffer *out;
    u32 indent; /* blanks a level; 0: all on one line without blanks */
    u32 depth;
    u64 objects; /* bit n: the container at depth n is an object, n < 64 */
    u64 *deeper; /* the same from depth 64 on */
    u32 deeper_room; /* words */
    bool filled; /* the open container has a member; at depth 0: the document is there */
    bool keyed;  /* a key waits for its value */
};

static inline struct json_writer json_writer(struct buffer *out, u32 indent)
{
    return (struct json_writer){.out = out, .indent = indent};
}

void json_write_object(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_end(struct json_writer *w); /* of the innermost object or array */
/* The document is complete: a line feed follows it, and another may begin. */
void json_write_finish(struct json_writer *w);

void json_write_key(struct json_writer *w, const char *key);
void json_write_key_bytes(struct json_writer *w, struct bytes key);

void json_write_null(struct json_writer *w);
void json_write_bool(struct json_writer *w, bool x);
void json_write_string(struct json_writer *w, struct bytes text);
void json_write_z(struct json_writer *w, const char *text);
void json_write_u64(struct json_writer *w, u64 x); /* 65; readers in JavaScript lose it above 2^53 */
void json_write_i64(struct json_writer *w, i64 x);
void json_write_ratio(struct json_writer *w, u64 part, u64 whole); /* with nine decimals; 0 of nothing */
void json_write_u256(struct json_writer *w, const u256 *x); /* "65": a string, since readers lose numbers */
void json_write_quantity(struct json_writer *w, u64 x);     /* "0x41" */
void json_write_quantity_u256(struct json_writer *w, const u256 *x);
void json_write_hex(struct json_writer *w, struct bytes data);    /* "0x00ff" */
void json_write_address(struct json_writer *w, const address *a); /* with checksum (EIP-55) */
/* thousandths as a number with a fraction: 1500 is 1.5 */
void json_write_thousandths(struct json_writer *w, u64 x);

#endif
