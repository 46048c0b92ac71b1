/* number - numbers as text, and text as numbers, to 256 bits and without any loss.
 *
 *   quantity   0x0 0x41 0x400          Ethereum JSON-RPC: hex, no leading zeros
 *   number     0x041 65 007            what fixtures and tools write: hex or decimal, leading zeros allowed
 *   amount     1.5 ether, 20gwei, 1e18, 1_000_000, 0xff      what people write in scenarios
 *
 * Digits of either case; nothing around them: no blanks, no sign, no empty text.
 * Errors: REJECT_NUMBER malformed; REJECT_NUMBER_RANGE well-formed, but it does not fit. */
#ifndef CODEC_NUMBER_H
#define CODEC_NUMBER_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/u256.h"

enum err number_u64(u64 *out, struct bytes text) MUST_CHECK;
enum err number_u256(u256 *out, struct bytes text) MUST_CHECK;

enum err quantity_u64(u64 *out, struct bytes text) MUST_CHECK;
enum err quantity_u256(u256 *out, struct bytes text) MUST_CHECK;

/* A fraction, an exponent and a unit (wei, gwei, ether) are exact: 1.5e-1 is malformed, 0.5 gwei is not. */
enum err amount_u256(u256 *out, struct bytes text) MUST_CHECK;

void number_add_u64(struct buffer *b, u64 x); /* 65 */
void number_add_u256(struct buffer *b, const u256 *x);
void quantity_add_u64(struct buffer *b, u64 x); /* 0x41 */
void quantity_add_u256(struct buffer *b, const u256 *x);

#endif
