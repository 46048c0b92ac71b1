/* play_private - what play.c (single steps, the queue) and play_slot.c (slots and forgeries) share. */
#ifndef PLAY_PLAY_PRIVATE_H
#define PLAY_PLAY_PRIVATE_H

#include "play/expectation.h"
#include "play/play.h"

u64 play_chain_id(const struct play *p, u32 chain);
/* Tells whoever listens what is being done. */
void play_say(const struct play *p, const char *what);

void play_add_item(struct play *p, const struct report_item *item);
/* Counts them, too. */
void play_add_verdicts(struct play *p, const struct report_verdict *v, u32 count);
/* A copy of what a slot's report only lends. */
struct report_data play_kept(struct play *p, struct report_data d);
/* slot: where its scoped calls are; NULL: it has none. */
struct report_work play_show_work(struct play *p, const char *label, const struct work_report *w,
                                  const struct slot_report *slot);

/* Runs the queue as a slot. */
enum err play_flush(struct play *p) MUST_CHECK;
/* A transaction that the session does not take at all is the file's mistake: a complaint at place. */
enum err play_refuse_submission(struct play *p, enum err e, struct place place) MUST_CHECK;
enum err play_bind_send(struct play *p, struct transact *t, u32 *chain, const struct scenario_send *s) MUST_CHECK;
enum err play_submit_operation(struct play *p, u64 *work, const struct scenario_operation *o) MUST_CHECK;

enum err play_slot(struct play *p, const struct scenario_slot *slot, struct place place) MUST_CHECK;

#endif
