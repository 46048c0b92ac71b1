/* outbox - transactions sent to a remote L1 since the last commit, stored before they are sent.
 *
 *     session ---> remote_l1 ---> outbox_add, outbox_save (on the disk, synced) ---> eth_sendRawTransaction
 *                                      |
 *     killed, and started again:       '--> the step is repeated; what it sends is looked up here first
 *
 *         transaction, funds   sent again with the same sender, target, value and data: its receipt is fetched, or it
 *                              is waited for, or sent once more byte for byte, under its nonce
 *         bundle, delegation   the slot reconciles it (slot_reconcile.c): if it settled, the slot is completed from the
 *                              note stored with it, and no other is built
 *
 * An entry is one nonce of one account: every variant that was signed for it, the result expected by simulation, and
 * the note. It is *claimed* once this process owns it; entries that this process adds are claimed from the start. A
 * commit deletes all entries: their effects are then in the committed chains.
 *
 *     row = rlp([ purpose, pinned, parent number, parent hash,
 *                 [ parent hash, success, halt, gas, log count, keccak256(logs), output ], note,
 *                 sidecar (sidecar_persist) or "", [ envelope, .. ] ])
 *
 * Memory: its own arena, until outbox_release. Errors: REJECT_STORE_CORRUPT for a row that is none; those of put. */
#ifndef REMOTE_L1_OUTBOX_H
#define REMOTE_L1_OUTBOX_H

#include "base/list.h"
#include "ledger/l1.h"

enum { OUTBOX_VARIANTS_MAX = 12 };

/* What the run here made of a transaction. */
struct expected_outcome {
    hash32 parent;  /* the head that it ran on */
    bool success;
    enum halt halt;
    u64 gas_used;
    u32 log_count;
    hash32 logs;    /* logs_hash */
    struct bytes output;
};

struct outbox_entry {
    u64 ordinal;
    bool is_claimed;
    enum l1_purpose purpose;
    bool is_pinned;      /* only the block after parent will do */
    u64 parent_number;   /* the head when it was sent first */
    hash32 parent;
    struct expected_outcome expected;
    struct bytes note;
    const struct sidecar *sidecar; /* of a blob transaction; NULL: it is none */
    struct tx variant[OUTBOX_VARIANTS_MAX];
    size_t count;
};

struct outbox {
    struct arena arena;
    LIST(struct outbox_entry *) entry; /* in the order of the first sending */
    u64 next_ordinal;
    /* Writes a row over that of the ordinal, synced. */
    enum err (*put)(void *context, u64 ordinal, struct bytes row);
    void *context;
};

void outbox_init(struct outbox *o, const struct memory *memory,
                 enum err (*put)(void *context, u64 ordinal, struct bytes row), void *context);
void outbox_release(struct outbox *o);

/* A row that an earlier process wrote; ordinals ascend. */
enum err outbox_read(struct outbox *o, u64 ordinal, struct bytes row) MUST_CHECK;

/* A new entry, taken; it is on the disk after outbox_save. */
struct outbox_entry *outbox_add(struct outbox *o);
/* A copy; NULL of NULL. */
const struct sidecar *outbox_copy_sidecar(struct outbox *o, const struct sidecar *s);
/* Copies everything. BUG when there is no room for another. */
void outbox_add_variant(struct outbox *o, struct outbox_entry *e, const struct tx *t);
enum err outbox_save(struct outbox *o, const struct outbox_entry *e) MUST_CHECK;

/* The first one not taken: of a slot, a bundle or what delegates ahead of one; with the purpose and the content of t.
 * NULL: there is none. */
struct outbox_entry *outbox_next_of_slot(const struct outbox *o);
struct outbox_entry *outbox_find(const struct outbox *o, enum l1_purpose purpose, const struct tx *t);
/* Of any purpose but funds, which are asked for by what is lacking. */
struct outbox_entry *outbox_first(const struct outbox *o);

/* The rows are gone. */
void outbox_forget(struct outbox *o);

#endif
