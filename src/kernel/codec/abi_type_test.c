/* Canonical texts and hashes are viem's (tests/vectors/abi.json); selectors are those of ERC-20 and ERC-721. */
#include "codec/abi_type.h"

#include "codec/hex.h"
#include "io/json.h"
#include "io/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes z(const char *text)
{
    return bytes_of(text, strlen(text));
}

static void assert_text(struct bytes got, const char *want)
{
    if (got.len != strlen(want) || memcmp(got.ptr, want, got.len) != 0)
        print_error("%.*s\n", (int)got.len, (const char *)got.ptr);
    assert_int_equal(got.len, strlen(want));
    if (got.len)
        assert_memory_equal(got.ptr, want, got.len);
}

/* What a type is called, whether it has a tail, and its words among the heads. */
static void types(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
        bool dynamic;
        u32 words;
    } row[] = {
        {"uint", "uint256", false, 1},
        {"int", "int256", false, 1},
        {"uint8", "uint8", false, 1},
        {"int248", "int248", false, 1},
        {"address payable", "address", false, 1},
        {"bool", "bool", false, 1},
        {"bytes1", "bytes1", false, 1},
        {"bytes32", "bytes32", false, 1},
        {"bytes", "bytes", true, 1},
        {"string", "string", true, 1},
        {"function", "function", false, 1},
        {"uint256[3]", "uint256[3]", false, 3},
        {"uint256[]", "uint256[]", true, 1},
        {"uint256[][3]", "uint256[][3]", true, 1},
        {"uint256[3][]", "uint256[3][]", true, 1},
        {"uint256[3][2]", "uint256[3][2]", false, 6},
        {"(uint,bool)", "(uint256,bool)", false, 2},
        {"tuple(uint a, bool b)", "(uint256,bool)", false, 2},
        {"(uint,(address,bytes3)[2])[2]", "(uint256,(address,bytes3)[2])[2]", false, 10},
        {"(uint,(address,bytes)[2])", "(uint256,(address,bytes)[2])", true, 1},
        {" ( uint , bool ) [ 2 ] ", "(uint256,bool)[2]", false, 4},
        {"bytes32[65536]", "bytes32[65536]", false, 65536},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct abi_type type;
        struct buffer b = buffer_in(&arena);
        assert_int_equal(abi_parse_type(&arena, &type, z(row[i].text), NULL), OK);
        abi_add_type(&b, &type);
        assert_text(buffer_bytes(&b), row[i].canonical);
        assert_int_equal(type.dynamic, row[i].dynamic);
        assert_int_equal(type.words, row[i].words);
    }
}

static void refused_types(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } row[] = {
        {"", "expected a type at character 1 of \"\""},
        {"uint7", "unknown type \"uint7\" at character 1 of \"uint7\""},
        {"uint264", "unknown type \"uint264\" at character 1 of \"uint264\""},
        {"uint08", "unknown type \"uint08\" at character 1 of \"uint08\""},
        {"uint0", "unknown type \"uint0\" at character 1 of \"uint0\""},
        {"bytes0", "unknown type \"bytes0\" at character 1 of \"bytes0\""},
        {"bytes33", "unknown type \"bytes33\" at character 1 of \"bytes33\""},
        {"fixed128x18", "unknown type \"fixed128x18\" at character 1 of \"fixed128x18\""},
        {"IERC20", "unknown type \"IERC20\" at character 1 of \"IERC20\""},
        {"uint256[", "expected ']' at character 9 of \"uint256[\""},
        {"uint256[0]", "an array length must be from 1 to 65536 at character 9 of \"uint256[0]\""},
        {"uint256[01]", "an array length must be from 1 to 65536 at character 9 of \"uint256[01]\""},
        {"uint256[-1]", "expected ']' at character 9 of \"uint256[-1]\""},
        {"uint256[65537]", "an array length must be from 1 to 65536 at character 9 of \"uint256[65537]\""},
        {"uint256[65536][2]", "a type of more than 2 MiB at character 16 of \"uint256[65536][2]\""},
        {"(uint256[65536],bool)", "a type of more than 2 MiB"},
        {"uint256 x", "expected the end at character 9 of \"uint256 x\""},
        {"(uint256", "expected ',' or ')' at character 9 of \"(uint256\""},
        {"(uint256,)", "expected a type at character 10 of \"(uint256,)\""},
        {"()", "an empty tuple at character 1 of \"()\""},
        {"(bool,())", "an empty tuple at character 7 of \"(bool,())\""},
        {"tuple", "expected '(' at character 6 of \"tuple\""},
        {"uint256[][][][][][][][][][][][][]",
         "types nested too deep at character 33 of \"uint256[][][][][][][][][][][][][]\""},
        {"((((((((((((((uint))))))))))))))",
         "types nested too deep at character 13 of \"((((((((((((((uint))))))))))))))\""},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct abi_type type;
        struct buffer why = buffer_in(&arena);
        assert_int_equal(abi_parse_type(&arena, &type, z(row[i].text), &why), REJECT_ABI);
        assert_text(buffer_bytes(&why), row[i].why);
        assert_int_equal(abi_parse_type(&arena, &type, z(row[i].text), NULL), REJECT_ABI);
    }
    assert_int_equal(abi_parse_type(&arena, &(struct abi_type){0}, bytes_of("uint\0x", 6), NULL), REJECT_ABI);
    struct buffer many = buffer_in(&arena); /* a list without end */
    buffer_add(&many, "(bool", 5);
    for (int i = 0; i < 10000; i++)
        buffer_add(&many, ",bool", 5);
    buffer_add(&many, ")", 1);
    assert_int_equal(abi_parse_type(&arena, &(struct abi_type){0}, buffer_bytes(&many), NULL), REJECT_ABI);
}

/* Names, modifiers and outputs are understood, and the selector is of the types alone. */
static void signatures(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum abi_item item;
        const char *canonical, *selector;
        u32 outputs;
    } row[] = {
        {"transfer(address,uint256)", ABI_ITEM_FUNCTION, "transfer(address,uint256)", "a9059cbb", 0},
        {"function transfer(address to, uint256 amount) external returns (bool)", ABI_ITEM_FUNCTION,
         "transfer(address,uint256)", "a9059cbb", 1},
        {"balanceOf(address)(uint256)", ABI_ITEM_FUNCTION, "balanceOf(address)", "70a08231", 1},
        {"function balanceOf(address owner) public view virtual returns (uint);", ABI_ITEM_FUNCTION,
         "balanceOf(address)", "70a08231", 1},
        {"safeTransferFrom(address from, address to, uint256 id, bytes calldata data)", ABI_ITEM_FUNCTION,
         "safeTransferFrom(address,address,uint256,bytes)", "b88d4fde", 0},
        {"event Transfer(address indexed from, address indexed to, uint256 value)", ABI_ITEM_EVENT,
         "Transfer(address,address,uint256)", "ddf252ad", 0},
        {"error Error(string)", ABI_ITEM_ERROR, "Error(string)", "08c379a0", 0},
        {"error Panic(uint code)", ABI_ITEM_ERROR, "Panic(uint256)", "4e487b71", 0},
        {"name()", ABI_ITEM_FUNCTION, "name()", "06fdde03", 0},
        {" name ( ) ( string ) ", ABI_ITEM_FUNCTION, "name()", "06fdde03", 1},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct abi_signature s;
        struct buffer b = buffer_in(&arena), selector = buffer_in(&arena);
        assert_int_equal(abi_parse_signature(&arena, &s, z(row[i].text), NULL), OK);
        abi_add_signature(&b, &s);
        hex_write(buffer_extend(&selector, 8), s.hash.b, 4);
        assert_text(buffer_bytes(&b), row[i].canonical);
        assert_text(buffer_bytes(&selector), row[i].selector);
        assert_int_equal(s.item, row[i].item);
        assert_int_equal(s.outputs.count, row[i].outputs);
        assert_int_equal(s.has_outputs, row[i].outputs > 0);
    }
    struct abi_signature s;
    assert_int_equal(abi_parse_signature(&arena, &s, z("event E(uint indexed a, (uint x)[] b) anonymous"), NULL), OK);
    assert_true(s.anonymous && s.inputs.item[0].indexed && !s.inputs.item[1].indexed);
    assert_text(s.inputs.item[1].name, "b");
    assert_text(s.inputs.item[1].item->item[0].name, "x");
    assert_int_equal(abi_parse_signature(&arena, &s, z("constructor(address owner) payable"), NULL), OK);
    assert_int_equal(s.item, ABI_ITEM_CONSTRUCTOR);
    assert_int_equal(abi_parse_signature(&arena, &s, z("error(uint)"), NULL), OK); /* a function of this name */
    assert_int_equal(s.item, ABI_ITEM_FUNCTION);

    static const char *const refused[] = {
        "",
        "()",
        "f",
        "f(",
        "f(uint",
        "f(uint))",
        "f(uint) gives (bool)",
        "f(uint indexed a)",
        "event E(uint) returns (bool)",
        "function (uint)",
        "f(uint)(bool)(bool)",
        "1f()",
        "f(uint a b)",
        "error E(uint indexed a)",
        "event E((uint indexed a) b)",
        "f(function f())",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct buffer why = buffer_in(&arena);
        assert_int_equal(abi_parse_signature(&arena, &s, z(refused[i]), &why), REJECT_ABI);
        assert_true(why.len > 0);
    }
}

/* viem reads the same canonical texts out of the same human ones, and hashes them alike. */
static void as_viem(void **state)
{
    (void)state;
    struct json root;
    struct complaint complaint = {0};
    const enum err e = json_read_file(&arena, &root, &complaint, "tests/vectors/abi.json", 1 << 20);
    if (e)
        fail_msg("%s: %s", complaint.file, complaint.text);
    struct json_iterator it = json_items(json_get(root, "signatures"));
    u32 count = 0;
    while (json_next(&it)) {
        struct abi_signature s;
        struct buffer b = buffer_in(&arena);
        hash32 hash;
        assert_int_equal(abi_parse_signature(&arena, &s, json_text(json_get(it.value, "text")), NULL), OK);
        abi_add_signature(&b, &s);
        assert_true(bytes_eq(buffer_bytes(&b), json_text(json_get(it.value, "canonical"))));
        assert_int_equal(json_hex_fixed(hash.b, 32, json_get(it.value, "hash")), OK);
        assert_true(hash32_eq(&hash, &s.hash));
        count++;
    }
    assert_int_equal(count, 10);
}

/* The JSON form gives components beside the word tuple. */
static void with_components(void **state)
{
    (void)state;
    struct abi_type component[2], type;
    assert_int_equal(abi_parse_type(&arena, &component[0], z("address"), NULL), OK);
    assert_int_equal(abi_parse_type(&arena, &component[1], z("bytes"), NULL), OK);
    assert_int_equal(abi_parse_type_of(&arena, &type, z("tuple[2][]"), component, 2, NULL), OK);
    struct buffer b = buffer_in(&arena);
    abi_add_type(&b, &type);
    assert_text(buffer_bytes(&b), "(address,bytes)[2][]");
    assert_int_equal(abi_parse_type_of(&arena, &type, z("uint256"), NULL, 0, NULL), OK);
    assert_int_equal(abi_parse_type_of(&arena, &type, z("tuple"), NULL, 0, NULL), REJECT_ABI);
    struct abi_type deep = component[0];
    for (u32 i = 0; i < ABI_TYPE_DEPTH_MAX; i++) {
        struct abi_type *copy = ARENA_TAKE(&arena, struct abi_type, 1);
        *copy = deep;
        assert_int_equal(abi_parse_type_of(&arena, &deep, z("tuple"), copy, 1, NULL), OK);
    }
    assert_int_equal(abi_parse_type_of(&arena, &type, z("tuple"), &deep, 1, NULL), REJECT_ABI);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),   cmocka_unit_test(refused_types),   cmocka_unit_test(signatures),
        cmocka_unit_test(as_viem), cmocka_unit_test(with_components),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
