/* What was committed is there again, whole; what is no store of this session is refused by name. */
#include "node/store.h"

#include "builder/session_private.h"
#include "crypto/secp256k1.h"
#include "io/memory.h"

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
    assert_int_equal(session_slot(s, &r, NULL), OK);
    assert_true(r->settled);
}

static void assert_same_heads(struct session *here, struct session *there)
{
    for (size_t i = 0; i <= 2; i++) {
        const struct ledger *l = session_ledger_at(here, i), *m = session_ledger_at(there, i);
        assert_int_equal(l->block_count, m->block_count);
        for (size_t n = 0; n < l->block_count; n++)
            assert_memory_equal(l->block[n].hash.b, m->block[n].hash.b, 32);
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
    assert_int_equal(store_restore(store, &c, other), REJECT_STORE);
    assert_non_null(strstr(c.text, "by another scenario"));
    session_close(other);
    store_close(store);
}

/* Writes over one value of a table, or, without a key, over all of them. */
static void damage(const char *table, const char *name)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key = {name ? strlen(name) : 0, (void *)name}, value;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 5), 0);
    assert_int_equal(mdb_env_set_mapsize(env, (size_t)64 << 20), 0);
    assert_int_equal(mdb_env_open(env, folder, 0, 0666), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    u32 count = 0;
    while (mdb_cursor_get(cursor, &key, &value, name ? MDB_SET_KEY : MDB_NEXT) == 0) {
        u8 *copy = malloc(value.mv_size);
        memcpy(copy, value.mv_data, value.mv_size);
        copy[value.mv_size - 1] ^= 1;
        MDB_val changed = {value.mv_size, copy};
        assert_int_equal(mdb_cursor_put(cursor, &key, &changed, MDB_CURRENT), 0);
        free(copy);
        count++;
        if (name)
            break;
    }
    assert_true(count > 0);
    mdb_cursor_close(cursor);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void damaged(void **state)
{
    (void)state;
    struct store *store;
    struct complaint c = {0};
    u256 balance;
    const address somebody = {{0x77}};

    damage("nodes", NULL); /* found when it is read, and told apart from what is not there */
    struct session *s = open_session(30000000);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_restore(store, &c, s), OK);
    assert_int_equal(session_balance(s, &balance, A, &somebody), REJECT_STORE);
    session_close(s);
    store_close(store);

    damage("blocks", NULL);
    s = open_session(30000000);
    assert_int_equal(open_store(&store, 0, ""), OK);
    assert_int_equal(store_restore(store, &c, s), REJECT_STORE);
    session_close(s);
    store_close(store);

    damage("meta", "version");
    assert_int_equal(open_store(&store, 0, "another version"), REJECT_STORE);

    remove_store();
    char path[64];
    static u8 garbage[20000] = "this is not a database";
    snprintf(path, sizeof path, "%s/data.mdb", folder);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_int_equal(write(fd, garbage, sizeof garbage), sizeof garbage);
    close(fd);
    assert_int_equal(open_store(&store, 0, "cannot be opened"), REJECT_STORE);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on),
        cmocka_unit_test(refused),
        cmocka_unit_test(damaged),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_store();
    return failed + (rmdir(folder) != 0);
}
