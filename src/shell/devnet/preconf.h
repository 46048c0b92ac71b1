/* preconf - sub-blocks: what the next slot's blocks will hold is signed while they grow.
 *
 *     slot begins          each every_ms, if there is new work                     slot ends
 *     |---- 0 1 2 ----|---- 0 1 2 | 3 4 ----|---- 0 1 2 3 4 | 5 ----|--------------> session_slot of 0 .. 5
 *        preview            preview               preview
 *        promises 0 1 2     promises 3 4          promises 5
 *
 * A sub-block is a preview (builder/session_preview.h) of all work so far. Its new transactions of rollups are promised
 * (promise/promise.h), in the journal first, and its blocks become the pending ones. The same L1 head, timestamp and
 * work make the same blocks, so the timestamp is fixed with the first promise, L1 makes no block before the slot, and
 * the slot takes the promised work alone. A preview that would change what was promised, or whose slot would take more
 * than one attempt, ends the slot's sub-blocks: what is behind the promised work waits for the next slot.
 *
 * With a store a promise is of inclusion: a process that is killed loses the timestamp, and the next one includes what
 * was pending in blocks of its own. Without a store L1 is gone with the process, and every condition with it: promises
 * name the place and the receipt.
 *
 * The builder's thread alone, but for what statuses hold. Errors: those of journal_open and of deploying on L1. */
#ifndef DEVNET_PRECONF_H
#define DEVNET_PRECONF_H

#include "devnet/devnet.h"

enum { PRECONF_DEADLINE = 64 /* L1 blocks */ };

/* After the session is open or restored; deploys ScopePreconfSlasher and its bond unless L1 has them. */
enum err preconf_open(struct devnet *d, struct complaint *complaint, u64 every_ms) MUST_CHECK;
void preconf_close(struct devnet *d);

/* Promises what is new. The slot's timestamp is set. False: nothing of the next slot is promised. */
bool preconf_extend(struct devnet *d);
/* Some transaction of the next slot is promised. */
bool preconf_is_open(const struct devnet *d);
/* No sub-block is added before the slot. */
bool preconf_is_full(const struct devnet *d);
/* Before the slot: it takes the promised work. */
void preconf_lock_slot(struct devnet *d);
/* After it, or when it was dropped. */
void preconf_end_slot(struct devnet *d);
/* With the lock: a transaction has settled or is rejected. */
void preconf_judge(struct devnet *d, struct status *s);

/* Any thread. The promise of a status as the next value; members of scope_status. */
void preconf_write_promise(struct json_writer *w, const struct status *s);
void preconf_write_status(struct json_writer *w, struct devnet *d);

#endif
