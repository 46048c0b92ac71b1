/* abi - the contract ABI of Solidity, word by word, for layouts that the program knows.
 *
 * A tuple is heads, then tails. A static item is its words in the head; a dynamic one leaves a word there:
 * the distance from the first head of its tuple to its tail.
 *
 *     f(uint256 7, bytes 0xabcd)       heads  00: 7
 *                                             20: 0x40 ------+
 *                                      tails  40: 2       <--+
 *                                             60: abcd000..
 *
 * Writing reserves the heads of a tuple when it is opened, fills them in order, and appends tails as they
 * come, so a value of any depth is written once, in place, without copies:
 *
 *     buffer_add(&out, selector, 4);
 *     struct abi_writer w = abi_writer(&out);
 *     abi_open(&w, 2);                        the arguments take two words of heads
 *         abi_add_u64(&w, 7);
 *         abi_open_array(&w, count, 1);       bytes[]: a dynamic item takes one word
 *             for (..) abi_add_bytes(&w, item[i]);
 *         abi_close(&w);
 *     abi_close(&w);
 *
 * A static tuple inside another, and a fixed array of static items, have no heads of their own: count their
 * words in the enclosing tuple and add them one after the other. Heads that are not filled exactly are a BUG.
 *
 * Reading mirrors it and is as strict as Solidity's own decoder (ABI coder v2): lengths and offsets lie within
 * the bytes, numbers fit their types, padding of numbers is zero; tails may lie anywhere and overlap. What is
 * read points into the borrowed bytes. A malicious array may name the same tail many times: who nests loops over
 * arrays bounds the work (abi_value.h does).
 *
 * Source: Solidity documentation, "Contract ABI Specification". */
#ifndef CODEC_ABI_H
#define CODEC_ABI_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/u256.h"

enum { ABI_WORD = 32, ABI_DEPTH_MAX = 32 };

struct abi_writer {
    struct buffer *out;
    u32 depth;
    struct abi_frame {
        size_t base; /* of the offsets: where the heads begin */
        size_t next; /* head */
        size_t end;  /* of the heads */
    } frame[ABI_DEPTH_MAX];
};

static inline struct abi_writer abi_writer(struct buffer *out)
{
    struct abi_writer w;
    w.out = out;
    w.depth = 0;
    return w;
}

/* The outermost tuple, in place, at the end of the buffer. */
void abi_open(struct abi_writer *w, u32 words);
/* A dynamic tuple (or a fixed array of dynamic items) as an item of the open one. */
void abi_open_tuple(struct abi_writer *w, u32 words);
/* T[] as an item of the open tuple; words_each: of the head of one T. */
void abi_open_array(struct abi_writer *w, u32 count, u32 words_each);
void abi_close(struct abi_writer *w);

void abi_add_word(struct abi_writer *w, const u8 word[32]);
void abi_add_u256(struct abi_writer *w, const u256 *x);
void abi_add_u64(struct abi_writer *w, u64 x);
void abi_add_bool(struct abi_writer *w, bool x);
void abi_add_address(struct abi_writer *w, const address *a);
void abi_add_hash32(struct abi_writer *w, const hash32 *h);
void abi_add_bytes(struct abi_writer *w, struct bytes data); /* bytes and string */
/* The same for len bytes that the caller fills in before anything else is added. */
u8 *abi_extend_bytes(struct abi_writer *w, size_t len);

struct abi_reader {
    const u8 *base; /* of the offsets */
    const u8 *next; /* head */
    const u8 *end;  /* of all bytes */
};

static inline struct abi_reader abi_reader(struct bytes from)
{
    return (struct abi_reader){from.ptr, from.ptr, from.len ? from.ptr + from.len : from.ptr};
}

/* The next item. All fail with REJECT_ABI and leave the reader where it was. */
enum err abi_word(struct abi_reader *r, u8 out[32]) MUST_CHECK;
enum err abi_u256(struct abi_reader *r, u256 *out) MUST_CHECK;
enum err abi_u64(struct abi_reader *r, u64 *out) MUST_CHECK;
enum err abi_bool(struct abi_reader *r, bool *out) MUST_CHECK;
enum err abi_address(struct abi_reader *r, address *out) MUST_CHECK;
enum err abi_bytes(struct abi_reader *r, struct bytes *out) MUST_CHECK;
/* A dynamic tuple: its items are read from `items`. */
enum err abi_tuple(struct abi_reader *r, struct abi_reader *items) MUST_CHECK;
/* T[]: its count, and a reader of its items. words_each at least 1, so count is at most the bytes / 32. */
enum err abi_array(struct abi_reader *r, struct abi_reader *items, u32 *count, u32 words_each) MUST_CHECK;

#endif
