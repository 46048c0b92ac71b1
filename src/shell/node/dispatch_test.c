/* What does not have the form that a method's row names is refused with go-ethereum's code and message. */
#include "node/node_for_tests.h"

static const char genesis[] =
    "{\"config\":{\"chainId\":1337,\"homesteadBlock\":0,\"eip150Block\":0,\"eip158Block\":0,\"byzantiumBlock\":0,"
    "\"constantinopleBlock\":0,\"petersburgBlock\":0,\"istanbulBlock\":0,\"berlinBlock\":0,\"londonBlock\":0,"
    "\"terminalTotalDifficulty\":0,\"shanghaiTime\":0},\"difficulty\":\"0x0\",\"gasLimit\":\"0x1c9c380\","
    "\"extraData\":\"0x\",\"mixHash\":\"0x0000000000000000000000000000000000000000000000000000000000000000\","
    "\"coinbase\":\"0x0000000000000000000000000000000000000000\",\"alloc\":{\"0x00000000000000000000000000000000000000aa\":"
    "{\"balance\":\"0x7b\",\"nonce\":\"0x2\",\"code\":\"0x6001\",\"storage\":{\"0x01\":\"0x02\"}}}}";

#define AA "\"0x00000000000000000000000000000000000000aa\""
#define NO_BLOCK "\"0x1111111111111111111111111111111111111111111111111111111111111111\""

static const struct { const char *method, *params, *answer; } row[] = {
    {"eth_chainId", "[]", "\"0x539\""},
    {"eth_blockNumber", "null", "\"0x0\""},
    {"net_version", "[]", "\"1337\""},
    {"eth_chainid", "[]", "-32601 the method eth_chainid does not exist/is not available"},
    {"eth_chainId", "[1]", "-32602 too many arguments, want at most 0"},
    {"eth_chainId", "{}", "-32602 non-array args"},
    /* web3.sha3 of nothing: the yellow paper's empty hash */
    {"web3_sha3", "[\"0x\"]", "\"0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470\""},
    {"web3_sha3", "[\"0xabc\"]", "-32602 invalid argument 0: hex string of odd length"},
    {"web3_sha3", "[\"abcd\"]", "-32602 invalid argument 0: hex string without 0x prefix"},
    {"web3_sha3", "[\"0xabcg\"]", "-32602 invalid argument 0: invalid hex string"},
    {"eth_getBalance", "[]", "-32602 missing value for required argument 0"},
    {"eth_getBalance", "[null]", "-32602 missing value for required argument 0"},
    {"eth_getBalance", "[" AA "]", "\"0x7b\""},
    {"eth_getBalance", "[" AA ",null]", "\"0x7b\""},
    {"eth_getBalance", "[" AA ",\"earliest\"]", "\"0x7b\""},
    {"eth_getBalance", "[" AA ",{\"blockNumber\":\"0x0\"}]", "\"0x7b\""},
    {"eth_getBalance", "[" AA ",\"0x1\"]", "-32000 header not found"},
    {"eth_getBalance", "[" AA ",\"0x01\"]", "-32602 invalid argument 1: hex number with leading zero digits"},
    {"eth_getBalance", "[" AA ",\"1\"]", "-32602 invalid argument 1: hex string without 0x prefix"},
    {"eth_getBalance", "[" AA ",\"0x10000000000000000\"]", "-32602 invalid argument 1: hex number > 64 bits"},
    {"eth_getBalance", "[" AA "," NO_BLOCK "]", "-32000 header not found"},
    {"eth_getBalance", "[" AA ",{\"blockHash\":" NO_BLOCK ",\"blockNumber\":\"0x0\"}]",
     "-32602 invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other"},
    {"eth_getBalance", "[" AA ",\"latest\",1]", "-32602 too many arguments, want at most 2"},
    {"eth_getBalance", "[\"0xaa\"]", "-32602 invalid argument 0: hex string has a wrong length, want 40 for an address"},
    {"eth_getTransactionCount", "[" AA "]", "\"0x2\""},
    {"eth_getCode", "[" AA "]", "\"0x6001\""},
    {"eth_getStorageAt", "[" AA ",\"0x1\"]", "\"0x0000000000000000000000000000000000000000000000000000000000000002\""},
    {"eth_getStorageAt", "[" AA ",\"0x2\"]", "\"0x0000000000000000000000000000000000000000000000000000000000000000\""},
    {"eth_getBlockByNumber", "[\"0x1\",false]", "null"},
    {"eth_getBlockByNumber", "[\"finalized\",false]", "null"},
    {"eth_getBlockByNumber", "[\"0x0\",\"yes\"]", "-32602 invalid argument 1: json: cannot unmarshal non-bool to bool"},
    {"eth_getTransactionByHash", "[" NO_BLOCK "]", "null"},
    {"eth_getTransactionReceipt", "[" NO_BLOCK "]", "null"},
    {"eth_getLogs", "[{}]", "[]"},
    {"eth_getLogs", "[{\"fromBlock\":\"0x0\",\"toBlock\":\"0x1\"}]", "-32602 block range extends beyond current head block"},
    {"eth_getLogs", "[{\"blockHash\":" NO_BLOCK "}]", "-32000 unknown block"},
};

static void parameters_are_checked(void **unused)
{
    struct test_node t;
    (void)unused;
    test_node_open(&t, genesis);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const char *answer = test_node_call(&t, row[i].method, row[i].params);
        if (strcmp(answer, row[i].answer) != 0)
            fail_msg("%s %s: expected %s, got %s", row[i].method, row[i].params, row[i].answer, answer);
    }
    test_node_close(&t);
}

static void an_error_is_set_and_handed_on(void **unused)
{
    struct arena arena;
    (void)unused;
    arena_init(&arena, &system_memory);
    struct rpc_request r = {.arena = &arena};
    assert_int_equal(rpc_invalid(&r, 3, "%s", "why"), REJECT_CALL);
    assert_int_equal(r.error.code, JSONRPC_INVALID_PARAMS);
    assert_string_equal(r.error.message, "invalid argument 3: why");
    assert_int_equal(rpc_fail(&r, -32000, "only %d", 7), REJECT_CALL);
    assert_int_equal(r.error.code, -32000);
    assert_string_equal(r.error.message, "only 7");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_checked),
        cmocka_unit_test(an_error_is_set_and_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
