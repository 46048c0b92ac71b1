/* deflate - bytes into a DEFLATE stream (RFC 1951), by libdeflate. Back again: codec/inflate.h.
 *
 * At libdeflate's level 10, the first of those that search for the shortest stream: what is published is compressed
 * once and paid for by the byte. Level 12 takes three times as long and saves a hundredth of a percent of a bundle's
 * gas. The same bytes give the same stream with the same library; nothing depends on that. */
#ifndef IO_DEFLATE_H
#define IO_DEFLATE_H

#include "base/buffer.h"

/* Appends the stream to out. */
void deflate_bytes(struct buffer *out, struct bytes content);

#endif
