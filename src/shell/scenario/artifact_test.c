#include "crypto/keccak.h"
#include "io/memory.h"
#include "scenario/artifact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena arena;
static char folder[] = "/tmp/scope-artifact-XXXXXX";
static char path[64];

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

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/A.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static enum err load(struct artifact *out, struct complaint *c, const char *from, const char *contract,
                     enum artifact_need need)
{
    struct artifact_store store = {.arena = &arena};
    *c = (struct complaint){0};
    return artifact_load(&store, out, c, from, contract, need);
}

#define ABI "\"abi\":[{\"type\":\"function\",\"name\":\"f\",\"inputs\":[{\"type\":\"uint256\",\"name\":\"x\"}]}]"

/* Every compiler's form gives the same code and the same function. */
static void every_form_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *form, *text, *contract, *name;
        u32 functions;
    } row[] = {
        {"standard JSON",
         "{\"sources\":{},\"contracts\":{\"a.sol\":{\"A\":{" ABI ",\"evm\":{\"bytecode\":{\"object\":\"6001\"}}},"
         "\"I\":{\"abi\":[],\"evm\":{\"bytecode\":{\"object\":\"\"}}}}}}",
         "A", "A", 1},
        {"standard JSON, file and name",
         "{\"contracts\":{\"x/a.sol\":{\"A\":{" ABI ",\"evm\":{\"bytecode\":{\"object\":\"6001\"}}}},"
         "\"x/b.sol\":{\"A\":{\"abi\":[],\"evm\":{\"bytecode\":{\"object\":\"6002\"}}}}}}",
         "a.sol:A", "A", 1},
        {"standard JSON, one contract",
         "{\"contracts\":{\"a.sol\":{\"A\":{" ABI ",\"evm\":{\"bytecode\":{\"object\":\"6001\"}}}}}}", NULL, "A", 1},
        {"combined JSON", "{\"contracts\":{\"a.sol:A\":{" ABI ",\"bin\":\"6001\"}},\"version\":\"0\"}", "a.sol:A", "A",
         1},
        {"combined JSON of old",
         "{\"contracts\":{\"a.sol:A\":{\"abi\":\"[{\\\"type\\\":\\\"function\\\",\\\"name\\\":\\\"f\\\","
         "\\\"inputs\\\":[{\\\"type\\\":\\\"uint256\\\"}]}]\",\"bin\":\"6001\"}}}",
         NULL, "A", 1},
        {"Foundry", "{" ABI ",\"bytecode\":{\"object\":\"0x6001\",\"linkReferences\":{}},\"deployedBytecode\":{}}",
         NULL, "A", 1},
        {"Hardhat",
         "{\"_format\":\"hh-sol-artifact-1\",\"contractName\":\"A\",\"sourceName\":\"c/a.sol\"," ABI
         ",\"bytecode\":\"0x6001\",\"linkReferences\":{}}",
         "a.sol:A", "A", 1},
        {"Waffle", "{" ABI ",\"evm\":{\"bytecode\":{\"object\":\"6001\",\"linkReferences\":{}}},\"bytecode\":\"6001\"}",
         NULL, "A", 1},
        {"bytecode with 0x", "0x6001\n", NULL, "A.json", 0},
        {"bytecode without 0x", " 6001", NULL, "A.json", 0},
    };
    static const u8 code[] = {0x60, 0x01};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct artifact a;
        struct complaint c;
        write_file(row[i].text);
        const enum err e = load(&a, &c, path, row[i].contract, ARTIFACT_CODE);
        if (e)
            fail_msg("%s: %s", row[i].form, c.text);
        assert_true(bytes_eq(a.creation_code, BYTES_OF(code)));
        assert_string_equal(a.name, row[i].name);
        assert_int_equal(a.interface.count, row[i].functions);
        if (row[i].functions) /* `cast sig "f(uint256)"` */
            assert_int_equal(load_be32(a.interface.member[0].abi.hash.b), 0xb3de648b);
    }
}

/* What cannot be deployed is refused, and the message says why. */
static void bad_artifacts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *contract, *message;
    } row[] = {
        {"", NULL, "A.json: is empty"},
        {"hello", NULL,
         "A.json: is neither JSON nor bytecode (an even number of hexadecimal digits, with or without 0x)"},
        {"0x600", NULL,
         "A.json: is neither JSON nor bytecode (an even number of hexadecimal digits, with or without 0x)"},
        {"{}", NULL, "A.json: is not an artifact: no \"contracts\", \"abi\" or \"bytecode\""},
        {"{\"errors\":[]}", NULL, "A.json: contains compiler errors and no contracts"},
        {"{" ABI "}", NULL, "A.json: A has no bytecode: it is an interface, an abstract contract, or an ABI alone"},
        {"{" ABI ",\"bytecode\":\"0x\"}", NULL,
         "A.json: A has no bytecode: it is an interface, an abstract contract, or an ABI alone"},
        {"[]", NULL, "A.json: A.json has no bytecode: it is an interface, an abstract contract, or an ABI alone"},
        {"{\"bytecode\":\"0x60\"}", NULL, "A.json: A has no ABI"},
        {"{" ABI ",\n\"bytecode\":\"0x6\"}", NULL,
         "A.json:2:12: invalid bytecode of A: expected an even number of hexadecimal digits"},
        {"{" ABI ",\"bytecode\":{\"object\":\"0x60__$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$__00\","
         "\"linkReferences\":{\"lib/m.sol\":{\"Math\":[{\"start\":1,\"length\":20}]}}}}",
         NULL, "A.json: A is not linked: missing address of library lib/m.sol:Math"},
        {"{" ABI ",\"bytecode\":\"0x60__$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$__00\"}", NULL,
         "A.json: A is not linked: its bytecode contains the placeholder __$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$__"},
        {"{\"contractName\":\"A\"," ABI ",\"bytecode\":\"0x60\"}", "Bee", "A.json: contains no contract \"Bee\""},
        {"{\"contracts\":{}}", NULL, "A.json: contains no contracts"},
        {"{\"contracts\":{\"a.sol\":{\"Token\":{},\"Pool\":{}}}}", "Tokn",
         "A.json: contains no contract \"Tokn\"; did you mean \"Token\"?"},
        {"{\"contracts\":{\"a.sol\":{\"Token\":{},\"Pool\":{}}}}", NULL,
         "A.json: contains several contracts; select one as File.sol:Name: a.sol:Token, a.sol:Pool"},
        {"{\"contracts\":{\"a.sol\":{\"T\":{}},\"b.sol\":{\"T\":{}}}}", "T",
         "A.json: several contracts are named \"T\"; select one as File.sol:Name: a.sol:T, b.sol:T"},
        {"{\"abi\":{},\"bytecode\":\"0x60\"}", NULL,
         "A.json:1:8: abi: expected a list of functions, events and errors"},
        {"{\"abi\":[5],\"bytecode\":\"0x60\"}", NULL,
         "A.json:1:9: expected an object with a type, such as function, event or error"},
        {"{\"abi\":[{\"type\":\"function\",\"name\":\"f\",\"inputs\":[{\"type\":\"tuple\"}]}],\"bytecode\":\"0x60\"}",
         NULL, "A.json:1:49: a tuple without components"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct artifact a;
        struct complaint c;
        char message[600] = "accepted";
        write_file(row[i].text);
        if (load(&a, &c, path, row[i].contract, ARTIFACT_CODE)) {
            c.file = "A.json";
            complaint_print(message, sizeof message, &c);
        }
        assert_string_equal(message, row[i].message);
    }
    struct artifact a;
    struct complaint c;
    assert_int_equal(load(&a, &c, "/nowhere/x.json", NULL, ARTIFACT_CODE), REJECT_PATH);
    assert_int_equal(load(&a, &c, "scope:ShardBridge", NULL, ARTIFACT_CODE), REJECT_ARTIFACT);
}

/* The init code hash that UniswapV2Library computes pair addresses with; published with Uniswap V2. */
static void uniswap_is_read_from_its_own_package(void **state)
{
    (void)state;
    static const char *const file[] = {"node_modules/@uniswap/v2-core/build/UniswapV2Pair.json",
                                       "node_modules/@uniswap/v2-core/build/Combined-Json.json"};
    static const u8 init_code_hash[32] = {0x96, 0xe8, 0xac, 0x42, 0x77, 0x19, 0x8f, 0xf8, 0xb6, 0xf7, 0x85,
                                          0x47, 0x8a, 0xa9, 0xa3, 0x9f, 0x40, 0x3c, 0xb7, 0x68, 0xdd, 0x02,
                                          0xcb, 0xee, 0x32, 0x6c, 0x3e, 0x7d, 0xa3, 0x48, 0x84, 0x5f};
    for (size_t i = 0; i < COUNT_OF(file); i++) {
        struct artifact a;
        struct complaint c;
        hash32 h;
        if (load(&a, &c, file[i], "UniswapV2Pair", ARTIFACT_CODE) && i)
            fail_msg("%s: %s", file[i], c.text);
        if (i == 0) /* Waffle's artifacts of one contract do not say its name */
            assert_int_equal(load(&a, &c, file[i], NULL, ARTIFACT_CODE), OK);
        keccak256(&h, a.creation_code.ptr, a.creation_code.len);
        assert_memory_equal(h.b, init_code_hash, 32);
        const struct member *m;
        assert_int_equal(
            interface_find(&arena, &m, &c, (struct place){1, 1}, &a.interface, ABI_ITEM_FUNCTION, "swap", UINT32_MAX),
            OK);
        assert_string_equal(m->text, "swap(uint256,uint256,address,bytes)");
        assert_int_equal(load_be32(m->abi.hash.b), 0x022c0d9f); /* cast sig */
    }
}

/* Functions are found by name or signature, and a miss names what is there. */
static void functions_are_found(void **state)
{
    (void)state;
    static const char abi[] =
        "[{\"type\":\"function\",\"name\":\"pay\",\"inputs\":[{\"type\":\"address\"},{\"type\":\"uint256\"}]},"
        "{\"type\":\"function\",\"name\":\"get\",\"inputs\":[]},"
        "{\"type\":\"function\",\"name\":\"get\",\"inputs\":[{\"type\":\"uint256\"}]},"
        "{\"type\":\"function\",\"name\":\"get\",\"inputs\":[{\"type\":\"int256[]\"}]},"
        "{\"type\":\"function\",\"name\":\"t\",\"inputs\":[{\"type\":\"tuple[2]\",\"components\":[{\"type\":\"bool\"},"
        "{\"type\":\"tuple\",\"components\":[{\"type\":\"bytes\"}]}]}]},"
        "{\"type\":\"event\",\"name\":\"Paid\",\"inputs\":[]},{\"type\":\"receive\"}]";
    static const struct {
        const char *name;
        u32 arguments;
        const char *want;
    } row[] = {
        {"pay", 2, "pay(address,uint256)"},
        {"pay(address, uint)", 2, "pay(address,uint256)"},
        {"pay(uint)", 1, "f:1:1: \"pay(uint)\" is not a function of the contract; it has pay(address,uint256)"},
        {"pya", 2, "f:1:1: \"pya\" is not a function of the contract; did you mean \"pay\"?"},
        {"Paid", 0, "f:1:1: \"Paid\" is not a function of the contract; did you mean \"pay\"?"},
        {"frobnicate", 0, "f:1:1: \"frobnicate\" is not a function of the contract; it has pay, get, get, get, t"},
        {"get", 0, "get()"},
        {"get", 1, "f:1:1: \"get\" is ambiguous: write get(), get(uint256), ... in full"},
        {"get(int[])", 1, "get(int256[])"},
        {"t", 1, "t((bool,(bytes))[2])"},
    };
    struct json root;
    struct interface i;
    struct complaint c = {.file = "f"};
    assert_int_equal(json_parse(&arena, &root, &c, BYTES_LITERAL(abi), 1 << 20), OK);
    assert_int_equal(interface_read(&arena, &i, &c, root), OK);
    for (size_t k = 0; k < COUNT_OF(row); k++) {
        const struct member *m;
        char got[600];
        c = (struct complaint){.file = "f"};
        if (interface_find(&arena, &m, &c, (struct place){1, 1}, &i, ABI_ITEM_FUNCTION, row[k].name, row[k].arguments))
            complaint_print(got, sizeof got, &c);
        else
            snprintf(got, sizeof got, "%s", m->text);
        assert_string_equal(got, row[k].want);
    }
    /* `cast sig "t((bool,(bytes))[2])"` */
    assert_int_equal(load_be32(i.member[4].abi.hash.b), 0x5c8b5f34);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_form_is_read, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_artifacts_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(uniswap_is_read_from_its_own_package, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(functions_are_found, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
