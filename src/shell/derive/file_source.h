/* derive_file - L1 out of a file that `scope run --export-l1` wrote: genesis accounts, blocks, and blobs beside them.
 *
 * Nothing in it is believed: the accounts must give the genesis block's state root, and every block is executed. While
 * it is, the calls to the bridge are noted, so that those which contracts make can be told.
 *
 * Memory: all of L1 is kept, in the arena given; the file is bounded. Errors: REJECT_L1_FILE and REJECT_JSON with a
 * complaint at the place; FAULT_*. */
#ifndef DERIVE_FILE_SOURCE_H
#define DERIVE_FILE_SOURCE_H

#include "derive/derive.h"
#include "io/json.h"

struct derive_file {
    struct arena *arena;
    struct complaint *complaint;
    struct json root;
    struct activation activation;
    struct chain_rules rules;
    struct code_cache *codes;
    struct ledger l1;
    address bridge;
    struct file_call *call;  /* to the bridge, in all blocks, the youngest first */
    struct file_call *before[1024 + 1]; /* by depth of the message: the youngest call before it */
    u64 block;               /* that is being executed */
    u32 index;               /* of the transaction in it */
    const char *why;
};

/* On failure nothing is to be closed. */
enum err derive_file_open(struct derive_file *f, struct arena *arena, struct complaint *complaint, const char *path,
                          const address *bridge) MUST_CHECK;
void derive_file_close(struct derive_file *f);
struct derive_source derive_file_source(struct derive_file *f);
/* The whole of it. */
enum err derive_file_read(struct derive_file *f, struct derivation *d) MUST_CHECK;

#endif
