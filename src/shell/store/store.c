#include "store/store_private.h"

#include "base/buffer.h"
#include "builder/session_chains.h"
#include "builder/session_persist.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "io/file.h"
#include "ledger/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const table_name[TABLE_COUNT] = {"meta",  "blocks", "receipts", "sidecars", "heads",
                                                    "nodes", "codes",  "outbox",   "rows"};

static const char *const row_name[ROW_COUNT] = {"version", "position", "session", "l1", "mark"};

static const size_t map_bytes_max = (size_t)1 << 40, shared_map_bytes = (size_t)1 << 38;
enum { READERS_MAX = 1024 };

static enum err store_fail(struct store *s, struct complaint *c, enum err e, const char *what, const char *why)
{
    if (!c->raised)
        c->file = s->folder;
    complain(c, (struct place){0, 0}, "%s%s%s", what, why ? ": " : "", why ? why : "");
    return e;
}

enum err store_fail_mdb(struct store *s, struct complaint *c, const char *what, int code)
{
    const bool is_corrupt =
        code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INCOMPATIBLE || code == MDB_NOTFOUND;
    const enum err e = code == MDB_INVALID            ? REJECT_NOT_A_STORE
                       : code == MDB_VERSION_MISMATCH ? REJECT_STORE_VERSION
                       : is_corrupt                   ? REJECT_STORE_CORRUPT
                                                      : FAULT_IO;
    return store_fail(s, c, e, what, mdb_strerror(code));
}

/* --- opening --- */

static enum err lock_folder(struct store *s, struct complaint *c)
{
    char path[PATH_MAX];
    if (mkdir(s->folder, 0777) != 0 && errno != EEXIST)
        return store_fail(s, c, path_error(errno), "cannot be made", strerror(errno));
    const int len = snprintf(path, sizeof path, "%s/scope.lock", s->folder);
    if (len < 0 || (size_t)len >= sizeof path)
        return store_fail(s, c, REJECT_PATH, "the path is too long", NULL);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (s->lock < 0)
        return store_fail(s, c, path_error(errno), "cannot be locked", strerror(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        return store_fail(s, c, FAULT_STORE_BUSY, "another process works on it", NULL);
    return OK;
}

static MDB_val row_key(enum row row)
{
    return store_val(row_name[row], strlen(row_name[row]));
}

static enum err read_rows(struct store *s, struct complaint *c, MDB_txn *txn)
{
    for (enum row row = ROW_POSITION; row < ROW_COUNT; row++) {
        MDB_val key = row_key(row), found;
        const int code = mdb_get(txn, s->table[TABLE_META], &key, &found);
        if (code == 0)
            s->row[row] = arena_copy(&s->arena, bytes_of(found.mv_data, found.mv_size));
        else if (code != MDB_NOTFOUND)
            return store_fail_mdb(s, c, "it cannot be read", code);
    }
    return OK;
}

static enum err read_outbox(struct store *s, struct complaint *c, MDB_txn *txn)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, s->table[TABLE_OUTBOX], &cursor);
    if (code)
        return store_fail_mdb(s, c, "the outbox cannot be read", code);
    enum err e = OK;
    while (e == OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
        e = key.mv_size == 8
                ? outbox_read(&s->outbox, load_be64(key.mv_data), bytes_of(value.mv_data, value.mv_size))
                : REJECT_STORE_CORRUPT;
    mdb_cursor_close(cursor);
    if (e)
        return store_fail(s, c, e, "what was sent to L1 last cannot be read", err_name(e));
    return code == MDB_NOTFOUND ? OK : store_fail_mdb(s, c, "the outbox cannot be read", code);
}

/* A database of another program has tables, and none of them is meta. */
static enum err check_origin(struct store *s, struct complaint *c, MDB_txn *txn)
{
    MDB_dbi names, meta;
    MDB_stat stat;
    int code = mdb_dbi_open(txn, NULL, 0, &names);
    if (!code)
        code = mdb_stat(txn, names, &stat);
    if (code)
        return store_fail_mdb(s, c, "cannot be opened", code);
    if (stat.ms_entries == 0)
        return OK;
    code = mdb_dbi_open(txn, table_name[TABLE_META], 0, &meta);
    if (code == MDB_NOTFOUND)
        return store_fail(s, c, REJECT_NOT_A_STORE, "a database of another program", NULL);
    return code ? store_fail_mdb(s, c, "a table cannot be opened", code) : OK;
}

static enum err open_tables(struct store *s, struct complaint *c, MDB_txn *txn)
{
    u8 version[4];
    MDB_val found, key = row_key(ROW_VERSION);
    TRY(check_origin(s, c, txn));
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        const int code = mdb_dbi_open(txn, table_name[t], MDB_CREATE, &s->table[t]);
        if (code)
            return store_fail_mdb(s, c, "a table cannot be opened", code);
    }
    store_be32(version, STORE_VERSION);
    int code = mdb_get(txn, s->table[TABLE_META], &key, &found);
    if (code == MDB_NOTFOUND) {
        MDB_val value = store_val(version, sizeof version);
        code = mdb_put(txn, s->table[TABLE_META], &key, &value, 0);
    } else if (code == 0 && (found.mv_size != 4 || memcmp(found.mv_data, version, 4) != 0)) {
        return store_fail(s, c, REJECT_STORE_VERSION, "it was written in another version of the format", NULL);
    }
    if (code)
        return store_fail_mdb(s, c, "its version cannot be read", code);
    TRY(read_rows(s, c, txn));
    return read_outbox(s, c, txn);
}

static enum err open_env(struct store *s, struct complaint *c)
{
    MDB_txn *txn;
    int code = mdb_env_create(&s->env);
    if (!code)
        code = mdb_env_set_maxdbs(s->env, TABLE_COUNT);
    if (!code)
        code = mdb_env_set_maxreaders(s->env, READERS_MAX);
    if (!code)
        code = mdb_env_set_mapsize(s->env, s->map_bytes);
    if (!code)
        code = mdb_env_open(s->env, s->folder, MDB_NOTLS, 0666);
    if (!code)
        code = mdb_txn_begin(s->env, NULL, 0, &txn);
    if (code)
        return store_fail_mdb(s, c, "cannot be opened", code);
    const enum err e = open_tables(s, c, txn);
    if (e) {
        mdb_txn_abort(txn);
        return e;
    }
    code = mdb_txn_commit(txn);
    if (!code)
        code = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->reading);
    if (code)
        return store_fail_mdb(s, c, "cannot be begun", code);
    mdb_txn_reset(s->reading);
    return OK;
}

static enum err put_outbox(void *context, u64 ordinal, struct bytes row);

enum err store_open(struct store **out, struct complaint *complaint, const struct store_config *config)
{
    struct arena arena;
    arena_init(&arena, config->memory);
    struct store *s = ARENA_TAKE_ZERO(&arena, struct store, 1);
    s->arena = arena;
    arena_init(&s->scratch, config->memory);
    arena_init(&s->put_arena, config->memory);
    outbox_init(&s->outbox, config->memory, put_outbox, s);
    s->lock = -1;
    s->folder = config->folder;
    s->map_bytes = config->first_map_bytes ? config->first_map_bytes : (size_t)16 << 20;
    s->is_shared = config->is_shared;
    if (s->is_shared)
        s->map_bytes = shared_map_bytes;
    enum err e = lock_folder(s, complaint);
    if (e == OK)
        e = open_env(s, complaint);
    if (e) {
        store_close(s);
        return e;
    }
    *out = s;
    return OK;
}

void store_close(struct store *s)
{
    if (s->reading)
        mdb_txn_abort(s->reading);
    if (s->env)
        mdb_env_close(s->env);
    if (s->lock >= 0)
        close(s->lock);
    outbox_release(&s->outbox);
    arena_release(&s->put_arena);
    arena_release(&s->scratch);
    struct arena arena = s->arena; /* the store lives in it */
    arena_release(&arena);
}

struct bytes store_position(const struct store *s)
{
    return s->row[ROW_POSITION];
}

struct bytes store_session(const struct store *s)
{
    return s->row[ROW_SESSION];
}

struct bytes store_marked(const struct store *s)
{
    return s->row[ROW_MARK];
}

struct outbox *store_outbox(struct store *s)
{
    return &s->outbox;
}

/* --- keys --- */

struct block_key {
    u8 b[16];
};

static struct block_key block_key(u64 chain_id, u64 number)
{
    struct block_key k;
    store_be64(k.b, chain_id);
    store_be64(k.b + 8, number);
    return k;
}

/* --- restoring --- */

static enum err read_node(void *context, struct bytes *rlp, const hash32 *hash)
{
    struct store *s = context;
    MDB_val key = store_val(hash->b, sizeof hash->b), found;
    hash32 check;
    if (mdb_txn_renew(s->reading) != 0)
        return FAULT_IO;
    const int code = mdb_get(s->reading, s->table[TABLE_NODES], &key, &found);
    if (code == 0) {
        if (found.mv_size > s->node_room) {
            s->node_room = 2 * found.mv_size;
            s->node = arena_take(&s->arena, s->node_room);
        }
        memcpy(s->node, found.mv_data, found.mv_size);
        *rlp = bytes_of(s->node, found.mv_size);
        keccak256(&check, s->node, found.mv_size);
    }
    mdb_txn_reset(s->reading);
    if (code)
        return code == MDB_NOTFOUND ? FAULT_STATE_MISSING : FAULT_IO;
    return hash32_eq(&check, hash) ? OK : REJECT_STORE_CORRUPT;
}

static enum err restore_codes(struct store *s, struct complaint *c, MDB_txn *txn, struct ledger *l)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, s->table[TABLE_CODES], &cursor);
    if (code)
        return store_fail_mdb(s, c, "codes cannot be read", code);
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
        ledger_add_code(l, bytes_of(value.mv_data, value.mv_size)); /* by the hash that it has */
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? OK : store_fail_mdb(s, c, "codes cannot be read", code);
}

static enum err read_stored_block(struct store *s, struct complaint *c, MDB_txn *txn, struct bytes *out, u64 chain_id,
                                  u64 number)
{
    const struct block_key k = block_key(chain_id, number);
    MDB_val key = store_val(k.b, sizeof k.b), found;
    const int code = mdb_get(txn, s->table[TABLE_BLOCKS], &key, &found);
    if (code)
        return store_fail_mdb(s, c, "a block is missing", code);
    *out = bytes_of(found.mv_data, found.mv_size);
    return OK;
}

/* What was kept beside the ledger's last block, which must be the sidecar of one of its transactions. */
static enum err restore_sidecar(struct store *s, struct complaint *c, MDB_txn *txn, struct ledger *l)
{
    const struct ledger_block *b = ledger_head(l);
    const struct block_key k = block_key(l->rules->chain_id, b->header.number);
    MDB_val key = store_val(k.b, sizeof k.b), found;
    const int code = mdb_get(txn, s->table[TABLE_SIDECARS], &key, &found);
    if (code == MDB_NOTFOUND)
        return OK;
    if (code)
        return store_fail_mdb(s, c, "blobs cannot be read", code);
    const struct arena_mark mark = arena_mark(&s->scratch);
    struct sidecar sidecar;
    bool is_of = sidecar_restore(&sidecar, &s->scratch, bytes_of(found.mv_data, found.mv_size)) == OK;
    if (is_of) {
        is_of = false;
        for (u32 i = 0; i < b->tx_count; i++)
            is_of |= sidecar_is_of(&sidecar, &b->tx[i]);
    }
    if (is_of)
        ledger_add_sidecar(l, &sidecar);
    arena_rewind(&s->scratch, mark);
    return is_of ? OK : store_fail(s, c, REJECT_STORE_CORRUPT, "a blob belongs to no transaction of its block", NULL);
}

/* Of the ledger's last block. */
static enum err restore_receipts(struct store *s, struct complaint *c, MDB_txn *txn, struct ledger *l)
{
    const struct block_key k = block_key(l->rules->chain_id, ledger_head(l)->header.number);
    MDB_val key = store_val(k.b, sizeof k.b), found;
    const int code = mdb_get(txn, s->table[TABLE_RECEIPTS], &key, &found);
    if (code)
        return store_fail_mdb(s, c, "receipts are missing", code);
    const enum err e = ledger_restore_receipts(l, bytes_of(found.mv_data, found.mv_size));
    return e == OK ? OK : store_fail(s, c, REJECT_STORE_CORRUPT, "receipts that are not those of their block", NULL);
}

/* The blocks that the session has made itself on opening must be the store's; the rest is appended. */
static enum err restore_chain(struct store *s, struct complaint *c, MDB_txn *txn, struct ledger *l,
                              struct kept_chain *kept)
{
    const u64 chain_id = l->rules->chain_id;
    u8 id[8];
    struct bytes rlp;
    store_be64(id, chain_id);
    MDB_val key = store_val(id, sizeof id), found;
    const int code = mdb_get(txn, s->table[TABLE_HEADS], &key, &found);
    if (code == MDB_NOTFOUND)
        return store_fail(s, c, REJECT_STORE_MISMATCH, "it does not have a chain of this configuration", NULL);
    if (code)
        return store_fail_mdb(s, c, "the head of a chain cannot be read", code);
    if (found.mv_size != 8)
        return store_fail(s, c, REJECT_STORE_CORRUPT, "the head of a chain cannot be read", NULL);
    const u64 head = load_be64(found.mv_data);
    for (u64 n = 0; n < l->block.count; n++) {
        TRY(read_stored_block(s, c, txn, &rlp, chain_id, n));
        if (!bytes_eq(rlp, l->block.item[n].rlp))
            return store_fail(s, c, REJECT_STORE_MISMATCH, "its first blocks are those of another scenario, or of other rules", NULL);
    }
    const struct node_source source = {read_node, s};
    trie_db_release(l->tries);
    l->tries = trie_db_open(l->memory, &source);
    TRY(restore_codes(s, c, txn, l));
    for (u64 n = l->block.count; n <= head; n++) {
        TRY(read_stored_block(s, c, txn, &rlp, chain_id, n));
        const enum err e = ledger_restore(l, arena_copy(&l->arena, rlp));
        if (e)
            return store_fail(s, c, REJECT_STORE_CORRUPT, "a block does not follow its parent", err_name(e));
        TRY(restore_receipts(s, c, txn, l));
        TRY(restore_sidecar(s, c, txn, l));
    }
    *kept = (struct kept_chain){l->block.count, ledger_head(l)->hash, trie_now(l->tries), l->code_count};
    return OK;
}

enum err store_restore_ledgers(struct store *s, struct complaint *complaint, struct ledger *const *ledger, size_t count)
{
    MDB_txn *txn;
    const int code = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (code)
        return store_fail_mdb(s, complaint, "cannot be read", code);
    enum err e = OK;
    for (size_t i = 0; i < count && e == OK; i++)
        e = restore_chain(s, complaint, txn, ledger[i], &s->chain[i]);
    mdb_txn_abort(txn);
    return e;
}

enum err store_restore(struct store *s, struct complaint *complaint, struct session *session)
{
    MDB_txn *txn;
    const int code = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (code)
        return store_fail_mdb(s, complaint, "cannot be read", code);
    enum err e = OK;
    for (size_t i = session_owns_l1(session) ? 0 : 1; i < session_chain_count(session) && e == OK; i++)
        e = restore_chain(s, complaint, txn, session_ledger_at(session, i), &s->chain[i]);
    mdb_txn_abort(txn);
    return e;
}

/* --- committing --- */

struct commit {
    struct store *store;
    MDB_txn *txn;
    int code; /* what the library said, when something failed */
    struct buffer storage_roots;
};

static enum err put_entry(struct commit *c, enum table table, struct bytes key, struct bytes value, unsigned flags)
{
    MDB_val k = store_val(key.ptr, key.len), v = store_val(value.ptr, value.len);
    const int code = mdb_put(c->txn, c->store->table[table], &k, &v, flags);
    if (code == 0 || code == MDB_KEYEXIST)
        return OK;
    c->code = code;
    return FAULT_IO;
}

static enum err delete_entry(struct commit *c, enum table table, struct bytes key)
{
    MDB_val k = store_val(key.ptr, key.len);
    const int code = mdb_del(c->txn, c->store->table[table], &k, NULL);
    if (code == 0 || code == MDB_NOTFOUND)
        return OK;
    c->code = code;
    return FAULT_IO;
}

static enum err put_rows(struct commit *c, const struct store_row *row, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(row[i].value.ptr ? put_entry(c, TABLE_ROWS, row[i].key, row[i].value, 0)
                             : delete_entry(c, TABLE_ROWS, row[i].key));
    return OK;
}

static enum err put_node(void *context, const hash32 *hash, struct bytes rlp)
{
    return put_entry(context, TABLE_NODES, BYTES_OF(hash->b), rlp, MDB_NOOVERWRITE);
}

/* An account's leaf leads to its storage. A leaf is [path, value], the path's first nibble 2 or 3. */
static enum err put_account_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct commit *c = context;
    struct rlp_reader r = rlp_reader(rlp), item;
    struct bytes path, value;
    struct account_leaf account;
    TRY(put_node(c, hash, rlp));
    if (rlp_list(&r, &item) == OK && rlp_string(&item, &path) == OK && path.len && path.ptr[0] >> 5 == 1 &&
        rlp_string(&item, &value) == OK && rlp_at_end(&item) && account_leaf_decode(&account, value) == OK &&
        !hash32_eq(&account.storage_root, &trie_empty_root))
        buffer_add(&c->storage_roots, account.storage_root.b, sizeof account.storage_root.b);
    return OK;
}

static enum err put_state(struct commit *c, struct ledger *l, const hash32 *root, u32 since)
{
    c->storage_roots.len = 0;
    TRY(trie_made_since(l->tries, root, since, put_account_node, c));
    for (size_t at = 0; at < c->storage_roots.len; at += sizeof(hash32)) {
        hash32 storage;
        memcpy(storage.b, c->storage_roots.ptr + at, sizeof storage.b);
        TRY(trie_made_since(l->tries, &storage, since, put_node, c));
    }
    return OK;
}

static enum err put_code(void *context, const hash32 *hash, struct bytes code)
{
    return put_entry(context, TABLE_CODES, BYTES_OF(hash->b), code, MDB_NOOVERWRITE);
}

static enum err put_sidecar(struct commit *c, const struct block_key *k, const struct sidecar *sidecar)
{
    if (!sidecar) /* nor is the one of a block that was here before */
        return delete_entry(c, TABLE_SIDECARS, BYTES_OF(k->b));
    struct arena *scratch = &c->store->scratch;
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer kept = buffer_in(scratch);
    sidecar_persist(&kept, sidecar);
    const enum err e = put_entry(c, TABLE_SIDECARS, BYTES_OF(k->b), buffer_bytes(&kept), 0);
    arena_rewind(scratch, mark);
    return e;
}

static enum err put_receipts(struct commit *c, const struct block_key *k, const struct ledger_block *b)
{
    struct arena *scratch = &c->store->scratch;
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer receipts = buffer_in(scratch);
    ledger_persist_receipts(&receipts, b);
    const enum err e = put_entry(c, TABLE_RECEIPTS, BYTES_OF(k->b), buffer_bytes(&receipts), 0);
    arena_rewind(scratch, mark);
    return e;
}

static enum err put_chain(struct commit *c, struct ledger *l, struct kept_chain *kept)
{
    u8 id[8], number[8];
    size_t first = kept->blocks;
    /* what was dropped since is written again from the beginning */
    if (first > l->block.count || (first && !hash32_eq(&l->block.item[first - 1].hash, &kept->head)))
        first = 0;
    for (size_t n = first; n < l->block.count; n++) {
        const struct block_key k = block_key(l->rules->chain_id, n);
        TRY(put_entry(c, TABLE_BLOCKS, BYTES_OF(k.b), l->block.item[n].rlp, 0));
        TRY(put_receipts(c, &k, &l->block.item[n]));
        TRY(put_sidecar(c, &k, l->block.item[n].sidecar));
        TRY(put_state(c, l, &l->block.item[n].header.state_root, kept->since));
    }
    if (l->code_count != kept->codes)
        TRY(ledger_each_code(l, put_code, c));
    store_be64(id, l->rules->chain_id);
    store_be64(number, ledger_head(l)->header.number);
    TRY(put_entry(c, TABLE_HEADS, BYTES_OF(id), BYTES_OF(number), 0));
    *kept = (struct kept_chain){l->block.count, ledger_head(l)->hash, trie_now(l->tries), l->code_count};
    return OK;
}

/* first: the block of a remote L1 at which the mirror begins next time, below any reorg that is handled. */
static void l1_row(struct buffer *out, u64 chain_id, u64 first)
{
    const size_t list = rlp_open(out);
    rlp_add_u64(out, chain_id);
    rlp_add_u64(out, first);
    rlp_close(out, list);
}

static enum err put_row(struct commit *c, enum row row, struct bytes value)
{
    return put_entry(c, TABLE_META, bytes_of(row_name[row], strlen(row_name[row])), value, 0);
}

static enum err empty_outbox(struct commit *c)
{
    MDB_val key = row_key(ROW_MARK);
    c->code = mdb_del(c->txn, c->store->table[TABLE_META], &key, NULL);
    if (c->code == 0 || c->code == MDB_NOTFOUND)
        c->code = mdb_drop(c->txn, c->store->table[TABLE_OUTBOX], 0);
    return c->code ? FAULT_IO : OK;
}

static enum err put_all(struct commit *c, struct kept_chain *kept, struct session *session, struct bytes position)
{
    struct buffer work = buffer_in(&c->store->scratch), first = buffer_in(&c->store->scratch);
    const bool ours = session_owns_l1(session);
    for (size_t i = ours ? 0 : 1; i < session_chain_count(session); i++)
        TRY(put_chain(c, session_ledger_at(session, i), &kept[i]));
    session_persist(&work, session);
    TRY(put_row(c, ROW_POSITION, position));
    TRY(put_row(c, ROW_SESSION, buffer_bytes(&work)));
    if (!ours) {
        l1_row(&first, session_ledger_at(session, 0)->rules->chain_id, session_first_required_block(session));
        TRY(put_row(c, ROW_L1, buffer_bytes(&first)));
    }
    return empty_outbox(c);
}

/* What a commit puts: a session, or ledgers without one. */
struct contents {
    struct session *session;
    struct ledger *const *ledger;
    size_t count;
    struct bytes position;
};

static enum err put_contents(struct commit *c, struct kept_chain *kept, const struct contents *of)
{
    TRY(put_rows(c, c->store->put.item, c->store->put.count));
    if (of->session)
        return put_all(c, kept, of->session, of->position);
    for (size_t i = 0; i < of->count; i++)
        TRY(put_chain(c, of->ledger[i], &kept[i]));
    return put_row(c, ROW_POSITION, of->position);
}

static void forget_put_rows(struct store *s)
{
    arena_rewind(&s->put_arena, (struct arena_mark){0});
    memset(&s->put, 0, sizeof s->put);
}

/* *full: the map was, and nothing is written. */
static enum err try_commit(struct store *s, struct complaint *complaint, const struct contents *of, bool *full)
{
    struct commit c = {.store = s, .storage_roots = buffer_in(&s->scratch)};
    struct kept_chain kept[STORE_CHAINS_MAX];
    memcpy(kept, s->chain, sizeof kept);
    c.code = mdb_txn_begin(s->env, NULL, 0, &c.txn);
    if (c.code)
        return store_fail_mdb(s, complaint, "cannot be written", c.code);
    enum err e = put_contents(&c, kept, of);
    if (e == OK) {
        c.code = mdb_txn_commit(c.txn);
        e = c.code ? FAULT_IO : OK;
    } else {
        mdb_txn_abort(c.txn);
    }
    *full = c.code == MDB_MAP_FULL;
    if (e)
        return *full ? OK : c.code ? store_fail_mdb(s, complaint, "cannot be written", c.code) : e;
    memcpy(s->chain, kept, sizeof kept);
    outbox_forget(&s->outbox);
    forget_put_rows(s);
    return OK;
}

static enum err grow_map(struct store *s, struct complaint *complaint)
{
    if (s->is_shared || s->map_bytes >= map_bytes_max)
        return store_fail(s, complaint, FAULT_IO, "it is as large as it may become", NULL);
    s->map_bytes *= 2;
    const int code = mdb_env_set_mapsize(s->env, s->map_bytes);
    return code ? store_fail_mdb(s, complaint, "its map cannot grow", code) : OK;
}

static enum err commit_contents(struct store *s, struct complaint *complaint, const struct contents *of)
{
    for (;;) {
        bool full = false;
        arena_rewind(&s->scratch, (struct arena_mark){0});
        TRY(try_commit(s, complaint, of, &full));
        if (!full)
            return OK;
        TRY(grow_map(s, complaint));
    }
}

enum err store_commit(struct store *s, struct complaint *complaint, struct session *session, struct bytes position)
{
    return commit_contents(s, complaint, &(struct contents){.session = session, .position = position});
}

enum err store_commit_ledgers(struct store *s, struct complaint *complaint, struct ledger *const *ledger, size_t count,
                              struct bytes position)
{
    return commit_contents(s, complaint, &(struct contents){.ledger = ledger, .count = count, .position = position});
}

/* --- between commits --- */

/* One value, synced; the map grows as it must. */
static enum err put_alone(struct store *s, struct complaint *complaint, enum table table, MDB_val key,
                          struct bytes value)
{
    for (;;) {
        MDB_txn *txn;
        MDB_val v = store_val(value.ptr, value.len);
        int code = mdb_txn_begin(s->env, NULL, 0, &txn);
        if (code)
            return store_fail_mdb(s, complaint, "cannot be written", code);
        code = mdb_put(txn, s->table[table], &key, &v, 0);
        if (code)
            mdb_txn_abort(txn);
        else
            code = mdb_txn_commit(txn);
        if (code == 0)
            return OK;
        if (code != MDB_MAP_FULL)
            return store_fail_mdb(s, complaint, "cannot be written", code);
        TRY(grow_map(s, complaint));
    }
}

static enum err put_outbox(void *context, u64 ordinal, struct bytes row)
{
    struct complaint ignored = {0}; /* who sends says what could not be kept */
    u8 key[8];
    store_be64(key, ordinal);
    return put_alone(context, &ignored, TABLE_OUTBOX, store_val(key, sizeof key), row);
}

enum err store_mark(struct store *s, struct complaint *complaint, struct bytes mark)
{
    return put_alone(s, complaint, TABLE_META, row_key(ROW_MARK), mark);
}

enum err store_join_l1(struct store *s, struct complaint *complaint, u64 *first, u64 chain_id, u64 head)
{
    u64 id;
    if (s->row[ROW_L1].len == 0) {
        if (s->row[ROW_POSITION].len)
            return store_fail(s, complaint, REJECT_STORE_MISMATCH, "it has an L1 of its own: it was made without --l1",
                              NULL);
        struct buffer row = buffer_in(&s->scratch);
        l1_row(&row, chain_id, head);
        *first = head;
        return put_alone(s, complaint, TABLE_META, row_key(ROW_L1), buffer_bytes(&row));
    }
    struct rlp_reader r = rlp_reader(s->row[ROW_L1]);
    if (rlp_list(&r, &r) != OK || rlp_u64(&r, &id) != OK || rlp_u64(&r, first) != OK || rlp_end(&r) != OK)
        return store_fail(s, complaint, REJECT_STORE_CORRUPT, "its L1 cannot be read", NULL);
    return id == chain_id ? OK : store_fail(s, complaint, REJECT_STORE_MISMATCH, "it belongs to another L1", NULL);
}

enum err store_write_rows(struct store *s, struct complaint *complaint, const struct store_row *row, size_t count)
{
    struct commit c = {.store = s};
    for (;;) {
        c.code = mdb_txn_begin(s->env, NULL, 0, &c.txn);
        if (c.code)
            return store_fail_mdb(s, complaint, "cannot be written", c.code);
        if (put_rows(&c, row, count) != OK)
            mdb_txn_abort(c.txn);
        else
            c.code = mdb_txn_commit(c.txn);
        if (c.code == 0)
            return OK;
        if (c.code != MDB_MAP_FULL)
            return store_fail_mdb(s, complaint, "cannot be written", c.code);
        TRY(grow_map(s, complaint));
    }
}
