/* The caller's rows, and reads of one row or node, which threads may do beside a commit. */
#include "store/store_private.h"

#include "crypto/keccak.h"

void store_put_row(struct store *s, struct bytes key, struct bytes value)
{
    const struct bytes copy = arena_copy(&s->put_arena, value);
    *LIST_ADD(&s->put, &s->put_arena) =
        (struct store_row){arena_copy(&s->put_arena, key), copy.ptr ? copy : bytes_of("", 0)};
}

void store_delete_row(struct store *s, struct bytes key)
{
    *LIST_ADD(&s->put, &s->put_arena) = (struct store_row){.key = arena_copy(&s->put_arena, key)};
}

bool store_has_put(const struct store *s)
{
    return s->put.count != 0;
}

static bool begins_with(const MDB_val *key, struct bytes prefix)
{
    return key->mv_size >= prefix.len && memcmp(key->mv_data, prefix.ptr, prefix.len) == 0;
}

enum err store_each_row(struct store *s, struct complaint *complaint, struct bytes prefix,
                        enum err (*each)(void *context, struct bytes key, struct bytes value), void *context)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key = store_val(prefix.ptr, prefix.len), value;
    enum err e = OK;
    int code = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (code)
        return store_fail_mdb(s, complaint, "cannot be read", code);
    code = mdb_cursor_open(txn, s->table[TABLE_ROWS], &cursor);
    if (code == 0) {
        code = mdb_cursor_get(cursor, &key, &value, prefix.len ? MDB_SET_RANGE : MDB_FIRST);
        for (; code == 0 && e == OK && begins_with(&key, prefix); code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))
            e = each(context, bytes_of(key.mv_data, key.mv_size), bytes_of(value.mv_data, value.mv_size));
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return e || code == 0 || code == MDB_NOTFOUND ? e : store_fail_mdb(s, complaint, "rows cannot be read", code);
}

enum err store_read_row(struct store *s, struct arena *arena, bool *found, struct bytes *value, struct bytes key)
{
    MDB_txn *txn;
    MDB_val k = store_val(key.ptr, key.len), v;
    if (mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn) != 0)
        return FAULT_IO;
    const int code = mdb_get(txn, s->table[TABLE_ROWS], &k, &v);
    *found = code == 0;
    if (code == 0)
        *value = arena_copy(arena, bytes_of(v.mv_data, v.mv_size));
    mdb_txn_abort(txn);
    return code == 0 || code == MDB_NOTFOUND ? OK : FAULT_IO;
}

enum err store_read_node(struct store *s, u8 out[STORE_NODE_MAX], size_t *len, const hash32 *hash)
{
    MDB_txn *txn;
    MDB_val key = store_val(hash->b, sizeof hash->b), found;
    hash32 check;
    if (mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn) != 0)
        return FAULT_IO;
    const int code = mdb_get(txn, s->table[TABLE_NODES], &key, &found);
    const bool fits = code == 0 && found.mv_size <= STORE_NODE_MAX;
    if (fits) {
        *len = found.mv_size;
        memcpy(out, found.mv_data, found.mv_size);
    }
    mdb_txn_abort(txn);
    if (code)
        return code == MDB_NOTFOUND ? FAULT_STATE_MISSING : FAULT_IO;
    if (!fits)
        return REJECT_STORE_CORRUPT;
    keccak256(&check, out, *len);
    return hash32_eq(&check, hash) ? OK : REJECT_STORE_CORRUPT;
}
