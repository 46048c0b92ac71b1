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
 * Errors: REJECT_SCENARIO and REJECT_ARTIFACT with the binder's complaint: the file is wrong. What else comes out is
 * the machine's, and session_error() has the sentence. */
#ifndef APP_PLAY_H
#define APP_PLAY_H

#include "app/report.h"
#include "scenario/binder.h"

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
    /* Called after each step that leaves nothing queued, with the index of the next; may be NULL. */
    enum err (*kept)(void *context, struct play *p, u32 next_step);
    void *kept_context;

    u32 item_room;
    struct past_work *past; /* of slots */
    u32 past_count, past_room;
    struct pending *pending; /* queued by steps outside of slots */
    u32 pending_count, pending_room;
};

enum err play_all(struct play *p) MUST_CHECK;

#endif
