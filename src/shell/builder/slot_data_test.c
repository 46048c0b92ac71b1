/* Where a bundle's data goes, what is on L1 then, and what waits because it does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "builder/session_for_tests.h"
#include "builder/query.h"
#include "builder/session_private.h"
#include "crypto/kzg_blob.h"
#include "crypto/kzg_proof.h"
#include "io/trusted_setup.h"
#include "kzg/kzg_setup.h"
#include "ledger/sidecar.h"
#include "verify/batch.h"
#include "verify/data.h"

static void open_with_data(struct fixture *f, enum data_choice data)
{
    static const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = 60000000, .base_fee = {{1000000000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = 60000000, .base_fee = {{1000000000}}},
    };
    const u256 thousand_ether = {{0x35c9adc5dea00000u, 0x36, 0, 0}};
    const struct funded_account funded[] = {
        {L1, address_of(1), thousand_ether}, {A, address_of(2), thousand_ether}, {B, address_of(3), thousand_ether}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    config.rollup = rollup;
    config.builder_key = key_of(99);
    config.data = data;
    arena_init(&f->arena, &system_memory);
    const enum err e = session_open(&f->s, &system_memory, &config);
    check(f, e);
}

/* --- work --- */

/* A transaction of rollup A or B with that much data that does not compress. */
static u64 bulky(struct fixture *f, u64 chain, size_t len)
{
    static u64 noise = 1;
    u8 *data = arena_take(&f->arena, len);
    for (size_t i = 0; i < len; i++) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        data[i] = (u8)(noise >> 56);
    }
    u64 work;
    const struct transact t = {.chain_id = chain, .key = key_of(chain == A ? 2 : 3), .to = {{0xd0}},
                               .gas_limit = 30000 + 40 * len, .data = bytes_of(data, len)};
    check(f, session_transact(f->s, &work, &t));
    return work;
}

/* An L1 account that is not delegated sends an ether to A. */
static u64 deposit(struct fixture *f)
{
    const address from = address_of(1);
    const struct scoped_request request = {.to = {{0xde}}, .value = ether, .gas_limit = {{100000}}};
    const struct operation_call call = {session_contracts(f->s)->shared_bridge, ether,
                                        calldata_scoped_call(&f->arena, A, &from, &request)};
    const struct operation o = {.key = key_of(1), .gas_limit = 2000000, .call = &call, .call_count = 1};
    u64 work;
    check(f, session_operate(f->s, &work, &o));
    return work;
}

static const struct slot_report *settled_slot(struct fixture *f)
{
    const struct slot_report *r;
    check(f, session_slot(f->s, &r));
    assert_true(r->sent && r->settled);
    assert_true(r->l1_tx.len <= 128 * 1024);
    assert_true(r->l1_gas_used <= 1 << 24);
    return r;
}

static enum work_status status_and_reason(struct fixture *f, u64 work, enum err *why)
{
    struct work_report w;
    check(f, session_status(f->s, &w, work));
    *why = w.rejected;
    return w.status;
}

static void says_that_it_waits(struct fixture *f, u64 work)
{
    struct work_report w;
    check(f, session_status(f->s, &w, work));
    assert_string_equal(w.reason, err_text(REJECT_BUNDLE_FULL));
}

static size_t count_settled(struct fixture *f, const u64 *work, size_t count)
{
    size_t settled = 0;
    enum err why;
    for (size_t i = 0; i < count; i++)
        switch (status_and_reason(f, work[i], &why)) {
        case WORK_SETTLED: settled++; break;
        case WORK_PENDING: says_that_it_waits(f, work[i]); break;
        default: fail_msg("neither settled nor waiting: %s", err_name(why));
        }
    return settled;
}

/* --- a bundle in blobs --- */

static const struct ledger_block *l1_block(struct fixture *f, u64 number)
{
    const struct ledger_block *b;
    check(f, session_block(f->s, &b, L1, number));
    assert_non_null(b);
    return b;
}

/* Each rollup's batch is in the blobs: its blocks' transactions, byte for byte. */
static void blobs_hold_the_blocks(struct fixture *f, const struct sidecar *s, u64 chain, size_t first, size_t count)
{
    struct data_blob part[DATA_BLOBS_MAX];
    for (size_t i = 0; i < count; i++)
        part[i] = (struct data_blob){&s->blob[first + i], s->commitment[first + i], s->proof[first + i]};
    const struct published_data data = {.blob = part, .blob_count = count};
    struct bytes encoded;
    struct batch batch;
    const struct ledger_block *block;
    assert_int_equal(data_check(&data), OK);
    assert_int_equal(data_batch(&encoded, &f->arena, &data, chain), OK);
    assert_int_equal(batch_decode(&batch, &f->arena, encoded), OK);
    assert_int_equal(batch.block_count, 1);
    check(f, session_block(f->s, &block, chain, 1));
    assert_int_equal(batch.block[0].envelope_count, block->tx_count);
    for (u32 i = 0; i < block->tx_count; i++) {
        struct buffer envelope = buffer_in(&f->arena);
        tx_encode(&envelope, &block->tx[i]);
        assert_true(bytes_eq(batch.block[0].envelope[i], buffer_bytes(&envelope)));
    }
}

/* Every cell of every blob, against its proof in the sidecar: what nodes check. */
static void cells_verify(const struct sidecar *s)
{
    struct arena arena;
    struct kzg_setup *setup;
    static struct kzg_cell cell[KZG_CELLS];
    struct kzg_point commitment[KZG_CELLS];
    u64 index[KZG_CELLS];
    arena_init(&arena, &system_memory);
    assert_int_equal(kzg_setup_attach(&setup, &arena, trusted_setup_image()), OK);
    for (size_t b = 0; b < s->blob_count; b++) {
        assert_int_equal(kzg_cells(cell, NULL, &s->blob[b], setup), OK);
        for (u64 i = 0; i < KZG_CELLS; i++) {
            index[i] = i;
            commitment[i] = s->commitment[b];
        }
        const struct kzg_point *proof = s->cell_proof + b * KZG_CELLS;
        assert_int_equal(kzg_verify_cells(commitment, index, cell, proof, KZG_CELLS, setup), OK);
        cell[77].b[31] ^= 1;
        assert_int_equal(kzg_verify_cells(commitment, index, cell, proof, KZG_CELLS, setup), REJECT_KZG_PROOF);
    }
    arena_release(&arena);
}

/* An account is delegated by a type-4 transaction of its own, then a type-3 transaction settles; its versioned hashes
 * are those of the sidecar beside its block, whose cells verify; two rollups share the first of the blobs. */
static void in_blobs(void **state)
{
    (void)state;
    struct fixture f;
    open_with_data(&f, DATA_BLOBS);
    enum err why;
    const u64 work[] = {deposit(&f), bulky(&f, A, 1000), bulky(&f, B, 130000)};
    const struct slot_report *r = settled_slot(&f);
    for (size_t i = 0; i < COUNT_OF(work); i++)
        assert_int_equal(status_and_reason(&f, work[i], &why), WORK_SETTLED);
    assert_true(r->data.is_in_blobs);
    assert_int_equal(r->data.blob_count, 2);
    assert_int_equal(r->data.delegated_ahead, 1);

    const struct ledger_block *ahead = l1_block(&f, r->l1_block_number - 1), *block = l1_block(&f, r->l1_block_number);
    assert_int_equal(ahead->tx_count, 1);
    assert_int_equal(ahead->tx[0].type, TX_SET_CODE);
    assert_int_equal(ahead->tx[0].data.len, 0);
    assert_null(ahead->sidecar);
    const struct tx *t = &block->tx[0];
    assert_int_equal(t->type, TX_BLOB);
    assert_int_equal(t->blob_hash_count, 2);
    assert_int_equal(block->header.blob_gas_used, 2 << 17);
    assert_non_null(block->sidecar);
    assert_true(sidecar_is_of(block->sidecar, t));
    for (size_t i = 0; i < 2; i++) {
        hash32 versioned;
        kzg_versioned_hash(&versioned, block->sidecar->commitment[i].b);
        assert_memory_equal(&versioned, &t->blob_hash[i], sizeof versioned);
        assert_int_equal(kzg_blob_verify(&block->sidecar->blob[i], &block->sidecar->commitment[i],
                                         &block->sidecar->proof[i]),
                         OK);
    }
    blobs_hold_the_blocks(&f, block->sidecar, A, 0, 1);
    blobs_hold_the_blocks(&f, block->sidecar, B, 0, 2);
    assert_null(block->sidecar->cell_proof); /* the local L1 needs none */
    const struct sidecar *proved;
    check(&f, session_sidecar(f.s, &proved, block->header.number));
    cells_verify(proved);
    close_session(&f);
}

/* --- limits --- */

/* 200 kB do not fit in one transaction: in blobs they do; in calldata the rest waits for the next slot, and settles
 * there. */
static void more_than_a_transaction_holds(void **state)
{
    (void)state;
    static const struct { enum data_choice data; bool in_blobs; size_t first; } row[] = {
        {DATA_CALLDATA, false, 3}, {DATA_BLOBS, true, 5}, {DATA_AUTO, true, 5}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        u64 work[5];
        open_with_data(&f, row[i].data);
        for (size_t j = 0; j < COUNT_OF(work); j++)
            work[j] = bulky(&f, A, 40000);
        const struct slot_report *r = settled_slot(&f);
        assert_int_equal(r->data.is_in_blobs, row[i].in_blobs);
        assert_false(r->data.calldata_fits && r->data.is_in_blobs);
        assert_int_equal(count_settled(&f, work, 5), row[i].first);
        if (row[i].first < 5) {
            r = settled_slot(&f);
            assert_int_equal(count_settled(&f, work, 5), 5);
        }
        close_session(&f);
    }
}

static void count_builds(void *context, enum slot_phase phase)
{
    *(size_t *)context += phase == SLOT_BUILD;
}

/* A queue that takes several slots is built little more often than once: the first slot finds out how much fits. */
static void a_long_queue(void **state)
{
    (void)state;
    struct fixture f;
    static u64 work[400];
    size_t builds = 0, slots = 0, settled = 0;
    open_with_data(&f, DATA_CALLDATA);
    session_watch_phases(f.s, count_builds, &builds);
    const address from = address_of(2);
    const struct scoped_request request = {.to = {{0x77}}, .gas_limit = {{50000}}};
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        const struct transact t = {.chain_id = A, .key = key_of(2), .to = session_contracts(f.s)->rollup_bridge,
                                   .gas_limit = 1000000,
                                   .data = calldata_scoped_call(&f.arena, L1, &from, &request)};
        check(&f, session_transact(f.s, &work[i], &t));
    }
    for (; settled < COUNT_OF(work); slots++) {
        settled_slot(&f);
        const size_t now = count_settled(&f, work, COUNT_OF(work));
        assert_true(now > settled);
        for (size_t i = 0; i < now; i++) { /* in their order */
            enum err why;
            assert_int_equal(status_and_reason(&f, work[i], &why), WORK_SETTLED);
        }
        settled = now;
    }
    assert_true(slots > 1);
    assert_true(builds <= slots + 2);
    close_session(&f);
}

/* More than six blobs: the rest waits. */
static void more_than_blobs_hold(void **state)
{
    (void)state;
    struct fixture f;
    u64 work[8];
    open_with_data(&f, DATA_AUTO);
    for (size_t i = 0; i < COUNT_OF(work); i++)
        work[i] = bulky(&f, i % 2 ? B : A, 110000);
    const struct slot_report *r = settled_slot(&f);
    assert_true(r->data.is_in_blobs);
    assert_true(r->data.blob_count <= 6);
    assert_int_equal(count_settled(&f, work, 8), 6);
    r = settled_slot(&f);
    assert_int_equal(count_settled(&f, work, 8), 8);
    close_session(&f);
}

/* What does not fit alone is rejected by name, and the rest settles. */
static void too_large_alone(void **state)
{
    (void)state;
    struct fixture f;
    enum err why;
    open_with_data(&f, DATA_CALLDATA);
    const u64 small = bulky(&f, A, 1000), large = bulky(&f, B, 131000);
    settled_slot(&f);
    assert_int_equal(status_and_reason(&f, small, &why), WORK_SETTLED);
    assert_int_equal(status_and_reason(&f, large, &why), WORK_PENDING);
    const struct slot_report *r;
    check(&f, session_slot(f.s, &r));
    assert_false(r->sent);
    assert_int_equal(status_and_reason(&f, large, &why), WORK_REJECTED);
    assert_int_equal(why, REJECT_BUNDLE_TOO_LARGE);
    struct work_report w;
    check(&f, session_status(f.s, &w, large));
    assert_non_null(strstr(w.reason, " of 131072 bytes of the L1 transaction"));
    close_session(&f);
}

/* Eight calls that take 2.4 million gas each on L1, of a limit of 5 million: with the gas that each must find left, a
 * transaction of 2^24 has room for some of them. The others settle in the next slots. */
static void more_than_the_gas_cap(void **state)
{
    (void)state;
    static const u8 init[] = {0x6a, 0x5b, 0x62, 0x27, 0xac, 0x40, 0x5a, 0x11,
                              0x60, 0x00, 0x57, 0x00, /* while gas > 2.6 M */
                              0x60, 0x00, 0x52, 0x60, 0x0b, 0x60, 0x15, 0xf3};
    struct fixture f;
    struct work_report burner;
    u64 work[8], deployed;
    open_with_data(&f, DATA_CALLDATA);
    const struct transact creation = {
        .chain_id = L1, .key = key_of(1), .creates = true, .gas_limit = 200000, .data = BYTES_OF(init)};
    check(&f, session_transact(f.s, &deployed, &creation));
    check(&f, session_status(f.s, &burner, deployed));
    assert_true(burner.success);
    const address from = address_of(2);
    const struct scoped_request request = {.to = burner.created, .gas_limit = {{5000000}}};
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        const struct transact t = {.chain_id = A, .key = key_of(2), .to = session_contracts(f.s)->rollup_bridge,
                                   .gas_limit = 7000000,
                                   .data = calldata_scoped_call(&f.arena, L1, &from, &request)};
        check(&f, session_transact(f.s, &work[i], &t));
    }
    size_t settled = 0, slots = 0;
    for (; settled < COUNT_OF(work); slots++) {
        settled_slot(&f);
        const size_t now = count_settled(&f, work, COUNT_OF(work));
        assert_true(now > settled);
        settled = now;
    }
    assert_true(slots > 1 && slots < 5);
    close_session(&f);
}

/* Small bundles with a delegation stay one transaction; large ones go where it is cheaper. */
static void the_cheaper(void **state)
{
    (void)state;
    struct fixture f;
    open_with_data(&f, DATA_AUTO);
    deposit(&f);
    const struct slot_report *r = settled_slot(&f);
    assert_false(r->data.is_in_blobs);
    assert_int_equal(l1_block(&f, r->l1_block_number)->tx[0].type, TX_SET_CODE);
    bulky(&f, A, 20000);
    r = settled_slot(&f);
    assert_true(r->data.is_in_blobs && r->data.calldata_fits);
    assert_true(u256_lt(&r->data.blobs_wei, &r->data.calldata_wei));
    close_session(&f);
}

/* Nodes let only a blob transaction take the place of one: whatever is cheaper, and for more of each fee. Under another
 * nonce nothing is replaced. */
static void its_like(void **state)
{
    (void)state;
    static const struct { bool small, had_blobs, other_nonce, in_blobs; } row[] = {
        {true, true, false, true}, {false, false, false, false}, {true, true, true, false}, {false, false, true, true}};
    const u256 gwei_100 = {{100000000000}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        open_with_data(&f, DATA_AUTO);
        bulky(&f, A, row[i].small ? 10 : 20000);
        f.s->lost_bundle =
            (struct lost_bundle){.exists = true, .fees = {row[i].had_blobs, gwei_100, gwei_100, gwei_100}};
        check(&f, session_nonce(f.s, &f.s->lost_bundle.nonce, 0, &f.s->builder));
        f.s->lost_bundle.nonce += row[i].other_nonce;
        const struct slot_report *r = settled_slot(&f);
        const struct tx *t = &l1_block(&f, r->l1_block_number)->tx[0];
        assert_int_equal(t->type == TX_BLOB, row[i].in_blobs);
        assert_int_equal(strcmp(r->data.reason, "same as the transaction that it replaces") == 0, !row[i].other_nonce);
        assert_int_equal(u256_lt(&gwei_100, &t->max_fee), !row[i].other_nonce);
        if (row[i].in_blobs)
            assert_int_equal(u256_lt(&gwei_100, &t->max_blob_fee), !row[i].other_nonce);
        close_session(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_blobs),        cmocka_unit_test(more_than_a_transaction_holds),
        cmocka_unit_test(more_than_blobs_hold), cmocka_unit_test(a_long_queue), cmocka_unit_test(too_large_alone),
        cmocka_unit_test(more_than_the_gas_cap), cmocka_unit_test(the_cheaper),
        cmocka_unit_test(its_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
