/* journal - the old values of a struct state, by which it is rewound.
 *
 * It is one array of 64-bit words. An entry is its old values, then one word with the address of the object
 * and the kind: objects are 16-byte aligned, so the kind is in the low four bits. Walking back needs no index. It is
 * also the list of what is dirty: a commit and the end of a transaction read it. */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include "state/view.h"

enum journal_kind {
    JOURNAL_TX,                    /* number and open flag, journal position of its begin */
    JOURNAL_WARM,                  /* entry: stamp */
    JOURNAL_BALANCE,               /* entry: 4 words */
    JOURNAL_NONCE,                 /* entry: nonce */
    JOURNAL_CODE,                  /* entry: 4 words of code hash */
    JOURNAL_FLAGS,                 /* entry: the four flags */
    JOURNAL_STORAGE,               /* entry: storage */
    JOURNAL_STORAGE_SLOT,          /* storage_slot_entry: 4 words */
    JOURNAL_STORAGE_SLOT_STAMPS,   /* storage_slot_entry: both stamps */
    JOURNAL_STORAGE_SLOT_ORIGINAL, /* storage_slot_entry: 4 words of original, both stamps */
    JOURNAL_TRANSIENT,             /* transient_entry: 4 words, stamp */
    JOURNAL_CALL,                  /* function, context, word */
    JOURNAL_BURNED,                /* 4 words */
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

/* Entries that a rewind undoes were accessed: they count as read. */
void watch_undone(struct state_watch *w, const struct journal_entry *j);

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

#endif
