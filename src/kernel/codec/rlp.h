/* rlp - Recursive Length Prefix, the wire form of Ethereum (yellow paper appendix B).
 *
 * Reading is strict: only the one shortest encoding of each value is taken, and every length is
 * checked against what is left before it is used. A reader is a cursor over borrowed bytes; what it
 * hands out points into them.
 *
 *   struct rlp_reader list, r = rlp_reader(bytes);
 *   TRY(rlp_list(&r, &list));   TRY(rlp_u64(&list, &nonce));   TRY(rlp_end(&list));   TRY(rlp_end(&r));
 *
 * Writing builds items in a buffer; a list is opened, filled and closed:
 *
 *   const size_t opened = rlp_open(&b);   rlp_add_u64(&b, nonce);   rlp_close(&b, opened);
 *
 * Closing a list above 55 bytes moves its payload once to make room for the longer prefix. */
#ifndef CODEC_RLP_H
#define CODEC_RLP_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/u256.h"

struct rlp_reader {
    const u8 *next;
    const u8 *end;
};

static inline struct rlp_reader rlp_reader(struct bytes from)
{
    return (struct rlp_reader){from.ptr, from.len ? from.ptr + from.len : from.ptr};
}

/* All fail with REJECT_RLP and leave the reader where it was. */
enum err rlp_string(struct rlp_reader *r, struct bytes *out) MUST_CHECK;
enum err rlp_list(struct rlp_reader *r, struct rlp_reader *items) MUST_CHECK; /* items may be r */
enum err rlp_u64(struct rlp_reader *r, u64 *out) MUST_CHECK;                  /* no leading zeros */
enum err rlp_u256(struct rlp_reader *r, u256 *out) MUST_CHECK;
enum err rlp_fixed(struct rlp_reader *r, u8 *out, size_t len) MUST_CHECK; /* exactly len bytes */
/* The next item whole, prefix included, without looking inside. */
enum err rlp_item(struct rlp_reader *r, struct bytes *out) MUST_CHECK;
/* A list of strings; the array of them lives in the arena. */
enum err rlp_strings(struct rlp_reader *r, struct arena *arena, const struct bytes **out, size_t *count) MUST_CHECK;
bool rlp_is_list(const struct rlp_reader *r);
bool rlp_at_end(const struct rlp_reader *r);
enum err rlp_end(const struct rlp_reader *r) MUST_CHECK; /* nothing may be left */

void rlp_add_string(struct buffer *b, struct bytes s);
size_t rlp_string_size(struct bytes s); /* what rlp_add_string will add */
void rlp_add_strings(struct buffer *b, const struct bytes *s, size_t count); /* a list */
void rlp_add_u64(struct buffer *b, u64 x);
void rlp_add_u256(struct buffer *b, const u256 *x);
size_t rlp_open(struct buffer *b); /* returns where the payload begins */
void rlp_close(struct buffer *b, size_t opened);

#endif
