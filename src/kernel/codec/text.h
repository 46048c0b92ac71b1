/* text - readable words appended to a buffer: for messages, timelines and JSON, where printf is not.
 *
 *   struct buffer why = buffer_in(arena);
 *   text_add(&why, "argument ");  text_add_u64(&why, 2);  text_add_quoted(&why, given, 80);
 *
 * Functions that can say more than an enum err take such a buffer as `why` and append one message to it, without a
 * period and without a newline. It may be NULL: then nothing is written.
 *
 * Untrusted text (returned strings, names in files) goes through text_add_quoted or text_add_safe: what could control a
 * terminal (control characters, direction marks) and what is not UTF-8 is escaped as \xNN. Bytes in, UTF-8 out. */
#ifndef CODEC_TEXT_H
#define CODEC_TEXT_H

#include "base/buffer.h"

/* A literal. */
#define text_add(b, literal) text_add_bytes((b), BYTES_LITERAL("" literal ""))

/* All of these do nothing when b is NULL. */
void text_add_bytes(struct buffer *b, struct bytes text);
void text_add_z(struct buffer *b, const char *text); /* up to its NUL */
void text_add_u64(struct buffer *b, u64 x);
void text_add_u256(struct buffer *b, const u256 *x);    /* decimal */
void text_add_hex(struct buffer *b, struct bytes data); /* 0x and lower case digits */
/* At most max bytes of data as hex, then "... (N bytes)". */
void text_add_hex_cut(struct buffer *b, struct bytes data, size_t max);
/* Escaped; cut after max bytes of text with "...". */
void text_add_safe(struct buffer *b, struct bytes text, size_t max);
void text_add_quoted(struct buffer *b, struct bytes text, size_t max); /* the same within "" */

/* The length in bytes (1 to 4) of the UTF-8 character at text, 0 when there is none (RFC 3629:
 * no overlong forms, no surrogates, nothing above U+10FFFF). point may be NULL. */
size_t utf8_length(struct bytes text, u32 *point);

#endif
