/* What was written down before it was sent is there again, and found by what it does; what is no row is refused. */
#include "remote_l1/outbox.h"

#include "codec/rlp.h"
#include "io/memory.h"
#include "ledger/sidecar.h"
#include "signer/tx_sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 8 };

/* A disk: the rows as they were written last. */
struct disk {
    u8 *row[ROWS];
    size_t len[ROWS];
    u32 writes;
};

static enum err put(void *context, u64 ordinal, struct bytes row)
{
    struct disk *d = context;
    assert_true(ordinal < ROWS);
    free(d->row[ordinal]);
    d->row[ordinal] = malloc(row.len);
    memcpy(d->row[ordinal], row.ptr, row.len);
    d->len[ordinal] = row.len;
    d->writes++;
    return OK;
}

static enum err put_nowhere(void *context, u64 ordinal, struct bytes row)
{
    (void)context, (void)ordinal, (void)row;
    return FAULT_IO;
}

static struct bytes row_of(const struct disk *d, u64 ordinal)
{
    return bytes_of(d->row[ordinal], d->len[ordinal]);
}

static void wipe(struct disk *d)
{
    for (size_t i = 0; i < ROWS; i++)
        free(d->row[i]);
}

static const hash32 alice = {{[31] = 1}}, bob = {{[31] = 2}};

static struct tx transaction(struct arena *a, const hash32 *key, u64 nonce, u64 fee)
{
    static const u8 data[] = {0xde, 0xad, 0xbe, 0xef};
    struct tx t = {.type = TX_DYNAMIC_FEE,
                   .has_chain_id = true,
                   .chain_id = 31337,
                   .nonce = nonce,
                   .gas_limit = 21000,
                   .max_fee = u256_from_u64(fee),
                   .max_priority_fee = u256_from_u64(1),
                   .to = {{0x11}},
                   .value = u256_from_u64(7),
                   .data = BYTES_OF(data)};
    assert_int_equal(tx_sign(&t, key, a), OK);
    return t;
}

static struct outbox_entry *add(struct outbox *o, enum l1_purpose purpose, const struct tx *t)
{
    struct outbox_entry *e = outbox_add(o);
    e->purpose = purpose;
    e->is_pinned = purpose == PURPOSE_BUNDLE;
    e->parent_number = 41;
    e->parent = (hash32){{0xaa}};
    e->expected = (struct expected_outcome){.parent = {{0xbb}},
                                            .success = true,
                                            .halt = HALT_RETURN,
                                            .gas_used = 30000,
                                            .log_count = 2,
                                            .logs = {{0xcc}},
                                            .output = arena_copy(&o->arena, BYTES_LITERAL("out"))};
    e->note = arena_copy(&o->arena, BYTES_LITERAL("a note"));
    outbox_add_variant(o, e, t);
    assert_int_equal(outbox_save(o, e), OK);
    return e;
}

static void assert_same_entry(const struct outbox_entry *x, const struct outbox_entry *y)
{
    assert_int_equal(x->ordinal, y->ordinal);
    assert_int_equal(x->purpose, y->purpose);
    assert_int_equal(x->is_pinned, y->is_pinned);
    assert_int_equal(x->parent_number, y->parent_number);
    assert_true(hash32_eq(&x->parent, &y->parent) && hash32_eq(&x->expected.parent, &y->expected.parent));
    assert_int_equal(x->expected.success, y->expected.success);
    assert_int_equal(x->expected.halt, y->expected.halt);
    assert_int_equal(x->expected.gas_used, y->expected.gas_used);
    assert_int_equal(x->expected.log_count, y->expected.log_count);
    assert_true(hash32_eq(&x->expected.logs, &y->expected.logs));
    assert_true(bytes_eq(x->expected.output, y->expected.output) && bytes_eq(x->note, y->note));
    assert_int_equal(x->count, y->count);
    for (size_t i = 0; i < x->count; i++) {
        assert_true(hash32_eq(&x->variant[i].hash, &y->variant[i].hash));
        assert_true(address_eq(&x->variant[i].sender, &y->variant[i].sender));
    }
}

/* Another process reads the rows: it has what the first had, and none is taken. A higher fee is in the same row. */
static void is_read_again(void **state)
{
    (void)state;
    struct disk disk = {0};
    struct outbox here, there;
    struct arena arena;
    arena_init(&arena, &system_memory);
    outbox_init(&here, &system_memory, put, &disk);
    outbox_init(&there, &system_memory, put, &disk);
    const struct tx first = transaction(&arena, &alice, 3, 100), second = transaction(&arena, &bob, 0, 100),
                    higher = transaction(&arena, &bob, 0, 200);
    const struct outbox_entry *x = add(&here, PURPOSE_TRANSACTION, &first);
    struct outbox_entry *y = add(&here, PURPOSE_BUNDLE, &second);
    outbox_add_variant(&here, y, &higher);
    assert_int_equal(outbox_save(&here, y), OK);
    assert_int_equal(disk.writes, 3);
    assert_null(outbox_first(&here)); /* of this process: taken */
    for (u64 i = 0; i < 2; i++)
        assert_int_equal(outbox_read(&there, i, row_of(&disk, i)), OK);
    assert_int_equal(there.entry.count, 2);
    assert_same_entry(there.entry.item[0], x);
    assert_same_entry(there.entry.item[1], y);
    assert_ptr_equal(outbox_first(&there), there.entry.item[0]);
    assert_ptr_equal(outbox_next_of_slot(&there), there.entry.item[1]);
    there.entry.item[0]->is_claimed = there.entry.item[1]->is_claimed = true;
    assert_null(outbox_first(&there));
    assert_null(outbox_next_of_slot(&there));
    assert_int_equal(outbox_add(&there)->ordinal, 2); /* after what was there */
    outbox_forget(&there);
    assert_int_equal(there.entry.count, 0);
    assert_int_equal(outbox_add(&there)->ordinal, 0);
    outbox_release(&here);
    outbox_release(&there);
    arena_release(&arena);
    wipe(&disk);
}

/* A step that is taken again is known by what it does, whatever nonce and fee are now; and nothing else is. */
static void is_found_by_content(void **state)
{
    (void)state;
    enum change { NONE, NONCE, FEE, SENDER, TO, VALUE, DATA, GAS, CREATES, DELEGATES, PURPOSE };
    static const struct { const char *what; enum change change; bool found; } row[] = {
        { "the same",           NONE,      true  },
        { "another nonce",      NONCE,     true  },
        { "another fee",        FEE,       true  },
        { "another sender",     SENDER,    false },
        { "another target",     TO,        false },
        { "another value",      VALUE,     false },
        { "other data",         DATA,      false },
        { "another gas limit",  GAS,       false },
        { "a creation",         CREATES,   false },
        { "an authorization",   DELEGATES, false },
        { "for something else", PURPOSE,    false },
    };
    static const u8 other[] = {0xde, 0xad, 0xbe, 0xee};
    struct disk disk = {0};
    struct outbox here, there;
    struct arena arena;
    arena_init(&arena, &system_memory);
    outbox_init(&here, &system_memory, put, &disk);
    outbox_init(&there, &system_memory, put, &disk);
    const struct tx sent = transaction(&arena, &alice, 3, 100);
    add(&here, PURPOSE_TRANSACTION, &sent);
    assert_int_equal(outbox_read(&there, 0, row_of(&disk, 0)), OK);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const enum change c = row[i].change;
        struct authorization authorization = {.chain_id = u256_from_u64(31337)};
        struct tx t = transaction(&arena, c == SENDER ? &bob : &alice, c == NONCE ? 4 : 3, c == FEE ? 101 : 100);
        if (c == TO)
            t.to.b[19]++;
        if (c == VALUE)
            t.value.w[0]++;
        if (c == DATA)
            t.data = BYTES_OF(other);
        t.gas_limit += c == GAS;
        t.is_creation = c == CREATES;
        if (c == DELEGATES) {
            t.authorization = &authorization;
            t.authorization_count = 1;
        }
        const struct outbox_entry *e = outbox_find(&there, c == PURPOSE ? PURPOSE_FUNDS : PURPOSE_TRANSACTION, &t);
        if ((e != NULL) != row[i].found)
            fail_msg("%s: %s", row[i].what, e ? "found" : "not found");
    }
    assert_null(outbox_find(&here, PURPOSE_TRANSACTION, &sent)); /* it is taken there */
    outbox_release(&here);
    outbox_release(&there);
    arena_release(&arena);
    wipe(&disk);
}

static enum err read_alone(u64 ordinal, struct bytes row)
{
    struct outbox o;
    outbox_init(&o, &system_memory, put_nowhere, NULL);
    const enum err e = outbox_read(&o, ordinal, row);
    assert_int_equal(o.entry.count, e == OK);
    outbox_release(&o);
    return e;
}

/* Cut anywhere, a row is none; with any bit flipped it is one or none, and never a crash. */
static void damage_is_refused(void **state)
{
    (void)state;
    struct disk disk = {0};
    struct outbox o;
    struct arena arena;
    arena_init(&arena, &system_memory);
    outbox_init(&o, &system_memory, put, &disk);
    const struct tx t = transaction(&arena, &alice, 3, 100);
    add(&o, PURPOSE_BUNDLE, &t);
    const struct bytes row = row_of(&disk, 0);
    assert_int_equal(read_alone(0, row), OK);
    assert_int_equal(read_alone(UINT64_MAX, row), REJECT_STORE_CORRUPT); /* none could follow it */
    for (size_t len = 0; len < row.len; len++) {
        u8 *cut = malloc(len + (len == 0)); /* so that a read beyond is seen */
        memcpy(cut, row.ptr, len);
        assert_int_equal(read_alone(0, bytes_of(cut, len)), REJECT_STORE_CORRUPT);
        free(cut);
    }
    u32 refused = 0;
    for (size_t bit = 0; bit < 8 * row.len; bit++) {
        u8 *flipped = malloc(row.len);
        memcpy(flipped, row.ptr, row.len);
        flipped[bit / 8] ^= (u8)(1 << bit % 8);
        const enum err e = read_alone(0, bytes_of(flipped, row.len));
        assert_true(e == OK || e == REJECT_STORE_CORRUPT);
        refused += e != OK;
        free(flipped);
    }
    assert_true(refused > 100); /* of lengths, flags and the like */
    outbox_release(&o);
    arena_release(&arena);
    wipe(&disk);
}

/* Rows that are lists of the right form, and say what cannot be. */
static void nonsense_is_refused(void **state)
{
    (void)state;
    enum wrong { NOTHING, NO_VARIANT, TWO_NONCES, TWO_SENDERS, BLOB_WITHOUT_SIDECAR, PURPOSE_UNKNOWN, HALT_UNKNOWN };
    static const struct { const char *what; enum wrong wrong; enum err want; } row[] = {
        { "nothing wrong",          NOTHING,              OK           },
        { "no transaction",         NO_VARIANT,           REJECT_STORE_CORRUPT },
        { "two nonces",             TWO_NONCES,           REJECT_STORE_CORRUPT },
        { "two senders",            TWO_SENDERS,          REJECT_STORE_CORRUPT },
        { "blobs, and no sidecar",  BLOB_WITHOUT_SIDECAR, REJECT_STORE_CORRUPT },
        { "an unknown purpose",       PURPOSE_UNKNOWN,       REJECT_STORE_CORRUPT },
        { "an end that is unknown", HALT_UNKNOWN,         REJECT_STORE_CORRUPT },
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const enum wrong w = row[i].wrong;
        static const hash32 blob = {{1}};
        struct disk disk = {0};
        struct outbox o;
        struct arena arena;
        arena_init(&arena, &system_memory);
        outbox_init(&o, &system_memory, put, &disk);
        struct tx t = transaction(&arena, &alice, 3, 100);
        if (w == BLOB_WITHOUT_SIDECAR) {
            t.type = TX_BLOB;
            t.blob_hash = &blob;
            t.blob_hash_count = 1;
            t.has_hash = false;
            assert_int_equal(tx_sign(&t, &alice, &arena), OK);
        }
        struct outbox_entry *e = add(&o, PURPOSE_BUNDLE, &t);
        if (w == TWO_NONCES || w == TWO_SENDERS) {
            t = transaction(&arena, w == TWO_SENDERS ? &bob : &alice, w == TWO_NONCES ? 4 : 3, 200);
            outbox_add_variant(&o, e, &t);
        }
        if (w == NO_VARIANT)
            e->count = 0;
        if (w == PURPOSE_UNKNOWN)
            e->purpose = PURPOSE_COUNT;
        if (w == HALT_UNKNOWN)
            e->expected.halt = HALT_COUNT;
        assert_int_equal(outbox_save(&o, e), OK);
        if (read_alone(0, row_of(&disk, 0)) != row[i].want)
            fail_msg("%s", row[i].what);
        outbox_release(&o);
        arena_release(&arena);
        wipe(&disk);
    }
}

/* Rows come in the order in which they were written, and what cannot be written is told. */
static void order_and_failure(void **state)
{
    (void)state;
    struct disk disk = {0};
    struct outbox o, there;
    struct arena arena;
    arena_init(&arena, &system_memory);
    outbox_init(&o, &system_memory, put, &disk);
    outbox_init(&there, &system_memory, put_nowhere, NULL);
    const struct tx t = transaction(&arena, &alice, 3, 100);
    add(&o, PURPOSE_TRANSACTION, &t);
    assert_int_equal(outbox_read(&there, 5, row_of(&disk, 0)), OK); /* earlier ones may be gone */
    assert_int_equal(outbox_read(&there, 5, row_of(&disk, 0)), REJECT_STORE_CORRUPT);
    assert_int_equal(outbox_read(&there, 4, row_of(&disk, 0)), REJECT_STORE_CORRUPT);
    assert_int_equal(there.entry.count, 1);
    struct outbox_entry *e = outbox_add(&there);
    outbox_add_variant(&there, e, &t);
    assert_int_equal(outbox_save(&there, e), FAULT_IO);
    outbox_release(&o);
    outbox_release(&there);
    arena_release(&arena);
    wipe(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_again),       cmocka_unit_test(is_found_by_content),
        cmocka_unit_test(damage_is_refused),   cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(order_and_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
