#include "options/commands.h"
#include "conformance/t8n.h"

#include "codec/json_write.h"
#include "codec/rlp.h"
#include "ethrpc/alloc_json.h"
#include "ethrpc/tx_json.h"
#include "io/file.h"
#include "io/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_LIMIT = 1 << 30 };

/* --- input --- */

static enum err read_stdin(struct t8n *t)
{
    struct buffer all = buffer_in(&t->arena);
    t->complaint.file = "(standard input)";
    for (;;) {
        const size_t before = all.len, room = 1 << 16;
        const ssize_t n = read(STDIN_FILENO, buffer_extend(&all, room), room);
        if (n < 0 && errno != EINTR) {
            complain(&t->complaint, (struct place){0}, "%s", strerror(errno));
            return FAULT_IO;
        }
        all.len = before + (n > 0 ? (size_t)n : 0);
        if (n == 0 || all.len > INPUT_LIMIT)
            break;
    }
    return json_parse(&t->arena, &t->stdin_root, &t->complaint, buffer_bytes(&all), INPUT_LIMIT);
}

/* The document that a flag names: a member of standard input's, or a file. */
static enum err read_input(struct t8n *t, struct json *out, const char *where, const char *key)
{
    if (strcmp(where, "stdin") != 0)
        return json_read_file(&t->arena, out, &t->complaint, where, INPUT_LIMIT);
    if (!t->stdin_root.document)
        TRY(read_stdin(t));
    *out = json_get(t->stdin_root, key);
    return json_kind(*out) == JSON_NONE ? json_unexpected(&t->complaint, t->stdin_root, key) : OK;
}

static enum err open_state(struct t8n *t)
{
    struct json alloc;
    hash32 root;
    TRY(read_input(t, &alloc, t->alloc_in, "alloc"));
    TRY(alloc_read(t->state, &t->arena, &t->complaint, alloc, &root));
    return state_new_codes(t->state, fixture_keep_code, t->codes);
}

/* --- transactions --- */

static enum err write_trace(struct t8n *t, const struct trace *trace, const struct tx *tx, u32 index)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/trace-%u-0x", t->basedir, index);
    for (size_t i = 0; i < 32 && n < (int)sizeof path; i++)
        n += snprintf(path + n, sizeof path - (size_t)n, "%02x", tx->hash.b[i]);
    if (n < (int)sizeof path)
        n += snprintf(path + n, sizeof path - (size_t)n, ".jsonl");
    if (n >= (int)sizeof path)
        return REJECT_TOO_LONG;
    return file_write(&t->complaint, path, buffer_bytes(&trace->out));
}

static enum err apply_traced(struct t8n *t, const struct receipt **receipt, const struct tx *tx)
{
    const u32 index = (u32)t->run.tx.count;
    struct trace *trace = ARENA_TAKE(&t->arena, struct trace, 1);
    trace_init(trace, &t->arena);
    block_listen(&t->run, &trace->hooks);
    const enum err e = block_apply(&t->run, receipt, tx);
    block_listen(&t->run, NULL);
    if (e != OK)
        return e;
    trace_end(trace, NULL, (*receipt)->output, (*receipt)->gas_used, (*receipt)->success);
    return write_trace(t, trace, tx, index);
}

/* A refused transaction is part of the result; a FAULT ends the run. */
static enum err t8n_apply(struct t8n *t, struct tx *tx, u32 index, enum err decoded)
{
    const struct receipt *receipt;
    const bool low_s = t->run.fork->id >= FORK_HOMESTEAD;
    enum err e = decoded;
    if (e == OK)
        e = tx_recover(tx, low_s, &t->arena);
    if (e == OK)
        e = t->trace ? apply_traced(t, &receipt, tx) : block_apply(&t->run, &receipt, tx);
    if (err_is_reject(e)) {
        t->rejected[t->rejected_count++] = (struct rejected_tx){index, e};
        return OK;
    }
    return e;
}

static enum err apply_json(struct t8n *t, struct json list)
{
    t->rejected = ARENA_TAKE(&t->arena, struct rejected_tx, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        struct tx *tx = ARENA_TAKE(&t->arena, struct tx, 1);
        const enum err e = tx_from_json(tx, &t->arena, &t->complaint, it.value);
        if (e == REJECT_JSON)
            return e;
        TRY(t8n_apply(t, tx, it.index, e));
    }
    return OK;
}

/* The form of output.body: a list of transactions in RLP, as hex. */
static enum err apply_rlp(struct t8n *t, struct json text)
{
    struct bytes rlp, item;
    struct rlp_reader r, list;
    if (json_hex(&t->arena, &rlp, text) != OK)
        return json_unexpected(&t->complaint, text, "a list of transactions, or its RLP in hex");
    r = rlp_reader(rlp);
    if (rlp_list(&r, &list) != OK || !rlp_at_end(&r))
        return json_unexpected(&t->complaint, text, "an RLP list");
    t->rejected = ARENA_TAKE(&t->arena, struct rejected_tx, rlp.len);
    for (u32 index = 0; !rlp_at_end(&list); index++) {
        struct tx *tx = ARENA_TAKE(&t->arena, struct tx, 1);
        if (rlp_item(&list, &item) != OK)
            return json_unexpected(&t->complaint, text, "an RLP list of transactions");
        TRY(t8n_apply(t, tx, index, tx_decode_item(tx, &t->arena, item, TX_TYPES_ETHEREUM | TX_ADMITS_EIP155)));
    }
    return OK;
}

/* --- the block --- */

/* Ethereum but for the requests at the end of a block: for state tests, and after a block exception. */
static const struct chain_hooks without_requests = {
    .name = "without requests", .admitted = TX_TYPES_ETHEREUM, .omits_beacon_root = true, .omits_requests = true};

static enum err t8n_finish(struct t8n *t)
{
    const struct block_mark mark = block_mark(&t->run);
    const enum err e = block_finish(&t->run, &t->header);
    if (!err_is_reject(e))
        return e;
    t->block_exception = e;
    block_rewind(&t->run, &mark);
    t->rules.chain.hooks = &without_requests;
    for (size_t i = 0; i < COUNT_OF(t->run.requests); i++)
        t->run.requests[i].len = 0;
    return block_finish(&t->run, &t->header);
}

static enum err t8n_run_block(struct t8n *t)
{
    struct json txs;
    TRY(read_input(t, &txs, t->txs_in, "txs"));
    if (!t->state_test)
        TRY(block_start_calls(&t->run));
    TRY(json_kind(txs) == JSON_STRING ? apply_rlp(t, txs) : apply_json(t, txs));
    return t8n_finish(t);
}

static enum err transition(struct t8n *t)
{
    const struct ancestors ancestors = {t8n_block_hash, t};
    struct json env;
    TRY(fixture_rules_init(&t->rules, &t->complaint, bytes_of(t->fork, strlen(t->fork)),
                           (struct json){NULL, UINT32_MAX}, (struct json){NULL, UINT32_MAX}));
    t->rules.chain.chain_id = t->chain_id;
    if (t->state_test)
        t->rules.chain.hooks = &without_requests;
    TRY(read_input(t, &env, t->env_in, "env"));
    TRY(t8n_read_env(t, env));
    TRY(open_state(t));
    block_open(&t->run, &t->machine, &t->rules.chain, t->state, &t->header, &ancestors, NULL);
    t->run.reward = t->reward;
    t->run.withdrawal = t->withdrawal;
    t->run.withdrawal_count = t->withdrawal_count;
    t->run.ommer = t->ommer;
    t->run.ommer_count = t->ommer_count;
    withdrawals_root(&t->run.header.withdrawals_root, t->withdrawal, t->withdrawal_count, &t->arena);
    return t8n_run_block(t);
}

/* --- output --- */

static enum err write_one(struct t8n *t, struct json_writer *w, const char *key)
{
    if (strcmp(key, "alloc") == 0)
        return t8n_write_alloc(t, w);
    (strcmp(key, "result") == 0 ? t8n_write_result : t8n_write_body)(t, w);
    return OK;
}

static enum err t8n_write_file(struct t8n *t, const char *name, const char *key)
{
    struct buffer out = buffer_in(&t->arena);
    struct json_writer w = json_writer(&out, 1);
    char path[4096];
    TRY(write_one(t, &w, key));
    json_write_finish(&w);
    const bool below = t->basedir && name[0] != '/';
    if (snprintf(path, sizeof path, "%s%s%s", below ? t->basedir : "", below ? "/" : "", name) >= (int)sizeof path)
        return REJECT_TOO_LONG;
    return file_write(&t->complaint, path, buffer_bytes(&out));
}

static enum err write_outputs(struct t8n *t)
{
    const struct { const char *key, *where; } output[] = {
        {"alloc", t->alloc_out}, {"result", t->result_out}, {"body", t->body_out}};
    struct buffer out = buffer_in(&t->arena);
    struct json_writer w = json_writer(&out, 1);
    bool any = false;
    json_write_object(&w);
    for (size_t i = 0; i < COUNT_OF(output); i++) {
        if (!output[i].where || !*output[i].where)
            continue;
        if (strcmp(output[i].where, "stdout") != 0) {
            TRY(t8n_write_file(t, output[i].where, output[i].key));
            continue;
        }
        json_write_key(&w, output[i].key);
        TRY(write_one(t, &w, output[i].key));
        any = true;
    }
    json_write_end(&w);
    json_write_finish(&w);
    if (any && fwrite(out.ptr, 1, out.len, stdout) != out.len)
        return FAULT_IO;
    return OK;
}

/* --- the command --- */

static int t8n_complain_about(struct t8n *t, enum err e)
{
    char text[1200];
    complaint_print(text, sizeof text, &t->complaint);
    fprintf(stderr, "scope: %s: %s\n", err_name(e), t->complaint.raised ? text : err_text(e));
    return e == FAULT_STATE_MISSING ? 4 : err_is_fault(e) ? 3 : 2;
}

int cmd_t8n(const struct command_line *line)
{
    static struct t8n t;
    t = (struct t8n){
        .alloc_in = option_text(line, OPTION_IN_ALLOC),
        .env_in = option_text(line, OPTION_IN_ENV),
        .txs_in = option_text(line, OPTION_IN_TXS),
        .alloc_out = option_text(line, OPTION_OUT_ALLOC),
        .result_out = option_text(line, OPTION_OUT_RESULT),
        .body_out = option_text(line, OPTION_OUT_BODY),
        .basedir = option_text(line, OPTION_OUT_BASEDIR),
        .fork = option_text(line, OPTION_STATE_FORK),
        .chain_id = option_number(line, OPTION_STATE_CHAIN_ID),
        .reward = option_signed(line, OPTION_STATE_REWARD),
        .trace = option_is_given(line, OPTION_TRACE),
        .state_test = option_is_given(line, OPTION_STATE_TEST),
    };
    if (t.trace && !t.basedir)
        t.basedir = ".";
    if (t.basedir && mkdir(t.basedir, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "scope: FAULT_IO: %s: %s\n", t.basedir, strerror(errno));
        return 3;
    }
    arena_init(&t.arena, &system_memory);
    t.codes = code_cache_open(&system_memory, 0);
    t.source = (struct code_source){fixture_code, t.codes};
    t.tries = trie_db_open(&system_memory, NULL);
    t.state = state_open(&system_memory, t.tries, &t.source, &trie_empty_root);
    machine_init(&t.machine, &system_memory, t.codes);
    enum err e = transition(&t);
    if (e == OK)
        e = write_outputs(&t);
    const int status = e == OK ? 0 : t8n_complain_about(&t, e);
    if (t.run.machine)
        block_release(&t.run);
    machine_release(&t.machine);
    state_release(t.state);
    trie_db_release(t.tries);
    code_cache_release(t.codes);
    arena_release(&t.arena);
    return status;
}
