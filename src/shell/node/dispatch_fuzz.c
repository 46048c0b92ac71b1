/* Any bytes as a request to a node on a chain of one block: each response is a result or an error with a code and a
 * message, within the limits, and no method that is there says that it is not. */
#include "node/dispatch.h"

#include "io/memory.h"
#include "node/mempool.h"
#include "node/node.h"

#include <stdlib.h>
#include <unistd.h>

enum { CALL_MS_MOST = 50, RESPONSE_BYTES = 1 << 20 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0xaa returns slot 1, 0xbb loops. */
static const char genesis[] =
    "{\"config\":{\"chainId\":1337,\"homesteadBlock\":0,\"eip150Block\":0,\"eip158Block\":0,\"byzantiumBlock\":0,"
    "\"constantinopleBlock\":0,\"petersburgBlock\":0,\"istanbulBlock\":0,\"berlinBlock\":0,\"londonBlock\":0,"
    "\"terminalTotalDifficulty\":0,\"shanghaiTime\":0},\"difficulty\":\"0x0\",\"gasLimit\":\"0x1c9c380\","
    "\"extraData\":\"0x\",\"mixHash\":\"0x0000000000000000000000000000000000000000000000000000000000000000\","
    "\"coinbase\":\"0x0000000000000000000000000000000000000000\",\"alloc\":{"
    "\"0x00000000000000000000000000000000000000aa\":{\"balance\":\"0x7b\",\"code\":\"0x6001545f5260205ff3\","
    "\"storage\":{\"0x01\":\"0x02\"}},"
    "\"0x00000000000000000000000000000000000000bb\":{\"balance\":\"0x0\",\"code\":\"0x5b600056\"}}}";

static struct local_chain chain;
static struct node node;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char path[] = "/tmp/scope-genesis-XXXXXX";
    struct complaint complaint = {0};
    const int fd = mkstemp(path);
    (void)argc;
    (void)argv;
    BUG_UNLESS(fd >= 0 && write(fd, genesis, sizeof genesis - 1) == (ssize_t)(sizeof genesis - 1) && close(fd) == 0);
    BUG_UNLESS(local_chain_open(&chain, &system_memory, &complaint, path) == OK);
    unlink(path);
    node_init(&node, &chain.chain, &chain);
    node.call_ms = CALL_MS_MOST;
    return 0;
}

static void check_dispatched(struct json v)
{
    const struct json error = json_get(v, "error");
    const bool has_result = json_kind(json_get(v, "result")) != JSON_NONE;
    BUG_UNLESS(json_kind(v) == JSON_OBJECT && has_result != (json_kind(error) == JSON_OBJECT));
    BUG_UNLESS(has_result || (json_text(json_get(error, "code")).len && json_text(json_get(error, "message")).len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jsonrpc_limits limits = jsonrpc_default_limits();
    struct complaint complaint = {.file = "answer"};
    struct jsonrpc_request request;
    struct arena arena;
    struct json answer;
    arena_init(&arena, &system_memory);
    struct buffer out = buffer_in(&arena);
    limits.batch_items = 4;
    limits.batch_bytes = RESPONSE_BYTES;
    jsonrpc_read(&request, &arena, bytes_of(data, size));
    jsonrpc_answer(&out, &request, &limits, NULL, rpc_handle, &node);
    if (out.len) {
        BUG_UNLESS(json_parse(&arena, &answer, &complaint, buffer_bytes(&out), SIZE_MAX) == OK);
        if (json_kind(answer) != JSON_ARRAY)
            check_dispatched(answer);
        for (struct json_iterator it = json_items(answer); json_kind(answer) == JSON_ARRAY && json_next(&it);)
            check_dispatched(it.value);
    }
    mempool_clear(node.pool);
    arena_release(&arena);
    return 0;
}
