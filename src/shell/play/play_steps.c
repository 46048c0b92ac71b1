#include "play/play_private.h"

#include "base/u256.h"
#include "builder/query.h"
#include "codec/text.h"
#include "play/check.h"
#include "play/expectation.h"
#include "play/show.h"

enum { DECODED_BYTES_MAX = 1 << 20 };

/* Work that waits for a slot. */
struct pending {
    u64 work;
    u32 step;
    const char *label;
    struct place place;
    u32 symbol; /* of the contract that it creates; NO_SYMBOL */
    const struct scenario_contract *contract;
};
#define NO_SYMBOL UINT32_MAX

u64 play_chain_id(const struct play *p, u32 chain)
{
    return p->binder->scenario->chain[chain].id.value.w[0];
}

enum err play_may_go_on(struct play *p, u32 own)
{
    if (!p->interrupted || !p->interrupted(p->context))
        return OK;
    p->unsent = (u32)p->pending.count + own;
    return FAULT_INTERRUPTED;
}

void play_say(const struct play *p, const char *what)
{
    if (p->progress)
        p->progress(p->context, what);
}

/* --- the report --------------------------------------------------------------------------------- */

void play_add_item(struct play *p, const struct report_item *item)
{
    struct report *r = p->report;
    *LIST_ADD(&r->item, p->arena) = *item;
    if (p->shown)
        p->shown(p->context, &r->item.item[r->item.count - 1]);
}

void play_add_verdicts(struct play *p, const struct report_verdict *v, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        p->report->met += v[i].met;
        p->report->failed += !v[i].met;
    }
    if (count)
        play_add_item(p, &(struct report_item){.kind = REPORT_VERDICTS, .verdicts = {v, count}});
}

/* An implicit expectation failed: ends the run. */
static void stop_play(struct play *p, struct place place, struct bytes what, struct bytes got)
{
    struct report_verdict *v = ARENA_TAKE_ZERO(p->arena, struct report_verdict, 1);
    *v = (struct report_verdict){.what = what, .got = got, .place = place};
    play_add_verdicts(p, v, 1);
    p->stopped = true;
}

static struct bytes step_message_of(struct play *p, const char *subject, const char *rest)
{
    struct buffer b = buffer_in(p->arena);
    text_add_safe(&b, bytes_of(subject, strlen(subject)), 80);
    text_add_z(&b, rest);
    return buffer_bytes(&b);
}

struct report_data play_copy_data(struct play *p, struct report_data d)
{
    d.raw = arena_copy(p->arena, d.raw);
    return d;
}

static struct report_call show_one_call(struct play *p, const struct slot_report *slot, size_t index, size_t first)
{
    struct binder *b = p->binder;
    const struct call_report *c = &slot->call[index];
    const u32 source = show_chain_index(b, c->call.source_chain), target = show_chain_index(b, c->call.target_chain);
    const struct bytes data = arena_copy(p->arena, c->call.request.data),
                       returndata = arena_copy(p->arena, c->response.returndata);
    struct report_call r = {
        .number = (u32)index + 1,
        .is_inline = c->is_inline,
        .is_lookup = is_lookup(&c->call),
        .from = show_party(b, source, &c->call.from),
        .to = show_party(b, target, &c->call.request.to),
        .value = c->call.request.value,
        .gas_limit = u256_saturate_u64(&c->call.request.gas_limit),
        .gas_used = c->gas_used,
        .request = show_call(b, target, &c->call.request.to, data),
        .response = show_response(b, target, &c->call.request.to, data, returndata, c->response.success),
        .success = c->response.success,
        .request_hash = c->request_hash,
    };
    response_hash(&r.response_hash, &c->request_hash, c->encoded_response);
    for (i32 parent = c->parent; parent >= 0 && (size_t)parent >= first; parent = slot->call[parent].parent)
        r.depth++;
    return r;
}

static struct report_frame show_frame(struct play *p, const struct call_frame *f, const struct call_frame *next)
{
    static const char *const kind[] = {
        [MESSAGE_CALL] = "call",             [MESSAGE_CALLCODE] = "callcode", [MESSAGE_DELEGATECALL] = "delegatecall",
        [MESSAGE_STATICCALL] = "staticcall", [MESSAGE_CREATE] = "create",     [MESSAGE_CREATE2] = "create2",
    };
    struct binder *b = p->binder;
    const u32 chain = show_chain_index(b, f->chain_id);
    const bool creates = f->kind == MESSAGE_CREATE || f->kind == MESSAGE_CREATE2;
    struct report_frame r = {
        .from = show_frame_party(b, chain, &f->from),
        .to = show_frame_party(b, chain, &f->to),
        .kind = kind[f->kind],
        .value = f->value,
        .gas_limit = f->gas_limit,
        .gas_used = f->gas_used,
        .is_cut_off = f->is_cut_off,
        .halt = f->is_cut_off ? "" : halt_name(f->halt),
        .failed = !f->is_cut_off && !halt_is_success(f->halt),
        .skipped = f->skipped,
    };
    if (!creates)
        r.request = play_copy_data(p, show_call(b, chain, &f->to, f->input));
    if (r.failed)
        r.revert = play_copy_data(p, show_revert(b, chain, f->output));
    r.passes_on = r.failed && next && next->output.len && f->output.len >= next->output.len &&
                  memmem(f->output.ptr, f->output.len, next->output.ptr, next->output.len);
    return r;
}

struct report_work play_show_work(struct play *p, const char *label, const struct work_report *w,
                                  const struct slot_report *slot)
{
    struct binder *b = p->binder;
    const u32 chain = show_chain_index(b, w->chain_id);
    const bool reverted = w->status == WORK_SETTLED && !outcome_is_good(w);
    struct report_work r = {
        .label = label,
        .is_operation = w->is_operation,
        .account = show_party(b, chain, &w->sender),
        .status = reverted ? "reverted" : work_status_name(w->status),
        .good = outcome_is_good(w),
        .gas_used = w->gas_used,
        .tx_hash = w->tx_hash,
        .block_number = w->block_number,
    };
    r.reason = outcome_reason(b, w);
    if (!r.good && w->frame_count) {
        struct report_frame *frame = ARENA_TAKE(p->arena, struct report_frame, w->frame_count);
        for (size_t i = 0; i < w->frame_count; i++)
            frame[i] = show_frame(p, &w->frame[i], i + 1 < w->frame_count ? &w->frame[i + 1] : NULL);
        r.frame = frame;
        r.frame_count = (u32)w->frame_count;
    }
    if (slot && w->status == WORK_SETTLED) {
        struct report_call *call = ARENA_TAKE(p->arena, struct report_call, w->call_count);
        for (size_t i = 0; i < w->call_count; i++)
            call[i] = show_one_call(p, slot, w->first_call + i, w->first_call);
        r.call = call;
        r.call_count = (u32)w->call_count;
    }
    return r;
}

/* --- contracts ---------------------------------------------------------------------------------- */

static void record_contract(struct play *p, u32 symbol, const struct scenario_contract *c, const address *at, u64 gas)
{
    struct binder *b = p->binder;
    b->binding[symbol].at = *at;
    b->binding[symbol].resolved = true;
    const struct report_contract shown = {
        .where = show_party(b, b->scenario->symbol[symbol].chain, at),
        .artifact = bytes_of(c->artifact.text, strlen(c->artifact.text)),
        .gas_used = gas,
    };
    struct report_item item = {.kind = REPORT_CONTRACT, .contract = shown};
    item.contract.where.name = bytes_of(c->name.text, strlen(c->name.text));
    play_add_item(p, &item);
}

/* Reports the outcome of a setup step. */
static void finish_setup(struct play *p, const struct pending *q, const struct work_report *w,
                         const struct slot_report *slot)
{
    const bool good = outcome_is_good(w);
    if (good && q->symbol != NO_SYMBOL)
        record_contract(p, q->symbol, q->contract, &w->created, w->gas_used);
    else
        play_add_item(p, &(struct report_item){.kind = REPORT_WORK, .work = play_show_work(p, q->label, w, slot)});
    if (!good)
        stop_play(p, q->place, step_message_of(p, q->label, " succeeds"), play_show_work(p, q->label, w, slot).reason);
}

static void add_pending(struct play *p, struct pending q)
{
    q.step = p->binder->step;
    *LIST_ADD(&p->pending, p->arena) = q;
}

void play_queued(const struct play *p, u32 i, u32 *step, u64 *work)
{
    *step = p->pending.item[i].step;
    *work = p->pending.item[i].work;
}

/* Runs the queue as a slot. */
enum err play_flush(struct play *p)
{
    if (p->pending.count == 0 || p->stopped)
        return OK;
    const struct slot_report *slot;
    const u32 count = p->pending.count;
    TRY(play_may_go_on(p, 0));
    play_say(p, "settling the setup");
    TRY(session_slot(p->binder->session, &slot));
    p->pending.count = 0;
    if (slot->sent && !slot->settled) {
        stop_play(p, p->pending.item[0].place, BYTES_LITERAL("the setup settles"),
                  show_revert_text(p->binder, p->binder->scenario->l1, slot->revert_data));
        return OK;
    }
    for (u32 i = 0; i < count && !p->stopped; i++) {
        struct work_report w;
        TRY(session_status(p->binder->session, &w, p->pending.item[i].work));
        finish_setup(p, &p->pending.item[i], &w, slot);
    }
    return OK;
}

enum err play_await_contract(void *context, u32 symbol)
{
    struct play *p = context;
    TRY(play_flush(p));
    if (p->stopped)
        return REJECT_SCENARIO; /* without a complaint: the verdict has the reason */
    BUG_UNLESS(p->binder->binding[symbol].resolved);
    return OK;
}

/* --- funds -------------------------------------------------------------------------------------- */

/* Whether an account can pay now. The queue settles first if it may bring what is missing. */
static enum err can_pay(struct play *p, bool *out, u256 *balance, u32 chain, const address *at, const u256 *need)
{
    for (int try = 0; try < 2; try++) {
        TRY(session_balance(p->binder->session, balance, play_chain_id(p, chain), at));
        *out = !u256_lt(balance, need);
        if (*out || p->pending.count == 0)
            return OK;
        TRY(play_flush(p));
        if (p->stopped)
            return REJECT_SCENARIO; /* without a complaint: the verdict has the reason */
    }
    return OK;
}

struct price {
    const char *key, *needs; /* "from", "needs at least" */
    u256 wei;
    bool wraps; /* wei is modulo 2^256 */
};

static enum err check_balance(struct play *p, const char *account, u32 chain, const struct price *price,
                              struct place place)
{
    u256 balance;
    bool can;
    struct buffer have = buffer_in(p->arena), want = buffer_in(p->arena);
    TRY(can_pay(p, &can, &balance, chain, &binder_account(p->binder, account)->at, &price->wei));
    if (can && !price->wraps)
        return OK;
    text_add_u256(&have, &balance);
    text_add_u256(&want, &price->wei);
    complain(p->binder->complaint, place,
             "%s: insufficient funds: \"%s\" has %.*s wei on \"%s\", %s %s%.*s wei%s; see its \"balance\"", price->key,
             account, (int)have.len, have.ptr, p->binder->scenario->chain[chain].head.name, price->needs,
             price->wraps ? "2^256 + " : "", (int)want.len, want.ptr,
             strcmp(price->key, "from") == 0 ? " (value and gas)" : "");
    return REJECT_SCENARIO;
}

/* Checks that the sender can pay at the current base fee, before anything is sent. */
static enum err check_funds(struct play *p, const char *account, u32 chain, const u256 *value, u64 gas,
                            struct place place)
{
    struct binder *b = p->binder;
    const struct ledger_block *head;
    struct price price = {.key = "from", .needs = "needs at least"};
    u64 number;
    hash32 hash, root;
    u256 gas_limit = u256_from_u64(gas);
    if (session_has_unreconciled_sends(b->session))
        return OK; /* a previous process checked, and may have spent them */
    TRY(session_head(b->session, &number, &hash, &root, play_chain_id(p, chain)));
    TRY(session_block(b->session, &head, play_chain_id(p, chain), number));
    u256_mul(&price.wei, &gas_limit, &head->header.base_fee);
    price.wraps = u256_add(&price.wei, &price.wei, value);
    return check_balance(p, account, chain, &price, place);
}

static enum err check_operation_funds(struct play *p, const struct scenario_operation *o, const struct operation *bound)
{
    struct price price = {.key = "account", .needs = "the calls send"};
    if (session_has_unreconciled_sends(p->binder->session))
        return OK;
    for (size_t i = 0; i < bound->call_count; i++)
        price.wraps |= u256_add(&price.wei, &price.wei, &bound->call[i].value);
    return check_balance(p, o->account.text, p->binder->scenario->l1, &price, o->account.place);
}

/* --- single steps ------------------------------------------------------------------------------- */

/* A transaction that the session does not take at all is the file's mistake: gas above every limit, for one. */
enum err play_refuse_submission(struct play *p, enum err e, struct place place)
{
    if (!err_is_reject(e) || p->binder->complaint->raised || p->stopped)
        return e;
    const char *why = session_error(p->binder->session);
    complain(p->binder->complaint, place, "rejected: %s%s%s", err_name(e), *why ? ": " : "", *why ? why : "");
    return REJECT_SCENARIO;
}

/* L1 mines at once; a rollup's transaction is queued. */
static enum err submit_setup(struct play *p, const struct transact *t, struct pending q, u32 chain)
{
    struct work_report w;
    const enum err e = session_transact(p->binder->session, &q.work, t);
    if (e)
        return play_refuse_submission(p, e, q.place);
    if (chain != p->binder->scenario->l1) {
        add_pending(p, q);
        return OK;
    }
    TRY(session_status(p->binder->session, &w, q.work));
    finish_setup(p, &q, &w, NULL);
    return OK;
}

enum err play_deploy(struct play *p, const struct scenario_contract *c)
{
    struct binder *b = p->binder;
    struct binding *binding = binder_binding(b, c->name.text);
    const u32 chain = binder_chain(b, c->chain.text);
    const struct scenario_account *from = binder_account(b, c->from.text);
    struct transact t = {
        .chain_id = play_chain_id(p, chain),
        .key = from->key,
        .creates = true,
        .value = c->value.value,
        .gas_limit = c->gas_limit.given ? c->gas_limit.value.w[0] : DEFAULT_DEPLOY_GAS,
    };
    TRY(binder_init_code(b, &t.data, &binding->artifact, c, chain));
    TRY(check_funds(p, c->from.text, chain, &t.value, t.gas_limit, c->from.place));
    const struct pending q = {
        .label = c->name.text, .place = c->name.place, .symbol = (u32)(binding - b->binding), .contract = c};
    return submit_setup(p, &t, q, chain);
}

enum err play_attach(struct play *p, const struct scenario_contract *c)
{
    struct target target;
    TRY(binder_target(p->binder, &target, c->address, binder_chain(p->binder, c->chain.text)));
    record_contract(p, (u32)(binder_binding(p->binder, c->name.text) - p->binder->binding), c, &target.at, 0);
    return OK;
}

enum err play_read(struct play *p, const struct scenario_read_step *r, struct place place)
{
    struct binder *b = p->binder;
    struct bound_call call;
    const address no_sender = {{0}};
    bool success;
    struct bytes output;
    struct binding *binding = binder_binding(b, r->name.text);
    TRY(play_flush(p));
    if (p->stopped)
        return OK;
    TRY(binder_call(b, &call, &r->call, place, NO_CHAIN));
    const address *from = r->from.text ? &binder_account(b, r->from.text)->at : &no_sender;
    TRY(session_call(b->session, &success, &output, play_chain_id(p, call.target.chain), from, &call.target.at,
                     &call.value, call.data));
    struct buffer why = buffer_in(p->arena);
    if (!success) {
        stop_play(p, place, step_message_of(p, r->name.text, " is read"),
                  show_revert_text(b, call.target.chain, output));
        return OK;
    }
    if (abi_decode(p->arena, &binding->value, &binding->function->outputs, output, DECODED_BYTES_MAX, &why)) {
        stop_play(p, place, step_message_of(p, r->name.text, " is read"), buffer_bytes(&why));
        return OK;
    }
    binding->resolved = true;
    binding->raw = arena_copy(p->arena, output);
    struct report_item item = {.kind = REPORT_READ};
    item.read.name = r->name.text;
    const bool single = binding->function->outputs.count == 1;
    item.read.text = single
                         ? show_text(b, call.target.chain, &binding->function->outputs.item[0], &binding->value.item[0])
                         : show_text(b, call.target.chain, &binding->function->outputs, &binding->value);
    play_add_item(p, &item);
    return OK;
}

enum err play_bind_send(struct play *p, struct transact *t, u32 *chain, const struct scenario_send *s,
                        bool may_be_funded)
{
    struct bound_call call;
    TRY(send_bind(p->binder, &call, s));
    *chain = call.target.chain;
    *t = (struct transact){
        .chain_id = play_chain_id(p, call.target.chain),
        .key = binder_account(p->binder, s->from.text)->key,
        .to = call.target.at,
        .value = call.value,
        .gas_limit = s->gas_limit.given ? s->gas_limit.value.w[0] : DEFAULT_SEND_GAS,
        .data = call.data,
    };
    return may_be_funded && *chain != p->binder->scenario->l1
               ? OK
               : check_funds(p, s->from.text, *chain, &t->value, t->gas_limit, s->from.place);
}

enum err play_send(struct play *p, const struct scenario_send *s)
{
    struct transact t;
    u32 chain;
    TRY(play_bind_send(p, &t, &chain, s, false));
    return submit_setup(p, &t, (struct pending){.label = s->label.text, .place = s->label.place, .symbol = NO_SYMBOL},
                        chain);
}

enum err play_submit_operation(struct play *p, u64 *work, const struct scenario_operation *o, bool may_be_funded)
{
    struct operation operation;
    TRY(operation_bind(p->binder, &operation, o));
    if (!may_be_funded)
        TRY(check_operation_funds(p, o, &operation));
    const enum err e = session_operate(p->binder->session, work, &operation);
    return e ? play_refuse_submission(p, e, o->label.place) : OK;
}

enum err play_operate(struct play *p, const struct scenario_operation *o)
{
    struct pending q = {.label = o->label.text, .place = o->label.place, .symbol = NO_SYMBOL};
    TRY(play_submit_operation(p, &q.work, o, false));
    add_pending(p, q);
    return OK;
}

enum err play_check(struct play *p, const struct many *list)
{
    const struct scenario_expectation *e = list->items;
    struct report_verdict *v = ARENA_TAKE_ZERO(p->arena, struct report_verdict, list->count);
    TRY(play_flush(p));
    if (p->stopped)
        return OK;
    for (u32 i = 0; i < list->count; i++)
        TRY(expectation_judge(p->binder, &v[i], &e[i], NULL));
    play_add_verdicts(p, v, list->count);
    return OK;
}

enum err play_requeue(struct play *p, u32 step, u64 work)
{
    if (step >= p->binder->scenario->step_count)
        return REJECT_STORE_CORRUPT;
    const struct scenario_step *s = &p->binder->scenario->step[step];
    const struct scenario_contract *c = &s->contract;
    struct pending q = {.work = work, .symbol = NO_SYMBOL};
    switch ((enum step_verb)s->head.variant) {
    case STEP_DEPLOY:
        q.symbol = (u32)(binder_binding(p->binder, c->name.text) - p->binder->binding);
        q.contract = c;
        q.label = c->name.text;
        q.place = c->name.place;
        break;
    case STEP_SEND:
        q.label = s->send.label.text;
        q.place = s->send.label.place;
        break;
    case STEP_OPERATE:
        q.label = s->operate.label.text;
        q.place = s->operate.label.place;
        break;
    default:
        return REJECT_STORE_CORRUPT;
    }
    add_pending(p, q);
    p->pending.item[p->pending.count - 1].step = step;
    return OK;
}
