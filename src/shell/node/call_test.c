/* Methods that run code: what they answer to programs that fail, loop or nest, and that each request has its budget. */
#include "node/node_for_tests.h"

#define RETURNS_ONE "600160005260206000f3"
/* CALL(gas, this, ..) with all the gas there is, then STOP */
#define CALLS_ITSELF "600080808080305af100"
/* revert Error("no"): the selector and 0x20, 2, "no" as words, from memory 28 on */
#define REVERTS "6308c379a060005260206020526002604052616e6f60f01b6060526064601cfd"
/* revert Panic(0x11) */
#define PANICS "634e487b7160005260116020526024601cfd"

#define ACCOUNT(at, code) \
    "\"0x00000000000000000000000000000000000000" at "\":{\"balance\":\"0x64\",\"code\":\"0x" code "\"}"

static const char genesis[] =
    "{\"config\":{\"chainId\":1337,\"homesteadBlock\":0,\"eip150Block\":0,\"eip158Block\":0,\"byzantiumBlock\":0,"
    "\"constantinopleBlock\":0,\"petersburgBlock\":0,\"istanbulBlock\":0,\"berlinBlock\":0,\"londonBlock\":0,"
    "\"terminalTotalDifficulty\":0,\"shanghaiTime\":0},\"difficulty\":\"0x0\",\"gasLimit\":\"0x1c9c380\","
    "\"extraData\":\"0x\",\"mixHash\":\"0x0000000000000000000000000000000000000000000000000000000000000000\","
    "\"coinbase\":\"0x0000000000000000000000000000000000000000\",\"alloc\":{"
    ACCOUNT("aa", RETURNS_ONE) "," ACCOUNT("bb", CALLS_ITSELF) "," ACCOUNT("cc", "5b600056") "," ACCOUNT("dd", REVERTS)
    "," ACCOUNT("ee", PANICS) "," ACCOUNT("ff", "fe") "}}";

#define TO(at) "\"to\":\"0x00000000000000000000000000000000000000" at "\""
#define ONE "\"0x0000000000000000000000000000000000000000000000000000000000000001\""
#define HUGE_GAS "\"gas\":\"0x7fffffffffffffff\""

static const struct { const char *method, *params, *answer; } row[] = {
    {"eth_call", "[{" TO("aa") "}]", ONE},
    {"eth_call", "[{" TO("aa") "},\"latest\"]", ONE},
    {"eth_call", "[{" TO("aa") "},\"0x1\"]", "-32000 header not found"},
    {"eth_call", "[{" TO("99") "}]", "\"0x\""},
    {"eth_call", "[{" TO("99") "},\"latest\",{\"0x0000000000000000000000000000000000000099\":{\"code\":\"0x" RETURNS_ONE "\"}}]",
     ONE},
    {"eth_call", "[{" TO("cc") "," HUGE_GAS "}]", "-32000 out of gas"}, /* after 50,000,000 */
    {"eth_call", "[{" TO("dd") "}]", "3 execution reverted: no"},
    {"eth_call", "[{" TO("ee") "}]", "3 execution reverted: arithmetic underflow or overflow"},
    {"eth_call", "[{" TO("ff") "}]", "-32000 invalid opcode: INVALID"},
    {"eth_call", "[{" TO("aa") ",\"value\":\"0x1\"}]",
     "-32000 err: insufficient funds for gas * price + value: address 0x0000000000000000000000000000000000000000 have 0 want 1 "
     "(supplied gas 50000000)"},
    {"eth_call", "[{" TO("aa") ",\"gas\":\"0x5207\"}]",
     "-32000 err: intrinsic gas too low: have 20999, want 21000 (supplied gas 20999)"},
    {"eth_call", "[{" TO("aa") ",\"data\":\"0x01\",\"input\":\"0x02\"}]",
     "-32000 both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data"},
    {"eth_call", "[{\"to\":\"0xaa\"}]",
     "-32602 invalid argument 0: to: hex string has a wrong length, want 40 for an address"},
    {"eth_estimateGas", "[{" TO("99") "}]", "\"0x5208\""},
    {"eth_estimateGas", "[{" TO("dd") "}]", "3 execution reverted: no"},
    {"eth_estimateGas", "[{" TO("cc") "," HUGE_GAS "}]", "-32000 gas required exceeds allowance (50000000)"},
    {"debug_traceCall", "[{" TO("99") "},\"latest\",{\"tracer\":\"noopTracer\"}]", "{}"},
    {"debug_traceCall", "[{" TO("99") "},\"latest\",{\"tracer\":\"4byteTracer\"}]", "{}"},
    {"debug_traceCall", "[{" TO("99") "},\"latest\",{\"tracer\":\"{step: function() {}}\"}]",
     "-32000 tracer not found: {step: function() {}}, and JavaScript is not supported"},
    {"debug_traceCall", "[{" TO("99") "},\"latest\",{\"tracer\":\"callTracer\",\"tracerConfig\":{\"withLog\":1}}]",
     "-32602 invalid argument 2: withLog: json: cannot unmarshal non-bool to bool"},
    {"debug_traceCall", "[{" TO("99") "},\"latest\",{\"timeout\":\"soon\"}]",
     "-32602 invalid argument 2: timeout: want a whole number of ms, s or m, as in \"10s\""},
    {"debug_traceBlockByNumber", "[\"0x0\"]", "-32000 genesis is not traceable"},
    {"debug_traceTransaction", "[" ONE "]", "-32000 transaction not found"},
};

static void programs_and_mistakes_have_geths_answers(void **unused)
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

/* A request whose time is over ends at the next message, whatever method it is. */
static void time_is_bounded(void **unused)
{
    static const struct { const char *method, *params; } slow[] = {
        {"eth_call", "[{" TO("bb") "," HUGE_GAS "}]"},
        {"eth_estimateGas", "[{" TO("bb") "," HUGE_GAS "}]"},
        {"eth_createAccessList", "[{" TO("bb") "," HUGE_GAS "}]"},
        {"eth_simulateV1", "[{\"blockStateCalls\":[{\"calls\":[{" TO("bb") "}]}]}]"},
        {"debug_traceCall", "[{" TO("cc") "," HUGE_GAS "},\"latest\",{\"tracer\":\"prestateTracer\",\"timeout\":\"0s\"}]"},
        {"debug_traceCall", "[{" TO("bb") "," HUGE_GAS "},\"latest\",{\"tracer\":\"callTracer\",\"timeout\":\"0s\"}]"},
    };
    struct test_node t;
    (void)unused;
    test_node_open(&t, genesis);
    for (size_t i = 0; i < COUNT_OF(slow); i++) {
        t.node.call_ms = strstr(slow[i].params, "timeout") ? 60000 : 0;
        const char *answer = test_node_call(&t, slow[i].method, slow[i].params);
        if (strcmp(answer, "-32000 execution aborted (timeout = 0s)") != 0)
            fail_msg("%s %s: %s", slow[i].method, slow[i].params, answer);
    }
    test_node_close(&t);
}

/* Some 600 calls deep: each takes a 64th of the gas away, and the tree has two levels of JSON for each. */
static void a_trace_nests_as_deep_as_calls(void **unused)
{
    struct test_node t;
    u32 depth = 0, deepest = 0;
    (void)unused;
    test_node_open(&t, genesis);
    const char *answer = test_node_call(&t, "debug_traceCall",
                                        "[{" TO("bb") "," HUGE_GAS "},\"latest\",{\"tracer\":\"callTracer\"}]");
    for (const char *p = answer; *p; p++) {
        depth += *p == '{' || *p == '[';
        deepest = depth > deepest ? depth : deepest;
        depth -= *p == '}' || *p == ']';
    }
    assert_int_equal(depth, 0);
    assert_int_equal(answer[0], '{');
    assert_true(deepest > 1000);
    test_node_close(&t);
}

/* What a result may take bounds what a tracer collects, too. */
static void size_is_bounded(void **unused)
{
    static const char *const tracer[] = {"\"callTracer\"", "\"prestateTracer\"", "null"};
    struct test_node t;
    char params[200];
    (void)unused;
    test_node_open(&t, genesis);
    t.response_bytes = 300;
    for (size_t i = 0; i < COUNT_OF(tracer); i++) {
        snprintf(params, sizeof params, "[{" TO("bb") ",\"gas\":\"0xf4240\"},\"latest\",{\"tracer\":%s}]", tracer[i]);
        assert_string_equal(test_node_call(&t, "debug_traceCall", params), "-32003 response too large");
    }
    test_node_close(&t);
}

/* On a stack as the server's workers have it. */
static void *run_all(void *failed)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_and_mistakes_have_geths_answers),
        cmocka_unit_test(time_is_bounded),
        cmocka_unit_test(a_trace_nests_as_deep_as_calls),
        cmocka_unit_test(size_is_bounded),
    };
    *(int *)failed = cmocka_run_group_tests(tests, NULL, NULL);
    return NULL;
}

int main(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int failed = 1;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, EVM_STACK_BYTES + (1 << 20)) == 0 &&
        pthread_create(&thread, &attributes, run_all, &failed) == 0)
        pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return failed;
}
