/* session_for_tests - a session on the devnet of devnet_for_tests.h, and what tests do with it: work, slots, outcomes,
 * and small contracts.
 *
 * Users 1 and 4 have ether on L1, 1 and 3 on A, 2 on B; two of three provers must attest. Include cmocka.h first. */
#ifndef BUILDER_SESSION_FOR_TESTS_H
#define BUILDER_SESSION_FOR_TESTS_H

#include <stdio.h>

#include "builder/devnet_for_tests.h"
#include "signer/tx_sign.h"

static const u256 ether = {{1000000000000000000ull, 0, 0, 0}};

struct fixture {
    struct session *s;
    struct arena arena;
};

static inline void check(const struct fixture *f, enum err e)
{
    if (e != OK)
        print_message("%s: %s\n", err_name(e), session_error(f->s));
    assert_int_equal(e, OK);
}

static inline void open_session(struct fixture *f)
{
    const hash32 prover[3] = {key_of(11), key_of(12), key_of(13)};
    struct funded_account funded[] = {
        {L1, address_of(1), ether}, {A, address_of(1), ether}, {B, address_of(2), ether}, {A, address_of(3), ether},
        {L1, address_of(4), ether},
    };
    const u256 ten = u256_from_u64(100);
    for (size_t i = 0; i < COUNT_OF(funded); i++)
        u256_mul(&funded[i].balance, &ether, &ten);
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.prover_key = prover;
    config.prover_count = 3;
    config.prover_threshold = 2;
    arena_init(&f->arena, &system_memory);
    check(f, session_open(&f->s, &system_memory, &config));
}

static inline void close_session(struct fixture *f)
{
    session_close(f->s);
    arena_release(&f->arena);
}

static inline u256 balance(struct fixture *f, u64 chain, const address *at)
{
    u256 b;
    check(f, session_balance(f->s, &b, chain, at));
    return b;
}

static inline void slot_settles(struct fixture *f, const struct slot_report **r)
{
    check(f, session_slot(f->s, r));
    assert_true((*r)->sent);
    if (!(*r)->settled) {
        print_message("reverted, gas %lu, data:", (*r)->l1_gas_used);
        for (size_t i = 0; i < (*r)->revert_data.len; i++)
            print_message("%02x", (*r)->revert_data.ptr[i]);
        print_message("\n");
    }
    assert_true((*r)->settled);
}

static inline void work_settled(struct fixture *f, u64 work)
{
    struct work_report w;
    check(f, session_status(f->s, &w, work));
    if (w.status != WORK_SETTLED)
        print_message("%s: %s: %s\n", work_status_name(w.status), err_name(w.rejected), w.reason ? w.reason : "");
    assert_int_equal(w.status, WORK_SETTLED);
}

static inline void operate(struct fixture *f, u64 *work, u8 user, const struct scoped_request *r, u64 target)
{
    const address from = address_of(user);
    const struct operation_call call = {session_contracts(f->s)->shared_bridge, r->value,
                                        calldata_scoped_call(&f->arena, target, &from, r)};
    const struct operation o = {.key = key_of(user), .gas_limit = 2000000, .call = &call, .call_count = 1};
    check(f, session_operate(f->s, work, &o));
}

/* Runs its calldata as a call to the bridge, then logs the gas that is left: which is another in each pass. */
static inline address deploy_gas_logger(struct fixture *f, u8 deployer)
{
    static const u8 init[] = {0x60, 0x1b, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3, /* returns the rest */
                              0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x34, 0x62, 0x5c, 0x09, 0xe1, 0x5a,
                              0xf1, 0x50, 0x5a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xa0, 0x00, 0x00, 0x00, 0x00};
    const struct slot_report *r;
    u64 work;
    struct work_report w;
    const struct transact t = {
        .chain_id = A, .key = key_of(deployer), .creates = true, .gas_limit = 500000, .data = BYTES_OF(init)};
    check(f, session_transact(f->s, &work, &t));
    slot_settles(f, &r);
    check(f, session_status(f->s, &w, work));
    assert_true(w.success);
    return w.created;
}

static inline void call_bridge(struct fixture *f, u64 *work, u8 user, const address *through, u64 target, u64 value)
{
    const address from = through ? *through : address_of(user), to = {{0xde, 0xad}};
    const struct scoped_request request = {.to = to, .value = {{value}}, .gas_limit = {{100000}}};
    const struct transact t = {.chain_id = A,
                               .key = key_of(user),
                               .to = through ? *through : session_contracts(f->s)->rollup_bridge,
                               .value = {{value}},
                               .gas_limit = 3000000,
                               .data = calldata_scoped_call(&f->arena, target, &from, &request)};
    check(f, session_transact(f->s, work, &t));
}

static inline enum work_status status_of(struct fixture *f, u64 work)
{
    struct work_report w;
    check(f, session_status(f->s, &w, work));
    return w.status;
}

/* Init code that returns what follows it. */
static inline struct bytes returning(struct arena *a, struct bytes code)
{
    u8 head[] = {0x60, (u8)code.len, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3};
    struct buffer init = buffer_in(a);
    buffer_add(&init, head, sizeof head);
    buffer_add_bytes(&init, code);
    return buffer_bytes(&init);
}

static inline address deploy(struct fixture *f, u64 chain, u8 deployer, struct bytes code)
{
    const struct slot_report *r;
    u64 work;
    struct work_report w;
    const struct transact t = {.chain_id = chain, .key = key_of(deployer), .creates = true, .gas_limit = 500000,
                               .data = returning(&f->arena, code)};
    check(f, session_transact(f->s, &work, &t));
    if (chain != L1)
        slot_settles(f, &r);
    check(f, session_status(f->s, &w, work));
    assert_true(w.success);
    return w.created;
}

/* Counts its calls, and answers with the count. */
static const u8 counter_code[] = {0x5f, 0x54, 0x60, 0x01, 0x01, 0x80, 0x5f, 0x55, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};

static inline u64 count_of(struct fixture *f, u64 chain, const address *counter)
{
    const u256 key = {{0}};
    u256 count;
    check(f, session_storage(f->s, &count, chain, counter, &key));
    return count.w[0];
}

static inline void count_on(struct fixture *f, u64 *work, u8 user, const address *through, u64 target,
                            const address *counter)
{
    const address from = through ? *through : address_of(user);
    const struct scoped_request request = {.to = *counter, .gas_limit = {{100000}}};
    const struct transact t = {.chain_id = A,
                               .key = key_of(user),
                               .to = through ? *through : session_contracts(f->s)->rollup_bridge,
                               .gas_limit = 3000000,
                               .data = calldata_scoped_call(&f->arena, target, &from, &request)};
    check(f, session_transact(f->s, work, &t));
}

#endif
