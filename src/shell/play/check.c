#include "play/check.h"

#include "base/u256.h"
#include "play/expectation.h"

enum err send_bind(struct binder *b, struct bound_call *out, const struct scenario_send *t)
{
    return binder_call(b, out, &t->call, t->label.place, t->chain.text ? binder_chain(b, t->chain.text) : NO_CHAIN);
}

enum err operation_bind(struct binder *b, struct operation *out, const struct scenario_operation *o)
{
    const struct scenario_call *from = o->calls.items;
    struct operation_call *to = ARENA_TAKE(b->arena, struct operation_call, o->calls.count);
    for (u32 i = 0; i < o->calls.count; i++) {
        struct bound_call call;
        TRY(binder_call(b, &call, &from[i], from[i].head.place, b->scenario->l1));
        to[i] = (struct operation_call){call.target.at, call.value, call.data};
    }
    *out = (struct operation){
        .key = binder_account(b, o->account.text)->key,
        .gas_limit = o->gas_limit.given ? o->gas_limit.value.w[0] : DEFAULT_OPERATE_GAS,
        .deadline = o->deadline.value.w[0],
        .call = to,
        .call_count = o->calls.count,
    };
    if (!o->submitter)
        return OK;
    struct target submitter;
    TRY(binder_target(b, &submitter, o->submitter, b->scenario->l1));
    out->submitter = submitter.at;
    return OK;
}

enum err forgery_rule(const struct scenario_forgery *f)
{
    for (int e = OK + 1; e < ERR_COUNT; e++)
        if (err_is_reject((enum err)e) && strcmp(err_name((enum err)e), f->refused.text) == 0)
            return (enum err)e;
    return OK;
}

enum err forgery_error(struct binder *b, const struct member **out, const struct scenario_forgery *f)
{
    for (size_t i = 0; i < COUNT_OF(b->protocol); i++)
        for (u32 k = 0; k < b->protocol[i].count; k++) {
            const struct member *m = &b->protocol[i].member[k];
            if (m->abi.item == ABI_ITEM_ERROR && strcmp(m->name, f->refused.text) == 0) {
                *out = m;
                return OK;
            }
        }
    return interface_find(b->arena, out, b->complaint, f->refused.place, &b->protocol[0], ABI_ITEM_ERROR,
                          f->refused.text, UINT32_MAX);
}

static enum err check_deploy(struct binder *b, const struct scenario_contract *c)
{
    struct bytes ignored;
    struct binding *binding = binder_binding(b, c->name.text);
    TRY(binder_artifact(b, &binding->artifact, c, ARTIFACT_CODE));
    return binder_init_code(b, &ignored, &binding->artifact, c, binder_chain(b, c->chain.text));
}

static enum err check_attach(struct binder *b, const struct scenario_contract *c)
{
    struct target ignored;
    const u32 chain = binder_chain(b, c->chain.text);
    TRY(binder_target(b, &ignored, c->address, chain));
    return binder_artifact(b, &binder_binding(b, c->name.text)->artifact, c, ARTIFACT_ABI);
}

static enum err check_read(struct binder *b, const struct scenario_read_step *r, struct place place)
{
    struct bound_call call;
    TRY(binder_call(b, &call, &r->call, place, NO_CHAIN));
    if (call.function->abi.outputs.count == 0) {
        complain(b->complaint, r->call.function.place, "%s returns nothing; for a contract without an ABI write name(types)(results)",
                 call.function->text);
        return REJECT_SCENARIO;
    }
    binder_binding(b, r->name.text)->function = &call.function->abi;
    return OK;
}

static enum err check_submission(struct binder *b, const struct scenario_submission *w)
{
    struct bound_call call;
    struct operation operation;
    if (w->head.variant == SUBMIT_OPERATE)
        return operation_bind(b, &operation, &w->operate);
    TRY(send_bind(b, &call, &w->send));
    if (w->atomic.text && call.target.chain == b->scenario->l1) {
        complain(b->complaint, w->atomic.place, "a transaction of L1 is mined at once: an atomic group takes operations (operate)");
        return REJECT_SCENARIO;
    }
    return OK;
}

static enum err check_forgery(struct binder *b, const struct scenario_forgery *f)
{
    const struct member *error;
    if (forgery_rule(f) && f->with) {
        complain(b->complaint, f->with->place, "with: %s has no arguments", f->refused.text);
        return REJECT_SCENARIO;
    }
    if (forgery_rule(f))
        return OK;
    TRY(forgery_error(b, &error, f));
    return values_fit(b, b->scenario->l1, &error->abi.inputs, f->with, error->text);
}

static enum err check_expectations(struct binder *b, const struct many *list)
{
    const struct scenario_expectation *e = list->items;
    for (u32 i = 0; i < list->count; i++)
        TRY(expectation_check(b, &e[i]));
    return OK;
}

static enum err check_slot(struct binder *b, const struct scenario_slot *slot)
{
    const struct scenario_submission *w = slot->submit.items;
    const struct scenario_forgery *f = slot->forgeries.items;
    for (u32 i = 0; i < slot->submit.count; i++)
        TRY(check_submission(b, &w[i]));
    for (u32 i = 0; i < slot->forgeries.count; i++)
        TRY(check_forgery(b, &f[i]));
    return check_expectations(b, &slot->expect);
}

static enum err check_step(struct binder *b, const struct scenario_step *step)
{
    struct bound_call call;
    struct operation operation;
    switch ((enum step_verb)step->head.variant) {
    case STEP_DEPLOY:
        return check_deploy(b, &step->contract);
    case STEP_ATTACH:
        return check_attach(b, &step->contract);
    case STEP_READ:
        return check_read(b, &step->read, step->head.place);
    case STEP_SEND:
        return send_bind(b, &call, &step->send);
    case STEP_OPERATE:
        return operation_bind(b, &operation, &step->operate);
    case STEP_SLOT:
        return check_slot(b, &step->slot);
    case STEP_CHECK:
        return check_expectations(b, &step->check);
    }
    BUG("a step without a verb");
}

enum err program_check(struct binder *b)
{
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        TRY(binder_genesis(b, &(struct rollup_config){0}, i));
    for (b->step = 0; b->step < b->scenario->step_count; b->step++)
        TRY(check_step(b, &b->scenario->step[b->step]));
    return OK;
}
