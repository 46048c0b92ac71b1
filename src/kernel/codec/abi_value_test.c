/* Encodings are viem's and cast's: tests/vectors/abi.json, made by abi.mjs beside it. */
#include "codec/abi_value.h"

#include "codec/hex.h"
#include "codec/text.h"
#include "io/json.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct json vectors;

static struct bytes z(const char *text)
{
    return bytes_of(text, strlen(text));
}

static void assert_text(struct bytes got, struct bytes want)
{
    if (!bytes_eq(got, want))
        fail_msg("got  %.*s\nwant %.*s", (int)got.len, (const char *)got.ptr, (int)want.len, (const char *)want.ptr);
}

static struct abi_signature signature_of(struct bytes text)
{
    struct abi_signature s;
    struct buffer why = buffer_in(&arena);
    if (abi_parse_signature(&arena, &s, text, &why))
        fail_msg("%.*s", (int)why.len, (const char *)why.ptr);
    return s;
}

/* A JSON array, object or string as a value. */
static struct abi_value value_of(struct json v)
{
    struct abi_value out = {.text = json_text(v)};
    if (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT)
        return out;
    struct abi_value *item = ARENA_TAKE_ZERO(&arena, struct abi_value, json_count(v));
    struct json_iterator it = json_items(v);
    while (json_next(&it)) {
        item[it.index] = value_of(it.value);
        item[it.index].name = it.key;
    }
    return (struct abi_value){.list = true, .count = json_count(v), .item = item};
}

static struct abi_value value_of_text(const char *text)
{
    struct json root;
    struct complaint complaint = {.file = "test"};
    if (json_parse(&arena, &root, &complaint, z(text), 1 << 20))
        fail_msg("%s", complaint.text);
    return value_of(root);
}

static bool same(const struct abi_value *here, const struct abi_value *there)
{
    if (here->list != there->list || here->count != there->count)
        return false;
    if (!here->list)
        return bytes_eq(here->text, there->text);
    for (u32 i = 0; i < here->count; i++)
        if (!same(&here->item[i], &there->item[i]))
            return false;
    return true;
}

/* Every call encodes to viem's bytes, and decodes to the values that it was made of. */
static void calls(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(vectors, "calls"));
    u32 count = 0;
    while (json_next(&it)) {
        const struct abi_signature s = signature_of(json_text(json_get(it.value, "signature")));
        const struct abi_value arguments = value_of(json_get(it.value, "arguments"));
        struct bytes want;
        struct buffer out = buffer_in(&arena), why = buffer_in(&arena);
        assert_int_equal(json_hex(&arena, &want, json_get(it.value, "data")), OK);
        buffer_add(&out, s.hash.b, 4); /* the selector; what is there stays */
        if (abi_encode(&out, &s.inputs, &arguments, &why))
            fail_msg("%.*s", (int)why.len, (const char *)why.ptr);
        assert_true(bytes_eq(buffer_bytes(&out), want));

        struct abi_value back;
        if (abi_decode(&arena, &back, &s.inputs, bytes_of(want.ptr + 4, want.len - 4), 1 << 20, &why))
            fail_msg("%.*s", (int)why.len, (const char *)why.ptr);
        assert_true(same(&back, &arguments));
        for (size_t cut = 0; cut + 5 < want.len; cut += 37) { /* never over the end */
            const u8 *data = arena_copy(&arena, bytes_of(want.ptr + 4, cut)).ptr;
            (void)!abi_decode(&arena, &back, &s.inputs, bytes_of(data, cut), 1 << 20, NULL);
        }
        count++;
    }
    assert_true(count > 250);
}

/* What people may write beside the canonical form. */
static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *signature, *arguments, *canonical;
    } row[] = {
        {"f(uint256)", "[\"1.5 ether\"]", "[\"1500000000000000000\"]"},
        {"f(uint256)", "[\"0xff\"]", "[\"255\"]"},
        {"f(int8)", "[\"-0x80\"]", "[\"-128\"]"},
        {"f(int8)", "[\"-0\"]", "[\"0\"]"},
        {"f((uint8 a, bytes b) p)", "[{\"b\": \"0x01\", \"a\": \"7\"}]", "[[\"7\", \"0x01\"]]"},
        {"f(uint8 a, uint8 b)", "{\"b\": \"2\", \"a\": \"1\"}", "[\"1\", \"2\"]"},
        {"f(address)", "[\"0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb\"]",
         "[\"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb\"]"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct abi_signature s = signature_of(z(row[i].signature));
        const struct abi_value given = value_of_text(row[i].arguments), want = value_of_text(row[i].canonical);
        struct buffer out = buffer_in(&arena);
        struct abi_value back;
        assert_int_equal(abi_encode(&out, &s.inputs, &given, NULL), OK);
        assert_int_equal(abi_decode(&arena, &back, &s.inputs, buffer_bytes(&out), 1 << 20, NULL), OK);
        assert_true(same(&back, &want));
    }
}

/* What does not fit is refused, with the argument, the place in it and the type. */
static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *signature, *arguments, *why;
    } row[] = {
        {"f(address to, uint8[] amounts)",
         "[\"0x0000000000000000000000000000000000000001\", [\"1\", \"2\", \"3\", \"300\"]]",
         "argument 2 (amounts[3]): 300 does not fit uint8"},
        {"f(uint8)", "[\"256\"]", "argument 1: 256 does not fit uint8"},
        {"f(uint8)", "[\"-1\"]", "argument 1: -1 does not fit uint8"},
        {"f(int8)", "[\"128\"]", "argument 1: 128 does not fit int8"},
        {"f(int8)", "[\"-129\"]", "argument 1: -129 does not fit int8"},
        {"f(int256)", "[\"57896044618658097711785492504343953926634992332820282019728792003956564819968\"]",
         "argument 1: 57896044618658097711785492504343953926634992332820282019728792003956564819968 does not fit "
         "int256"},
        {"f(uint256)", "[\"1e78\"]", "argument 1: 1e78 does not fit uint256"},
        {"f(uint256)", "[\"ten\"]", "argument 1: \"ten\" is not a number for uint256"},
        {"f(uint256)", "[\"\"]", "argument 1: \"\" is not a number for uint256"},
        {"f(uint256)", "[\"--1\"]", "argument 1: \"--1\" is not a number for uint256"},
        {"f(bool ok)", "[\"yes\"]", "argument 1 (ok): \"yes\" is neither true nor false, for bool"},
        {"f(address to)", "[\"0x12\"]", "argument 1 (to): \"0x12\" is not 0x and 40 hex digits, for address"},
        {"f(address to)", "[\"D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb\"]",
         "argument 1 (to): \"D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb\" is not 0x and 40 hex digits, for address"},
        {"f(address to)", "[\"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9adB\"]",
         "argument 1 (to): \"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9adB\" has the wrong checksum (EIP-55) for address"},
        {"f(bytes4)", "[\"0x010203\"]", "argument 1: \"0x010203\" is not exactly 4 bytes of hex for bytes4"},
        {"f(bytes4)", "[\"01020304\"]", "argument 1: \"01020304\" does not begin with 0x, for bytes4"},
        {"f(bytes)", "[\"0x0\"]", "argument 1: \"0x0\" is not an even number of hex digits, for bytes"},
        {"f(bytes)", "[\"0xgg\"]", "argument 1: \"0xgg\" is not an even number of hex digits, for bytes"},
        {"f(bytes)", "[\"dog\"]", "argument 1: \"dog\" does not begin with 0x, for bytes"},
        {"f(uint8,uint8)", "[\"1\"]", "expected 2 arguments (uint8,uint8), found 1"},
        {"f(uint8)", "[\"1\", \"2\"]", "expected 1 argument (uint8), found 2"},
        {"f()", "[\"1\"]", "expected 0 arguments (), found 1"},
        {"f(uint8[2] p)", "[[\"1\"]]", "argument 1 (p): uint8[2] wants 2 items, found 1"},
        {"f(uint8[2] p)", "[\"1\"]", "argument 1 (p): \"1\" is not a list, for uint8[2]"},
        {"f(uint8 p)", "[[\"1\"]]", "argument 1 (p): expected one value of uint8, found a list of 1"},
        {"f((uint8 a, bool b)[] list)", "[[[\"1\", \"true\"], [\"1\", \"maybe\"]]]",
         "argument 1 (list[1].b): \"maybe\" is neither true nor false, for bool"},
        {"f((uint8,bool)[])", "[[[\"1\", \"maybe\"]]]",
         "argument 1 ([0].1): \"maybe\" is neither true nor false, for bool"},
        {"f((uint8 a, bool b) p)", "[{\"a\": \"1\", \"c\": \"true\"}]",
         "argument 1 (p.b): there is no item of this name"},
        {"f((uint8 a, bool b) p)", "[{\"a\": \"1\"}]", "argument 1 (p): (uint8,bool) wants 2 items, found 1"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct abi_signature s = signature_of(z(row[i].signature));
        const struct abi_value arguments = value_of_text(row[i].arguments);
        struct buffer out = buffer_in(&arena), why = buffer_in(&arena);
        buffer_add_u8(&out, 0x55);
        assert_int_equal(abi_encode(&out, &s.inputs, &arguments, &why), REJECT_ABI);
        assert_text(buffer_bytes(&why), z(row[i].why));
        assert_true(out.len == 1 && out.ptr[0] == 0x55);
        assert_int_equal(abi_encode(&out, &s.inputs, &arguments, NULL), REJECT_ABI);
    }
}

#define ZEROS(n) "00000000000000000000000000000000000000000000000000000000" n

/* Bytes that no honest contract returns are refused, with the place. */
static void hostile(void **state)
{
    (void)state;
    static const struct {
        const char *signature, *data, *why;
    } row[] = {
        {"f(uint8 x)", ZEROS("00000100"), "value 1 (x): the padding of a value is not clean, for uint8"},
        {"f(int8 x)", ZEROS("00000080"), "value 1 (x): the padding of a value is not clean, for int8"},
        {"f(int8 x)", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         "value 1 (x): the padding of a value is not clean, for int8"},
        {"f(bool)", ZEROS("00000002"), "value 1: the padding of a value is not clean, for bool"},
        {"f(bytes3)", ZEROS("00000001"), "value 1: the padding of a value is not clean, for bytes3"},
        {"f(address)", "1" ZEROS("0000000"), "value 1: the padding of a value is not clean, for address"},
        {"f(uint256,uint256)", ZEROS("00000001"), "value 2: the data ends, for uint256"},
        {"f(uint256[2] pair)", ZEROS("00000001"), "value 1 (pair[1]): the data ends, for uint256"},
        {"f(bytes)", ZEROS("00000020") ZEROS("00000001"),
         "value 1: an offset or a length leads outside of the data, for bytes"},
        {"f(uint256[])", ZEROS("00000020") ZEROS("00000002") ZEROS("00000001"),
         "value 1: an offset or a length leads outside of the data, for uint256[]"},
        {"f((bytes b)[] list)", ZEROS("00000020") ZEROS("00000001") ZEROS("00000020") ZEROS("00000099"),
         "value 1 (list[0].b): an offset or a length leads outside of the data, for bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct abi_signature s = signature_of(z(row[i].signature));
        struct bytes data;
        struct abi_value out;
        struct buffer why = buffer_in(&arena);
        assert_int_equal(hex_bytes(&arena, &data, z(row[i].data)), OK);
        assert_int_equal(abi_decode(&arena, &out, &s.inputs, data, 1 << 20, &why), REJECT_ABI);
        assert_text(buffer_bytes(&why), z(row[i].why));
    }
}

/* An array whose items are all the same array, ten levels deep: 3^10 items out of 4 words a level. */
static void bomb(void **state)
{
    (void)state;
    const struct abi_signature s = signature_of(z("f(uint256[][][][][][][][][][])"));
    struct buffer data = buffer_in(&arena);
    buffer_add(&data, (u8[32]){[31] = 0x20}, 32);
    for (int level = 0; level < 9; level++) {
        buffer_add(&data, (u8[32]){[31] = 3}, 32);
        for (int i = 0; i < 3; i++)
            buffer_add(&data, (u8[32]){[31] = 0x60}, 32);
    }
    buffer_add(&data, (u8[32]){[31] = 3}, 32);
    buffer_add(&data, (u8[96]){0}, 96);
    struct abi_value out;
    struct buffer why = buffer_in(&arena);
    assert_int_equal(abi_decode(&arena, &out, &s.inputs, buffer_bytes(&data), 1 << 20, &why), REJECT_TOO_LONG);
    assert_text(buffer_bytes(&why), z("the values are longer than the limit"));
    assert_int_equal(abi_decode(&arena, &out, &s.inputs, buffer_bytes(&data), 1 << 24, NULL), OK);
}

/* The limit is on what the arena gives. */
static void limit_is_kept(void **state)
{
    (void)state;
    const struct abi_signature s = signature_of(z("f(string[],bytes)"));
    const struct abi_value given = value_of_text("[[\"one\", \"two\"], \"0x0102\"]");
    struct buffer data = buffer_in(&arena);
    assert_int_equal(abi_encode(&data, &s.inputs, &given, NULL), OK);
    size_t least = 0;
    struct abi_value out;
    while (abi_decode(&arena, &out, &s.inputs, buffer_bytes(&data), least, NULL))
        least++;
    struct arena small;
    arena_init(&small, &system_memory);
    (void)arena_take(&small, 1);
    const u8 *before = small.next;
    assert_int_equal(abi_decode(&small, &out, &s.inputs, buffer_bytes(&data), least, NULL), OK);
    assert_true((size_t)(small.next - before) <= least);
    arena_release(&small);
}

static void events(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(vectors, "events"));
    u32 count = 0;
    while (json_next(&it)) {
        const struct abi_signature s = signature_of(json_text(json_get(it.value, "signature")));
        hash32 topic[4];
        struct bytes data;
        u32 topics = 0;
        struct json_iterator t = json_items(json_get(it.value, "topics"));
        while (json_next(&t))
            assert_int_equal(json_hex_fixed(topic[topics++].b, 32, t.value), OK);
        assert_int_equal(json_hex(&arena, &data, json_get(it.value, "data")), OK);
        struct abi_value out;
        struct buffer shown = buffer_in(&arena);
        assert_int_equal(abi_decode_event(&arena, &out, &s, topic, topics, data, 1 << 16, NULL), OK);
        abi_add_value(&shown, &s.inputs, &out, 100);
        assert_text(buffer_bytes(&shown), json_text(json_get(it.value, "shown")));
        assert_int_equal(abi_decode_event(&arena, &out, &s, topic, topics - 1, data, 1 << 16, NULL), REJECT_ABI);
        assert_int_equal(abi_decode_event(&arena, &out, &s, topic + 1, topics, data, 1 << 16, NULL), REJECT_ABI);
        count++;
    }
    assert_int_equal(count, 2);
}

/* The codes that viem knows have a meaning, and no others. */
static void panics(void **state)
{
    (void)state;
    bool known[1024] = {false};
    u32 count = 0;
    struct json_iterator it = json_items(json_get(vectors, "panics"));
    while (json_next(&it)) {
        u64 code;
        assert_int_equal(json_u64(&code, it.value), OK);
        assert_true(code < COUNT_OF(known));
        known[code] = true;
        count++;
    }
    assert_int_equal(count, 9);
    for (u32 i = 1; i < COUNT_OF(known); i++) {
        const u256 code = u256_from_u64(i);
        assert_int_equal(abi_panic_meaning(&code).len > 0, known[i]);
    }
    assert_int_equal(abi_panic_meaning(&(u256){{0x11, 1, 0, 0}}).len, 0);
}

/* For people and as JSON. */
static void shown(void **state)
{
    (void)state;
    static const struct {
        const char *signature, *arguments, *text, *json;
    } row[] = {
        {"f()", "[]", "()", "[]"},
        {"f(uint256,bool)", "[\"7\", \"true\"]", "(7, true)", "[\"7\",true]"},
        {"f(uint256 n, bool ok)", "[\"7\", \"false\"]", "(n: 7, ok: false)", "{\"n\":\"7\",\"ok\":false}"},
        {"f((uint8 a, string)[] list)", "[[[\"1\", \"x\\ny\"], [\"2\", \"\"]]]",
         "(list: [(a: 1, \"x\\x0ay\"), (a: 2, \"\")])", "{\"list\":[[\"1\",\"x\\ny\"],[\"2\",\"\"]]}"},
        {"f(bytes,string)", "[\"0x0102030405\", \"abcdef\"]", "(0x01020304... (5 bytes), \"abcd...\")",
         "[\"0x0102030405\",\"abcdef\"]"},
        {"f(int16[2])", "[[\"-300\", \"0\"]]", "([-300, 0])", "[[\"-300\",\"0\"]]"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct abi_signature s = signature_of(z(row[i].signature));
        const struct abi_value given = value_of_text(row[i].arguments);
        struct buffer data = buffer_in(&arena), text = buffer_in(&arena), json = buffer_in(&arena);
        struct abi_value value;
        assert_int_equal(abi_encode(&data, &s.inputs, &given, NULL), OK);
        assert_int_equal(abi_decode(&arena, &value, &s.inputs, buffer_bytes(&data), 1 << 16, NULL), OK);
        abi_add_value(&text, &s.inputs, &value, 4);
        assert_text(buffer_bytes(&text), z(row[i].text));
        struct json_writer w = json_writer(&json, 0);
        abi_write_value(&w, &s.inputs, &value);
        assert_text(buffer_bytes(&json), z(row[i].json));
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    struct complaint complaint = {0};
    if (json_read_file(&arena, &vectors, &complaint, "tests/vectors/abi.json", 1 << 20)) {
        fprintf(stderr, "%s: %s\n", complaint.file, complaint.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),   cmocka_unit_test(forms),   cmocka_unit_test(refused),
        cmocka_unit_test(hostile), cmocka_unit_test(bomb),    cmocka_unit_test(limit_is_kept),
        cmocka_unit_test(events),  cmocka_unit_test(panics), cmocka_unit_test(shown),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
