/* scope call and scope send - one transaction on a chain of a running node: what it would do, or sent and settled. */
#include "cli/call_text.h"
#include "codec/hex.h"
#include "codec/json_write.h"
#include "codec/number.h"
#include "codec/text.h"
#include "ethrpc/rpc_client.h"
#include "io/memory.h"
#include "options/commands.h"

#include <stdio.h>
#include <time.h>

enum { URL_MAX = 2048, POLL_MS = 100 };

struct asking {
    const struct command_line *line;
    struct arena arena;
    struct rpc_client *node;  /* as --rpc names it */
    struct rpc_client *chain; /* the endpoint of the chain; NULL: not opened */
    address to, from;
    bool has_from;
    u256 value;
    struct bytes data; /* as hex, which was checked */
};

/* --- the command line --- */

static int say_wrong(const struct asking *a, const char *what, const char *text)
{
    const char *name = command_table[a->line->command].name;
    fprintf(stderr, "scope %s: %s: \"%.100s\"\nTry \"scope %s --help\".\n", name, what, text, name);
    return STATUS_WRONG;
}

static bool read_address_text(address *out, const char *text)
{
    return strlen(text) == 42 && hex_fixed(out->b, sizeof out->b, bytes_of(text, 42)) == OK;
}

static bool is_hex(const char *text)
{
    const size_t len = strlen(text);
    return len >= 2 && len % 2 == 0 && text[0] == '0' && text[1] == 'x' &&
           strspn(text + 2, "0123456789abcdefABCDEF") == len - 2;
}

static int read_asking(struct asking *a)
{
    const char *to = a->line->argument[0], *data = option_text(a->line, OPTION_CALLDATA),
               *value = option_text(a->line, OPTION_VALUE);
    a->has_from = option_is_given(a->line, OPTION_FROM);
    if (!read_address_text(&a->to, to))
        return say_wrong(a, "expected an address: 0x and 40 digits", to);
    if (a->has_from && !read_address_text(&a->from, option_text(a->line, OPTION_FROM)))
        return say_wrong(a, "--from: expected an address: 0x and 40 digits", option_text(a->line, OPTION_FROM));
    if (!is_hex(data))
        return say_wrong(a, "--data: expected 0x and an even number of digits", data);
    if (amount_u256(&a->value, bytes_of(value, strlen(value))) != OK)
        return say_wrong(a, "--value: expected an amount, as 5, 20gwei or 1.5ether", value);
    a->data = bytes_of(data, strlen(data));
    return STATUS_MET;
}

/* --- the node --- */

static int fail_asking(const struct asking *a, const struct rpc_client *c, enum err e)
{
    fprintf(stderr, "scope %s: %s: %s\n", command_table[a->line->command].name, err_name(e), rpc_why(c));
    return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
}

/* The first development account, unless --from names one. */
static enum err find_sender_account(struct asking *a)
{
    struct json accounts;
    if (a->has_from)
        return OK;
    TRY(rpc_call_one(a->node, &a->arena, &accounts, "eth_accounts", bytes_of(NULL, 0)));
    const struct bytes first = json_text(json_at(accounts, 0));
    return first.len == 42 ? hex_fixed(a->from.b, sizeof a->from.b, first) : REJECT_RPC;
}

/* Each chain is at a path of every port of the node: /l1, or its id. */
static enum err open_chain_endpoint(struct asking *a)
{
    char url[URL_MAX];
    struct json chains;
    const char *base = option_text(a->line, OPTION_RPC);
    const bool is_given = option_is_given(a->line, OPTION_ON_CHAIN);
    const u64 id = is_given ? option_number(a->line, OPTION_ON_CHAIN) : 0;
    bool is_l1 = false;
    size_t len = strlen(base);
    while (len && base[len - 1] == '/')
        len--;
    if (!is_given)
        return rpc_open(&a->chain, &system_memory, base);
    TRY(rpc_call_one(a->node, &a->arena, &chains, "scope_chains", bytes_of(NULL, 0)));
    for (struct json_iterator i = json_items(chains); json_next(&i);) {
        u64 other;
        if (json_u64(&other, json_get(i.value, "chainId")) == OK && other == id)
            is_l1 = json_text_is(json_get(i.value, "kind"), "l1");
    }
    const int written = is_l1 ? snprintf(url, sizeof url, "%.*s/l1", (int)len, base)
                              : snprintf(url, sizeof url, "%.*s/%llu", (int)len, base, (unsigned long long)id);
    return written < 0 || (size_t)written >= sizeof url ? REJECT_TOO_LONG : rpc_open(&a->chain, &system_memory, url);
}

/* [{from, to, value, gas?, data}] */
static struct bytes transaction_params(struct asking *a)
{
    struct buffer out = buffer_in(&a->arena);
    struct json_writer w = json_writer(&out, 0);
    json_write_array(&w);
    json_write_object(&w);
    json_write_key(&w, "from");
    json_write_hex(&w, BYTES_OF(a->from.b));
    json_write_key(&w, "to");
    json_write_hex(&w, BYTES_OF(a->to.b));
    json_write_key(&w, "value");
    json_write_quantity_u256(&w, &a->value);
    if (option_is_given(a->line, OPTION_GAS)) {
        json_write_key(&w, "gas");
        json_write_quantity(&w, option_number(a->line, OPTION_GAS));
    }
    json_write_key(&w, "data");
    json_write_string(&w, a->data);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buffer_bytes(&out);
}

static void open_asking(struct asking *a, const struct command_line *line)
{
    *a = (struct asking){.line = line};
    arena_init(&a->arena, &system_memory);
}

static void close_asking(struct asking *a)
{
    if (a->chain)
        rpc_close(a->chain);
    if (a->node)
        rpc_close(a->node);
    arena_release(&a->arena);
}

static int run_asking(const struct command_line *line, int (*run)(struct asking *a))
{
    struct asking a;
    open_asking(&a, line);
    int status = read_asking(&a);
    if (status == STATUS_MET) {
        enum err e = rpc_open(&a.node, &system_memory, option_text(line, OPTION_RPC));
        if (e == OK)
            e = find_sender_account(&a);
        if (e == OK)
            e = open_chain_endpoint(&a);
        status = e == OK ? run(&a) : a.node ? fail_asking(&a, a.node, e) : STATUS_FAILED;
    }
    close_asking(&a);
    return status;
}

/* --- scope call --- */

static void print_failed_call(struct asking *a, struct json answer)
{
    struct buffer out = buffer_in(&a->arena);
    const struct json error = json_get(answer, "error");
    text_add(&out, "scope call: ");
    if (json_kind(json_get(error, "reason")) == JSON_STRING) {
        call_text_member(&out, error, "reason");
        text_add(&out, ": ");
    }
    call_text_member(&out, error, "message");
    text_add(&out, "\n");
    if (json_kind(json_get(answer, "trace")) == JSON_OBJECT)
        call_text_tree(&out, json_get(answer, "trace"), 0);
    fwrite(out.ptr, 1, out.len, stderr);
}

static int ask_call(struct asking *a)
{
    struct json answer;
    struct buffer out = buffer_in(&a->arena);
    const enum err e = rpc_call_one(a->chain, &a->arena, &answer, "scope_call", transaction_params(a));
    if (e != OK)
        return fail_asking(a, a->chain, e);
    if (!call_text_flag(answer, "success")) {
        print_failed_call(a, answer);
        return STATUS_NOT_MET;
    }
    text_add_safe(&out, json_text(json_get(answer, "output")), SIZE_MAX);
    text_add(&out, "\n");
    return fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0 ? STATUS_MET : STATUS_FAILED;
}

int cmd_call(const struct command_line *line)
{
    return run_asking(line, ask_call);
}

/* --- scope send --- */

static struct bytes params_of_hash(struct asking *a, struct bytes hash)
{
    struct buffer params = buffer_in(&a->arena);
    text_add(&params, "[");
    text_add_quoted(&params, hash, 80);
    text_add(&params, "]");
    return buffer_bytes(&params);
}

/* In slots of any length. */
static enum err await_outcome(struct asking *a, struct json *status, struct bytes hash)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    const struct arena_mark mark = arena_mark(&a->arena);
    for (;; arena_rewind(&a->arena, mark)) {
        TRY(rpc_call_one(a->chain, &a->arena, status, "scope_getTransaction", params_of_hash(a, hash)));
        const struct json stage = json_get(*status, "status");
        if (json_text_is(stage, "settled") || json_text_is(stage, "rejected"))
            return OK;
        nanosleep(&pause, NULL);
    }
}

/* What was settled may have reverted on its own chain. */
static enum err has_reverted(struct asking *a, bool *out, struct bytes hash)
{
    struct json receipt;
    TRY(rpc_call_one(a->chain, &a->arena, &receipt, "eth_getTransactionReceipt", params_of_hash(a, hash)));
    *out = json_text_is(json_get(receipt, "status"), "0x0");
    return OK;
}

static int print_sent(struct asking *a, struct json status, struct bytes hash)
{
    struct buffer out = buffer_in(&a->arena);
    const bool is_rejected = json_text_is(json_get(status, "status"), "rejected");
    bool reverted = false;
    const enum err e = is_rejected ? OK : has_reverted(a, &reverted, hash);
    if (e != OK)
        return fail_asking(a, a->chain, e);
    call_text_outcome(&out, status);
    if (reverted)
        text_add(&out, "execution reverted\n");
    if (fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        return STATUS_FAILED;
    return is_rejected || reverted ? STATUS_NOT_MET : STATUS_MET;
}

/* The code of what the builder rejected: docs/node.md. */
static int say_refused(const struct rpc_call *call)
{
    enum { REJECTED_BY_BUILDER = -39010 };
    fprintf(stderr, "scope send: %s\n", call->message);
    return call->code == REJECTED_BY_BUILDER ? STATUS_NOT_MET : STATUS_WRONG;
}

static int ask_send(struct asking *a)
{
    struct rpc_call call = {.method = "eth_sendTransaction", .params = transaction_params(a)};
    struct json status;
    enum err e = rpc_call_all(a->chain, &a->arena, &call, 1);
    if (e != OK)
        return fail_asking(a, a->chain, e);
    if (call.error != OK)
        return say_refused(&call);
    const struct bytes hash = json_text(call.result);
    printf("%.*s\n", (int)hash.len, (const char *)hash.ptr);
    fflush(stdout);
    e = await_outcome(a, &status, hash);
    return e == OK ? print_sent(a, status, hash) : fail_asking(a, a->chain, e);
}

int cmd_send(const struct command_line *line)
{
    return run_asking(line, ask_send);
}
