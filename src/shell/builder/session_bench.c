/* What the builder takes: scopes per second (single calls from a transaction on one rollup to a small contract on
 * another, simulated, and settled), the timeline of a bundle, an eviction, and bundles of many rollups. As a table;
 * --json. */
#include "builder/session_bench.h"

#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"
#include "simulate/simulate.h"

enum { RUNS = 7 };

/* A contract on A that runs its calldata as a call to the bridge, then logs the gas that is left, which is another in
 * each pass: its scopes are evicted. */
static address deploy_culprit(struct session *s)
{
    static const u8 init[] = {0x60, 0x1b, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3, /* returns the rest */
                              0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x34, 0x62, 0x5c, 0x09, 0xe1, 0x5a,
                              0xf1, 0x50, 0x5a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xa0, 0x00, 0x00, 0x00, 0x00};
    return deploy(s, A, BYTES_OF(init));
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

/* --- slots --- */

static void submit_as(struct session *s, u8 user, u64 chain, const address *to, struct bytes data)
{
    u64 work;
    const struct transact t = {.chain_id = chain, .key = key_of(user), .to = *to, .gas_limit = 1000000, .data = data};
    must(s, session_transact(s, &work, &t));
}

static void submit(struct session *s, u64 chain, const address *to, struct bytes data)
{
    submit_as(s, 1, chain, to, data);
}

static void submit_calls(struct session *s, struct arena *a, u64 count, const address *callee)
{
    const hash32 key = key_of(1);
    address from;
    must(s, secp256k1_address(&from, &key));
    const struct bytes data = call_data(a, &from, callee);
    for (u64 i = 0; i < count; i++)
        submit(s, A, &rollup_bridge_address, data);
}

/* Milliseconds of each phase of a slot. */
struct timeline {
    u64 entered;
    enum slot_phase phase;
    double ms[SLOT_PHASE_COUNT + 1]; /* the last: all of it */
};

static void on_phase(void *context, enum slot_phase phase)
{
    struct timeline *t = context;
    const u64 now = now_ns();
    t->ms[t->phase] += (double)(now - t->entered) / 1e6;
    t->entered = now;
    t->phase = phase;
}

static const struct slot_report *timed_slot(struct session *s, struct timeline *t)
{
    const struct slot_report *r;
    const u64 start = now_ns();
    *t = (struct timeline){.entered = start, .phase = SLOT_SIMULATE};
    session_watch_phases(s, on_phase, t);
    must(s, session_slot(s, &r));
    session_watch_phases(s, NULL, NULL);
    on_phase(t, SLOT_REPORT);
    t->ms[SLOT_PHASE_COUNT] = (double)(t->entered - start) / 1e6;
    if (!r->settled) {
        fprintf(stderr, "the slot did not settle\n");
        exit(3);
    }
    return r;
}

static double slot_of(struct session *s, struct arena *a, u64 count, const address *callee)
{
    struct timeline t;
    submit_calls(s, a, count, callee);
    if (timed_slot(s, &t)->call_count != count) {
        fprintf(stderr, "a call is missing\n");
        exit(3);
    }
    return t.ms[SLOT_PHASE_COUNT] / 1e3;
}

/* --- the timeline of a bundle --- */

enum { BUNDLES = 100 };
static const char *const phase_name[SLOT_PHASE_COUNT + 1] = {"simulate", "build",  "witness", "prove",
                                                             "submit",   "report", "whole"};

struct spread {
    double p50, p99;
};

static struct spread spread_of(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return (struct spread){x[n / 2], x[(n * 99 + 99) / 100 - 1]};
}

static void measure_timeline(struct spread out[SLOT_PHASE_COUNT + 1], u64 calls)
{
    static double ms[SLOT_PHASE_COUNT + 1][BUNDLES];
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct session *s = open_session(2, DATA_CALLDATA);
    const address callee = deploy_callee(s);
    for (size_t i = 0; i < BUNDLES; i++) {
        struct timeline t;
        submit_calls(s, &arena, calls, &callee);
        timed_slot(s, &t);
        for (size_t p = 0; p <= SLOT_PHASE_COUNT; p++)
            ms[p][i] = t.ms[p];
    }
    for (size_t p = 0; p <= SLOT_PHASE_COUNT; p++)
        out[p] = spread_of(ms[p], BUNDLES);
    session_close(s);
    arena_release(&arena);
}

/* --- eviction --- */

/* More calls to L1 than that are above the 128 KiB of a transaction: the rest would wait for the next slot. */
enum { SCOPES = 200, SCOPES_ON_L1 = 120 };

struct eviction {
    double whole, evicting; /* ms of a slot of scopes that all settle, and of one in which one more is evicted */
};

/* One scope in the middle answers otherwise in the second pass. target: whom all of them call. */
static struct eviction measure_eviction(u64 target, int scopes)
{
    double whole[RUNS], evicting[RUNS];
    struct arena arena;
    const hash32 key = key_of(1);
    address from;
    const struct slot_report *r;
    arena_init(&arena, &system_memory);
    struct session *s = open_session(2, DATA_CALLDATA);
    must(s, secp256k1_address(&from, &key));
    const address callee = deploy_callee(s), culprit = deploy_culprit(s);
    for (int i = 0; i < 2 * RUNS; i++) {
        struct timeline t;
        for (int k = 0; k < scopes; k++) {
            submit(s, A, &rollup_bridge_address, call_data_to(&arena, target, &from, &callee));
            if (i % 2 && k == scopes / 2)
                submit_as(s, 3, A, &culprit, call_data_to(&arena, target, &culprit, &callee));
        }
        if (timed_slot(s, &t)->call_count < (size_t)scopes) {
            fprintf(stderr, "a call is missing\n");
            exit(3);
        }
        (i % 2 ? evicting : whole)[i / 2] = t.ms[SLOT_PHASE_COUNT];
        must(s, session_slot(s, &r)); /* the culprit's second and last attempt */
    }
    session_close(s);
    arena_release(&arena);
    return (struct eviction){median(whole, RUNS), median(evicting, RUNS)};
}

/* --- many rollups --- */

struct many {
    u64 l1_gas;
    size_t l1_bytes;
    double ms;
};

/* Each calls its next four; the second bundle, when all accounts are there. */
static struct many measure_many(size_t rollups)
{
    enum { PEERS = 4 };
    struct many out = {0};
    struct arena arena;
    const hash32 key = key_of(1);
    const address callee = {{0xde, 0xad}};
    address from;
    arena_init(&arena, &system_memory);
    struct session *s = open_session(rollups, DATA_AUTO);
    must(s, secp256k1_address(&from, &key));
    for (int turn = 0; turn < 2; turn++) {
        struct timeline t;
        for (size_t i = 0; i < rollups; i++)
            for (size_t k = 1; k <= PEERS / 2; k++)
                submit(s, A + i, &rollup_bridge_address, call_data_to(&arena, A + (i + k) % rollups, &from, &callee));
        const struct slot_report *r = timed_slot(s, &t);
        if (r->rollup_count != rollups || r->call_count != rollups * (PEERS / 2)) {
            fprintf(stderr, "a rollup is missing\n");
            exit(3);
        }
        out = (struct many){r->l1_gas_used, r->l1_tx.len, t.ms[SLOT_PHASE_COUNT]};
    }
    session_close(s);
    arena_release(&arena);
    return out;
}

/* --- all of it --- */

static const u64 timeline_calls[] = {1, 10, 100};
static const size_t many_rollups[] = {16, SESSION_ROLLUPS_MAX};

struct results {
    double simulated, settled; /* scopes per second */
    struct spread timeline[COUNT_OF(timeline_calls)][SLOT_PHASE_COUNT + 1];
    struct eviction on_rollup, on_l1;
    struct many many[COUNT_OF(many_rollups)];
};

enum { SIMULATED = 10000, SLOT = 100 };

static void measure_rates(struct results *out)
{
    double simulate[RUNS], slot[RUNS];
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct session *s = open_session(2, DATA_CALLDATA);
    const address callee = deploy_callee(s);
    const struct tx *tx = sign_all(s, &arena, SIMULATED, 0, &callee);
    for (int i = 0; i < RUNS; i++)
        simulate[i] = simulate_all(s, tx, SIMULATED);
    for (int i = 0; i < RUNS; i++)
        slot[i] = slot_of(s, &arena, SLOT, &callee);
    out->simulated = SIMULATED / median(simulate, RUNS);
    out->settled = SLOT / median(slot, RUNS);
    session_close(s);
    arena_release(&arena);
}

static void print_table(const struct results *r)
{
    printf("CPU time of one thread; medians, and 99th of 100\n\n"
           "scopes simulated per second   %10.0f   (%d single calls between rollups, median of %d runs)\n"
           "scopes settled per second     %10.0f   (slots of %d: both passes, one attestation a rollup, bundle, L1 block)\n",
           r->simulated, SIMULATED, RUNS, r->settled, SLOT);
    printf("\na bundle, ms           p50 and p99 over %d bundles of so many calls\n%-10s", BUNDLES, "");
    for (size_t c = 0; c < COUNT_OF(timeline_calls); c++)
        printf("%18llu", (unsigned long long)timeline_calls[c]);
    for (size_t p = 0; p <= SLOT_PHASE_COUNT; p++) {
        printf("\n%-10s", phase_name[p]);
        for (size_t c = 0; c < COUNT_OF(timeline_calls); c++)
            printf("%9.3f%9.3f", r->timeline[c][p].p50, r->timeline[c][p].p99);
    }
    printf("\n\neviction of one scope, ms             whole  with eviction  costs\n");
    printf("%d calls between rollups                %9.2f      %9.2f  %4.1f %%\n", SCOPES, r->on_rollup.whole,
           r->on_rollup.evicting, 100 * (r->on_rollup.evicting / r->on_rollup.whole - 1));
    printf("%d calls to L1                          %9.2f      %9.2f  %4.1f %%\n\n", SCOPES_ON_L1, r->on_l1.whole, r->on_l1.evicting,
           100 * (r->on_l1.evicting / r->on_l1.whole - 1));
    for (size_t i = 0; i < COUNT_OF(many_rollups); i++)
        printf("%2zu rollups, 4 peers each: one L1 transaction of %llu gas and %zu bytes, %.1f ms\n", many_rollups[i],
               (unsigned long long)r->many[i].l1_gas, r->many[i].l1_bytes, r->many[i].ms);
}

static void print_json(const struct results *r)
{
    printf("{\"simulated_scopes_per_second\": %.0f, \"settled_scopes_per_second\": %.0f, \"timeline_ms\": {", r->simulated,
           r->settled);
    for (size_t c = 0; c < COUNT_OF(timeline_calls); c++) {
        printf("%s\"%llu\": {", c ? ", " : "", (unsigned long long)timeline_calls[c]);
        for (size_t p = 0; p <= SLOT_PHASE_COUNT; p++)
            printf("%s\"%s\": [%.3f, %.3f]", p ? ", " : "", phase_name[p], r->timeline[c][p].p50,
                   r->timeline[c][p].p99);
        printf("}");
    }
    printf("}, \"eviction_ms\": {\"rollups\": [%.3f, %.3f], \"l1\": [%.3f, %.3f]}, \"many\": [", r->on_rollup.whole,
           r->on_rollup.evicting, r->on_l1.whole, r->on_l1.evicting);
    for (size_t i = 0; i < COUNT_OF(many_rollups); i++)
        printf("%s{\"rollups\": %zu, \"l1_gas\": %llu, \"bytes\": %zu, \"ms\": %.1f}", i ? ", " : "", many_rollups[i],
               (unsigned long long)r->many[i].l1_gas, r->many[i].l1_bytes, r->many[i].ms);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    static struct results r;
    measure_rates(&r);
    for (size_t c = 0; c < COUNT_OF(timeline_calls); c++)
        measure_timeline(r.timeline[c], timeline_calls[c]);
    r.on_rollup = measure_eviction(B, SCOPES);
    r.on_l1 = measure_eviction(L1, SCOPES_ON_L1);
    for (size_t i = 0; i < COUNT_OF(many_rollups); i++)
        r.many[i] = measure_many(many_rollups[i]);
    if (argc > 1 && strcmp(argv[1], "--json") == 0)
        print_json(&r);
    else
        print_table(&r);
    return 0;
}
