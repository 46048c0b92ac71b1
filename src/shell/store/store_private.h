/* store_private - the open database, for the files of this folder. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "base/list.h"
#include "store/store.h"

#include <lmdb.h>

enum table {
    TABLE_META,
    TABLE_BLOCKS,
    TABLE_RECEIPTS,
    TABLE_SIDECARS,
    TABLE_HEADS,
    TABLE_NODES,
    TABLE_CODES,
    TABLE_OUTBOX,
    TABLE_ROWS,
    TABLE_COUNT
};

/* Rows of meta. */
enum row { ROW_VERSION, ROW_POSITION, ROW_SESSION, ROW_L1, ROW_MARK, ROW_COUNT };

enum { STORE_CHAINS_MAX = STORE_LEDGERS_MAX > SESSION_ROLLUPS_MAX + 1 ? STORE_LEDGERS_MAX : SESSION_ROLLUPS_MAX + 1 };

/* What of a chain is on the disk. */
struct kept_chain {
    size_t blocks;
    hash32 head;
    u32 since; /* trie_now at the last commit */
    size_t codes;
};

struct store {
    struct arena arena;
    struct arena scratch; /* of one commit, or of one restore */
    const char *folder;
    int lock;
    MDB_env *env;
    MDB_dbi table[TABLE_COUNT];
    MDB_txn *reading; /* reset between reads */
    size_t map_bytes;
    struct bytes row[ROW_COUNT]; /* of meta, as they were when it was opened; position and the like */
    struct outbox outbox;
    bool is_shared;
    struct arena put_arena; /* of what follows */
    LIST(struct store_row) put; /* by store_put_row, for the next commit */
    struct kept_chain chain[STORE_CHAINS_MAX];
    u8 *node;         /* the last one read */
    size_t node_room;
};

/* A complaint with LMDB's message, and the error that its code stands for. */
enum err store_fail_mdb(struct store *s, struct complaint *c, const char *what, int code) MUST_CHECK;

static inline MDB_val store_val(const void *ptr, size_t len)
{
    return (MDB_val){len, (void *)ptr};
}

#endif
