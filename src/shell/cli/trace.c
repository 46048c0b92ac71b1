/* scope trace - the calls of a transaction or operation over all chains of a running node, as a tree of lines. */
#include "cli/run.h"
#include "codec/text.h"
#include "ethrpc/rpc_client.h"
#include "io/memory.h"
#include "options/commands.h"

#include <stdio.h>

enum { TEXT_MAX = 200, DATA_MAX = 80, DEPTH_SHOWN_MAX = 64, HASH_CHARACTERS = 66 };

static void add_text(struct buffer *b, struct json object, const char *key)
{
    text_add_safe(b, json_text(json_get(object, key)), TEXT_MAX);
}

/* Calldata and returndata, cut. */
static void add_traced_data(struct buffer *b, struct json v)
{
    text_add_safe(b, json_text(v), DATA_MAX);
}

static void add_quantity(struct buffer *b, struct json object, const char *key)
{
    u256 x;
    if (json_u256(&x, json_get(object, key)) == OK)
        text_add_u256(b, &x);
    else
        text_add(b, "?");
}

static bool is_flagged(struct json frame, const char *key)
{
    return json_kind(json_get(frame, key)) == JSON_TRUE;
}

/* "7002  call 0x.. 0xa6f2ae3a  1 wei  27601 gas  -> 0x..04" */
static void add_frame_line(struct buffer *b, struct json frame, u32 depth)
{
    const struct json value = json_get(frame, "value"), output = json_get(frame, "output");
    u256 wei = {0};
    for (u32 i = 0; i < depth && i < DEPTH_SHOWN_MAX; i++)
        text_add(b, "  ");
    text_add_safe(b, json_source(json_get(frame, "chainId")), TEXT_MAX);
    text_add(b, "  ");
    add_text(b, frame, "type");
    text_add(b, " ");
    add_text(b, frame, "to");
    text_add(b, " ");
    add_traced_data(b, json_get(frame, "input"));
    if (json_kind(value) == JSON_STRING && json_u256(&wei, value) == OK && !u256_is_zero(&wei)) {
        text_add(b, "  ");
        text_add_u256(b, &wei);
        text_add(b, " wei");
    }
    text_add(b, "  ");
    add_quantity(b, frame, "gasUsed");
    text_add_z(b, is_flagged(frame, "undone") ? " gas  undone" : " gas");
    if (json_kind(output) == JSON_STRING) {
        text_add(b, "  -> ");
        add_traced_data(b, output);
    }
    if (json_kind(json_get(frame, "error")) == JSON_STRING) {
        text_add(b, "  FAILED: ");
        add_text(b, frame, json_kind(json_get(frame, "revertReason")) == JSON_STRING ? "revertReason" : "error");
    }
    text_add(b, "\n");
}

static void add_tree(struct buffer *b, struct json frame, u32 depth)
{
    add_frame_line(b, frame, depth);
    for (struct json_iterator i = json_items(json_get(frame, "calls")); json_next(&i);)
        add_tree(b, i.value, depth + 1);
}

static void add_traced_mailboxes(struct buffer *b, struct json pairs)
{
    for (struct json_iterator i = json_items(pairs); json_next(&i);) {
        text_add(b, "mailboxes of ");
        text_add_safe(b, json_source(json_get(json_get(i.value, "here"), "chainId")), TEXT_MAX);
        text_add(b, " and ");
        text_add_safe(b, json_source(json_get(json_get(i.value, "there"), "chainId")), TEXT_MAX);
        text_add_z(b, is_flagged(i.value, "equal") ? ": equal\n" : ": different\n");
    }
}

static void add_outcome(struct buffer *b, struct json answer)
{
    const struct json bundle = json_get(answer, "bundle"), error = json_get(answer, "error");
    add_text(b, answer, "kind");
    text_add(b, " ");
    add_text(b, answer, "hash");
    text_add(b, ": ");
    add_text(b, answer, "status");
    if (json_kind(bundle) == JSON_OBJECT) {
        text_add(b, " by bundle ");
        add_text(b, bundle, "hash");
        text_add(b, " in block ");
        add_quantity(b, bundle, "blockNumber");
        text_add(b, " of L1");
    }
    if (json_kind(error) == JSON_OBJECT) {
        text_add(b, ", ");
        add_text(b, error, "reason");
        text_add(b, ": ");
        add_text(b, error, "message");
    }
    text_add(b, "\n");
}

static enum err print_trace_of(struct rpc_client *node, struct arena *arena, const char *hash, bool *is_rejected)
{
    struct buffer params = buffer_in(arena), out = buffer_in(arena);
    struct json answer;
    text_add(&params, "[\"");
    text_add_z(&params, hash);
    text_add(&params, "\"]");
    TRY(rpc_call_one(node, arena, &answer, "scope_trace", buffer_bytes(&params)));
    *is_rejected = json_text_is(json_get(answer, "status"), "rejected");
    add_outcome(&out, answer);
    if (json_kind(json_get(answer, "trace")) == JSON_OBJECT)
        add_tree(&out, json_get(answer, "trace"), 0);
    add_traced_mailboxes(&out, json_get(answer, "mailboxes"));
    fwrite(out.ptr, 1, out.len, stdout);
    return fflush(stdout) == 0 ? OK : FAULT_IO;
}

static bool is_transaction_hash(const char *text)
{
    return strlen(text) == HASH_CHARACTERS && strncmp(text, "0x", 2) == 0 &&
           strspn(text + 2, "0123456789abcdefABCDEF") == HASH_CHARACTERS - 2;
}

int cmd_trace(const struct command_line *line)
{
    const char *hash = line->argument[0];
    struct rpc_client *node;
    struct arena arena;
    bool is_rejected = false;
    if (!is_transaction_hash(hash)) {
        fprintf(stderr, "scope trace: expected a hash: 0x and 64 digits\n");
        return STATUS_WRONG;
    }
    arena_init(&arena, &system_memory);
    enum err e = rpc_open(&node, &system_memory, option_text(line, OPTION_RPC));
    if (e == OK) {
        e = print_trace_of(node, &arena, hash, &is_rejected);
        if (e != OK)
            fprintf(stderr, "scope trace: %s: %s\n", err_name(e), rpc_why(node));
        rpc_close(node);
    }
    arena_release(&arena);
    return e != OK ? err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG : is_rejected ? STATUS_NOT_MET : STATUS_MET;
}
