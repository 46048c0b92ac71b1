/* view - the inside of a struct state, for the files that make up state.h.
 *
 *   accounts: address -> entry --> storage --> storage slots: key -> storage_slot_entry
 *                          |          root of the trie that the storage slots come from
 *                          '-- is replaced by an empty one when the account is deleted, so that a later
 *                              account at the address sees no old storage slot, and a rewind restores it
 *
 * The journal is one array of 64-bit words. An entry is its old values, then one word with the address of the object
 * and the kind: objects are 16-byte aligned, so the kind is in the low four bits. Walking back needs no index. It is
 * also the list of what is dirty: a commit and the end of a transaction read it. */
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

enum journal_kind {
    JOURNAL_TX,            /* number and open flag, journal position of its begin */
    JOURNAL_WARM,          /* entry: stamp */
    JOURNAL_BALANCE,       /* entry: 4 words */
    JOURNAL_NONCE,         /* entry: nonce */
    JOURNAL_CODE,          /* entry: 4 words of code hash */
    JOURNAL_FLAGS,         /* entry: the four flags */
    JOURNAL_STORAGE,       /* entry: storage */
    JOURNAL_STORAGE_SLOT,          /* storage_slot_entry: 4 words */
    JOURNAL_STORAGE_SLOT_STAMPS,   /* storage_slot_entry: both stamps */
    JOURNAL_STORAGE_SLOT_ORIGINAL, /* storage_slot_entry: 4 words of original, both stamps */
    JOURNAL_TRANSIENT,     /* transient_entry: 4 words, stamp */
    JOURNAL_CALL,          /* function, context, word */
    JOURNAL_BURNED,        /* 4 words */
    JOURNAL_KIND_COUNT
};

extern const u8 journal_words[JOURNAL_KIND_COUNT]; /* of old values */

/* of JOURNAL_CALL */
typedef void (*undo_function)(void *context, u64 word);

struct journal_entry {
    enum journal_kind kind;
    void *thing;
    const u64 *old;
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

/* Entries that a rewind undoes were accessed: they count as read. */
void watch_undone(struct state_watch *w, const struct journal_entry *j);

static inline struct entry *entry_of(const struct account *a)
{
    return (struct entry *)a;
}

static inline struct storage_slot_entry *storage_slot_entry_of(const struct storage_slot *storage_slot)
{
    return (struct storage_slot_entry *)((u8 *)storage_slot - offsetof(struct storage_slot_entry, storage_slot));
}

void journal_grow(struct state *s);

/* Room for `words` old values of thing, which the caller fills in. */
static inline u64 *journal_add(struct state *s, enum journal_kind kind, const void *thing, size_t words)
{
    if (UNLIKELY(s->journal_room - s->journal_len <= words))
        journal_grow(s);
    u64 *old = s->journal + s->journal_len;
    old[words] = (u64)(uintptr_t)thing | kind;
    s->journal_len += words + 1;
    return old;
}

/* The entry that ends at *end; moves *end before it. */
static inline struct journal_entry journal_back(const struct state *s, size_t *end)
{
    const u64 last = s->journal[*end - 1];
    struct journal_entry e = {(enum journal_kind)(last & 15), (void *)(uintptr_t)(last & ~15ull), NULL};
    *end -= 1u + journal_words[e.kind];
    e.old = s->journal + *end;
    return e;
}

void view_save_flags(struct state *s, struct entry *e);
/* The account is gone, with its storage; journaled. */
void view_delete(struct state *s, struct entry *e);

size_t account_leaf_encode(u8 out[128], const struct account_leaf *leaf);

#endif
