/* play - runs the steps of a checked scenario on a session, in order.
 *
 *   deploy, send     on L1: mined at once. On a rollup: queued
 *   operate          queued
 *   slot             its forgeries, then the honest bundle, then its expectations. Pending work (no room, or a lost
 *                    race on L1) is carried into the next slot and reported there too
 *
 * The queue settles as a slot of its own before the next read, slot or check, or when a contract is named whose
 * deployment is queued. A setup step that fails ends the run: later steps depend on it.
 *
 * If persistence callbacks are set, on_step_done runs after each step, and on_checkpoint within a slot, so that after a
 * crash no forged bundle is tried twice (play/resume.h).
 *
 * Errors: REJECT_SCENARIO and REJECT_ARTIFACT with the binder's complaint when the file is wrong; all others are the
 * session's, and session_error() has the message. */
#ifndef PLAY_PLAY_H
#define PLAY_PLAY_H

#include "base/list.h"
#include "play/report.h"
#include "scenario/binder.h"

/* Progress within a slot. */
struct slot_checkpoint {
    bool is_set;
    u32 step;
    u32 forgeries;   /* tried */
    u64 l1_before;   /* number of L1's head before the slot's first transaction */
    u32 met, failed; /* expectations so far */
};

struct play {
    struct binder *binder;
    struct arena *arena;
    struct report *report;
    /* Called with each item that is added to the report; may be NULL. */
    void (*shown)(void *context, const struct report_item *item);
    /* Called with a short description of what is being done; may be NULL. */
    void (*progress)(void *context, const char *what);
    /* Asked before anything is sent: true ends the run with FAULT_INTERRUPTED. May be NULL. */
    bool (*interrupted)(void *context);
    void *context;
    u32 unsent; /* work that was queued when the run was interrupted */
    bool stopped; /* a setup step failed */
    u32 first_step; /* earlier ones were completed by a previous process */
    struct slot_checkpoint checkpoint; /* of a previous process */
    /* Persistence, may be NULL: after each step, with the index of the next one; and within a slot. */
    enum err (*on_step_done)(void *context, struct play *p, u32 next_step);
    enum err (*on_checkpoint)(void *context, const struct slot_checkpoint *checkpoint);
    void *persist_context;

    LIST(struct earlier_work) earlier; /* work of finished slots */
    LIST(struct pending) pending;      /* queued by steps outside of slots */
};

enum err play_all(struct play *p) MUST_CHECK;

/* Reads queued work, i < p->pending.count; and restores it, in step order. REJECT_STORE_CORRUPT: the step does not
 * queue. */
void play_queued(const struct play *p, u32 i, u32 *step, u64 *work);
enum err play_requeue(struct play *p, u32 step, u64 work) MUST_CHECK;

/* Reads the work of finished slots, i < p->earlier.count, which may be pending or return after a reorg; and restores
 * it. play_refresh_earlier then reads its last known outcome from the session, before that syncs with L1. */
void play_earlier(const struct play *p, u32 i, const char **label, struct place *place, u64 *work);
void play_add_earlier(struct play *p, const char *label, struct place place, u64 work);
enum err play_refresh_earlier(struct play *p) MUST_CHECK;

#endif
