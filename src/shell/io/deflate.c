#include "io/deflate.h"

#include "base/err.h"

#include <libdeflate.h>

enum { LEVEL = 10 };

void deflate_bytes(struct buffer *out, struct bytes content)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
    BUG_UNLESS(c); /* no memory ends the program, here as in struct memory */
    const size_t room = libdeflate_deflate_compress_bound(c, content.len), before = out->len;
    u8 *at = buffer_extend(out, room);
    const size_t len = libdeflate_deflate_compress(c, content.ptr, content.len, at, room);
    libdeflate_free_compressor(c);
    BUG_UNLESS(len > 0); /* the room is what the library asked for */
    out->len = before + len;
}
