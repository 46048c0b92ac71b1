/* inflate - decompresses DEFLATE streams (RFC 1951).
 *
 *   stream   block, block, .. last block, bits up to the end of the byte
 *   block    last:1 type:2, then    stored: length:16 ~length:16 bytes
 *                                   fixed, dynamic: symbols of a Huffman code, up to the end-of-block symbol
 *   symbol   a literal byte, or (length 3..258, distance 1..32768): copy that from what was written
 *
 * The stream is untrusted. So the caller limits the output, time is linear in input and output, and every kind of
 * malformed stream has an error of its own. It accepts exactly what zlib accepts (inflate_fuzz.c), with one addition:
 * nothing may follow the last block.
 *
 * Memory: the output lives in the arena; on failure the arena is as it was.
 * Errors: REJECT_DEFLATE_*; REJECT_TOO_LONG when the output would be longer than limit. */
#ifndef CODEC_INFLATE_H
#define CODEC_INFLATE_H

#include "base/arena.h"
#include "base/err.h"

enum err inflate_bytes(struct bytes *out, struct arena *arena, struct bytes stream, size_t limit) MUST_CHECK;

#endif
