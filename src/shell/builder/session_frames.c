/* The frames of an account's transaction on L1, up to the one that failed. */
#include "builder/session_private.h"

static enum err l1_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct session *s = ((struct l1_watch *)context)->s;
    (void)vm;
    frame_trace_enter(s->l1_trace, s->l1_rules.chain_id, &s->contracts.shared_bridge, m);
    return OK;
}

static enum err l1_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct l1_watch *w = context;
    (void)vm;
    frame_trace_leave(w->s->l1_trace, &w->s->contracts.shared_bridge, m, r);
    w->asks_outside |= r->halt == HALT_REVERT && address_eq(&m->code_address, &w->s->contracts.shared_bridge) &&
                       selector_of(r->output) == (u32)SELECTOR_OUTSIDE_BUNDLE;
    return OK;
}

struct hooks session_watch_l1(struct l1_watch *w)
{
    struct session *s = w->s;
    if (!s->l1_trace) {
        s->l1_trace = ARENA_TAKE(&s->arena, struct frame_trace, 1);
        frame_trace_init(s->l1_trace, &s->arena);
    }
    frame_trace_begin(s->l1_trace);
    return (struct hooks){.context = w, .enter = l1_enter, .leave = l1_leave};
}

void session_report_frames(struct session *s, struct work_report *r)
{
    if (!r->success)
        r->frame_count = frame_trace_failure(s->l1_trace, &s->arena, &r->frame);
}
