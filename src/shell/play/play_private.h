/* play_private - what play.c (the run), play_slot.c (slots and forgeries) and play_steps.c (other steps, the queue)
 * share; each is above those that follow it. */
#ifndef PLAY_PLAY_PRIVATE_H
#define PLAY_PLAY_PRIVATE_H

#include "play/expectation.h"
#include "play/play.h"

u64 play_chain_id(const struct play *p, u32 chain);
/* FAULT_INTERRUPTED if the run is to end here; own: work that is queued by the slot itself. */
enum err play_may_go_on(struct play *p, u32 own) MUST_CHECK;
/* Reports progress. */
void play_say(const struct play *p, const char *what);

void play_add_item(struct play *p, const struct report_item *item);
/* Adds them to the report, and counts them. */
void play_add_verdicts(struct play *p, const struct report_verdict *v, u32 count);
/* A copy in the run's arena: the views of a slot's report end with the next slot. */
struct report_data play_copy_data(struct play *p, struct report_data d);
/* slot: the report with its scoped calls; NULL: none. */
struct report_work play_show_work(struct play *p, const char *label, const struct work_report *w,
                                  const struct slot_report *slot);

/* --- steps --- */
enum err play_deploy(struct play *p, const struct scenario_contract *c) MUST_CHECK;
enum err play_attach(struct play *p, const struct scenario_contract *c) MUST_CHECK;
enum err play_read(struct play *p, const struct scenario_read_step *r, struct place place) MUST_CHECK;
enum err play_send(struct play *p, const struct scenario_send *s) MUST_CHECK;
enum err play_operate(struct play *p, const struct scenario_operation *o) MUST_CHECK;
enum err play_check(struct play *p, const struct many *list) MUST_CHECK;
/* The binder needs the address of a contract that waits in the queue; context: the play. */
enum err play_await_contract(void *context, u32 symbol) MUST_CHECK;

/* Runs the queue as a slot. */
enum err play_flush(struct play *p) MUST_CHECK;
/* A transaction that the session rejects at submission is an error in the file: a complaint at place. */
enum err play_refuse_submission(struct play *p, enum err e, struct place place) MUST_CHECK;
/* may_be_funded: by work that is queued already; on L1 a transaction is mined at once, so it must have funds. */
enum err play_bind_send(struct play *p, struct transact *t, u32 *chain, const struct scenario_send *s,
                        bool may_be_funded) MUST_CHECK;
enum err play_submit_operation(struct play *p, u64 *work, const struct scenario_operation *o,
                               bool may_be_funded) MUST_CHECK;

/* How many pieces of work of finished slots are pending. */
u32 play_carried(const struct play *p);
enum err play_slot(struct play *p, const struct scenario_slot *slot, struct place place) MUST_CHECK;

#endif
