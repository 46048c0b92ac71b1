/* play - takes a checked scenario's steps, one after the other, on a session.
 *
 *   deploy, send     on L1: mined at once. On a rollup: queued
 *   operate          queued
 *   slot             its forgeries, then the honest bundle, then what is expected of it. Work that waits, for want of
 *                    room or because others were faster, is carried into the next slot and reported there too
 *
 * The queue runs as a slot of its own before the next step that looks (read, slot, check), or when a contract's name is
 * used that is still in it. A step of the set-up that fails ends the play: what follows depends on it.
 *
 * With somebody to keep it (kept, marked) each step is told when it is over, and of a slot how far it is: a forged
 * bundle is tried once, whatever happens in between.
 *
 * Errors: REJECT_SCENARIO and REJECT_ARTIFACT with the binder's complaint: the file is wrong. What else comes out is
 * the machine's, and session_error() has the sentence. */
#ifndef PLAY_PLAY_H
#define PLAY_PLAY_H

#include "play/report.h"
#include "scenario/binder.h"

/* How far a slot is. */
struct play_mark {
    bool is_there;
    u32 step;
    u32 forgeries;   /* tried */
    u64 l1_before;   /* L1's head before the slot's first transaction */
    u32 met, failed; /* of all expectations so far */
};

struct play {
    struct binder *binder;
    struct arena *arena;
    struct report *report;
    /* Called with each item that is added to the report; may be NULL. */
    void (*shown)(void *context, const struct report_item *item);
    /* Called with a sentence about what is being done; may be NULL. */
    void (*progress)(void *context, const char *what);
    void *context;
    bool stopped; /* a step of the set-up failed */
    u32 first_step; /* those before were taken by an earlier process */
    struct play_mark mark; /* of an earlier process */
    /* Called after each step with the index of the next, and with each mark; may be NULL. */
    enum err (*kept)(void *context, struct play *p, u32 next_step);
    enum err (*marked)(void *context, const struct play_mark *mark);
    void *kept_context;

    u32 item_room;
    struct past_work *past; /* of slots */
    u32 past_count, past_room;
    struct pending *pending; /* queued by steps outside of slots */
    u32 pending_count, pending_room;
};

enum err play_all(struct play *p) MUST_CHECK;

/* What single steps have queued: i < p->pending_count; and the other way, in the order of the steps. REJECT_STORE: not
 * a step that queues. */
void play_queued(const struct play *p, u32 i, u32 *step, u64 *work);
enum err play_queue_again(struct play *p, u32 step, u64 work) MUST_CHECK;

/* Work of slots that are over, which may still wait or come again: i < p->past_count; and the other way. What became of
 * it last is then asked of the session, before that looks at L1. */
void play_past(const struct play *p, u32 i, const char **label, struct place *place, u64 *work);
void play_add_past(struct play *p, const char *label, struct place place, u64 work);
enum err play_look_at_past(struct play *p) MUST_CHECK;

#endif
