/* deflate - bytes into a DEFLATE stream (RFC 1951), by libdeflate. Back again: codec/inflate.h.
 *
 * At libdeflate's highest level: what is published is compressed once and paid for by the byte. The same bytes give the
 * same stream with the same library; nothing depends on that. */
#ifndef IO_DEFLATE_H
#define IO_DEFLATE_H

#include "base/buffer.h"

/* Appends the stream to out. */
void deflate_bytes(struct buffer *out, struct bytes content);

#endif
