/* inflate: of whatever bytes, exactly what zlib takes as a whole stream is taken, and gives the same output; and what
 * libdeflate makes of the bytes gives them back. */
#include "codec/inflate.h"

#include "io/deflate.h"
#include "io/memory.h"

#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 18 };

struct verdict {
    bool taken;
    size_t len;
};

static struct verdict zlib_inflate(u8 out[LIMIT + 1], const u8 *data, size_t size)
{
    z_stream z = {0};
    BUG_UNLESS(inflateInit2(&z, -15) == Z_OK);
    z.next_in = (u8 *)data;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = LIMIT + 1;
    const int result = inflate(&z, Z_FINISH);
    const struct verdict v = {result == Z_STREAM_END && z.avail_in == 0 && z.total_out <= LIMIT, z.total_out};
    inflateEnd(&z);
    return v;
}

static void compare(struct bytes stream)
{
    static u8 reference[LIMIT + 1];
    struct arena arena;
    struct bytes out;
    arena_init(&arena, &system_memory);
    const enum err e = inflate_bytes(&out, &arena, stream, LIMIT);
    const struct verdict v = zlib_inflate(reference, stream.ptr, stream.len);
    BUG_UNLESS((e == OK) == v.taken);
    BUG_UNLESS(e != OK || bytes_eq(out, bytes_of(reference, v.len)));
    BUG_UNLESS(e != REJECT_TOO_LONG || v.len == LIMIT + 1);
    arena_release(&arena);
}

static void round_trip(struct bytes content)
{
    struct arena arena;
    struct bytes out;
    arena_init(&arena, &system_memory);
    struct buffer stream = buffer_in(&arena);
    deflate_bytes(&stream, content);
    BUG_UNLESS(inflate_bytes(&out, &arena, buffer_bytes(&stream), content.len) == OK && bytes_eq(out, content));
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compare(bytes_of(data, size));
    round_trip(bytes_of(data, size));
    return 0;
}
