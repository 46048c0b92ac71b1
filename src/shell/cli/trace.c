/* scope trace - the calls of a transaction or operation over all chains of a running node, as a tree of lines. */
#include "cli/call_cause.h"
#include "cli/call_text.h"
#include "codec/text.h"
#include "ethrpc/rpc_client.h"
#include "io/memory.h"
#include "options/commands.h"

#include <stdio.h>

enum { HASH_CHARACTERS = 66 };

static void add_traced_mailboxes(struct buffer *b, struct json pairs)
{
    for (struct json_iterator i = json_items(pairs); json_next(&i);) {
        text_add(b, "mailboxes of ");
        text_add_safe(b, json_source(json_get(json_get(i.value, "here"), "chainId")), CALL_TEXT_MAX);
        text_add(b, " and ");
        text_add_safe(b, json_source(json_get(json_get(i.value, "there"), "chainId")), CALL_TEXT_MAX);
        text_add_z(b, call_text_flag(i.value, "equal") ? ": equal\n" : ": different\n");
    }
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
    call_text_outcome(&out, answer);
    call_cause(&out, answer);
    if (json_kind(json_get(answer, "trace")) == JSON_OBJECT)
        call_text_tree(&out, json_get(answer, "trace"), 0);
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
