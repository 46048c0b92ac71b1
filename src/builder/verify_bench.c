/* What a prover needs for a rollup's blocks, as a ratio to what executing them takes a node that has the state in
 * memory: both decode the batch, recover signers, execute, and hash the new state; the prover also hashes the witness.
 * And where that time goes. Medians over runs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/u256.h"
#include "builder/session_private.h"
#include "codec/abi.h"
#include "crypto/secp256k1.h"
#include "io/memory.h"
#include "prover/request.h"
#include "verify/batch.h"

enum { L1 = 1, A = 901, B = 902, RUNS = 15 };

/* Time of this process: one thread, nothing waits, and the machine may be shared. */
static u64 now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static void must(const struct session *s, enum err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "%s: %s\n", err_name(e), s ? session_error(s) : "");
    exit(3);
}

static int by_value(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

static hash32 key_of(u8 x)
{
    hash32 k = {{0}};
    k.b[31] = x;
    return k;
}

static struct session *open_session(void)
{
    static const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = 1ull << 40, .base_fee = {{1000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = 1ull << 40, .base_fee = {{1000}}},
    };
    const hash32 prover[1] = {key_of(11)}, user = key_of(1);
    struct funded_account funded = {.chain_id = A, .balance = {{0, 1ull << 20}}};
    must(NULL, secp256k1_address(&funded.at, &user));
    struct funded_account both[2] = {funded, funded};
    both[1].chain_id = B;
    const struct session_config config = {
        .l1_chain_id = L1,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = 60000000,
        .l1_base_fee = {{1000000000}},
        .l1_coinbase = {{0xcc}},
        .genesis_timestamp = 1700000000,
        .rollup = rollup,
        .rollup_count = 2,
        .funded = both,
        .funded_count = 2,
        .builder_key = key_of(9),
        .prover_key = prover,
        .prover_count = 1,
        .prover_threshold = 1,
    };
    struct session *s;
    must(s, session_open(&s, &system_memory, &config));
    return s;
}

/* A contract on B that returns its calldata size. */
static address deploy_callee(struct session *s)
{
    static const u8 init[] = {0x66, 0x36, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, 0x5f, 0x52, 0x60, 0x07, 0x60, 0x19, 0xf3};
    const struct transact t = {
        .chain_id = B, .key = key_of(1), .creates = true, .gas_limit = 1000000, .data = BYTES_OF(init)};
    u64 work;
    const struct slot_report *r;
    struct work_report w;
    must(s, session_transact(s, &work, &t));
    must(s, session_slot(s, &r, NULL));
    must(s, session_status(s, &w, work));
    if (w.status != WORK_SETTLED || !w.success) {
        fprintf(stderr, "the callee was not deployed\n");
        exit(3);
    }
    return w.created;
}

/* scopedCall(B, from, (callee, 0, 100000, 100 bytes)) */
static struct bytes call_data(struct arena *a, const address *from, const address *callee)
{
    static const u8 payload[100] = {1};
    u8 selector[4];
    struct buffer out = buffer_in(a);
    store_be32(selector, 0x752949ed);
    buffer_add(&out, selector, 4);
    struct abi_writer w = abi_writer(&out);
    abi_open(&w, 3);
    abi_add_u64(&w, B);
    abi_add_address(&w, from);
    abi_open_tuple(&w, 4);
    abi_add_address(&w, callee);
    abi_add_u64(&w, 0);
    abi_add_u64(&w, 100000);
    abi_add_bytes(&w, BYTES_OF(payload));
    abi_close(&w);
    abi_close(&w);
    return buffer_bytes(&out);
}

/* --- the same blocks, twice --- */

struct measured {
    struct session *s;
    const char *name;
    double ratio_highest;
};

/* As a node does it: the parent's state is in memory. */
static double execute(struct session *s, const struct prove_request *r, hash32 *root)
{
    size_t chain;
    struct ledger *l = session_ledger(s, r->chain_id, &chain);
    const struct rollup_rules *rules = &s->rollup[chain - 1].rules;
    struct arena arena;
    struct batch batch;
    struct bytes encoded;
    struct header h;
    struct block_run run;
    arena_init(&arena, &system_memory);
    const u64 start = now_ns();
    must(s, data_batch(&encoded, &arena, &r->data, r->chain_id));
    must(s, batch_decode(&batch, &arena, encoded));
    const struct block_choice choice = rollup_block_choice(rules, batch.block[0].timestamp);
    struct state *view = ledger_view(l);
    must(s, block_begin(&run, &l->machine, &rules->chain, view, &ledger_head(l)->header, &l->ancestors, &choice, NULL));
    for (u32 i = 0; i < batch.block[0].envelope_count; i++) {
        struct tx *t = ARENA_TAKE(&arena, struct tx, 1);
        const struct receipt *receipt;
        must(s, tx_decode(t, &arena, batch.block[0].envelope[i], chain_rules_admitted(&rules->chain, run.fork)));
        must(s, tx_recover(t, true, &arena));
        must(s, block_apply(&run, &receipt, t));
    }
    must(s, block_finish(&run, &h));
    const double seconds = (double)(now_ns() - start) / 1e9;
    *root = h.state_root;
    block_release(&run);
    state_release(view);
    arena_release(&arena);
    return seconds;
}

static double prove(struct session *s, const struct prove_request *r, const hash32 *statement)
{
    size_t chain;
    hash32 got;
    (void)session_ledger(s, r->chain_id, &chain);
    const struct settlement_context context = {
        .l1_chain_id = L1, .bridge = s->contracts.shared_bridge, .l1_block_number = r->l1_block_number,
        .l1_parent_hash = r->l1_parent_hash, .submitter = r->submitter, .plan_hash = r->plan_hash};
    const struct verify_input in = {
        .rules = &s->rollup[chain - 1].rules, .context = &context, .witness = r->witness, .data = r->data,
        .codes = s->attest_codes};
    const u64 start = now_ns();
    must(s, verify(&got, NULL, &system_memory, &in));
    const double seconds = (double)(now_ns() - start) / 1e9;
    if (!hash32_eq(&got, statement)) {
        fprintf(stderr, "another statement\n");
        exit(3);
    }
    return seconds;
}

static double open_witness(const struct prove_request *r)
{
    struct arena arena;
    struct witness_index index;
    arena_init(&arena, &system_memory);
    const u64 start = now_ns();
    must(NULL, witness_open(&index, &arena, &r->witness));
    const double seconds = (double)(now_ns() - start) / 1e9;
    arena_release(&arena);
    return seconds;
}

static void on_request(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct measured *m = context;
    double executed[RUNS], proved[RUNS], opened[RUNS];
    hash32 root;
    if (!m->name)
        return;
    for (int i = 0; i < RUNS; i++) {
        executed[i] = execute(m->s, r, &root);
        proved[i] = prove(m->s, r, statement);
        opened[i] = open_witness(r);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < r->witness.node_count; i++)
        bytes += r->witness.node[i].len;
    for (size_t i = 0; i < r->witness.code_count; i++)
        bytes += r->witness.code[i].len;
    const double execution = median(executed, RUNS), proof = median(proved, RUNS), ratio = proof / execution;
    printf("%-34s %9.3f %9.3f %7.2f %9.3f %7zu %6zu %9zu\n", m->name, execution * 1e3, proof * 1e3, ratio,
           median(opened, RUNS) * 1e3, r->witness.node_count, r->witness.code_count, bytes);
    m->ratio_highest = ratio > m->ratio_highest ? ratio : m->ratio_highest;
}

/* --- work --- */

static void run_slot(struct session *s)
{
    const struct slot_report *r;
    must(s, session_slot(s, &r, NULL));
    if (!r->settled) {
        fprintf(stderr, "the slot did not settle\n");
        exit(3);
    }
}

static void add_scopes(struct session *s, struct arena *a, u64 count, const address *callee)
{
    const hash32 key = key_of(1);
    address from;
    must(s, secp256k1_address(&from, &key));
    for (u64 i = 0; i < count; i++) {
        u64 work;
        const struct transact t = {.chain_id = A, .key = key, .to = rollup_bridge_address, .gas_limit = 1000000,
                                   .data = call_data(a, &from, callee)};
        must(s, session_transact(s, &work, &t));
    }
}

/* Ether to accounts that are not there yet. */
static void add_transfers(struct session *s, u64 count, u64 first)
{
    for (u64 i = 0; i < count; i++) {
        u64 work;
        struct transact t = {.chain_id = A, .key = key_of(1), .value = {{1}}, .gas_limit = 30000};
        store_be64(t.to.b + 12, first + i + 1000000);
        must(s, session_transact(s, &work, &t));
    }
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct session *s = open_session();
    const address callee = deploy_callee(s);
    struct measured m = {.s = s};
    session_watch_proofs(s, on_request, &m);
    add_transfers(s, 2000, 0); /* a tree that is not empty */
    run_slot(s);
    printf("%-34s %9s %9s %7s %9s %7s %6s %9s\n", "block", "execute", "prove", "ratio", "open", "nodes", "codes",
           "bytes");
    printf("%-34s %9s %9s %7s %9s\n", "", "ms", "ms", "", "ms");
    static const struct {
        const char *name;
        u64 scopes, transfers;
    } row[] = {
        {"1 scope", 1, 0},        {"10 scopes", 10, 0},          {"100 scopes", 100, 0},
        {"1 transfer", 0, 1},     {"100 transfers", 0, 100},     {"1000 transfers", 0, 1000},
        {"50 scopes, 500 transfers", 50, 500},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        add_scopes(s, &arena, row[i].scopes, &callee);
        add_transfers(s, row[i].transfers, (i + 1) * 1000000);
        m.name = row[i].name;
        run_slot(s);
        m.name = NULL;
    }
    printf("highest ratio %.2f\n", m.ratio_highest);
    session_close(s);
    arena_release(&arena);
    return 0;
}
