#include "state/journal.h"

const u8 journal_words[JOURNAL_KIND_COUNT] = {
    [JOURNAL_TX] = 2,          [JOURNAL_WARM] = 1,          [JOURNAL_BALANCE] = 4,   [JOURNAL_NONCE] = 1,
    [JOURNAL_CODE] = 4,        [JOURNAL_FLAGS] = 1,         [JOURNAL_STORAGE] = 1,   [JOURNAL_STORAGE_SLOT] = 4,
    [JOURNAL_STORAGE_SLOT_STAMPS] = 1, [JOURNAL_STORAGE_SLOT_ORIGINAL] = 5, [JOURNAL_TRANSIENT] = 5, [JOURNAL_CALL] = 3,
    [JOURNAL_BURNED] = 4,
};

_Static_assert(JOURNAL_KIND_COUNT <= 16, "a kind has four bits");

void journal_grow(struct state *s)
{
    const size_t room = 2 * s->journal_room;
    u64 *grown = s->memory->take(s->memory->context, room * sizeof *grown);
    memcpy(grown, s->journal, s->journal_len * sizeof *grown);
    s->memory->give(s->memory->context, s->journal, s->journal_room * sizeof *grown);
    s->journal = grown;
    s->journal_room = room;
}

u64 state_mark(const struct state *s)
{
    return s->journal_len;
}

void state_on_rewind(struct state *s, undo_function undo, void *context, u64 word)
{
    u64 *old = journal_add(s, JOURNAL_CALL, NULL, 3);
    old[0] = (u64)(uintptr_t)undo;
    old[1] = (u64)(uintptr_t)context;
    old[2] = word;
}
