/* Scopes per second: single calls from a transaction on one rollup to a small contract on another, simulated (the first
 * pass), and whole slots (both passes, attestations, bundle, L1 block). Medians over runs, as a table and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/u256.h"
#include "builder/session_private.h"
#include "builder/simulate.h"
#include "codec/abi.h"
#include "crypto/secp256k1.h"
#include "io/memory.h"

enum { L1 = 1, A = 901, B = 902, RUNS = 7 };

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

/* Signed transactions, so that only simulation is timed. */
static struct tx *sign_all(struct session *s, struct arena *a, u64 count, u64 first_nonce, const address *callee)
{
    const hash32 key = key_of(1);
    address from;
    must(s, secp256k1_address(&from, &key));
    struct tx *tx = ARENA_TAKE_ZERO(a, struct tx, count);
    const struct bytes data = call_data(a, &from, callee);
    for (u64 i = 0; i < count; i++) {
        tx[i] = (struct tx){.type = TX_DYNAMIC_FEE,
                            .has_chain_id = true,
                            .chain_id = A,
                            .nonce = first_nonce + i,
                            .max_fee = {{100000}},
                            .gas_limit = 1000000,
                            .to = rollup_bridge_address,
                            .data = data};
        must(s, tx_sign(&tx[i], &key, a));
    }
    return tx;
}

static double simulate_all(struct session *s, const struct tx *tx, u64 count)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    const struct ledger_block *anchor = ledger_head(&s->l1);
    const struct block_choice l1_choice = session_l1_choice(s);
    struct sim_chain_config chain[3] = {{.ledger = &s->l1, .bridge = s->contracts.shared_bridge, .choice = l1_choice}};
    for (size_t i = 1; i <= 2; i++)
        chain[i] =
            (struct sim_chain_config){.ledger = &s->rollup[i - 1].ledger,
                                      .bridge = rollup_bridge_address,
                                      .in_bundle = true,
                                      .choice = rollup_block_choice(&s->rollup[i - 1].rules, l1_choice.timestamp)};
    struct tx carrier = {.type = TX_DYNAMIC_FEE,
                         .has_chain_id = true,
                         .chain_id = L1,
                         .gas_limit = 1 << 24,
                         .to = s->contracts.shared_bridge};
    session_fees(s, &carrier.max_fee, &carrier.max_priority_fee);
    must(s, session_nonce(s, &carrier.nonce, 0, &s->builder));
    must(s, tx_sign(&carrier, &s->builder_key, &arena));
    struct simulation *sim;
    must(s, simulation_open(&sim, &arena, chain, 3, &carrier, &anchor->header, &anchor->hash));
    struct buffer why = buffer_in(&arena);
    const u64 start = now_ns();
    for (u64 i = 0; i < count; i++) {
        struct simulated out;
        const enum err e = simulate_tx(sim, &out, 1, i, &tx[i], &why);
        if (e != OK || !out.success || out.call_count != 1) {
            fprintf(stderr, "%s: %.*s\n", err_name(e), (int)why.len, (const char *)why.ptr);
            exit(3);
        }
    }
    const double seconds = (double)(now_ns() - start) / 1e9;
    simulation_close(sim);
    arena_release(&arena);
    return seconds;
}

static double slot_of(struct session *s, struct arena *a, u64 count, const address *callee)
{
    const hash32 key = key_of(1);
    address from;
    must(s, secp256k1_address(&from, &key));
    const struct bytes data = call_data(a, &from, callee);
    for (u64 i = 0; i < count; i++) {
        u64 work;
        const struct transact t = {
            .chain_id = A, .key = key, .to = rollup_bridge_address, .gas_limit = 1000000, .data = data};
        must(s, session_transact(s, &work, &t));
    }
    const struct slot_report *r;
    const u64 start = now_ns();
    must(s, session_slot(s, &r, NULL));
    const double seconds = (double)(now_ns() - start) / 1e9;
    if (!r->settled || r->call_count != count) {
        fprintf(stderr, "the slot did not settle\n");
        exit(3);
    }
    return seconds;
}

int main(int argc, char **argv)
{
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    enum { SIMULATED = 10000, SLOT = 100 };
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct session *s = open_session();
    const address callee = deploy_callee(s);
    const struct tx *tx = sign_all(s, &arena, SIMULATED, 0, &callee);
    double simulate[RUNS], slot[RUNS];
    for (int i = 0; i < RUNS; i++)
        simulate[i] = simulate_all(s, tx, SIMULATED);
    for (int i = 0; i < RUNS; i++)
        slot[i] = slot_of(s, &arena, SLOT, &callee);
    const double per_second = SIMULATED / median(simulate, RUNS), built = SLOT / median(slot, RUNS);
    if (json)
        printf(
            "{\"simulated_scopes_per_second\": %.0f, \"settled_scopes_per_second\": %.0f, \"simulated\": %d, \"slot\": %d, \"runs\": %d}\n",
            per_second, built, SIMULATED, SLOT, RUNS);
    else
        printf("scopes simulated per second   %10.0f   (%d single calls between rollups, median of %d runs)\n"
               "scopes settled per second     %10.0f   (slots of %d: both passes, one attestation a rollup, bundle, L1 block)\n",
               per_second, SIMULATED, RUNS, built, SLOT);
    session_close(s);
    arena_release(&arena);
    return 0;
}
