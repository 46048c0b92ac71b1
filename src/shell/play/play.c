#include "play/play_private.h"

static enum err play_step(struct play *p, const struct scenario_step *step)
{
    switch ((enum step_verb)step->head.variant) {
    case STEP_DEPLOY:
        return play_deploy(p, &step->contract);
    case STEP_ATTACH:
        return play_attach(p, &step->contract);
    case STEP_READ:
        return play_read(p, &step->read, step->head.place);
    case STEP_SEND:
        return play_send(p, &step->send);
    case STEP_OPERATE:
        return play_operate(p, &step->operate);
    case STEP_SLOT:
        return play_slot(p, &step->slot, step->head.place);
    case STEP_CHECK:
        return play_check(p, &step->check);
    }
    BUG("a step without a verb");
}

enum err play_all(struct play *p)
{
    struct binder *b = p->binder;
    b->await = play_await_contract;
    b->context = p;
    for (b->step = p->first_step; b->step < b->scenario->step_count && !p->stopped; b->step++) {
        TRY(play_may_go_on(p, play_carried(p)));
        const enum err e = play_step(p, &b->scenario->step[b->step]);
        if (e && (!p->stopped || err_is_fault(e))) /* a stopped run has reported why */
            return e;
        if (p->on_step_done && !p->stopped)
            TRY(p->on_step_done(p->persist_context, p, b->step + 1));
    }
    TRY(play_flush(p));
    return p->on_step_done && !p->stopped ? p->on_step_done(p->persist_context, p, b->step) : OK;
}
