/* access - the last reader and writer of every account and storage slot, so that a transaction can be inserted before
 * others that already ran, if it commutes with them.
 *
 * A builder numbers the items that it runs on a view, in ascending order. After each item it stamps everything that the
 * item touched, which the journal knows: first touches of a transaction are reads, entries with an old value are writes
 * where that value is not today's. What a frame touched and then undid counts as read, so the view is watched while an
 * item runs.
 *
 *   struct state_watch w = {.account = coinbase};     mark = state_mark(s);   state_watch(s, &w);
 *   ... the item runs ...                             state_watch(s, NULL);   state_stamp(s, mark, state_mark(s), &w);
 *
 * A candidate runs the same way, after all others. It may be inserted before all items numbered `from` and up if none
 * of them wrote what it touched, and none of them read what it wrote: state_commutes.
 *
 * The account given to the watch is the coinbase: every transaction adds to its balance, which commutes, so its balance
 * is ignored; reads of it by a program are counted in hits.
 *
 * Accounts are one thing each (balance, nonce, code), storage slots are one thing each. Memory: stamps live in the
 * view. */
#ifndef STATE_ACCESS_H
#define STATE_ACCESS_H

#include "state/state.h"

struct state_watch {
    address account;
    u32 hits;      /* EIP-2929 touches of the account since the watch began */
    u32 number;    /* what is undone was read by this one */
    u32 from;      /* of a candidate: conflicts are looked for with these and later; 0: it is none */
    bool conflict; /* something that was undone had met one */
};

/* NULL ends the watch. Not across a commit. */
void state_watch(struct state *s, struct state_watch *w);

/* What happened between two marks was done by w->number. */
void state_stamp(struct state *s, u64 mark, u64 end, const struct state_watch *w);
/* Whether what happened between two marks commutes with all numbered w->from and later. */
bool state_commutes(struct state *s, u64 mark, u64 end, const struct state_watch *w);

#endif
