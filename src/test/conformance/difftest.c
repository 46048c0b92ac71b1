#include "options/commands.h"
#include "conformance/difftest.h"

#include "codec/json_write.h"
#include "conformance/fixture_chain.h"
#include "crypto/keccak.h"
#include "ethrpc/alloc_json.h"
#include "io/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_LIMIT = 64 << 20 };

/* What the programs did, over all cases: by the traced run. */
struct shares {
    u64 cases, programs, txs, steps, deepest;
    u64 op[256], halt[HALT_COUNT], type[8], rejected[ERR_COUNT], refused_blocks;
};

struct difftest {
    struct arena arena;
    struct complaint complaint;
    struct machine machine;
    struct shares shares;
};

/* --- one case --- */

struct case_run {
    struct difftest *d;
    struct json json;
    struct fixture_rules rules;
    struct header parent;
    struct block_choice choice;
    struct trie_db *tries;
    struct code_source codes;
    struct state *state;
    struct block_run run;
    u64 gas_used[DIFFTEST_TXS_MAX]; /* 0: rejected */
    bool block_refused;
};

static enum err difftest_number_hash(void *context, hash32 *out, u64 number)
{
    char digits[24];
    (void)context;
    const int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    keccak256(out, digits, (size_t)len);
    return OK;
}

static const struct ancestors ancestors = {difftest_number_hash, NULL};

static enum err difftest_read_withdrawals(struct case_run *c, struct json list)
{
    struct withdrawal *w = ARENA_TAKE(&c->d->arena, struct withdrawal, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);) {
        struct withdrawal *x = &w[it.index];
        TRY(json_u64(&x->index, json_get(it.value, "index")));
        TRY(json_u64(&x->validator, json_get(it.value, "validatorIndex")));
        TRY(json_u64(&x->amount_gwei, json_get(it.value, "amount")));
        TRY(json_hex_fixed(x->to.b, 20, json_get(it.value, "address")));
    }
    c->choice.withdrawal = w;
    c->choice.withdrawal_count = json_count(list);
    return OK;
}

static enum err difftest_read_block(struct case_run *c, struct json b)
{
    struct bytes parent;
    TRY(json_hex(&c->d->arena, &parent, json_get(c->json, "parent")));
    TRY(header_decode(&c->parent, parent));
    TRY(json_hex_fixed(c->choice.coinbase.b, 20, json_get(b, "coinbase")));
    TRY(json_u64(&c->choice.timestamp, json_get(b, "timestamp")));
    TRY(json_u64(&c->choice.gas_limit, json_get(b, "gasLimit")));
    TRY(json_hex_fixed(c->choice.prevrandao.b, 32, json_get(b, "prevrandao")));
    TRY(json_hex_fixed(c->choice.parent_beacon_root.b, 32, json_get(b, "beaconRoot")));
    TRY(json_hex(&c->d->arena, &c->choice.extra, json_get(b, "extra")));
    return difftest_read_withdrawals(c, json_get(b, "withdrawals"));
}

static enum err open_case(struct case_run *c)
{
    const struct json none = {NULL, UINT32_MAX};
    const struct json fork = json_get(c->json, "fork");
    TRY(fixture_rules_init(&c->rules, &c->d->complaint, json_text(fork), none, fork));
    TRY(difftest_read_block(c, json_get(c->json, "block")));
    c->state = state_open(&system_memory, c->tries, &c->codes, &trie_empty_root);
    TRY(alloc_read(c->state, &c->d->arena, &c->d->complaint, json_get(c->json, "pre"), &c->parent.state_root));
    return state_new_codes(c->state, fixture_keep_code, c->codes.context);
}

static void write_hash(struct json_writer *w, const char *key, const hash32 *h)
{
    json_write_key(w, key);
    json_write_hex(w, BYTES_OF(h->b));
}

static void write_header(struct case_run *c, struct json_writer *w, const char *key, const struct header *h)
{
    struct buffer rlp = buffer_in(&c->d->arena);
    header_encode(&rlp, h);
    json_write_key(w, key);
    json_write_hex(w, buffer_bytes(&rlp));
}

static void difftest_write_rejected(struct json_writer *w, enum err e)
{
    json_write_key(w, "rejected");
    json_write_z(w, err_name(e));
}

static void difftest_write_receipt(struct case_run *c, struct json_writer *w, const struct receipt *r)
{
    hash32 logs, output;
    logs_hash(&logs, r->log, r->log_count, &c->d->arena);
    keccak256(&output, r->output.ptr, r->output.len);
    json_write_key(w, "status");
    json_write_u64(w, r->success);
    /* how it failed is not observable, and a translated program may look at gas first */
    json_write_key(w, "end");
    json_write_z(w, halt_is_success(r->halt) ? "success" : r->halt == HALT_REVERT ? "revert" : "failure");
    json_write_key(w, "gasUsed");
    json_write_quantity(w, r->gas_used);
    write_hash(w, "logs", &logs);
    write_hash(w, "output", &output);
}

static enum err difftest_apply(struct case_run *c, struct json_writer *w, struct bytes envelope, u64 *gas_used,
                               bool counts)
{
    const struct receipt *receipt;
    struct tx *tx = ARENA_TAKE(&c->d->arena, struct tx, 1);
    enum err e = tx_decode(tx, &c->d->arena, envelope, TX_TYPES_ETHEREUM | TX_ADMITS_EIP155);
    if (e == OK && counts)
        c->d->shares.type[tx->type]++;
    if (e == OK)
        e = block_apply(&c->run, &receipt, tx);
    if (e != OK && !err_is_reject(e))
        return e;
    if (counts)
        c->d->shares.rejected[e]++;
    json_write_object(w);
    if (e != OK)
        difftest_write_rejected(w, e);
    else
        difftest_write_receipt(c, w, receipt);
    json_write_end(w);
    *gas_used = e == OK ? receipt->gas_used : 0;
    return OK;
}

static enum err difftest_run_block(struct case_run *c, struct json_writer *w, bool counts)
{
    struct header header;
    hash32 hash;
    struct bytes envelope;
    json_write_key(w, "txs");
    json_write_array(w);
    for (struct json_iterator it = json_items(json_get(c->json, "txs")); json_next(&it);) {
        u64 ignored;
        TRY(json_hex(&c->d->arena, &envelope, it.value));
        TRY(difftest_apply(c, w, envelope, it.index < DIFFTEST_TXS_MAX ? &c->gas_used[it.index] : &ignored, counts));
    }
    json_write_end(w);
    const enum err e = block_finish(&c->run, &header);
    if (err_is_reject(e)) {
        if (counts)
            c->d->shares.refused_blocks++;
        difftest_write_rejected(w, e);
        return OK;
    }
    TRY(e);
    header_hash(&hash, &header, &c->d->arena);
    write_header(c, w, "header", &header);
    write_hash(w, "hash", &hash);
    return OK;
}

/* The result of a case, as a line of JSON without its end. */
static enum err difftest_run_case(struct difftest *d, struct buffer *out, struct json json,
                                  u64 gas_used[DIFFTEST_TXS_MAX], enum evm_tier tier, const struct hooks *hooks)
{
    struct case_run *c = ARENA_TAKE_ZERO(&d->arena, struct case_run, 1);
    struct code_cache *codes = code_cache_open(&system_memory, 0); /* nothing is hot in it */
    struct json_writer w = json_writer(out, 0);
    *c = (struct case_run){.d = d, .json = json, .codes = {fixture_code, codes}};
    c->tries = trie_db_open(&system_memory, NULL);
    d->machine.codes = codes;
    d->machine.vm.tier = tier;
    json_write_object(&w);
    enum err e = open_case(c);
    if (e == OK) {
        write_header(c, &w, "parent", &c->parent);
        e = block_begin(&c->run, &d->machine, &c->rules.chain, c->state, &c->parent, &ancestors, &c->choice, hooks);
        if (e == OK) {
            e = difftest_run_block(c, &w, hooks != NULL);
            block_release(&c->run);
        }
    }
    if (e == OK)
        json_write_end(&w);
    if (gas_used)
        memcpy(gas_used, c->gas_used, sizeof c->gas_used);
    if (c->state)
        state_release(c->state);
    trie_db_release(c->tries);
    code_cache_release(codes);
    return e;
}

/* --- counting --- */

static enum err count_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct shares *shares = context;
    (void)vm;
    (void)m;
    shares->steps++;
    shares->op[s->opcode]++;
    if (s->depth > shares->deepest)
        shares->deepest = s->depth;
    return OK;
}

static enum err count_halt(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct shares *shares = context;
    (void)vm;
    (void)m;
    shares->halt[r->halt]++;
    return OK;
}

/* --- four forms of each --- */

static int difftest_complain_about(struct difftest *d, enum err e)
{
    char text[1200];
    complaint_print(text, sizeof text, &d->complaint);
    fprintf(stderr, "scope: %s: %s\n", err_name(e), d->complaint.raised ? text : err_text(e));
    return err_is_fault(e) ? 3 : 2;
}

static void print(FILE *out, const char *before, struct bytes text, const char *after)
{
    fputs(before, out);
    fwrite(text.ptr, 1, text.len, out);
    fputs(after, out);
}

static enum err run_forms(struct difftest *d, struct bytes *out, struct bytes line, bool *same)
{
    const struct hooks counting = {.context = &d->shares, .step = count_step, .leave = count_halt};
    const struct {
        const char *name;
        enum evm_tier tier;
        const struct hooks *hooks;
    } form[] = {{"byte by byte", EVM_TIER_BYTES, NULL},
                {"translated", EVM_TIER_PROGRAM, NULL},
                {"turning hot", EVM_TIER_AUTO, NULL},
                {"traced", EVM_TIER_AUTO, &counting}};
    struct bytes first = {0};
    struct json json;
    *same = true;
    d->complaint = (struct complaint){.file = "a case"};
    TRY(json_parse(&d->arena, &json, &d->complaint, line, LINE_LIMIT));
    for (size_t i = 0; i < COUNT_OF(form); i++) {
        struct buffer result = buffer_in(&d->arena);
        TRY(difftest_run_case(d, &result, json, NULL, form[i].tier, form[i].hooks));
        if (i == 0)
            first = buffer_bytes(&result);
        if (!bytes_eq(first, buffer_bytes(&result))) {
            *same = false;
            fprintf(stderr, "%s and %s differ:\n", form[0].name, form[i].name);
            print(stderr, "", first, "\n");
            print(stderr, "", buffer_bytes(&result), "\n");
            print(stderr, "", line, "\n");
        }
    }
    *out = first;
    return OK;
}

/* --- generate --- */

/* Gas limits at which execution just ends, or just does not. */
static void cut_gas(struct difftest_case *c, struct dice *d, const u64 gas_used[DIFFTEST_TXS_MAX],
                    struct arena *scratch)
{
    for (u32 i = 0; i < c->tx_count; i++) {
        struct difftest_tx *t = &c->tx[i];
        const u64 least = tx_intrinsic_gas(&t->tx, c->fork);
        if (!t->cut || gas_used[i] <= least)
            continue;
        const u64 spent = gas_used[i] - least;
        t->tx.gas_limit = dice_percent(d, 40) ? gas_used[i] + dice_below(d, 4) - 1
                                              : least + dice_below(d, spent + spent / 4 + 1);
        difftest_sign(t, scratch);
    }
}

static enum err generate(struct difftest *d, u64 seed, bool *same)
{
    struct difftest_case *c = ARENA_TAKE(&d->arena, struct difftest_case, 1);
    struct buffer draft = buffer_in(&d->arena), ignored = buffer_in(&d->arena), final = buffer_in(&d->arena);
    struct dice dice = {~seed};
    struct bytes result;
    struct json json;
    u64 gas_used[DIFFTEST_TXS_MAX];
    difftest_case_make(c, &d->arena, seed);
    difftest_case_write(&draft, c, &d->arena);
    TRY(json_parse(&d->arena, &json, &d->complaint, buffer_bytes(&draft), LINE_LIMIT));
    TRY(difftest_run_case(d, &ignored, json, gas_used, EVM_TIER_AUTO, NULL));
    cut_gas(c, &dice, gas_used, &d->arena);
    difftest_case_write(&final, c, &d->arena);
    TRY(run_forms(d, &result, buffer_bytes(&final), same));
    d->shares.cases++;
    d->shares.programs += c->program_count;
    d->shares.txs += c->tx_count;
    print(stdout, "{\"case\":", bytes_of(final.ptr, final.len - 1), ",");
    print(stdout, "\"result\":", result, "}\n");
    return OK;
}

static void difftest_write_counts(struct json_writer *w, const char *key, const u64 *count, size_t n,
                                  const char *(*name)(size_t i))
{
    char number[24];
    json_write_key(w, key);
    json_write_object(w);
    for (size_t i = 0; i < n; i++)
        if (count[i]) {
            snprintf(number, sizeof number, "%zu", i);
            json_write_key(w, name ? name(i) : number);
            json_write_u64(w, count[i]);
        }
    json_write_end(w);
}

static const char *name_of_op(size_t i)
{
    static const char *const name[256] = {
#define OP(byte, op_name, op_in, op_out, cost, fork, op_shape) [byte] = #op_name,
#include "evm/ops.def"
#undef OP
    };
    static char other[24];
    snprintf(other, sizeof other, "0x%02zx", i);
    return name[i] ? name[i] : other;
}

static const char *name_of_halt(size_t i)
{
    return halt_name((enum halt)i);
}

static const char *name_of_err(size_t i)
{
    return err_name((enum err)i);
}

static void print_shares(struct difftest *d)
{
    const struct shares *s = &d->shares;
    struct buffer out = buffer_in(&d->arena);
    struct json_writer w = json_writer(&out, 0);
    json_write_object(&w);
    json_write_key(&w, "shares");
    json_write_object(&w);
    const struct {
        const char *key;
        u64 count;
    } total[] = {{"cases", s->cases},        {"programs", s->programs}, {"transactions", s->txs},
                 {"instructions", s->steps}, {"deepest", s->deepest},   {"refusedBlocks", s->refused_blocks}};
    for (size_t i = 0; i < COUNT_OF(total); i++) {
        json_write_key(&w, total[i].key);
        json_write_u64(&w, total[i].count);
    }
    difftest_write_counts(&w, "ops", s->op, COUNT_OF(s->op), name_of_op);
    difftest_write_counts(&w, "halts", s->halt, COUNT_OF(s->halt), name_of_halt);
    difftest_write_counts(&w, "types", s->type, COUNT_OF(s->type), NULL);
    difftest_write_counts(&w, "outcomes", s->rejected, COUNT_OF(s->rejected), name_of_err);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    fwrite(out.ptr, 1, out.len, stdout);
}

static int generate_all(struct difftest *d, u64 seed, u64 count)
{
    u64 different = 0;
    for (u64 i = 0; i < count; i++) {
        const struct arena_mark mark = arena_mark(&d->arena);
        bool same;
        const enum err e = generate(d, seed + i, &same);
        if (e != OK) {
            fprintf(stderr, "seed %llu: ", (unsigned long long)(seed + i));
            return difftest_complain_about(d, e);
        }
        different += !same;
        arena_rewind(&d->arena, mark);
    }
    print_shares(d);
    return different != 0;
}

/* --- run what is given --- */

static int run_lines(struct difftest *d)
{
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    for (ssize_t len; status < 2 && (len = getline(&line, &room, stdin)) > 0;) {
        const struct arena_mark mark = arena_mark(&d->arena);
        struct bytes result;
        bool same;
        const enum err e = run_forms(d, &result, bytes_of(line, (size_t)len), &same);
        if (e != OK && err_is_fault(e)) {
            status = difftest_complain_about(d, e);
        } else if (e != OK) { /* not a valid case: the reducer wants to know, and continues */
            printf("{\"unusable\":\"%s\"}\n", err_name(e));
        } else {
            print(stdout, "", result, "\n");
            status |= !same;
        }
        fflush(stdout);
        arena_rewind(&d->arena, mark);
    }
    free(line);
    return status;
}

/* --- the command --- */

int cmd_difftest(const struct command_line *line)
{
    const u64 seed = option_number(line, OPTION_SEED), count = option_number(line, OPTION_GENERATE);
    static struct difftest d;
    arena_init(&d.arena, &system_memory);
    d.complaint.file = "(generated)";
    struct code_cache *codes = code_cache_open(&system_memory, 0);
    machine_init(&d.machine, &system_memory, codes);
    const int status = count ? generate_all(&d, seed, count) : run_lines(&d);
    machine_release(&d.machine);
    code_cache_release(codes);
    arena_release(&d.arena);
    return status;
}
