/* Streams come from zlib, at every level and strategy; what is malformed, zlib refuses too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/inflate.h"
#include "io/deflate.h"
#include "io/memory.h"

#include <zlib.h>

enum { CONTENT_MAX = 300000 };

static struct arena arena;

static struct bytes zlib_deflate(struct bytes content, int level, int strategy, int window, int memory, size_t flush_at)
{
    z_stream z = {0};
    const size_t room = 2 * content.len + 1000;
    u8 *out = arena_take(&arena, room);
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -window, memory, strategy), Z_OK);
    z.next_in = (u8 *)content.ptr;
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (flush_at) {
        z.avail_in = (uInt)flush_at;
        assert_int_equal(deflate(&z, Z_FULL_FLUSH), Z_OK);
    }
    z.avail_in = (uInt)(content.len - flush_at);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const struct bytes stream = bytes_of(out, z.total_out);
    deflateEnd(&z);
    return stream;
}

static bool zlib_takes(struct bytes stream)
{
    static u8 out[1 << 20];
    z_stream z = {0};
    assert_int_equal(inflateInit2(&z, -15), Z_OK);
    z.next_in = (u8 *)stream.ptr;
    z.avail_in = (uInt)stream.len;
    z.next_out = out;
    z.avail_out = sizeof out;
    const int result = inflate(&z, Z_FINISH);
    const bool taken = result == Z_STREAM_END && z.avail_in == 0;
    inflateEnd(&z);
    return taken;
}

/* --- contents: what compresses in every way there is --- */

static u64 random_state = 1;
static u8 random_byte(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (u8)(random_state >> 56);
}

static size_t nothing(u8 *out) { (void)out; return 0; }
static size_t one_byte(u8 *out) { out[0] = 0x80; return 1; }
static size_t zeros(u8 *out) { memset(out, 0, CONTENT_MAX); return CONTENT_MAX; }
static size_t noise(u8 *out)
{
    for (size_t i = 0; i < CONTENT_MAX; i++)
        out[i] = random_byte();
    return CONTENT_MAX;
}
static size_t few_letters(u8 *out) /* short codes, and matches of every length */
{
    for (size_t i = 0; i < CONTENT_MAX; i++)
        out[i] = "aaaaaaabbbc\n"[random_byte() % 12];
    return CONTENT_MAX;
}
static size_t far_matches(u8 *out) /* 20,000 random bytes again and again, changed here and there: long distances */
{
    for (size_t i = 0; i < CONTENT_MAX; i++)
        out[i] = i < 20000 || random_byte() == 0 ? random_byte() : out[i - 20000 + (i / 50000)];
    return CONTENT_MAX;
}
static size_t skewed(u8 *out) /* codes of up to 15 bits */
{
    for (size_t i = 0; i < CONTENT_MAX; i++) {
        u8 n = 0;
        while (n < 40 && (random_byte() & 1))
            n++;
        out[i] = n;
    }
    return CONTENT_MAX;
}

static const struct { const char *name; size_t (*fill)(u8 *out); } content_row[] = {
    {"nothing", nothing}, {"one byte", one_byte}, {"zeros", zeros}, {"noise", noise},
    {"few letters", few_letters}, {"far matches", far_matches}, {"skewed", skewed},
};

static struct bytes content_of(size_t row)
{
    u8 *out = arena_take(&arena, CONTENT_MAX);
    random_state = row + 1;
    return bytes_of(out, content_row[row].fill(out));
}

static void expect(const char *name, struct bytes stream, struct bytes content, size_t limit)
{
    struct bytes out;
    const enum err e = inflate_bytes(&out, &arena, stream, limit);
    if (e != OK || !bytes_eq(out, content))
        fail_msg("%s: %s", name, err_name(e));
}

/* What zlib deflates comes back, whatever level, strategy, window and memory it used. */
static void from_zlib(void **state)
{
    (void)state;
    static const int strategy[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
    for (size_t row = 0; row < COUNT_OF(content_row); row++) {
        const struct bytes content = content_of(row);
        for (int level = 0; level <= 9; level++)
            for (size_t s = 0; s < COUNT_OF(strategy); s++) {
                const struct arena_mark mark = arena_mark(&arena);
                expect(content_row[row].name, zlib_deflate(content, level, strategy[s], 15, 8, content.len / 3),
                       content, content.len);
                arena_rewind(&arena, mark);
            }
        for (int window = 9; window <= 15; window++) /* memory 1: many small blocks */
            expect(content_row[row].name, zlib_deflate(content, 6, Z_DEFAULT_STRATEGY, window, 1, 0), content,
                   CONTENT_MAX);
    }
}

/* Ours, by libdeflate: read by zlib and by us. */
static void from_libdeflate(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(content_row); row++) {
        const struct bytes content = content_of(row);
        struct buffer stream = buffer_in(&arena);
        deflate_bytes(&stream, content);
        assert_true(zlib_takes(buffer_bytes(&stream)));
        expect(content_row[row].name, buffer_bytes(&stream), content, content.len);
    }
}

/* A stream that is cut anywhere ends too early, one that is continued goes on, and an output above the limit is refused
 * by one byte. Nothing comes out, and the arena is as before. */
static void cut_and_limited(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(content_row); row++) {
        const struct bytes content = content_of(row);
        const struct bytes stream = zlib_deflate(content, 6, Z_DEFAULT_STRATEGY, 15, 8, content.len / 3);
        const struct arena_mark before = arena_mark(&arena);
        struct bytes out = {NULL, 77};
        for (size_t len = 0; len < stream.len; len += len < 600 ? 1 : 997)
            assert_int_equal(inflate_bytes(&out, &arena, bytes_of(stream.ptr, len), CONTENT_MAX),
                             REJECT_DEFLATE_TRUNCATED);
        u8 *longer = arena_take(&arena, stream.len + 9);
        memcpy(longer, stream.ptr, stream.len);
        memset(longer + stream.len, 0, 9);
        for (size_t more = 1; more <= 9; more++)
            assert_int_equal(inflate_bytes(&out, &arena, bytes_of(longer, stream.len + more), CONTENT_MAX),
                             REJECT_DEFLATE_TRAILING);
        if (content.len)
            assert_int_equal(inflate_bytes(&out, &arena, stream, content.len - 1), REJECT_TOO_LONG);
        assert_int_equal(out.len, 77);
        arena_rewind(&arena, before);
    }
}

/* Every way to be malformed has its name; of all of them zlib says no, too. */
static void malformed(void **state)
{
    (void)state;
    static const struct { const char *what; u8 stream[24]; size_t len; enum err want; } row[] = {
        {"an empty block of the fixed code", {0x03, 0x00}, 2, OK},
        {"nothing", {0}, 0, REJECT_DEFLATE_TRUNCATED},
        {"the reserved type", {0x07}, 1, REJECT_DEFLATE_BLOCK_TYPE},
        {"a stored block", {0x01, 0x02, 0x00, 0xfd, 0xff, 'a', 'b'}, 7, OK},
        {"its complement is wrong", {0x01, 0x02, 0x00, 0xfd, 0xfe, 'a', 'b'}, 7, REJECT_DEFLATE_STORED},
        {"it is cut", {0x01, 0x02, 0x00, 0xfd, 0xff, 'a'}, 6, REJECT_DEFLATE_TRUNCATED},
        {"a byte behind it", {0x01, 0x02, 0x00, 0xfd, 0xff, 'a', 'b', 0}, 8, REJECT_DEFLATE_TRAILING},
        {"no last block", {0x00, 0x01, 0x00, 0xfe, 0xff, 'a'}, 6, REJECT_DEFLATE_TRUNCATED},
        {"fixed: a match before the beginning", {0x03, 0x02, 0x00}, 3, REJECT_DEFLATE_DISTANCE},
        {"fixed: length symbol 286", {0x1b, 0x03, 0x00, 0x00}, 4, REJECT_DEFLATE_SYMBOL},
        {"fixed: distance symbol 30", {0x03, 0x3e, 0x00, 0x00}, 4, REJECT_DEFLATE_SYMBOL},
        /* 257 + 31 literals are more than 286 */
        {"dynamic: too many symbols", {0xfd, 0x00, 0x00}, 3, REJECT_DEFLATE_CODE},
        /* 19 code lengths of 7 bits are no complete code of lengths */
        {"dynamic: an incomplete code of lengths",
         {0x05, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 10, REJECT_DEFLATE_CODE},
        {"dynamic: more codes than there are",
         {0x05, 0xe0, 0x24, 0x49, 0x92, 0x24, 0x49, 0x92, 0x24, 0x49}, 10, REJECT_DEFLATE_CODE},
        {"dynamic: no code of lengths at all", {0x05, 0x00, 0x00, 0x00, 0x00, 0x00}, 6, REJECT_DEFLATE_CODE},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct bytes out = {NULL, 77};
        const struct bytes stream = bytes_of(row[i].stream, row[i].len);
        const enum err e = inflate_bytes(&out, &arena, stream, 1000);
        if (e != row[i].want || zlib_takes(stream) != (row[i].want == OK))
            fail_msg("%s: %s, zlib: %d", row[i].what, err_name(e), zlib_takes(stream));
        assert_true((e == OK) == (out.len != 77));
    }
}

/* Each byte of a stream changed in every bit: taken by both or by none. */
static void flipped(void **state)
{
    (void)state;
    for (size_t row = 4; row < COUNT_OF(content_row); row++) {
        struct bytes content = content_of(row);
        content.len = 3000;
        struct bytes stream = zlib_deflate(content, 9, Z_DEFAULT_STRATEGY, 15, 8, 1000);
        u8 *changed = (u8 *)stream.ptr;
        size_t taken = 0;
        for (size_t bit = 0; bit < 8 * stream.len; bit++) {
            const struct arena_mark mark = arena_mark(&arena);
            struct bytes out;
            changed[bit / 8] ^= (u8)(1 << bit % 8);
            const enum err e = inflate_bytes(&out, &arena, stream, 1 << 20);
            assert_true((e == OK) == zlib_takes(stream));
            taken += e == OK;
            changed[bit / 8] ^= (u8)(1 << bit % 8);
            arena_rewind(&arena, mark);
        }
        assert_true(taken > 0 && taken < 8 * stream.len); /* both happen */
    }
}

/* --- a bomb --- */

static size_t held, most;
static void *counting_take(void *context, size_t size)
{
    (void)context;
    held += size;
    most = held > most ? held : most;
    return system_memory.take(system_memory.context, size);
}
static void counting_give(void *context, void *ptr, size_t size)
{
    (void)context;
    held -= size;
    system_memory.give(system_memory.context, ptr, size);
}

/* 64 MiB of zeros in 64 KiB: refused at the limit, with no more memory than a few times the limit. */
static void bomb(void **state)
{
    (void)state;
    enum { LIMIT = 1 << 20 };
    static u8 zero[64 << 20];
    const struct bytes stream = zlib_deflate(BYTES_OF(zero), 9, Z_DEFAULT_STRATEGY, 15, 9, 0);
    assert_true(stream.len < 70000);
    const struct memory counting = {counting_take, counting_give, NULL};
    struct arena bounded;
    struct bytes out;
    arena_init(&bounded, &counting);
    assert_int_equal(inflate_bytes(&out, &bounded, stream, LIMIT), REJECT_TOO_LONG);
    assert_true(most < 8 * LIMIT);
    arena_release(&bounded);
    assert_int_equal(held, 0);
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_zlib, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(from_libdeflate, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(cut_and_limited, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(malformed, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(flipped, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bomb, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
