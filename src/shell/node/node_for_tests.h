/* node_for_tests - a node on a chain of one block, and calls to it as text. */
#ifndef NODE_NODE_FOR_TESTS_H
#define NODE_NODE_FOR_TESTS_H

#include "io/memory.h"
#include "node/node.h"
#include "node/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

struct test_node {
    struct local_chain chain;
    struct node node;
    struct arena arena;
    size_t response_bytes;
};

static inline void test_node_open(struct test_node *t, const char *genesis)
{
    char path[] = "/tmp/scope-genesis-XXXXXX";
    struct complaint complaint = {0};
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, genesis, strlen(genesis)) == (ssize_t)strlen(genesis) && close(fd) == 0);
    const enum err e = local_chain_open(&t->chain, &system_memory, &complaint, path);
    unlink(path);
    if (e != OK)
        fail_msg("%s: %s", err_name(e), complaint.text);
    node_init(&t->node, &t->chain.chain, &t->chain);
    arena_init(&t->arena, &system_memory);
    t->response_bytes = SIZE_MAX;
}

static inline void test_node_close(struct test_node *t)
{
    arena_release(&t->arena);
    node_release(&t->node);
    local_chain_close(&t->chain);
}

/* The result as JSON, or "CODE MESSAGE" of the error. */
static inline const char *test_node_call(struct test_node *t, const char *method, const char *params)
{
    struct complaint complaint = {0};
    struct jsonrpc_call call = {.method = bytes_of(method, strlen(method)), .arena = &t->arena,
                                .deadline_ms = UINT64_MAX, .response_bytes = t->response_bytes};
    struct buffer out = buffer_in(&t->arena);
    struct json_writer w = json_writer(&out, 0);
    assert_int_equal(json_parse(&t->arena, &call.params, &complaint, bytes_of(params, strlen(params)), 1 << 20), OK);
    const struct jsonrpc_error e = rpc_handle(&t->node, &call, &w);
    if (e.code == 0) {
        buffer_add_u8(&out, 0);
        return (const char *)out.ptr;
    }
    char *text = arena_take(&t->arena, strlen(e.message) + 20);
    sprintf(text, "%d %s", e.code, e.message);
    return text;
}

#endif
