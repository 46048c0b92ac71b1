/* blocktest - runs blockchain tests: blocks as they travel, imported one by one on a genesis.
 *
 *   {"name": {"network", "config", "pre", "genesisRLP", "blocks": [{"rlp", "expectException"?}, ..], "lastblockhash"}}
 *
 * A valid block must be taken and hash to what the test says; an invalid one must be refused by the exception
 * that the test names. Every known block keeps its state, so that a block may name any of them as its parent. At the
 * end the last block that was taken must be the head that the test names. */
#include "options/commands.h"
#include "conformance/fixture.h"
#include "conformance/fixture_chain.h"
#include "conformance/trace.h"
#include "crypto/keccak.h"
#include "ethrpc/alloc_json.h"
#include "io/memory.h"

#include <stdio.h>

struct known {
    const struct known *parent;
    struct header header;
    hash32 hash;
    struct known *older; /* in order of arrival */
};

struct test {
    struct fixture_test in;
    struct fixture_rules rules;
    struct known *newest;
};

static const struct known *blocktest_find(const struct test *t, const hash32 *hash)
{
    for (const struct known *k = t->newest; k; k = k->older)
        if (hash32_eq(&k->hash, hash))
            return k;
    return NULL;
}

static void learn(struct test *t, const struct known *parent, const struct header *h, const hash32 *hash)
{
    struct known *k = ARENA_TAKE(&t->in.w->arena, struct known, 1);
    *k = (struct known){parent, *h, *hash, t->newest};
    t->newest = k;
}

/* Of the block whose parent is context. */
static enum err blocktest_ancestor_hash(void *context, hash32 *out, u64 number)
{
    for (const struct known *k = context; k; k = k->parent)
        if (k->header.number == number) {
            *out = k->hash;
            return OK;
        }
    return FAULT_STATE_MISSING;
}

/* --- genesis --- */

static enum err blocktest_read_genesis(struct test *t, struct json test)
{
    struct arena *a = &t->in.w->arena;
    const struct json rlp = json_get(test, "genesisRLP"), pre = json_get(test, "pre");
    struct bytes encoded;
    struct block b;
    hash32 root;
    if (json_hex(a, &encoded, rlp) != OK || block_decode(&b, a, encoded, &t->rules.chain) != OK)
        return json_unexpected(&t->in.w->complaint, rlp, "a genesis block");
    struct state *s = state_open(&system_memory, t->in.tries, &t->in.codes, &trie_empty_root);
    enum err e = alloc_read(s, a, &t->in.w->complaint, pre, &root);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, t->in.w->codes);
    state_release(s);
    if (e == OK && !hash32_eq(&root, &b.header.state_root))
        e = json_unexpected(&t->in.w->complaint, rlp, "a genesis with the state root of its accounts");
    if (e == OK)
        learn(t, NULL, &b.header, &b.hash);
    return e;
}

/* --- one block --- */

static enum err blocktest_execute(struct test *t, const struct known *parent, const struct block *b,
                                  const struct hooks *listener)
{
    const struct ancestors ancestors = {blocktest_ancestor_hash, (void *)parent};
    struct block_run run;
    struct state *s = state_open(&system_memory, t->in.tries, &t->in.codes, &parent->header.state_root);
    enum err e = block_execute(&run, &t->in.w->machine, &t->rules.chain, s, &parent->header, &parent->hash, &ancestors,
                               b, listener);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, t->in.w->codes);
    block_release(&run);
    state_release(s);
    return e;
}

static enum err import(struct test *t, struct bytes rlp)
{
    struct block b;
    TRY(block_decode(&b, &t->in.w->arena, rlp, &t->rules.chain));
    const struct known *parent = blocktest_find(t, &b.header.parent_hash);
    if (!parent)
        return REJECT_BLOCK_UNKNOWN_PARENT;
    TRY(blocktest_execute(t, parent, &b, NULL));
    t->in.w->gas += b.header.gas_used;
    learn(t, parent, &b.header, &b.hash);
    return OK;
}

static void blocktest_print_trace(struct test *t, struct bytes rlp)
{
    const struct arena_mark mark = arena_mark(&t->in.w->arena);
    struct trace *trace = ARENA_TAKE(&t->in.w->arena, struct trace, 1);
    struct block b;
    trace_init(trace, &t->in.w->arena);
    const struct known *parent =
        block_decode(&b, &t->in.w->arena, rlp, &t->rules.chain) == OK ? blocktest_find(t, &b.header.parent_hash) : NULL;
    if (parent) {
        const enum err e = blocktest_execute(t, parent, &b, &trace->hooks);
        fwrite(trace->out.ptr, 1, trace->out.len, stdout);
        printf("{\"result\":\"%s\"}\n", err_name(e));
    }
    arena_rewind(&t->in.w->arena, mark);
}

/* --- the test --- */

static bool fail_block(struct test *t, struct bytes network, u32 index, struct bytes rlp, struct bytes want, enum err e)
{
    fixture_report(t->in.w, network, t->in.name, FIXTURE_FAILED, "block %u: %s, expected %.*s", index,
                   e ? err_name(e) : "was accepted", want.len ? (int)want.len : 7,
                   want.len ? (const char *)want.ptr : "success");
    if (t->in.w->trace)
        blocktest_print_trace(t, rlp);
    return false;
}

static enum err run_blocks(struct test *t, struct json blocks, struct bytes network, bool *passed)
{
    for (struct json_iterator it = json_items(blocks); json_next(&it);) {
        struct bytes rlp;
        const struct bytes want = json_text(json_get(it.value, "expectException"));
        if (json_hex(&t->in.w->arena, &rlp, json_get(it.value, "rlp")) != OK)
            return json_unexpected(&t->in.w->complaint, it.value, "a block with its rlp");
        const enum err e = import(t, rlp);
        if (want.len ? !fixture_expects(want, e) : e != OK) {
            *passed = fail_block(t, network, it.index, rlp, want, e);
            return OK;
        }
    }
    return OK;
}

static enum err run_test(struct test *t, struct json test)
{
    const struct json network = json_get(test, "network");
    const struct bytes fork = json_text(network);
    hash32 last;
    bool passed = true;
    if (!fixture_wanted(t->in.w, fork, t->in.name))
        return OK;
    const char *skip = fixture_skip(t->in.w, t->in.name);
    if (skip) {
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_SKIPPED, "%s", skip);
        return OK;
    }
    TRY(fixture_rules_init(&t->rules, &t->in.w->complaint, fork, json_get(test, "config"), network));
    if (json_hex_fixed(last.b, sizeof last.b, json_get(test, "lastblockhash")) != OK)
        return json_unexpected(&t->in.w->complaint, test, "a lastblockhash");
    TRY(blocktest_read_genesis(t, test));
    TRY(run_blocks(t, json_get(test, "blocks"), fork, &passed));
    if (!passed)
        return OK;
    if (hash32_eq(&t->newest->hash, &last))
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_PASSED, "passed");
    else
        fixture_report(t->in.w, fork, t->in.name, FIXTURE_FAILED, "the last block is not the head");
    return OK;
}

static enum err blocktest_run_one(const struct fixture_test *in, struct json test)
{
    struct test t = {.in = *in};
    return run_test(&t, test);
}

static enum err blocktest_run_file(struct fixture_worker *w, struct json root)
{
    return fixture_each(w, root, blocktest_run_one);
}

int cmd_blocktest(const struct command_line *line)
{
    const struct fixture_command command = {"blocktest", blocktest_run_file};
    return fixture_main(&command, line);
}
