/* statetest - runs state tests: one transaction on a given state, for each fork that a test names.
 *
 *   {"name": {"env": {..}, "pre": {..}, "post": {"Prague": [{"hash", "logs", "txbytes", "expectException"?}, ..]}}}
 *
 * A case is one entry of post: the signed transaction in txbytes is decoded, its signer recovered, it runs in the
 * block that env describes, and the state root, the hash of the logs, and the exception with which an
 * invalid one is refused must be those given. Block hashes are keccak256 of the number in decimal digits. */
#include "codec/hex.h"
#include "options/commands.h"
#include "conformance/fixture.h"
#include "conformance/fixture_chain.h"
#include "conformance/trace.h"
#include "crypto/keccak.h"
#include "ethrpc/alloc_json.h"
#include "evm/precompile.h"
#include "io/memory.h"

#include <stdio.h>

struct test {
    struct fixture_test in;
    struct json env;
    struct header header;
    hash32 pre_root;
    struct json config;
};

struct outcome {
    enum err rejected;
    hash32 state_root;
    hash32 logs;
};

static enum err statetest_number_hash(void *context, hash32 *out, u64 number)
{
    char digits[24];
    (void)context;
    const int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    keccak256(out, digits, (size_t)len);
    return OK;
}

static const struct ancestors ancestors = {statetest_number_hash, NULL};

/* --- the block --- */

static enum err need_u64(struct test *t, u64 *out, const char *key)
{
    struct json v;
    TRY(json_need(&v, &t->in.w->complaint, t->env, key, JSON_STRING));
    return json_u64(out, v) == OK ? OK : json_unexpected(&t->in.w->complaint, v, "a 64-bit number");
}

/* A field that some forks lack stays 0. */
static enum err may_u256(struct test *t, u256 *out, const char *key)
{
    const struct json v = json_get(t->env, key);
    return json_kind(v) == JSON_NONE || json_u256(out, v) == OK ? OK
                                                                : json_unexpected(&t->in.w->complaint, v, "a number");
}

static enum err read_env(struct test *t)
{
    struct header *h = &t->header;
    u256 random = {{0}}, excess = {{0}};
    *h = (struct header){0};
    TRY(need_u64(t, &h->number, "currentNumber"));
    TRY(need_u64(t, &h->timestamp, "currentTimestamp"));
    TRY(need_u64(t, &h->gas_limit, "currentGasLimit"));
    TRY(may_u256(t, &h->difficulty, "currentDifficulty"));
    TRY(may_u256(t, &h->base_fee, "currentBaseFee"));
    TRY(may_u256(t, &random, "currentRandom"));
    TRY(may_u256(t, &excess, "currentExcessBlobGas"));
    h->prevrandao = u256_to_hash32(&random);
    h->excess_blob_gas = u256_saturate_u64(&excess);
    (void)statetest_number_hash(NULL, &h->parent_hash, h->number - 1);
    const struct json coinbase = json_get(t->env, "currentCoinbase");
    if (json_hex_fixed(h->coinbase.b, sizeof h->coinbase.b, coinbase) != OK)
        return json_unexpected(&t->in.w->complaint, coinbase, "an address");
    return OK;
}

/* --- the run --- */

static enum err statetest_apply(struct block_run *run, struct bytes envelope, const struct receipt **receipt)
{
    struct tx *tx = ARENA_TAKE(&run->arena, struct tx, 1);
    /* every type: one that the fork does not know yet is refused by its own name */
    TRY(tx_decode(tx, &run->arena, envelope, TX_TYPES_ETHEREUM | TX_ADMITS_EIP155));
    return block_apply(run, receipt, tx);
}

static enum err statetest_run_case(struct test *t, struct outcome *out, const struct chain_rules *rules,
                                   struct bytes envelope, const struct hooks *listener, struct trace *trace)
{
    struct block_run run;
    const struct receipt *receipt = NULL;
    struct state *s = state_open(&system_memory, t->in.tries, &t->in.codes, &t->pre_root);
    block_open(&run, &t->in.w->machine, rules, s, &t->header, &ancestors, listener);
    enum err e = statetest_apply(&run, envelope, &receipt);
    out->rejected = OK;
    if (err_is_reject(e)) {
        out->rejected = e;
        e = OK;
    }
    if (e == OK) {
        logs_hash(&out->logs, run.host.log.item, (u32)run.host.log.count, &run.arena);
        e = state_commit(s, &out->state_root);
    }
    if (e == OK && receipt)
        t->in.w->gas += receipt->gas_used;
    if (e == OK && trace)
        trace_end(trace, &out->state_root, receipt ? receipt->output : (struct bytes){0},
                  receipt ? receipt->gas_used : 0, receipt && receipt->success);
    block_release(&run);
    state_release(s);
    return e;
}

/* --- reporting a case that did not pass --- */

static void statetest_print_trace(struct test *t, const struct chain_rules *rules, struct bytes envelope)
{
    const struct arena_mark mark = arena_mark(&t->in.w->arena);
    struct trace *trace = ARENA_TAKE(&t->in.w->arena, struct trace, 1);
    struct outcome ignored;
    trace_init(trace, &t->in.w->arena);
    if (statetest_run_case(t, &ignored, rules, envelope, &trace->hooks, trace) == OK)
        fwrite(trace->out.ptr, 1, trace->out.len, stdout);
    arena_rewind(&t->in.w->arena, mark);
}

/* The precompile that was called last, which is the unsupported one. */
static enum err note_precompile(void *context, struct evm *vm, const struct evm_message *m)
{
    const struct precompile *p = precompile_find(vm->fork, &m->code_address);
    if (p)
        *(const struct precompile **)context = p;
    return OK;
}

static void report_fault(struct test *t, struct bytes fork, const struct chain_rules *rules, struct bytes envelope,
                         enum err e)
{
    const struct precompile *last = NULL;
    const struct hooks hooks = {.context = &last, .enter = note_precompile};
    struct outcome ignored;
    if (e == FAULT_UNSUPPORTED && statetest_run_case(t, &ignored, rules, envelope, &hooks, NULL) == e && last)
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_SKIPPED, "precompile %s is not supported", last->name);
    else
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "%s: %s", err_name(e), err_text(e));
}

static void report_case(struct test *t, struct bytes fork, const struct outcome *got, const hash32 *root,
                        const hash32 *logs, struct json exception)
{
    const struct bytes want = json_text(exception);
    if (want.len && !got->rejected)
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "was accepted, expected %.*s", (int)want.len,
                       (const char *)want.ptr);
    else if (got->rejected && !fixture_expects(want, got->rejected))
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "was refused by %s, expected %.*s",
                       err_name(got->rejected), want.len ? (int)want.len : 7,
                       want.len ? (const char *)want.ptr : "success");
    else if (!hash32_eq(&got->logs, logs))
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "logs differ");
    else if (!hash32_eq(&got->state_root, root))
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "state root differs");
    else
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_PASSED, "passed");
}

static enum err run_post(struct test *t, struct bytes fork, const struct chain_rules *rules, struct json post)
{
    hash32 root, logs;
    struct bytes envelope;
    struct outcome got;
    const struct json tx = json_get(post, "txbytes");
    if (json_hex_fixed(root.b, sizeof root.b, json_get(post, "hash")) != OK ||
        json_hex_fixed(logs.b, sizeof logs.b, json_get(post, "logs")) != OK ||
        json_hex(&t->in.w->arena, &envelope, tx) != OK)
        return json_unexpected(&t->in.w->complaint, post, "hash, logs and txbytes");
    const char *skip = fixture_skip(t->in.w, t->in.name);
    if (skip) {
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_SKIPPED, "%s", skip);
        return OK;
    }
    const enum err e = statetest_run_case(t, &got, rules, envelope, NULL, NULL);
    const u64 failed_before = fixture_failed(t->in.w);
    if (e != OK)
        report_fault(t, fork, rules, envelope, e);
    else
        report_case(t, fork, &got, &root, &logs, json_get(post, "expectException"));
    if (t->in.w->trace && fixture_failed(t->in.w) != failed_before)
        statetest_print_trace(t, rules, envelope);
    return OK;
}

static enum err statetest_run_fork(struct test *t, struct bytes fork, struct json posts)
{
    struct fixture_rules rules;
    TRY(fixture_rules_init(&rules, &t->in.w->complaint, fork, t->config, posts));
    for (struct json_iterator it = json_items(posts); json_next(&it);)
        TRY(run_post(t, fork, &rules.chain, it.value));
    return OK;
}

/* --- the file --- */

static enum err open_pre(struct test *t, struct json pre)
{
    struct state *s = state_open(&system_memory, t->in.tries, &t->in.codes, &trie_empty_root);
    enum err e = alloc_read(s, &t->in.w->arena, &t->in.w->complaint, pre, &t->pre_root);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, t->in.w->codes);
    state_release(s);
    return e;
}

static enum err run_forks(struct test *t, struct json test)
{
    struct json pre, post;
    bool opened = false;
    TRY(json_need(&t->env, &t->in.w->complaint, test, "env", JSON_OBJECT));
    TRY(json_need(&pre, &t->in.w->complaint, test, "pre", JSON_OBJECT));
    TRY(json_need(&post, &t->in.w->complaint, test, "post", JSON_OBJECT));
    t->config = json_get(test, "config");
    for (struct json_iterator it = json_items(post); json_next(&it);) {
        if (!fixture_wanted(t->in.w, it.key, t->in.name))
            continue;
        if (!opened) {
            TRY(read_env(t));
            TRY(open_pre(t, pre));
            opened = true;
        }
        TRY(statetest_run_fork(t, it.key, it.value));
    }
    return OK;
}

static enum err statetest_run_one(const struct fixture_test *in, struct json test)
{
    struct test t = {.in = *in};
    return run_forks(&t, test);
}

static enum err statetest_run_file(struct fixture_worker *w, struct json root)
{
    return fixture_each(w, root, statetest_run_one);
}

int cmd_statetest(const struct command_line *line)
{
    const struct fixture_command command = {"statetest", statetest_run_file};
    return fixture_main(&command, line);
}
