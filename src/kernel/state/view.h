/* view - the inside of a struct state, for the files that make up state.h.
 *
 *   accounts: address -> entry --> storage --> storage slots: key -> storage_slot_entry
 *                          |          root of the trie that the storage slots come from
 *                          '-- is replaced by an empty one when the account is deleted, so that a later
 *                              account at the address sees no old storage slot, and a rewind restores it */
#ifndef STATE_VIEW_H
#define STATE_VIEW_H

#include "base/map.h"
#include "base/u256.h"
#include "state/state.h"

/* Who touched a thing last, by the caller's numbers (state_stamp). */
struct access_stamps {
    u32 read_by, written_by;
    u32 changed; /* while scanning: a bit per journal kind whose oldest value is not today's */
};

struct storage {
    struct entry *owner;
    hash32 root;
    struct map storage_slots; /* without cells until the first storage slot */
    struct storage_slot_entry *last;
};

struct storage_slot_entry {
    u256 key;
    struct storage_slot storage_slot; /* the handle */
    u32 warm_tx;
    u32 original_tx;  /* the transaction that storage slot.original belongs to */
    struct storage *storage;
    u256 committed;   /* in the trie at storage->root */
    u32 scan;         /* the last one that met it */
    struct access_stamps access;
};

struct entry {
    struct account account; /* the handle */
    u32 warm_tx;
    bool in_trie; /* at the view's root */
    u32 scan;     /* the last one that met it, and what a commit counts there */
    u32 dirty_storage_slots;
    u32 dirty_end;
    struct access_stamps access;
    struct storage *storage;
    struct storage first_storage;
};

struct transient_entry {
    const struct entry *entry;
    u256 key;
    u256 value;
    u32 tx; /* value counts in this transaction alone */
};

struct code_entry {
    hash32 hash;
    struct bytes code;
};

struct state {
    const struct memory *memory;
    struct arena arena;   /* the view's lifetime */
    struct arena scratch; /* of one commit */
    struct trie_db *tries;
    struct code_source codes;
    struct state_fetch fetch;
    hash32 root;
    struct map_seed seed;
    struct map accounts;
    struct entry *last;
    struct map new_codes;
    struct map transients;
    u64 *journal;
    size_t journal_len;
    size_t journal_room;
    u32 tx;         /* the stamp of now; a new one at each begin and end, never one twice */
    u32 tx_highest;
    bool tx_open;
    size_t tx_start; /* in the journal */
    u256 burned;
    u32 scan;
    struct state_watch *watch; /* NULL: none */
};

static inline struct entry *entry_of(const struct account *a)
{
    return (struct entry *)a;
}

static inline struct storage_slot_entry *storage_slot_entry_of(const struct storage_slot *storage_slot)
{
    return (struct storage_slot_entry *)((u8 *)storage_slot - offsetof(struct storage_slot_entry, storage_slot));
}

void view_save_flags(struct state *s, struct entry *e);
/* The account is gone, with its storage; journaled. */
void view_delete(struct state *s, struct entry *e);

size_t account_leaf_encode(u8 out[128], const struct account_leaf *leaf);

#endif
