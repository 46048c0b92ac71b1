/* session_bench - what the builder's benchmarks share: a clock, medians, a rich user on a devnet, a contract to call.
 *
 * Whatever fails ends the program, by name. Memory: the session's own; calldata in the arena given. */
#ifndef BUILDER_SESSION_BENCH_H
#define BUILDER_SESSION_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "builder/devnet_for_tests.h"
#include "builder/session_private.h"

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

/* Rollups A, A + 1, ..; B is the second. The user is rich everywhere. */
static inline struct session *open_session(size_t rollups, enum data_choice data)
{
    struct rollup_config rollup[SESSION_ROLLUPS_MAX];
    struct funded_account funded[SESSION_ROLLUPS_MAX + 1];
    for (size_t i = 0; i < rollups; i++) {
        rollup[i] = (struct rollup_config){
            .chain_id = A + i, .coinbase = {{0xaa}}, .gas_limit = 1ull << 40, .base_fee = {{1000}}};
        funded[i] = (struct funded_account){.chain_id = A + i, .at = address_of(1), .balance = {{0, 1ull << 20}}};
    }
    funded[rollups] = funded[0];
    funded[rollups].at = address_of(3);
    struct session_config config = devnet(funded, rollups + 1);
    config.rollup = rollup;
    config.rollup_count = rollups;
    config.data = data;
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
    must(s, session_slot(s, &r));
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
    const struct scoped_request request = {.to = *callee, .gas_limit = {{100000}}, .data = BYTES_OF(payload)};
    return calldata_scoped_call(a, target, from, &request);
}

static inline struct bytes call_data(struct arena *a, const address *from, const address *callee)
{
    return call_data_to(a, B, from, callee);
}

#endif
