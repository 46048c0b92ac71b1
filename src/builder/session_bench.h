/* session_bench - what the builder's benchmarks share: a clock, medians, a devnet with a rich user, a contract to call.
 *
 * Whatever fails ends the program, by name. Memory: the session's own; calldata in the arena given. */
#ifndef BUILDER_SESSION_BENCH_H
#define BUILDER_SESSION_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/u256.h"
#include "builder/session_private.h"
#include "codec/abi.h"
#include "crypto/secp256k1.h"
#include "io/memory.h"

enum { L1 = 1, A = 901, B = 902 };

/* Time of this process: one thread, nothing waits, and the machine may be shared. */
static inline u64 now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static inline void must(const struct session *s, enum err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "%s: %s\n", err_name(e), s ? session_error(s) : "");
    exit(3);
}

static inline int by_value(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static inline double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

static inline hash32 key_of(u8 x)
{
    hash32 k = {{0}};
    k.b[31] = x;
    return k;
}

/* Rollups A, A + 1, ..; B is the second. The user is rich everywhere. */
static inline struct session *open_session(size_t rollups, enum data_choice data)
{
    struct rollup_config rollup[SESSION_ROLLUPS_MAX];
    struct funded_account funded[SESSION_ROLLUPS_MAX + 1];
    const hash32 prover[1] = {key_of(11)}, user = key_of(1), other = key_of(3);
    for (size_t i = 0; i < rollups; i++) {
        rollup[i] = (struct rollup_config){
            .chain_id = A + i, .coinbase = {{0xaa}}, .gas_limit = 1ull << 40, .base_fee = {{1000}}};
        funded[i] = (struct funded_account){.chain_id = A + i, .balance = {{0, 1ull << 20}}};
        must(NULL, secp256k1_address(&funded[i].at, &user));
    }
    funded[rollups] = funded[0];
    must(NULL, secp256k1_address(&funded[rollups].at, &other));
    const struct session_config config = {
        .l1_chain_id = L1,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = 60000000,
        .l1_base_fee = {{1000000000}},
        .l1_coinbase = {{0xcc}},
        .genesis_timestamp = 1700000000,
        .rollup = rollup,
        .rollup_count = rollups,
        .funded = funded,
        .funded_count = rollups + 1,
        .data = data,
        .builder_key = key_of(9),
        .prover_key = prover,
        .prover_count = 1,
        .prover_threshold = 1,
    };
    struct session *s;
    must(s, session_open(&s, &system_memory, &config));
    return s;
}

static inline address deploy(struct session *s, u64 chain, struct bytes init)
{
    const struct transact t = {
        .chain_id = chain, .key = key_of(1), .creates = true, .gas_limit = 1000000, .data = init};
    u64 work;
    const struct slot_report *r;
    struct work_report w;
    must(s, session_transact(s, &work, &t));
    must(s, session_slot(s, &r, NULL));
    must(s, session_status(s, &w, work));
    if (w.status != WORK_SETTLED || !w.success) {
        fprintf(stderr, "a contract was not deployed\n");
        exit(3);
    }
    return w.created;
}

/* A contract on B that returns its calldata size. */
static inline address deploy_callee(struct session *s)
{
    static const u8 init[] = {0x66, 0x36, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, 0x5f, 0x52, 0x60, 0x07, 0x60, 0x19, 0xf3};
    return deploy(s, B, BYTES_OF(init));
}

/* scopedCall(target, from, (callee, 0, 100000, 100 bytes)) */
static inline struct bytes call_data_to(struct arena *a, u64 target, const address *from, const address *callee)
{
    static const u8 payload[100] = {1};
    u8 selector[4];
    struct buffer out = buffer_in(a);
    store_be32(selector, 0x752949ed);
    buffer_add(&out, selector, 4);
    struct abi_writer w = abi_writer(&out);
    abi_open(&w, 3);
    abi_add_u64(&w, target);
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

static inline struct bytes call_data(struct arena *a, const address *from, const address *callee)
{
    return call_data_to(a, B, from, callee);
}

#endif
