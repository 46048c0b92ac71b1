#include "app/play.h"

#include "app/check.h"
#include "app/expectation.h"
#include "app/show.h"
#include "base/u256.h"
#include "builder/look.h"
#include "builder/system_contracts.h"
#include "codec/text.h"
#include "crypto/keccak.h"

#include <stdio.h>

enum { DEPLOY_GAS = 8000000, SEND_GAS = 3000000, DECODED_BYTES_MAX = 1 << 20, FORGERY_DEFAULT_BYTE = 9 };

/* Work that waits for a slot. */
struct pending {
    u64 work;
    const char *label;
    struct place place;
    u32 symbol; /* of the contract that it creates; NO_SYMBOL */
    const struct scenario_contract *contract;
};
#define NO_SYMBOL UINT32_MAX

static u64 chain_id(const struct play *p, u32 chain)
{
    return p->binder->scenario->chain[chain].id.value.w[0];
}

static void say(const struct play *p, const char *what)
{
    if (p->progress)
        p->progress(p->context, what);
}

/* --- the report --------------------------------------------------------------------------------- */

static void add_item(struct play *p, const struct report_item *item)
{
    struct report *r = p->report;
    if (r->item_count == p->item_room) {
        p->item_room = p->item_room ? 2 * p->item_room : 64;
        struct report_item *grown = ARENA_TAKE(p->arena, struct report_item, p->item_room);
        if (r->item_count)
            memcpy(grown, r->item, r->item_count * sizeof *grown);
        r->item = grown;
    }
    r->item[r->item_count++] = *item;
    if (p->shown)
        p->shown(p->context, &r->item[r->item_count - 1]);
}

static void add_verdicts(struct play *p, const struct report_verdict *v, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        p->report->met += v[i].met;
        p->report->failed += !v[i].met;
    }
    if (count)
        add_item(p, &(struct report_item){.kind = REPORT_VERDICTS, .verdicts = {v, count}});
}

/* Something that nobody had to expect in so many words did not happen: the end of the play. */
static void stop(struct play *p, struct place place, struct bytes what, struct bytes got)
{
    struct report_verdict *v = ARENA_TAKE_ZERO(p->arena, struct report_verdict, 1);
    *v = (struct report_verdict){.what = what, .got = got, .place = place};
    add_verdicts(p, v, 1);
    p->stopped = true;
}

static struct bytes sentence(struct play *p, const char *subject, const char *rest)
{
    struct buffer b = buffer_in(p->arena);
    text_add_safe(&b, bytes_of(subject, strlen(subject)), 80);
    text_add_z(&b, rest);
    return buffer_bytes(&b);
}

/* Views of a slot's report die with the next slot. */
static struct report_data kept(struct play *p, struct report_data d)
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
                       answer = arena_copy(p->arena, c->response.returndata);
    struct report_call r = {
        .number = (u32)index + 1,
        .is_inline = c->is_inline,
        .from = show_party(b, source, &c->call.from),
        .to = show_party(b, target, &c->call.request.to),
        .value = c->call.request.value,
        .gas_limit = u256_saturate_u64(&c->call.request.gas_limit),
        .gas_used = c->gas_used,
        .asked = show_call(b, target, &c->call.request.to, data),
        .answer = show_answer(b, target, &c->call.request.to, data, answer, c->response.success),
        .success = c->response.success,
        .request_hash = c->request_hash,
    };
    response_hash(&r.response_hash, &c->request_hash, c->encoded_response);
    for (i32 parent = c->parent; parent >= 0 && (size_t)parent >= first; parent = slot->call[parent].parent)
        r.depth++;
    return r;
}

static struct report_work show_work(struct play *p, const char *label, const struct work_report *w,
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
    struct buffer reason = buffer_in(p->arena);
    if (w->status == WORK_REJECTED) {
        text_add_z(&reason, err_name(w->rejected));
        text_add(&reason, ": ");
        if (w->output.len)
            text_add_bytes(&reason, show_revert_text(b, chain, w->output));
        else if (w->reason)
            text_add_safe(&reason, bytes_of(w->reason, strlen(w->reason)), 400);
    } else if (reverted) {
        text_add_bytes(&reason, show_revert_text(b, chain, w->output));
    }
    r.reason = buffer_bytes(&reason);
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

static void contract_is_there(struct play *p, u32 symbol, const struct scenario_contract *c, const address *at, u64 gas)
{
    struct binder *b = p->binder;
    b->binding[symbol].at = *at;
    b->binding[symbol].there = true;
    const struct report_contract shown = {
        .where = show_party(b, b->scenario->symbol[symbol].chain, at),
        .artifact = bytes_of(c->artifact.text, strlen(c->artifact.text)),
        .gas_used = gas,
    };
    struct report_item item = {.kind = REPORT_CONTRACT, .contract = shown};
    item.contract.where.name = bytes_of(c->name.text, strlen(c->name.text));
    add_item(p, &item);
}

/* What a step of the set-up came to. */
static void finish_set_up(struct play *p, const struct pending *q, const struct work_report *w,
                          const struct slot_report *slot)
{
    const bool good = outcome_is_good(w);
    if (good && q->symbol != NO_SYMBOL)
        contract_is_there(p, q->symbol, q->contract, &w->created, w->gas_used);
    else
        add_item(p, &(struct report_item){.kind = REPORT_WORK, .work = show_work(p, q->label, w, slot)});
    if (!good)
        stop(p, q->place, sentence(p, q->label, " succeeds"), show_work(p, q->label, w, slot).reason);
}

static void add_pending(struct play *p, struct pending q)
{
    if (p->pending_count == p->pending_room) {
        p->pending_room = p->pending_room ? 2 * p->pending_room : 16;
        struct pending *grown = ARENA_TAKE(p->arena, struct pending, p->pending_room);
        if (p->pending_count)
            memcpy(grown, p->pending, p->pending_count * sizeof *grown);
        p->pending = grown;
    }
    p->pending[p->pending_count++] = q;
}

/* Runs the queue as a slot. */
static enum err flush(struct play *p)
{
    if (p->pending_count == 0 || p->stopped)
        return OK;
    const struct slot_report *slot;
    const u32 count = p->pending_count;
    say(p, "a slot for the set-up");
    TRY(session_slot(p->binder->session, &slot, NULL));
    p->pending_count = 0;
    if (slot->sent && !slot->settled) {
        stop(p, p->pending[0].place, BYTES_LITERAL("the set-up settles"),
             show_revert_text(p->binder, p->binder->scenario->l1, slot->revert_data));
        return OK;
    }
    for (u32 i = 0; i < count && !p->stopped; i++) {
        struct work_report w;
        TRY(session_status(p->binder->session, &w, p->pending[i].work));
        finish_set_up(p, &p->pending[i], &w, slot);
    }
    return OK;
}

static enum err await_contract(void *context, u32 symbol)
{
    struct play *p = context;
    TRY(flush(p));
    if (p->stopped)
        return REJECT_SCENARIO; /* the complaint is not raised: the verdict says it all */
    BUG_UNLESS(p->binder->binding[symbol].there);
    return OK;
}

/* --- funds -------------------------------------------------------------------------------------- */

/* Whoever cannot pay at the lowest price is told so, with the place, before anything is sent. */
static enum err check_funds(struct play *p, const char *account, u32 chain, const u256 *value, u64 gas,
                            struct place place)
{
    struct binder *b = p->binder;
    const struct ledger_block *head;
    u64 number;
    hash32 hash, root;
    u256 balance, need, gas_limit = u256_from_u64(gas);
    TRY(session_head(b->session, &number, &hash, &root, chain_id(p, chain)));
    TRY(session_block(b->session, &head, chain_id(p, chain), number));
    u256_mul(&need, &gas_limit, &head->header.base_fee);
    const bool wraps = u256_add(&need, &need, value);
    TRY(session_balance(b->session, &balance, chain_id(p, chain), &binder_account(b, account)->at));
    if (!wraps && !u256_lt(&balance, &need))
        return OK;
    struct buffer have = buffer_in(p->arena), want = buffer_in(p->arena);
    text_add_u256(&have, &balance);
    text_add_u256(&want, &need);
    complain(b->complaint, place,
             "from: \"%s\" has %.*s wei on \"%s\"; this needs at least %s%.*s wei (value and gas); see its \"balance\"",
             account, (int)have.len, have.ptr, b->scenario->chain[chain].head.name, wraps ? "2^256 + " : "",
             (int)want.len, want.ptr);
    return REJECT_SCENARIO;
}

static enum err check_operation_funds(struct play *p, const struct scenario_operation *o, const struct operation *bound)
{
    struct binder *b = p->binder;
    u256 sum = {{0}}, balance;
    bool wraps = false;
    for (size_t i = 0; i < bound->call_count; i++)
        wraps |= u256_add(&sum, &sum, &bound->call[i].value);
    TRY(session_balance(b->session, &balance, chain_id(p, b->scenario->l1), &binder_account(b, o->account.text)->at));
    if (!wraps && !u256_lt(&balance, &sum))
        return OK;
    struct buffer have = buffer_in(p->arena), want = buffer_in(p->arena);
    text_add_u256(&have, &balance);
    text_add_u256(&want, &sum);
    complain(b->complaint, o->account.place,
             "account: \"%s\" has %.*s wei on \"%s\"; the calls send %s%.*s wei; see its \"balance\"", o->account.text,
             (int)have.len, have.ptr, b->scenario->chain[b->scenario->l1].head.name, wraps ? "2^256 + " : "",
             (int)want.len, want.ptr);
    return REJECT_SCENARIO;
}

/* --- single steps ------------------------------------------------------------------------------- */

/* A transaction that the session does not take at all is the file's mistake: gas above every limit, for one. */
static enum err refuse_submission(struct play *p, enum err e, struct place place)
{
    if (!err_is_reject(e) || p->binder->complaint->raised || p->stopped)
        return e;
    const char *why = session_error(p->binder->session);
    complain(p->binder->complaint, place, "not accepted: %s%s%s", err_name(e), *why ? ": " : "", *why ? why : "");
    return REJECT_SCENARIO;
}

/* L1 mines at once; a rollup's work waits. */
static enum err submit_set_up(struct play *p, const struct transact *t, struct pending q, u32 chain)
{
    struct work_report w;
    const enum err e = session_transact(p->binder->session, &q.work, t);
    if (e)
        return refuse_submission(p, e, q.place);
    if (chain != p->binder->scenario->l1) {
        add_pending(p, q);
        return OK;
    }
    TRY(session_status(p->binder->session, &w, q.work));
    finish_set_up(p, &q, &w, NULL);
    return OK;
}

static enum err play_deploy(struct play *p, const struct scenario_contract *c)
{
    struct binder *b = p->binder;
    struct binding *binding = binder_binding(b, c->name.text);
    const u32 chain = binder_chain(b, c->chain.text);
    const struct scenario_account *from = binder_account(b, c->from.text);
    struct transact t = {
        .chain_id = chain_id(p, chain),
        .key = from->key,
        .creates = true,
        .value = c->value.value,
        .gas_limit = c->gas_limit.given ? c->gas_limit.value.w[0] : DEPLOY_GAS,
    };
    TRY(binder_init_code(b, &t.data, &binding->artifact, c, chain));
    TRY(check_funds(p, c->from.text, chain, &t.value, t.gas_limit, c->from.place));
    const struct pending q = {
        .label = c->name.text, .place = c->name.place, .symbol = (u32)(binding - b->binding), .contract = c};
    return submit_set_up(p, &t, q, chain);
}

static enum err play_attach(struct play *p, const struct scenario_contract *c)
{
    struct target target;
    TRY(binder_target(p->binder, &target, c->address, binder_chain(p->binder, c->chain.text)));
    contract_is_there(p, (u32)(binder_binding(p->binder, c->name.text) - p->binder->binding), c, &target.at, 0);
    return OK;
}

static enum err play_read(struct play *p, const struct scenario_read_step *r, struct place place)
{
    struct binder *b = p->binder;
    struct bound_call call;
    const address nobody = {{0}};
    bool success;
    struct bytes output;
    struct binding *binding = binder_binding(b, r->name.text);
    TRY(flush(p));
    if (p->stopped)
        return OK;
    TRY(binder_call(b, &call, &r->call, place, NO_CHAIN));
    const address *from = r->from.text ? &binder_account(b, r->from.text)->at : &nobody;
    TRY(session_call(b->session, &success, &output, chain_id(p, call.target.chain), from, &call.target.at, &call.value,
                     call.data));
    struct buffer why = buffer_in(p->arena);
    if (!success) {
        stop(p, place, sentence(p, r->name.text, " is read"), show_revert_text(b, call.target.chain, output));
        return OK;
    }
    if (abi_decode(p->arena, &binding->value, &binding->function->outputs, output, DECODED_BYTES_MAX, &why)) {
        stop(p, place, sentence(p, r->name.text, " is read"), buffer_bytes(&why));
        return OK;
    }
    binding->there = true;
    struct report_item item = {.kind = REPORT_READ};
    item.read.name = r->name.text;
    const bool single = binding->function->outputs.count == 1;
    item.read.text = single
                         ? show_text(b, call.target.chain, &binding->function->outputs.item[0], &binding->value.item[0])
                         : show_text(b, call.target.chain, &binding->function->outputs, &binding->value);
    add_item(p, &item);
    return OK;
}

static enum err bind_send(struct play *p, struct transact *t, u32 *chain, const struct scenario_send *s)
{
    struct bound_call call;
    TRY(send_bind(p->binder, &call, s));
    *chain = call.target.chain;
    *t = (struct transact){
        .chain_id = chain_id(p, call.target.chain),
        .key = binder_account(p->binder, s->from.text)->key,
        .to = call.target.at,
        .value = call.value,
        .gas_limit = s->gas_limit.given ? s->gas_limit.value.w[0] : SEND_GAS,
        .data = call.data,
    };
    return check_funds(p, s->from.text, *chain, &t->value, t->gas_limit, s->from.place);
}

static enum err play_send(struct play *p, const struct scenario_send *s)
{
    struct transact t;
    u32 chain;
    TRY(bind_send(p, &t, &chain, s));
    return submit_set_up(p, &t, (struct pending){.label = s->label.text, .place = s->label.place, .symbol = NO_SYMBOL},
                         chain);
}

static enum err submit_operation(struct play *p, u64 *work, const struct scenario_operation *o)
{
    struct operation operation;
    TRY(operation_bind(p->binder, &operation, o));
    TRY(check_operation_funds(p, o, &operation));
    const enum err e = session_operate(p->binder->session, work, &operation);
    return e ? refuse_submission(p, e, o->label.place) : OK;
}

static enum err play_operate(struct play *p, const struct scenario_operation *o)
{
    struct pending q = {.label = o->label.text, .place = o->label.place, .symbol = NO_SYMBOL};
    TRY(submit_operation(p, &q.work, o));
    add_pending(p, q);
    return OK;
}

static enum err play_check(struct play *p, const struct many *list)
{
    const struct scenario_expectation *e = list->items;
    struct report_verdict *v = ARENA_TAKE_ZERO(p->arena, struct report_verdict, list->count);
    TRY(flush(p));
    if (p->stopped)
        return OK;
    for (u32 i = 0; i < list->count; i++)
        TRY(expectation_judge(p->binder, &v[i], &e[i], NULL));
    add_verdicts(p, v, list->count);
    return OK;
}

/* --- forgeries ---------------------------------------------------------------------------------- */

/* What may differ on L1 after a refused bundle: the builder's nonce and fee, who got the fee, the delegations that
 * its authorizations made (they survive a revert, EIP-7702), and what every block writes. */
struct allowed {
    struct play *p;
    hash32 payer[2];
    hash32 *delegated;
    u32 delegated_count;
    hash32 system[SYSTEM_CONTRACT_COUNT];
    bool as_before;
};

static enum err judge_change(void *context, const hash32 *key, const struct account_leaf *was,
                             const struct account_leaf *is)
{
    struct allowed *a = context;
    const bool same_storage = hash32_eq(&was->storage_root, &is->storage_root);
    const bool same_balance = u256_eq(&was->balance, &is->balance);
    const bool same_rest = was->nonce == is->nonce && hash32_eq(&was->code_hash, &is->code_hash);
    bool fine = false;
    for (size_t i = 0; i < COUNT_OF(a->payer); i++)
        fine |= hash32_eq(key, &a->payer[i]) && same_storage && hash32_eq(&was->code_hash, &is->code_hash);
    for (u32 i = 0; i < a->delegated_count; i++)
        fine |= hash32_eq(key, &a->delegated[i]) && same_storage && same_balance;
    for (size_t i = 0; i < COUNT_OF(a->system); i++)
        fine |= hash32_eq(key, &a->system[i]) && same_balance && same_rest;
    a->as_before &= fine;
    return OK;
}

struct chain_head {
    u64 number;
    hash32 hash;
};

static enum err heads(struct play *p, struct chain_head **out)
{
    struct chain_head *head = ARENA_TAKE(p->arena, struct chain_head, p->binder->scenario->chain_count);
    for (u32 i = 0; i < p->binder->scenario->chain_count; i++) {
        hash32 root;
        TRY(session_head(p->binder->session, &head[i].number, &head[i].hash, &root, chain_id(p, i)));
    }
    *out = head;
    return OK;
}

static enum err chains_as_before(struct play *p, bool *out, const struct chain_head *before,
                                 const struct work_report *work, u32 work_count)
{
    struct binder *b = p->binder;
    struct chain_head *after;
    const struct ledger_block *head;
    TRY(heads(p, &after));
    struct allowed a = {.p = p, .as_before = true, .delegated = ARENA_TAKE(p->arena, hash32, work_count)};
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        if (i != b->scenario->l1)
            a.as_before &= before[i].number == after[i].number && hash32_eq(&before[i].hash, &after[i].hash);
    const u64 l1 = chain_id(p, b->scenario->l1);
    TRY(session_block(b->session, &head, l1, after[b->scenario->l1].number));
    keccak256(&a.payer[0], b->scenario->account[0].at.b, 20);
    keccak256(&a.payer[1], head->header.coinbase.b, 20);
    for (u32 i = 0; i < work_count; i++)
        if (work[i].is_operation)
            keccak256(&a.delegated[a.delegated_count++], work[i].sender.b, 20);
    for (size_t i = 0; i < SYSTEM_CONTRACT_COUNT; i++)
        keccak256(&a.system[i], system_contract[i].at.b, 20);
    TRY(session_changes(b->session, l1, before[b->scenario->l1].number, after[b->scenario->l1].number, judge_change,
                        &a));
    *out = a.as_before;
    return OK;
}

static struct bytes forgery_text(struct play *p, const struct scenario_forgery *f)
{
    struct buffer b = buffer_in(p->arena);
    const u64 call = f->call.value.w[0];
    switch ((enum forgery_verb)f->head.variant) {
    case FORGE_EDIT:
        text_add(&b, "byte ");
        text_add_u64(&b, f->byte.given ? f->byte.value.w[0] : FORGERY_DEFAULT_BYTE);
        text_add(&b, " of the response to call ");
        text_add_u64(&b, call);
        text_add(&b, " changed");
        break;
    case FORGE_LEAVE_OUT:
        text_add(&b, "call ");
        text_add_u64(&b, call);
        text_add(&b, " left out");
        break;
    case FORGE_SWAP:
        text_add(&b, "calls ");
        text_add_u64(&b, call);
        text_add(&b, " and ");
        text_add_u64(&b, f->other.value.w[0]);
        text_add(&b, " swapped");
        break;
    }
    return buffer_bytes(&b);
}

/* Was the bundle refused with this error, and these arguments? */
static enum err refused_as_expected(struct play *p, bool *out, const struct scenario_forgery *f, struct bytes revert)
{
    struct binder *b = p->binder;
    const struct member *want;
    struct abi_value values;
    struct bytes ignored;
    TRY(forgery_error(b, &want, f));
    *out = false;
    if (revert.len < 4 || memcmp(revert.ptr, want->abi.hash.b, 4) != 0 ||
        abi_decode(p->arena, &values, &want->abi.inputs, bytes_of(revert.ptr + 4, revert.len - 4), DECODED_BYTES_MAX,
                   NULL))
        return OK;
    return values_agree(b, out, &ignored, b->scenario->l1, &want->abi.inputs, &values, f->with, want->text);
}

static enum err play_forgery(struct play *p, struct report_forgery *out, const struct scenario_forgery *f,
                             const struct work_report *work, u32 work_count)
{
    static const enum forgery_kind kind[] = {
        [FORGE_EDIT] = FORGERY_RESPONSE_BYTE, [FORGE_LEAVE_OUT] = FORGERY_LEAVE_OUT, [FORGE_SWAP] = FORGERY_SWAP};
    const struct forgery forgery = {
        .kind = kind[f->head.variant],
        .call = f->call.value.w[0] - 1,
        .other = f->other.given ? f->other.value.w[0] - 1 : 0,
        .offset = f->byte.given ? f->byte.value.w[0] : FORGERY_DEFAULT_BYTE,
    };
    const struct slot_report *slot;
    struct chain_head *before;
    bool as_expected, as_before;
    TRY(heads(p, &before));
    const enum err e = session_slot(p->binder->session, &slot, &forgery);
    if (e)
        return refuse_submission(p, e, f->head.place);
    TRY(chains_as_before(p, &as_before, before, work, work_count));
    TRY(refused_as_expected(p, &as_expected, f, slot->revert_data));
    *out = (struct report_forgery){
        .what = forgery_text(p, f),
        .expected = f->refused.text,
        .refused = kept(p, show_revert(p->binder, p->binder->scenario->l1, slot->revert_data)),
        .settled = slot->settled,
        .as_before = as_before,
        .met = slot->sent && !slot->settled && as_expected && as_before,
        .gas_used = slot->l1_gas_used,
    };
    p->report->met += out->met;
    p->report->failed += !out->met;
    return OK;
}

/* --- a slot ------------------------------------------------------------------------------------- */

static enum err submit_all(struct play *p, const struct scenario_slot *slot, u64 *work, const char **label)
{
    const struct scenario_submission *all = slot->submit.items;
    for (u32 i = 0; i < slot->submit.count; i++) {
        const struct scenario_submission *s = &all[i];
        label[i] = s->head.variant == SUBMIT_SEND ? s->send.label.text : s->operate.label.text;
        if (s->head.variant == SUBMIT_OPERATE) {
            TRY(submit_operation(p, &work[i], &s->operate));
            continue;
        }
        struct transact t;
        u32 chain;
        TRY(bind_send(p, &t, &chain, &s->send));
        const enum err e = session_transact(p->binder->session, &work[i], &t);
        if (e)
            return refuse_submission(p, e, s->send.label.place);
    }
    return OK;
}

static enum err read_statuses(struct play *p, struct work_report *out, const u64 *work, u32 count)
{
    for (u32 i = 0; i < count; i++)
        TRY(session_status(p->binder->session, &out[i], work[i]));
    return OK;
}

static void show_settlement(struct play *p, struct report_slot *out, const struct slot_report *slot)
{
    struct binder *b = p->binder;
    out->sent = slot->sent;
    out->settled = slot->settled;
    out->l1_tx_hash = slot->l1_tx_hash;
    out->l1_block_number = slot->l1_block_number;
    out->l1_gas_used = slot->l1_gas_used;
    out->l1_tx_bytes = slot->l1_tx.len;
    if (slot->sent && !slot->settled)
        out->revert = kept(p, show_revert(b, b->scenario->l1, slot->revert_data));
    struct report_pair *pair = ARENA_TAKE(p->arena, struct report_pair, slot->pair_count);
    for (size_t i = 0; i < slot->pair_count; i++) {
        const u32 here = show_chain_index(b, slot->pair[i].here_chain),
                  there = show_chain_index(b, slot->pair[i].there_chain);
        const struct report_side left = {b->scenario->chain[here].head.name, slot->pair[i].here};
        const struct report_side right = {b->scenario->chain[there].head.name, slot->pair[i].there};
        pair[i] = here <= there ? (struct report_pair){left, right}
                                : (struct report_pair){right, left}; /* as the file names them */
    }
    struct report_rollup *rollup = ARENA_TAKE(p->arena, struct report_rollup, slot->rollup_count);
    for (size_t i = 0; i < slot->rollup_count; i++) {
        const struct rollup_report *r = &slot->rollup[i];
        rollup[i] = (struct report_rollup){
            .chain = b->scenario->chain[show_chain_index(b, r->chain_id)].head.name,
            .first_block = r->first_block,
            .last_block = r->last_block,
            .gas_used = r->gas_used,
            .transactions = r->transactions,
            .system_transactions = r->system_transactions,
            .data_bytes = r->data_bytes,
            .attestations = r->attestations,
            .block_hash = r->block_hash,
            .state_root = r->state_root,
            .statement = r->statement,
        };
    }
    out->pair = pair;
    out->pair_count = (u32)slot->pair_count;
    out->rollup = rollup;
    out->rollup_count = (u32)slot->rollup_count;
}

/* Whose outcome nobody mentions is expected to settle. */
static bool outcome_is_mentioned(const struct scenario_slot *slot, const char *label)
{
    const struct scenario_expectation *e = slot->expect.items;
    for (u32 i = 0; i < slot->expect.count; i++)
        if (e[i].head.variant == EXPECT_OUTCOME && strcmp(e[i].label.text, label) == 0)
            return true;
    return false;
}

static enum err judge_slot(struct play *p, const struct scenario_slot *slot, const struct slot_outcome *outcome)
{
    struct report_verdict *v =
        ARENA_TAKE_ZERO(p->arena, struct report_verdict, outcome->work_count + slot->expect.count);
    u32 count = 0;
    const struct scenario_submission *all = slot->submit.items;
    const struct scenario_expectation *e = slot->expect.items;
    for (u32 i = 0; i < outcome->work_count; i++) {
        if (outcome_is_mentioned(slot, outcome->label[i]))
            continue;
        const struct scenario_expectation implied = {
            .head = {.variant = EXPECT_OUTCOME, .place = all[i].head.place},
            .label = {.text = outcome->label[i]},
            .is = {.value = u256_from_u64(OUTCOME_SETTLED)},
        };
        TRY(expectation_judge(p->binder, &v[count++], &implied, outcome));
    }
    for (u32 i = 0; i < slot->expect.count; i++)
        TRY(expectation_judge(p->binder, &v[count++], &e[i], outcome));
    add_verdicts(p, v, count);
    return OK;
}

static enum err play_slot(struct play *p, const struct scenario_slot *slot, struct place place)
{
    const u32 works = slot->submit.count, forgeries = slot->forgeries.count, chains = p->binder->scenario->chain_count;
    u64 *work = ARENA_TAKE(p->arena, u64, works), *first_block = ARENA_TAKE(p->arena, u64, chains);
    const char **label = ARENA_TAKE(p->arena, const char *, works);
    struct work_report *status = ARENA_TAKE_ZERO(p->arena, struct work_report, works);
    struct report_forgery *forged = ARENA_TAKE_ZERO(p->arena, struct report_forgery, forgeries);
    const struct scenario_forgery *f = slot->forgeries.items;
    struct chain_head *before;
    TRY(flush(p));
    if (p->stopped)
        return OK;
    TRY(heads(p, &before));
    for (u32 i = 0; i < chains; i++)
        first_block[i] = before[i].number + 1;
    TRY(submit_all(p, slot, work, label));
    TRY(read_statuses(p, status, work, works));
    for (u32 i = 0; i < forgeries; i++) {
        say(p, "a forged bundle");
        TRY(play_forgery(p, &forged[i], &f[i], status, works));
    }
    say(p, slot->label.text);
    const struct slot_report *report;
    TRY(session_slot(p->binder->session, &report, NULL));
    TRY(read_statuses(p, status, work, works));
    struct report_work *shown = ARENA_TAKE_ZERO(p->arena, struct report_work, works);
    for (u32 i = 0; i < works; i++)
        shown[i] = show_work(p, label[i], &status[i], report);
    struct report_item item = {.kind = REPORT_SLOT,
                               .slot = {.label = slot->label.text,
                                        .place = place,
                                        .work = shown,
                                        .work_count = works,
                                        .forgery = forged,
                                        .forgery_count = forgeries}};
    show_settlement(p, &item.slot, report);
    add_item(p, &item);
    const struct slot_outcome outcome = {label, status, works, first_block};
    return judge_slot(p, slot, &outcome);
}

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
    b->await = await_contract;
    b->context = p;
    for (b->step = 0; b->step < b->scenario->step_count && !p->stopped; b->step++) {
        const enum err e = play_step(p, &b->scenario->step[b->step]);
        if (e && (!p->stopped || err_is_fault(e))) /* a stopped play has said why */
            return e;
    }
    return flush(p);
}
