/* The guard: an ordinary transaction may be placed before scopes that ran already exactly when that changes no request
 * and no answer. Random scopes read and write a few cells on B; a candidate reads or writes one of them, at a random
 * place. What the guard admits is simulated again in the new order, and must give the same calls; what would change
 * them must have been refused; what meets nothing must have been admitted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "builder/devnet_for_tests.h"
#include "codec/abi.h"
#include "builder/session_private.h"
#include "signer/tx_sign.h"
#include "simulate/simulate.h"

enum { CELLS = 4, SCOPES = 6, ROUNDS = 400 };

static u64 next(u64 *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * 2685821657736338717ull;
}

struct fixture {
    struct session *s;
    struct arena arena;
    address cells; /* on B */
};

static void check(const struct fixture *f, enum err e)
{
    if (e != OK)
        print_message("%s: %s\n", err_name(e), session_error(f->s));
    assert_int_equal(e, OK);
}

enum kind { READ, WRITE };

/* The program in plain assembly, as bytes:
 *
 *   CALLDATALOAD(0) SLOAD                           value
 *   CALLDATASIZE 0x20 LT? no second word -> return  value
 *   else SSTORE(CALLDATALOAD(0), 3 * value + CALLDATALOAD(0x20)); return value */
static const u8 cell_runtime[] = {
    0x5f, 0x35, 0x54,                         /* 00 value */
    0x60, 0x20, 0x36, 0x11,                   /* 03 calldatasize > 0x20 */
    0x60, 0x10, 0x57,                         /* 07 jumpi 0x10 */
    0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3,       /* 0a return value */
    0x5b,                                     /* 10 */
    0x80, 0x60, 0x03, 0x02,                   /* 11 3 * value */
    0x60, 0x20, 0x35, 0x01,                   /* 15 + word 1 */
    0x5f, 0x35, 0x55,                         /* 19 sstore(word 0) */
    0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3,       /* 1c return value */
};

static void open_fixture(struct fixture *f)
{
    static const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = 60000000, .base_fee = {{1000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = 60000000, .base_fee = {{1000}}},
    };
    const u256 plenty = {{0, 1ull << 20, 0, 0}};
    const struct funded_account funded[] = {
        {A, address_of(1), plenty}, {B, address_of(1), plenty}, {B, address_of(2), plenty}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.rollup = rollup;
    arena_init(&f->arena, &system_memory);
    check(f, session_open(&f->s, &system_memory, &config));
    struct buffer init = buffer_in(&f->arena);
    const u8 head[] = {0x60, sizeof cell_runtime, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3};
    buffer_add(&init, head, sizeof head);
    buffer_add(&init, cell_runtime, sizeof cell_runtime);
    const struct transact t = {
        .chain_id = B, .key = key_of(1), .creates = true, .gas_limit = 500000, .data = buffer_bytes(&init)};
    u64 work;
    struct work_report w;
    const struct slot_report *r;
    check(f, session_transact(f->s, &work, &t));
    check(f, session_slot(f->s, &r));
    check(f, session_status(f->s, &w, work));
    assert_true(r->settled && w.success);
    f->cells = w.created;
}

static void close_fixture(struct fixture *f)
{
    session_close(f->s);
    arena_release(&f->arena);
}

struct access_of_cell {
    enum kind kind;
    u64 cell, value;
};

static struct bytes cell_call(struct arena *a, const struct access_of_cell *c)
{
    struct buffer out = buffer_in(a);
    struct abi_writer w = abi_writer(&out);
    abi_open(&w, c->kind == WRITE ? 2 : 1);
    abi_add_u64(&w, c->cell);
    if (c->kind == WRITE)
        abi_add_u64(&w, c->value);
    abi_close(&w);
    return buffer_bytes(&out);
}

static struct bytes call_cell(struct arena *a, const address *from, const address *cells,
                              const struct access_of_cell *c)
{
    const struct scoped_request request = {.to = *cells, .gas_limit = {{200000}}, .data = cell_call(a, c)};
    return calldata_scoped_call(a, B, from, &request);
}

/* A round: some scopes, a candidate. */
struct round {
    struct access_of_cell scope[SCOPES], candidate;
    size_t before;
};

static struct tx sign(struct fixture *f, struct simulation *sim, struct arena *a, size_t chain, u8 user,
                      const address *to, struct bytes data)
{
    const hash32 key = key_of(user);
    const address from = address_of(user);
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = chain == 1 ? A : B, .max_fee = {{100000}},
                   .max_priority_fee = {{10}}, .gas_limit = 1000000, .to = *to, .data = data};
    check(f, simulation_nonce(sim, &t.nonce, chain, &from));
    check(f, tx_sign(&t, &key, a));
    return t;
}

static struct simulation *open_simulation(struct fixture *f, struct arena *a)
{
    struct session *s = f->s;
    const struct ledger_block *anchor = ledger_head(&s->l1);
    const struct block_choice choice = session_l1_choice(s);
    struct sim_chain_config chain[3] = {{.ledger = &s->l1, .bridge = s->contracts.shared_bridge, .choice = choice}};
    for (size_t i = 1; i <= 2; i++)
        chain[i] = (struct sim_chain_config){.ledger = &s->rollup[i - 1].ledger,
                                             .bridge = rollup_bridge_address,
                                             .in_bundle = true,
                                             .choice = rollup_block_choice(&s->rollup[i - 1].rules, choice.timestamp)};
    struct tx carrier = {.type = TX_DYNAMIC_FEE,
                         .has_chain_id = true,
                         .chain_id = L1,
                         .gas_limit = 1 << 24,
                         .to = s->contracts.shared_bridge};
    struct simulation *sim;
    session_fees(s, &carrier.max_fee, &carrier.max_priority_fee);
    check(f, session_nonce(s, &carrier.nonce, 0, &s->builder));
    check(f, tx_sign(&carrier, &s->builder_key, a));
    check(f, simulation_open(&sim, a, chain, 3, &carrier, &anchor->header, &anchor->hash));
    return sim;
}

static void run_scope(struct fixture *f, struct simulation *sim, struct arena *a, const struct round *r, size_t i)
{
    const address from = address_of(1);
    struct buffer why = buffer_in(a);
    struct simulated out;
    struct tx *t = ARENA_TAKE(a, struct tx, 1);
    *t = sign(f, sim, a, 1, 1, &rollup_bridge_address, call_cell(a, &from, &f->cells, &r->scope[i]));
    check(f, simulate_tx(sim, &out, 1, i, t, &why));
    assert_true(out.success);
}

static struct tx *candidate_tx(struct fixture *f, struct simulation *sim, struct arena *a, const struct round *r)
{
    struct tx *t = ARENA_TAKE(a, struct tx, 1);
    *t = sign(f, sim, a, 2, 2, &f->cells, cell_call(a, &r->candidate));
    return t;
}

static bool same_calls(const struct plan *here, const struct plan *there)
{
    assert_int_equal(here->call.count, there->call.count);
    for (size_t i = 0; i < here->call.count; i++)
        if (!hash32_eq(&here->call.item[i].request_hash, &there->call.item[i].request_hash) ||
            !bytes_eq(here->call.item[i].response, there->call.item[i].response))
            return false;
    return true;
}

static void guard(void **state)
{
    (void)state;
    struct fixture f;
    u64 seed = 88172645463325252ull;
    size_t admitted = 0, refused = 0, would_change = 0;
    open_fixture(&f);
    for (size_t n = 0; n < ROUNDS; n++) {
        struct arena a;
        struct round r = {.before = next(&seed) % (SCOPES + 1)};
        bool touched = false;
        arena_init(&a, &system_memory);
        r.candidate = (struct access_of_cell){next(&seed) % 2 ? WRITE : READ, next(&seed) % CELLS, 1 + next(&seed) % 9};
        for (size_t i = 0; i < SCOPES; i++) {
            r.scope[i] =
                (struct access_of_cell){next(&seed) % 3 ? READ : WRITE, next(&seed) % CELLS, 1 + next(&seed) % 9};
            touched = touched || (i >= r.before && r.scope[i].cell == r.candidate.cell);
        }
        struct simulation *here = open_simulation(&f, &a), *there;
        for (size_t i = 0; i < SCOPES; i++)
            run_scope(&f, here, &a, &r, i);
        struct buffer why = buffer_in(&a);
        struct simulated out;
        const enum err e = simulate_before(here, &out, 2, r.before, SCOPES, candidate_tx(&f, here, &a, &r), &why);

        struct arena again;
        arena_init(&again, &system_memory);
        simulation_close(here); /* one simulation at a time: the ledgers' machines are theirs */
        there = open_simulation(&f, &again);
        for (size_t i = 0; i <= SCOPES; i++) {
            if (i == r.before) {
                struct simulated ignored;
                check(&f, simulate_tx(there, &ignored, 2, SCOPES, candidate_tx(&f, there, &again, &r), &why));
            }
            if (i < SCOPES)
                run_scope(&f, there, &again, &r, i);
        }
        const bool same = same_calls(simulation_plan(here), simulation_plan(there));
        if (e == OK) {
            admitted++;
            assert_true(same);
            assert_int_equal(simulation_plan(here)->chain[2].item.item[r.before].kind, ITEM_TX);
            assert_int_equal(simulation_plan(here)->chain[2].item.count, SCOPES + 1);
        } else {
            assert_int_equal(e, REJECT_WOULD_CHANGE);
            assert_int_equal(simulation_plan(here)->chain[2].item.count, SCOPES);
            assert_true(touched); /* what meets nothing is admitted */
            refused++;
            would_change += !same;
        }
        simulation_close(there);
        arena_release(&again);
        arena_release(&a);
    }
    print_message("%zu placements: %zu admitted, %zu refused, of which %zu would have changed an answer\n", (size_t)ROUNDS, admitted,
                  refused, would_change);
    assert_true(admitted > ROUNDS / 4 && would_change > ROUNDS / 10);
    close_fixture(&f);
}

/* What makes a scoped call has its place by its clock, and nowhere else. */
static void a_scope_is_not_placed(void **state)
{
    (void)state;
    struct fixture f;
    struct arena a;
    struct simulated out;
    const struct round r = {.scope = {{WRITE, 1, 5}, {READ, 1, 0}}};
    const address from = address_of(1);
    open_fixture(&f);
    arena_init(&a, &system_memory);
    struct buffer why = buffer_in(&a);
    struct simulation *sim = open_simulation(&f, &a);
    run_scope(&f, sim, &a, &r, 0);
    const struct tx t =
        sign(&f, sim, &a, 1, 1, &rollup_bridge_address, call_cell(&a, &from, &f.cells, &r.scope[1]));
    assert_int_equal(simulate_before(sim, &out, 1, 0, 1, &t, &why), REJECT_NOT_ORDINARY);
    assert_int_equal(simulation_plan(sim)->call.count, 1);
    simulation_close(sim);
    arena_release(&a);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard),
        cmocka_unit_test(a_scope_is_not_placed),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
