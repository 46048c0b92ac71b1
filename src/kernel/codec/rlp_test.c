/* Vectors: yellow paper appendix B and the Ethereum wiki's RLP page; the official fixtures are run by
 * `scope rlptest`. */
#include "codec/rlp.h"

#include "codec/hex.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes unhex(const char *text)
{
    struct bytes out;
    assert_int_equal(hex_bytes(&arena, &out, bytes_of(text, strlen(text))), OK);
    return out;
}

static void assert_bytes(struct bytes got, const char *want)
{
    const struct bytes wanted = unhex(want);
    assert_int_equal(got.len, wanted.len);
    if (wanted.len)
        assert_memory_equal(got.ptr, wanted.ptr, wanted.len);
}

/* A string has one encoding, and it reads back. */
static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rlp;
    } row[] = {
        {"", "80"},
        {"00", "00"},
        {"0f", "0f"},
        {"7f", "7f"},
        {"80", "8180"},
        {"0400", "820400"},
        {"646f67", "83646f67"},
        /* 55 bytes, the last short one; 56, the first long one */
        {"4c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6"
         "9",
         "b74c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656"
         "c69"},
        {"4c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6"
         "974",
         "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e67"
         "20656c6974"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer b = buffer_in(&arena);
        rlp_add_string(&b, unhex(row[i].text));
        assert_bytes(buffer_bytes(&b), row[i].rlp);
        assert_int_equal(rlp_string_size(unhex(row[i].text)), b.len);

        struct rlp_reader r = rlp_reader(buffer_bytes(&b));
        struct bytes back;
        assert_int_equal(rlp_string(&r, &back), OK);
        assert_bytes(back, row[i].text);
        assert_int_equal(rlp_end(&r), OK);
    }
}

/* Lengths around every change of form survive, also those that need two and three bytes. */
static void long_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t len, list_head; /* bytes of the string, and of the prefix of the list that it alone is in */
    } row[] = {{53, 1}, {54, 1}, {55, 2}, {56, 2}, {253, 2}, {254, 3}, {65532, 3}, {65533, 4}, {(size_t)1 << 24, 5}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct arena_mark mark = arena_mark(&arena);
        u8 *data = arena_take(&arena, row[i].len);
        memset(data, 0xa5, row[i].len);
        struct buffer b = buffer_in(&arena);
        const size_t opened = rlp_open(&b);
        rlp_add_string(&b, bytes_of(data, row[i].len));
        rlp_close(&b, opened);
        struct rlp_reader r = rlp_reader(buffer_bytes(&b)), list;
        struct bytes back;
        assert_int_equal(rlp_list(&r, &list), OK);
        assert_ptr_equal(list.next, b.ptr + row[i].list_head);
        assert_int_equal(rlp_string(&list, &back), OK);
        assert_int_equal(back.len, row[i].len);
        assert_memory_equal(back.ptr, data, row[i].len);
        assert_true(rlp_at_end(&list) && rlp_at_end(&r));
        arena_rewind(&arena, mark);
    }
}

/* A number is its big-endian bytes without leading zeros. */
static void numbers(void **state)
{
    (void)state;
    static const struct {
        u64 x;
        const char *rlp;
    } row[] = {
        {0, "80"},
        {1, "01"},
        {127, "7f"},
        {128, "8180"},
        {1024, "820400"},
        {0xffffff, "83ffffff"},
        {UINT64_MAX, "88ffffffffffffffff"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer b = buffer_in(&arena);
        rlp_add_u64(&b, row[i].x);
        assert_bytes(buffer_bytes(&b), row[i].rlp);
        u64 x;
        u256 wide;
        struct rlp_reader r = rlp_reader(buffer_bytes(&b));
        assert_int_equal(rlp_u64(&r, &x), OK);
        assert_int_equal(x, row[i].x);
        r = rlp_reader(buffer_bytes(&b));
        assert_int_equal(rlp_u256(&r, &wide), OK);
        const u256 want = u256_from_u64(row[i].x);
        assert_true(u256_eq(&wide, &want));
    }
    const u256 large = {{0x0011223344556677, 0, 0, 0x0100000000000000}};
    struct buffer b = buffer_in(&arena);
    rlp_add_u256(&b, &large);
    assert_bytes(buffer_bytes(&b), "a00100000000000000000000000000000000000000000000000011223344556677");
}

static const char *const refused_everywhere[] = {
    "", /* nothing */
    "8100",
    "8101",
    "817f", /* a byte below 0x80 stands for itself */
    "81",
    "8261",
    "b7", /* cut off */
    "b8",
    "b801",
    "b838", /* a long form without its bytes */
    "b80161",
    "b83700", /* a long form of a short length */
    "b90038",
    "b9003800", /* a length with a leading zero */
    "bbffffffff",
    "bfffffffffffffffff",
    "ffffffffffffffffff", /* longer than anything */
    "bf0f000000000000021111",
    "ff0f000000000000021111",
    "c1",
    "c3c1",
    "f8",
    "f838",
    "f80180",
    "f837",
};

/* What is not the shortest form, or does not fit, is refused by every reader, which stays where it was. */
static void malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused_everywhere); i++) {
        const struct bytes data = unhex(refused_everywhere[i]);
        struct rlp_reader r = rlp_reader(data), list;
        struct bytes out;
        u64 x;
        u256 wide;
        u8 fixed[32];
        assert_int_equal(rlp_string(&r, &out), REJECT_RLP);
        assert_int_equal(rlp_list(&r, &list), REJECT_RLP);
        assert_int_equal(rlp_item(&r, &out), REJECT_RLP);
        assert_int_equal(rlp_u64(&r, &x), REJECT_RLP);
        assert_int_equal(rlp_u256(&r, &wide), REJECT_RLP);
        assert_int_equal(rlp_fixed(&r, fixed, 1), REJECT_RLP);
        assert_ptr_equal(r.next, data.ptr);
    }
}

/* A well-formed item of the wrong kind is refused, too. */
static void wrong_kind(void **state)
{
    (void)state;
    static const struct {
        const char *rlp;
        bool string, list, u64_, u256_, fixed20;
    } row[] = {
        {"80", true, false, true, true, false},
        {"00", true, false, false, false, false},     /* a number has no leading zeros */
        {"820001", true, false, false, false, false}, /* nor here */
        {"c0", false, true, false, false, false},
        {"89010000000000000000", true, false, false, true, false}, /* 2^64 */
        {"a1010000000000000000000000000000000000000000000000000000000000000000", true, false, false, false, false},
        {"940000000000000000000000000000000000000000", true, false, false, false, true},
        {"93ff000000000000000000000000000000000000", true, false, false, true, false},
        {"d4c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", false, true, false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct bytes data = unhex(row[i].rlp);
        struct rlp_reader r, items;
        struct bytes out;
        u64 x;
        u256 wide;
        u8 fixed[20];
        r = rlp_reader(data);
        assert_int_equal(rlp_is_list(&r), row[i].list);
        assert_int_equal(rlp_string(&r, &out), row[i].string ? OK : REJECT_RLP);
        r = rlp_reader(data);
        assert_int_equal(rlp_list(&r, &items), row[i].list ? OK : REJECT_RLP);
        r = rlp_reader(data);
        assert_int_equal(rlp_u64(&r, &x), row[i].u64_ ? OK : REJECT_RLP);
        r = rlp_reader(data);
        assert_int_equal(rlp_u256(&r, &wide), row[i].u256_ ? OK : REJECT_RLP);
        r = rlp_reader(data);
        assert_int_equal(rlp_fixed(&r, fixed, 20), row[i].fixed20 ? OK : REJECT_RLP);
    }
}

/* [ [], [[]], [ [], [[]] ] ], the set-theoretic three; and a list whose prefix grows. */
static void lists(void **state)
{
    (void)state;
    struct buffer b = buffer_in(&arena);
    const size_t three = rlp_open(&b);
    rlp_close(&b, rlp_open(&b));
    const size_t one = rlp_open(&b);
    rlp_close(&b, rlp_open(&b));
    rlp_close(&b, one);
    const size_t two = rlp_open(&b);
    rlp_close(&b, rlp_open(&b));
    const size_t one_again = rlp_open(&b);
    rlp_close(&b, rlp_open(&b));
    rlp_close(&b, one_again);
    rlp_close(&b, two);
    rlp_close(&b, three);
    assert_bytes(buffer_bytes(&b), "c7c0c1c0c3c0c1c0");

    struct rlp_reader r = rlp_reader(buffer_bytes(&b));
    struct bytes item;
    assert_int_equal(rlp_list(&r, &r), OK); /* into the list in place */
    assert_int_equal(rlp_item(&r, &item), OK);
    assert_bytes(item, "c0");
    assert_int_equal(rlp_item(&r, &item), OK);
    assert_bytes(item, "c1c0");
    assert_int_equal(rlp_end(&r), REJECT_RLP);
    assert_int_equal(rlp_item(&r, &item), OK);
    assert_bytes(item, "c3c0c1c0");
    assert_int_equal(rlp_end(&r), OK);

    b = buffer_in(&arena);
    buffer_add_u8(&b, 0xee); /* what was there before stays */
    const size_t opened = rlp_open(&b);
    for (int i = 0; i < 20; i++)
        rlp_add_string(&b, BYTES_LITERAL("dog"));
    rlp_close(&b, opened);
    assert_int_equal(b.len, 1 + 2 + 80);
    assert_memory_equal(b.ptr,
                        "\xee\xf8\x50\x83"
                        "dog\x83"
                        "dog",
                        11);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),   cmocka_unit_test(long_lengths), cmocka_unit_test(numbers),
        cmocka_unit_test(malformed), cmocka_unit_test(wrong_kind),   cmocka_unit_test(lists),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
