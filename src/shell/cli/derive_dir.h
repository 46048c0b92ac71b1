/* derive_dir - while `scope derive --l1` reads: the folder that keeps what it came to, and the line that shows how far.
 *
 * The store is that of `scope run --dir` (store/store.h), with the derivation's place in L1 as its position
 * (derive/derive_persist.h). It is committed every two seconds and at the end, so a process that is killed loses
 * little. What L1 did in its last 1024 blocks can be undone, also by the next process; a deeper reorganization asks
 * for an empty folder.
 *
 * Errors: those of store/store.h, with the complaint. */
#ifndef CLI_DERIVE_DIR_H
#define CLI_DERIVE_DIR_H

#include "derive/derive.h"
#include "io/complaint.h"
#include "store/store.h"

struct derive_dir {
    struct complaint *complaint;
    struct derivation *d;
    struct store *store;      /* NULL: nothing is kept */
    bool is_open;             /* and what it held is taken up */
    struct ledger **ledger;
    struct l1_place after;    /* where it began */
    u64 first_block;
    u64 committed_ms, shown_ms;
    bool shows, has_shown;
};

/* folder NULL: nothing is kept. d is opened; *after: where to go on, NULL: from the beginning. */
enum err derive_dir_open(struct derive_dir *k, struct complaint *complaint, struct derivation *d, const char *folder,
                         u64 first_block, const struct l1_place **after) MUST_CHECK;
/* derive_l1_config.after, with the struct as its context. */
enum err derive_dir_after(void *context, const struct l1_place *at, const struct l1_place *head);
/* The last commit, whatever ended it. at: derive_l1_at */
enum err derive_dir_end(struct derive_dir *k, const struct l1_place *at) MUST_CHECK;
void derive_dir_close(struct derive_dir *k); /* after the derivation */

#endif
