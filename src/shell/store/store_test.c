/* What was committed is there again, whole; what is no store of this session is refused by name. */
#include "store/store.h"

#include "builder/query.h"
#include "builder/session_chains.h"
#include "builder/session_persist.h"
#include "crypto/keccak.h"
#include "io/memory.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <lmdb.h>

enum { L1 = 1, A = 901, B = 902 };

static char folder[] = "store_test.XXXXXX";

static hash32 key_of(u8 x)
{
    hash32 k = {{0}};
    k.b[31] = x;
    return k;
}

static struct session *open_session(u64 gas_limit)
{
    const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = gas_limit, .base_fee = {{1000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = gas_limit, .base_fee = {{1000}}},
    };
    const hash32 prover[1] = {key_of(11)}, user = key_of(1);
    struct funded_account funded = {.chain_id = A, .balance = {{0, 1ull << 20}}};
    assert_int_equal(secp256k1_address(&funded.at, &user), OK);
    const struct session_config config = {
        .l1_chain_id = L1,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = 60000000,
        .l1_base_fee = {{1000000000}},
        .l1_coinbase = {{0xcc}},
        .genesis_timestamp = 1700000000,
        .rollup = rollup,
        .rollup_count = 2,
        .funded = &funded,
        .funded_count = 1,
        .builder_key = key_of(9),
        .prover_key = prover,
        .prover_count = 1,
        .prover_threshold = 1,
    };
    struct session *s;
    assert_int_equal(session_open(&s, &system_memory, &config), OK);
    return s;
}

static enum err open_store(struct store **out, size_t first_map_bytes, const char *want)
{
    struct complaint c = {0};
    const struct store_config config = {.folder = folder, .first_map_bytes = first_map_bytes, .memory = &system_memory};
    const enum err e = store_open(out, &c, &config);
    assert_int_equal(c.raised, e != OK);
    if (e)
        assert_non_null(strstr(c.text, want));
    return e;
}

/* Transfers to new accounts, so that the tree grows. */
static void run_slot(struct session *s, u64 first, u64 count)
{
    const struct slot_report *r;
    for (u64 i = 0; i < count; i++) {
        u64 work;
        struct transact t = {.chain_id = A, .key = key_of(1), .value = {{1}}, .gas_limit = 30000};
        store_be64(t.to.b + 12, first + i + 1);
        assert_int_equal(session_transact(s, &work, &t), OK);
    }
    assert_int_equal(session_slot(s, &r), OK);
    assert_true(r->settled);
}

/* Outputs and logs included. */
static void assert_same_receipts(const struct ledger_block *here, const struct ledger_block *there)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer a = buffer_in(&arena), b = buffer_in(&arena);
    ledger_persist_receipts(&a, here);
    ledger_persist_receipts(&b, there);
    assert_true(a.len > 0 && bytes_eq(buffer_bytes(&a), buffer_bytes(&b)));
    arena_release(&arena);
}

static void assert_same_heads(struct session *here, struct session *there)
{
    for (size_t i = 0; i <= 2; i++) {
        const struct ledger *l = session_ledger_at(here, i), *m = session_ledger_at(there, i);
        assert_int_equal(l->block.count, m->block.count);
        for (size_t n = 0; n < l->block.count; n++) {
            assert_memory_equal(l->block.item[n].hash.b, m->block.item[n].hash.b, 32);
            assert_same_receipts(&l->block.item[n], &m->block.item[n]);
        }
    }
}

static void remove_store(void)
{
    static const char *const name[] = {"data.mdb", "lock.mdb", "scope.lock"};
    for (size_t i = 0; i < COUNT_OF(name); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        unlink(path);
    }
}

/* Two sessions with the same work, one of which is closed and restored after each slot: they stay the same. The map
 * begins too small for what comes. */
static void goes_on(void **state)
{
    (void)state;
    struct session *whole = open_session(30000000);
    for (u64 slot = 0; slot < 4; slot++) {
        struct store *store;
        struct complaint c = {0};
        struct session *s = open_session(30000000);
        assert_int_equal(open_store(&store, 64 << 10, ""), OK);
        assert_int_equal(store_position(store).len, slot ? 8 : 0);
        if (slot) {
            assert_int_equal(load_be64(store_position(store).ptr), slot);
            assert_int_equal(store_restore(store, &c, s), OK);
            assert_same_heads(whole, s);
        }
        run_slot(whole, slot * 1000, 300);
        run_slot(s, slot * 1000, 300);
        assert_same_heads(whole, s);
        u8 position[8];
        store_be64(position, slot + 1);
        assert_int_equal(store_commit(store, &c, s, BYTES_OF(position)), OK);
        assert_int_equal(store_commit(store, &c, s, BYTES_OF(position)), OK); /* nothing new */
        run_slot(s, slot * 1000 + 500, 3); /* not committed: it is gone */
        session_close(s);
        store_close(store);
    }
    session_close(whole);
}

/* The store of goes_on, opened by others. */
static void refused(void **state)
{
    (void)state;
    struct store *store, *second;
    struct complaint c = {0};
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(open_store(&second, 0, "another process works on it"), FAULT_STORE_BUSY);
    struct session *other = open_session(29000000);
    assert_int_equal(store_restore(store, &c, other), REJECT_STORE_MISMATCH);
    assert_non_null(strstr(c.text, "of another scenario"));
    session_close(other);
    store_close(store);
}

/* Flips a bit of one value of a table, or, without a key, of all. */
static void damage(const char *table, struct bytes of)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key = {of.len, (void *)of.ptr}, value;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 5), 0);
    assert_int_equal(mdb_env_set_mapsize(env, (size_t)64 << 20), 0);
    assert_int_equal(mdb_env_open(env, folder, 0, 0666), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    u32 count = 0;
    while (mdb_cursor_get(cursor, &key, &value, of.len ? MDB_SET_KEY : MDB_NEXT) == 0) {
        u8 *copy = malloc(value.mv_size);
        memcpy(copy, value.mv_data, value.mv_size);
        copy[value.mv_size - 1] ^= 1;
        MDB_val changed = {value.mv_size, copy};
        assert_int_equal(mdb_cursor_put(cursor, &key, &changed, MDB_CURRENT), 0);
        free(copy);
        count++;
        if (of.len)
            break;
    }
    assert_true(count > 0);
    mdb_cursor_close(cursor);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* The store cannot be restored. */
static void refused_at(const char *why, enum err want)
{
    struct store *store;
    struct complaint c = {0};
    struct session *s = open_session(30000000);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_restore(store, &c, s), want);
    assert_non_null(strstr(c.text, why));
    session_close(s);
    store_close(store);
}

/* A database in the folder that has one table of another name. */
static void make_foreign_database(void)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 1), 0);
    assert_int_equal(mdb_env_open(env, folder, 0, 0666), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "invoices", MDB_CREATE, &dbi), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void damaged(void **state)
{
    (void)state;
    struct store *store;
    struct complaint c = {0};
    u256 balance;
    const address account = {{0x77}};

    u8 last_block[16];
    damage("nodes", bytes_of(NULL, 0)); /* found when it is read, and told apart from what is not there */
    struct session *s = open_session(30000000);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_restore(store, &c, s), OK);
    assert_int_equal(session_balance(s, &balance, A, &account), REJECT_STORE_CORRUPT);
    store_be64(last_block, A);
    store_be64(last_block + 8, ledger_head(session_ledger_at(s, 1))->header.number);
    session_close(s);
    store_close(store);

    damage("receipts", BYTES_OF(last_block)); /* a block is looked at before its receipts */
    refused_at("receipts that are not those of their block", REJECT_STORE_CORRUPT);
    damage("blocks", BYTES_OF(last_block));
    refused_at("does not follow its parent", REJECT_STORE_CORRUPT);
    damage("blocks", bytes_of(NULL, 0)); /* the first ones, too: they could be another session's */
    refused_at("of another scenario", REJECT_STORE_MISMATCH);

    damage("meta", BYTES_LITERAL("version"));
    assert_int_equal(open_store(&store, 0, "another version"), REJECT_STORE_VERSION);

    remove_store();
    char path[64];
    static u8 garbage[20000] = "this is not a database";
    snprintf(path, sizeof path, "%s/data.mdb", folder);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_int_equal(write(fd, garbage, sizeof garbage), sizeof garbage);
    close(fd);
    assert_int_equal(open_store(&store, 0, "cannot be opened"), REJECT_NOT_A_STORE);
    assert_int_equal(unlink(path), 0);
    make_foreign_database();
    assert_int_equal(open_store(&store, 0, "another program"), REJECT_NOT_A_STORE);
    remove_store();
}

/* --- work that waits, and what was sent ------------------------------------------------------------ */

static enum err know_one(void *context, hash32 *key, const address *at)
{
    const hash32 *known = context;
    address of;
    assert_int_equal(secp256k1_address(&of, known), OK);
    if (!address_eq(&of, at))
        return REJECT_STORE_MISMATCH;
    *key = *known;
    return OK;
}

static void queue_transfer(struct session *s, u64 *work)
{
    const struct transact t = {.chain_id = A, .key = key_of(1), .to = {{0x99}}, .value = {{5}}, .gas_limit = 30000};
    assert_int_equal(session_transact(s, work, &t), OK);
}

/* A transfer that waits for its slot when the session is closed is settled by the next one, under the same handle, into
 * the block that one process would have made; who does not know its account's key is refused. */
static void work_waits(void **state)
{
    (void)state;
    static const u8 position[] = {1};
    hash32 key = key_of(1), other = key_of(2);
    const struct slot_report *r;
    struct complaint c = {0};
    struct work_report report;
    struct store *store;
    u64 work, same;
    remove_store();
    struct session *whole = open_session(30000000), *s = open_session(30000000);
    run_slot(whole, 0, 2);
    run_slot(s, 0, 2);
    queue_transfer(whole, &same);
    queue_transfer(s, &work);
    assert_int_equal(work, same);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_mark(store, &c, BYTES_OF(position)), OK);
    assert_int_equal(store_commit(store, &c, s, BYTES_OF(position)), OK);
    session_close(s);
    store_close(store);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_marked(store).len, 0); /* the commit took it away */
    for (int known = 0; known < 2; known++) {
        s = open_session(30000000);
        assert_int_equal(store_restore(store, &c, s), OK);
        assert_int_equal(session_restore(s, store_session(store), know_one, known ? &key : &other),
                         known ? OK : REJECT_STORE_MISMATCH);
        if (!known)
            session_close(s);
    }
    assert_int_equal(session_status(s, &report, work), OK);
    assert_int_equal(report.status, WORK_PENDING);
    assert_int_equal(session_slot(s, &r), OK);
    assert_true(r->settled);
    assert_int_equal(session_slot(whole, &r), OK);
    assert_int_equal(session_status(s, &report, work), OK);
    assert_int_equal(report.status, WORK_SETTLED);
    assert_same_heads(whole, s);
    session_close(s);
    session_close(whole);
    store_close(store);
}

/* The bytes of the session of work_waits, cut anywhere or with a bit flipped: refused, or of a form that could be. */
static void damaged_session(void **state)
{
    (void)state;
    struct store *store;
    hash32 key = key_of(1);
    assert_int_equal(open_store(&store, 0, ""), OK);
    const struct bytes kept = store_session(store);
    for (size_t i = 0; i <= kept.len + 40; i++) {
        struct complaint c = {0};
        const size_t len = i < kept.len ? i : kept.len;
        u8 *damaged = malloc(len + (len == 0));
        memcpy(damaged, kept.ptr, len);
        if (i > kept.len)
            damaged[(i - kept.len) * 7 % len] ^= 1;
        struct session *s = open_session(30000000);
        assert_int_equal(store_restore(store, &c, s), OK);
        const enum err e = session_restore(s, bytes_of(damaged, len), know_one, &key);
        assert_true(i < kept.len ? e == REJECT_STORE_CORRUPT
                                 : e == OK || e == REJECT_STORE_CORRUPT || e == REJECT_STORE_MISMATCH);
        session_close(s);
        free(damaged);
        if (i < kept.len && i % 8)
            i += 3; /* a session takes its time to open */
    }
    store_close(store);
}

static void send_one(struct store *store, const struct tx *t, size_t note_bytes)
{
    struct outbox *o = store_outbox(store);
    struct outbox_entry *e = outbox_add(o);
    e->note = bytes_of(arena_take_zero(&o->arena, note_bytes), note_bytes);
    outbox_add_variant(o, e, t);
    assert_int_equal(outbox_save(o, e), OK);
}

/* What was sent is there in another process, and gone with the commit. */
static void outbox_is_kept(void **state)
{
    (void)state;
    const hash32 key = key_of(1);
    static const u8 position[] = {2};
    struct store *store;
    struct complaint c = {0};
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = L1, .nonce = 7, .gas_limit = 21000};
    assert_int_equal(tx_sign(&t, &key, &arena), OK);
    remove_store();
    assert_int_equal(open_store(&store, 64 << 10, ""), OK);
    for (u64 i = 0; i < 100; i++) /* the map grows */
        send_one(store, &t, 4096);
    store_close(store);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_outbox(store)->entry.count, 100);
    assert_int_equal(outbox_first(store_outbox(store))->variant[0].nonce, 7);
    struct session *s = open_session(30000000);
    assert_int_equal(store_commit(store, &c, s, BYTES_OF(position)), OK);
    assert_int_equal(store_outbox(store)->entry.count, 0);
    session_close(s);
    store_close(store);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_outbox(store)->entry.count, 0);
    u64 first = 0;
    assert_int_equal(store_join_l1(store, &c, &first, L1, 9), REJECT_STORE_MISMATCH);
    assert_non_null(strstr(c.text, "L1 of its own"));
    store_close(store);
    arena_release(&arena);
}

/* A row of the outbox that no key has signed is refused by name: r is 2^256 - 1. */
static void damaged_outbox(void **state)
{
    (void)state;
    struct store *store;
    struct arena arena;
    const hash32 key = key_of(1);
    arena_init(&arena, &system_memory);
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = L1, .gas_limit = 21000};
    assert_int_equal(tx_sign(&t, &key, &arena), OK);
    memset(t.signature.r.b, 0xff, sizeof t.signature.r.b);
    t.has_hash = false;
    remove_store();
    assert_int_equal(open_store(&store, 0, ""), OK);
    send_one(store, &t, 0);
    store_close(store);
    assert_int_equal(open_store(&store, 0, "what was sent to L1 last cannot be read"), REJECT_STORE_CORRUPT);
    arena_release(&arena);
}

/* A remote L1 is joined where the store began with it, and no other. */
static void joins_l1(void **state)
{
    (void)state;
    static const struct { u64 id, head; enum err want; u64 first; } row[] = {
        { 31337, 40, OK,                    40 },
        { 31337, 50, OK,                    40 },
        { 1,     60, REJECT_STORE_MISMATCH, 0  },
    };
    remove_store();
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct store *store;
        struct complaint c = {0};
        u64 first = 0;
        assert_int_equal(open_store(&store, 0, ""), OK);
        assert_int_equal(store_join_l1(store, &c, &first, row[i].id, row[i].head), row[i].want);
        if (row[i].want == OK)
            assert_int_equal(first, row[i].first);
        store_close(store);
    }
}

/* --- rows ------------------------------------------------------------------------------------------ */

static enum err collect(void *context, struct bytes key, struct bytes value)
{
    struct buffer *out = context;
    buffer_add(out, key.ptr, key.len);
    buffer_add_u8(out, '=');
    buffer_add(out, value.ptr, value.len);
    buffer_add_u8(out, ' ');
    return OK;
}

static void assert_rows(struct store *store, const char *prefix, const char *want)
{
    struct complaint c = {0};
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct buffer all = buffer_in(&arena);
    assert_int_equal(store_each_row(store, &c, bytes_of(prefix, strlen(prefix)), collect, &all), OK);
    assert_true(bytes_eq(buffer_bytes(&all), bytes_of(want, strlen(want))));
    arena_release(&arena);
}

#define ROW(text) bytes_of(text, sizeof(text) - 1)

/* Rows that are put are there with the commit and not before; rows that are written, at once. */
static void rows(void **state)
{
    (void)state;
    struct complaint c = {0};
    struct store *store;
    struct session *s = open_session(30000000);
    const struct store_row written[] = {{ROW("p2"), ROW("two")}, {ROW("q"), ROW("")}};
    remove_store();
    assert_int_equal(open_store(&store, 0, ""), OK);
    store_put_row(store, ROW("p1"), ROW("one"));
    store_put_row(store, ROW("p3"), ROW("three"));
    store_delete_row(store, ROW("p3"));
    assert_true(store_has_put(store));
    assert_int_equal(store_write_rows(store, &c, written, 2), OK);
    assert_rows(store, "", "p2=two q= ");
    store_delete_row(store, ROW("p2"));
    assert_int_equal(store_commit(store, &c, s, ROW("1")), OK);
    assert_false(store_has_put(store));
    store_put_row(store, ROW("p4"), ROW("lost"));
    store_close(store);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_rows(store, "", "p1=one q= ");
    assert_rows(store, "p", "p1=one ");
    assert_rows(store, "r", "");
    store_close(store);
    session_close(s);
}

/* A node that the session has made, read by its hash; a byte of it changed; one that is not there. */
static void reads_nodes(void **state)
{
    (void)state;
    struct complaint c = {0};
    struct store *store;
    u8 node[STORE_NODE_MAX];
    size_t len = 0;
    const hash32 unknown = {{1}};
    struct session *s = open_session(30000000);
    hash32 check;
    remove_store();
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_commit(store, &c, s, ROW("1")), OK);
    const hash32 root = ledger_head(session_ledger_at(s, 1))->header.state_root;
    assert_int_equal(store_read_node(store, node, &len, &root), OK);
    keccak256(&check, node, len);
    assert_memory_equal(check.b, root.b, 32);
    assert_int_equal(store_read_node(store, node, &len, &unknown), FAULT_STATE_MISSING);
    store_close(store);
    damage("nodes", bytes_of(NULL, 0));
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_read_node(store, node, &len, &root), REJECT_STORE_CORRUPT);
    store_close(store);
    session_close(s);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on),
        cmocka_unit_test(refused),
        cmocka_unit_test(damaged),
        cmocka_unit_test(work_waits),
        cmocka_unit_test(damaged_session),
        cmocka_unit_test(outbox_is_kept),
        cmocka_unit_test(damaged_outbox),
        cmocka_unit_test(joins_l1),
        cmocka_unit_test(rows),
        cmocka_unit_test(reads_nodes),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_store();
    return failed + (rmdir(folder) != 0);
}
