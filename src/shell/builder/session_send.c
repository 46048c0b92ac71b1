/* Transactions that come signed: as a wallet sends them. */
#include "builder/session_private.h"

static const struct tx *copy_tx(struct session *s, const struct tx *t)
{
    struct tx *copy = ARENA_TAKE(&s->arena, struct tx, 1);
    struct buffer envelope = buffer_in(&s->arena);
    tx_encode(&envelope, t);
    BUG_UNLESS(t->has_sender &&
               tx_decode(copy, &s->arena, buffer_bytes(&envelope), TX_TYPES_ALL | TX_ADMITS_EIP155) == OK);
    copy->sender = t->sender;
    copy->has_sender = true;
    return copy;
}

/* --- L1 --- */

static enum err refuse_outside(void *context, const struct receipt *receipt)
{
    const struct l1_watch *w = context;
    (void)receipt;
    return w->asks_outside ? REJECT_OUTSIDE_BUNDLE : OK;
}

static enum err include(struct session *s, const struct receipt **receipt, const struct tx *t)
{
    struct l1_watch watch = {.s = s};
    const struct hooks hooks = session_watch_l1(&watch);
    const struct mining mining = {.hooks = &hooks, .accept = refuse_outside, .context = &watch};
    TRY(session_sync(s));
    return session_include_tx(s, receipt, t, &mining);
}

/* --- all chains --- */

enum err session_send(struct session *s, u64 *work, u64 chain_id, const struct tx *t)
{
    session_forget_error(s);
    size_t chain;
    if (!session_ledger(s, chain_id, &chain))
        return session_unknown_chain(s, chain_id);
    const struct tx *copy = copy_tx(s, t);
    const struct receipt *receipt = NULL;
    if (chain == 0)
        TRY(include(s, &receipt, copy));
    struct work *w = session_add_work(s, work);
    *w = (struct work){.chain = chain, .signed_tx = copy};
    w->report.chain_id = chain_id;
    w->report.sender = copy->sender;
    if (receipt) {
        session_report_receipt(w, session_block_of(s, receipt), receipt);
        w->report.tx_hash = copy->hash;
        session_report_frames(s, &w->report);
    }
    return OK;
}

/* --- blocks without transactions --- */

static enum err finish_empty(struct session *s, struct block_run *run, struct state *view,
                             enum err (*edit)(void *context, struct state *state), void *context)
{
    struct header h;
    if (edit)
        TRY(edit(context, view));
    TRY(block_finish(run, &h));
    ledger_append(&s->l1, &h, run, view);
    return OK;
}

enum err session_mine(struct session *s, enum err (*edit)(void *context, struct state *state), void *context)
{
    const struct block_choice choice = session_l1_choice(s);
    struct state *view = ledger_view(&s->l1);
    struct block_run run;
    BUG_UNLESS(session_owns_l1(s));
    session_forget_error(s);
    enum err e = block_begin(&run, &s->l1.machine, s->l1.rules, view, &ledger_head(&s->l1)->header, &s->l1.ancestors,
                             &choice, NULL);
    if (e == OK) {
        e = finish_empty(s, &run, view, edit, context);
        block_release(&run);
    }
    state_release(view);
    return e;
}

/* --- operations --- */

enum err session_send_operation(struct session *s, u64 *work, const struct signed_operation *o,
                                const struct authorization *authorization)
{
    session_forget_error(s);
    struct signed_operation *copy = ARENA_TAKE(&s->arena, struct signed_operation, 1);
    struct operation_call *call = ARENA_TAKE(&s->arena, struct operation_call, o->call_count);
    for (size_t i = 0; i < o->call_count; i++) {
        call[i] = o->call[i];
        call[i].data = arena_copy(&s->arena, o->call[i].data);
    }
    *copy = *o;
    copy->call = call;
    struct work *w = session_add_work(s, work);
    *w = (struct work){.signed_operation = copy};
    if (authorization) {
        struct authorization *a = ARENA_TAKE(&s->arena, struct authorization, 1);
        *a = *authorization;
        w->authorization = a;
    }
    w->operation = (struct operation){.gas_limit = o->gas_limit, .deadline = o->deadline, .submitter = o->submitter,
                                      .call = call, .call_count = o->call_count};
    w->report.chain_id = s->l1_rules.chain_id;
    w->report.is_operation = true;
    w->report.sender = o->account;
    return OK;
}
