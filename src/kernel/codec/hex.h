/* hex - bytes as text, two digits a byte; and addresses with their checksum.
 *
 * Reading takes digits of either case, with or without 0x, and an even number of them; nothing else.
 * Writing gives 0x and lower case. The empty byte string is "0x"; "" is read as empty, too.
 * Errors: REJECT_HEX malformed or of the wrong length; REJECT_CHECKSUM an address whose capitals are
 * not those of EIP-55. */
#ifndef CODEC_HEX_H
#define CODEC_HEX_H

#include "base/buffer.h"
#include "base/err.h"

/* The value of a digit; above 15 when it is none. */
unsigned hex_digit(u8 c);

/* Exactly len bytes. */
enum err hex_fixed(u8 *out, size_t len, struct bytes text) MUST_CHECK;
/* Any number of bytes, into the arena. */
enum err hex_bytes(struct arena *arena, struct bytes *out, struct bytes text) MUST_CHECK;

void hex_add(struct buffer *b, struct bytes data); /* 0x and digits */
/* 2 * len digits; no NUL. */
void hex_write(u8 *out, const u8 *data, size_t len);

/* 20 bytes. Digits all of one case carry no checksum; mixed ones must be right (EIP-55). */
enum err address_read(address *out, struct bytes text) MUST_CHECK;
void address_add(struct buffer *b, const address *a); /* with checksum, 42 characters */
void address_write(u8 out[42], const address *a);

#endif
