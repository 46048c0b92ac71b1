#include "play/expectation.h"

#include "base/u256.h"
#include "builder/query.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"
#include "play/conservation.h"
#include "play/show.h"

#include <stdio.h>

enum { DECODED_BYTES_MAX = 1 << 20 };

/* --- comparing values --------------------------------------------------------------------------- */

static enum err encode_one(struct binder *b, struct bytes *out, const struct abi_type *type,
                           const struct abi_value *value)
{
    struct buffer data = buffer_in(b->arena);
    struct abi_type one;
    const struct abi_value list = {.list = true, .count = 1, .item = value};
    TRY(abi_tuple_of(&one, type, 1, NULL));
    TRY(abi_encode(&data, &one, &list, NULL));
    *out = buffer_bytes(&data);
    return OK;
}

static enum err refuse_values(struct binder *b, struct place place, const char *what, const char *why)
{
    complain(b->complaint, place, "%s: %s", what, why);
    return REJECT_SCENARIO;
}

/* An indexed parameter that does not fit a topic is a hash there: compared as one. */
static struct abi_type comparable(const struct abi_type *type)
{
    const bool hashed = type->indexed && (type->dynamic || type->kind == ABI_TUPLE || type->kind == ABI_FIXED_ARRAY);
    struct abi_type t = *type;
    if (hashed)
        t = (struct abi_type){.kind = ABI_FIXED_BYTES, .size = 32, .words = 1, .name = type->name};
    t.indexed = false;
    return t;
}

/* The index of the parameter that the i-th entry v of an expected list or map is about. */
static enum err which_parameter(struct binder *b, u32 *out, const struct abi_type *types, const struct yaml *v, u32 i,
                                const char *what)
{
    if (!v->key) {
        *out = i;
        return OK;
    }
    for (u32 k = 0; k < types->count; k++)
        if (bytes_eq(types->item[k].name, bytes_of(v->key, strlen(v->key)))) {
            *out = k;
            return OK;
        }
    struct buffer known = buffer_in(b->arena);
    for (u32 k = 0; k < types->count; k++) {
        text_add_bytes(&known, bytes_of(", ", k ? 2 : 0));
        text_add_safe(&known, types->item[k].name, 40);
    }
    complain(b->complaint, v->key_place, "%s has no value \"%.60s\"; it has %.*s", what, v->key, (int)known.len,
             known.ptr);
    return REJECT_SCENARIO;
}

enum err values_agree(struct binder *b, bool *agree, struct bytes *got, u32 chain, const struct abi_type *types,
                      const struct abi_value *values, const struct yaml *expected, const char *what)
{
    *agree = true;
    if (!expected)
        return OK;
    if (expected->kind == YAML_SCALAR)
        return refuse_values(b, expected->place, what, "expected a list or a map of values, found text");
    if (expected->kind == YAML_LIST && expected->count != types->count) {
        char why[80];
        snprintf(why, sizeof why, "expected %u values, found %u", types->count, expected->count);
        return refuse_values(b, expected->place, what, why);
    }
    u32 i = 0;
    for (const struct yaml *v = expected->first; v; v = v->next, i++) {
        u32 k;
        struct bytes want, have;
        TRY(which_parameter(b, &k, types, v, i, what));
        const struct abi_type type = comparable(&types->item[k]);
        TRY(binder_encode_value(b, &want, &type, v, what, chain));
        if (!values)
            continue;
        TRY(encode_one(b, &have, &type, &values->item[k]));
        if (bytes_eq(want, have) || !*agree)
            continue;
        *agree = false;
        struct buffer text = buffer_in(b->arena);
        text_add_safe(&text, types->item[k].name, 40);
        text_add(&text, " is ");
        text_add_bytes(&text, show_text(b, chain, &type, &values->item[k]));
        *got = buffer_bytes(&text);
    }
    return OK;
}

enum err values_fit(struct binder *b, u32 chain, const struct abi_type *types, const struct yaml *expected,
                    const char *what)
{
    bool ignored;
    struct bytes nothing;
    return values_agree(b, &ignored, &nothing, chain, types, NULL, expected, what);
}

/* --- bounds ------------------------------------------------------------------------------------- */

static const struct yaml *bound_node(const struct scenario_bound *bound, const char **relation)
{
    *relation = bound->equals ? "is" : bound->at_least ? "is at least" : "is at most";
    return bound->equals ? bound->equals : bound->at_least ? bound->at_least : bound->at_most;
}

static bool within(const struct scenario_bound *bound, const u256 *value, const u256 *limit)
{
    const int order = u256_cmp(value, limit);
    return bound->equals ? order == 0 : bound->at_least ? order >= 0 : order <= 0;
}

static enum err judge_number(struct binder *b, struct report_verdict *out, struct buffer *what,
                             const struct scenario_bound *bound, const u256 *value)
{
    const char *relation;
    const struct yaml *node = bound_node(bound, &relation);
    u256 limit;
    TRY(binder_number(b, &limit, node, relation));
    text_add(what, " ");
    text_add_z(what, relation);
    text_add(what, " ");
    text_add_safe(what, bytes_of(node->text, node->len), 80);
    if (node->text[0] == '$') {
        text_add(what, " = ");
        text_add_u256(what, &limit);
    }
    struct buffer got = buffer_in(b->arena);
    text_add(&got, "it is ");
    text_add_u256(&got, value);
    out->met = within(bound, value, &limit);
    out->what = buffer_bytes(what);
    out->got = buffer_bytes(&got);
    return OK;
}

/* --- kinds ---------------------------------------------------------------------------------- */

bool outcome_is_good(const struct work_report *w)
{
    return w->status == WORK_SETTLED && (w->is_operation || w->success);
}

/* What the frame that failed reverted with, if the message does not have it. */
static void add_cause(struct binder *b, struct buffer *out, const struct work_report *w)
{
    const struct call_frame *last = w->frame_count ? &w->frame[w->frame_count - 1] : NULL;
    if (!last || last->is_cut_off || !last->output.len)
        return;
    const struct bytes cause = show_revert_text(b, show_chain_index(b, last->chain_id), last->output);
    if (out->len && memmem(out->ptr, out->len, cause.ptr, cause.len))
        return;
    text_add_bytes(out, bytes_of(": ", out->len ? 2 : 0));
    text_add_bytes(out, cause);
}

enum { MESSAGE_MAX = 400 };

/* The revert data, or the builder's message where that explains it: "Fuse(): the operation used ..". */
static void add_revert(struct binder *b, struct buffer *out, const struct work_report *w)
{
    const struct bytes text = show_revert_text(b, show_chain_index(b, w->chain_id), w->output);
    const size_t len = w->status == WORK_REJECTED && w->reason ? strlen(w->reason) : 0;
    if (len > text.len && memcmp(w->reason, text.ptr, text.len) == 0)
        text_add_safe(out, bytes_of(w->reason, len), MESSAGE_MAX);
    else
        text_add_bytes(out, text);
}

struct bytes outcome_reason(struct binder *b, const struct work_report *w)
{
    struct buffer out = buffer_in(b->arena);
    if (w->status == WORK_REJECTED) {
        text_add_z(&out, err_name(w->rejected));
        text_add(&out, ": ");
    }
    const bool reverted = w->status == WORK_SETTLED && !outcome_is_good(w);
    if (reverted || (w->status == WORK_REJECTED && w->output.len))
        add_revert(b, &out, w);
    else if (w->status != WORK_SETTLED && w->reason)
        text_add_safe(&out, bytes_of(w->reason, strlen(w->reason)), MESSAGE_MAX);
    if (!outcome_is_good(w))
        add_cause(b, &out, w);
    return buffer_bytes(&out);
}

static bool reason_fits(struct bytes reason, const char *text)
{
    return !text || (reason.len && memmem(reason.ptr, reason.len, text, strlen(text)));
}

static void judge_outcome(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e,
                          const struct slot_outcome *slot)
{
    static const char *const verb[] = {
        [OUTCOME_SETTLED] = "settles",
        [OUTCOME_REVERTED] = "reverts",
        [OUTCOME_REJECTED] = "is rejected",
        [OUTCOME_PENDING] = "is pending",
    };
    const enum outcome want = (enum outcome)e->is.value.w[0];
    struct buffer what = buffer_in(b->arena), got = buffer_in(b->arena);
    text_add_safe(&what, bytes_of(e->label.text, strlen(e->label.text)), 80);
    text_add(&what, " ");
    text_add_z(&what, verb[want]);
    if (e->reason.text) {
        text_add(&what, " with ");
        text_add_safe(&what, bytes_of(e->reason.text, strlen(e->reason.text)), 80);
    }
    text_add(&got, "it has no outcome in this slot");
    for (u32 i = 0; i < slot->work_count; i++) { /* of two with one label, the slot's own, which comes later */
        const struct work_report *w = &slot->work[i];
        if (strcmp(slot->label[i], e->label.text) != 0)
            continue;
        const bool is[] = {
            [OUTCOME_SETTLED] = outcome_is_good(w),
            [OUTCOME_REVERTED] = w->status == WORK_SETTLED && !outcome_is_good(w),
            [OUTCOME_REJECTED] = w->status == WORK_REJECTED,
            [OUTCOME_PENDING] = w->status == WORK_PENDING,
        };
        const struct bytes reason = outcome_reason(b, w);
        got.len = 0;
        out->met = is[want] && reason_fits(reason, e->reason.text);
        text_add_z(&got, is[OUTCOME_REVERTED] ? "reverted" : work_status_name(w->status));
        text_add_bytes(&got, bytes_of(": ", reason.len ? 2 : 0));
        text_add_bytes(&got, reason);
    }
    out->what = buffer_bytes(&what);
    out->got = buffer_bytes(&got);
}

static enum err bind_call(struct binder *b, struct bound_call *call, const struct scenario_expectation *e)
{
    return binder_call(b, call, &e->call, e->head.place, e->chain.text ? binder_chain(b, e->chain.text) : NO_CHAIN);
}

static void add_call_text(struct binder *b, struct buffer *what, const struct bound_call *call)
{
    const struct report_data d = show_call(b, call->target.chain, &call->target.at, call->data);
    text_add_bytes(what, show_address(b, call->target.chain, &call->target.at));
    text_add(what, ".");
    text_add_z(what, call->function->name);
    text_add(what, "(");
    for (u32 i = 0; i < d.argument_count; i++) {
        text_add_bytes(what, bytes_of(", ", i ? 2 : 0));
        text_add_bytes(what, d.argument[i].text);
    }
    text_add(what, ")");
}

/* `returns` is one value or a list of all; the bounds compare one number. */
static enum err check_returns(struct binder *b, const struct scenario_expectation *e, const struct bound_call *call)
{
    const struct abi_type *outputs = &call->function->abi.outputs;
    if (e->returns && outputs->count != 1)
        return values_fit(b, call->target.chain, outputs, e->returns, "returns");
    struct bytes ignored;
    if (e->returns)
        return binder_encode_value(b, &ignored, &outputs->item[0], e->returns, "returns", call->target.chain);
    if (outputs->count != 1 || outputs->item[0].kind != ABI_UINT) {
        complain(b->complaint, e->head.place, "equals, atLeast and atMost compare one unsigned integer; %s returns something else: use \"returns\"",
                 call->function->text);
        return REJECT_SCENARIO;
    }
    const char *relation;
    u256 limit;
    const struct yaml *node = bound_node(&e->bound, &relation);
    return binder_number(b, &limit, node, relation);
}

static enum err judge_returns(struct binder *b, struct report_verdict *out, struct buffer *what,
                              const struct scenario_expectation *e, const struct bound_call *call,
                              const struct abi_value *values)
{
    const struct abi_type *outputs = &call->function->abi.outputs;
    if (!e->returns) {
        u256 value;
        if (number_u256(&value, values->item[0].text))
            BUG("a decoded number does not parse");
        return judge_number(b, out, what, &e->bound, &value);
    }
    text_add(what, " returns ");
    if (outputs->count == 1) {
        struct bytes want, have;
        struct abi_value wanted;
        TRY(binder_encode_value(b, &want, &outputs->item[0], e->returns, "returns", call->target.chain));
        TRY(encode_one(b, &have, &outputs->item[0], &values->item[0]));
        TRY(binder_value(b, &wanted, &outputs->item[0], e->returns, call->target.chain));
        text_add_bytes(what, show_text(b, call->target.chain, &outputs->item[0], &wanted));
        out->met = bytes_eq(want, have);
    } else {
        struct bytes ignored;
        text_add(what, "the expected values");
        TRY(values_agree(b, &out->met, &ignored, call->target.chain, outputs, values, e->returns, "returns"));
    }
    struct buffer got = buffer_in(b->arena);
    text_add(&got, "it returns ");
    text_add_bytes(&got, show_text(b, call->target.chain, outputs, values));
    out->what = buffer_bytes(what);
    out->got = buffer_bytes(&got);
    return OK;
}

static enum err judge_call(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e)
{
    struct bound_call call;
    struct buffer what = buffer_in(b->arena), got = buffer_in(b->arena);
    const address no_sender = {{0}};
    bool success;
    struct bytes output;
    struct abi_value values;
    TRY(bind_call(b, &call, e));
    add_call_text(b, &what, &call);
    const address *from = e->from.text ? &binder_account(b, e->from.text)->at : &no_sender;
    TRY(session_call(b->session, &success, &output, b->scenario->chain[call.target.chain].id.value.w[0], from,
                     &call.target.at, &call.value, call.data));
    if (success && abi_decode(b->arena, &values, &call.function->abi.outputs, output, DECODED_BYTES_MAX, NULL) == OK)
        return judge_returns(b, out, &what, e, &call, &values);
    text_add(&what, " succeeds");
    text_add_bytes(&got, success ? BYTES_LITERAL("it returns undecodable data: ") : BYTES_LITERAL("it reverts: "));
    if (success)
        text_add_hex_cut(&got, output, 68);
    else
        text_add_bytes(&got, show_revert_text(b, call.target.chain, output));
    out->met = false;
    out->what = buffer_bytes(&what);
    out->got = buffer_bytes(&got);
    return OK;
}

/* The account and chain of a balance or storage expectation. */
static enum err bind_place(struct binder *b, struct target *target, const struct scenario_expectation *e)
{
    const u32 chain = e->chain.text ? binder_chain(b, e->chain.text) : NO_CHAIN;
    TRY(binder_target(b, target, e->who, chain));
    if (chain != NO_CHAIN && target->chain != NO_CHAIN && target->chain != chain) {
        complain(b->complaint, e->chain.place, "chain: the contract is on \"%s\"",
                 b->scenario->chain[target->chain].head.name);
        return REJECT_SCENARIO;
    }
    if (target->chain == NO_CHAIN)
        target->chain = chain;
    if (target->chain == NO_CHAIN) {
        complain(b->complaint, e->who->place, "ambiguous chain; add \"chain\"");
        return REJECT_SCENARIO;
    }
    return OK;
}

static enum err judge_balance(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e)
{
    struct target target;
    u256 balance;
    struct buffer what = buffer_in(b->arena);
    TRY(bind_place(b, &target, e));
    TRY(session_balance(b->session, &balance, b->scenario->chain[target.chain].id.value.w[0], &target.at));
    text_add(&what, "balance of ");
    text_add_bytes(&what, show_address(b, target.chain, &target.at));
    text_add(&what, " on ");
    text_add_z(&what, b->scenario->chain[target.chain].head.name);
    return judge_number(b, out, &what, &e->bound, &balance);
}

static enum err judge_code(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e)
{
    struct target target;
    struct account_leaf account;
    hash32 expected, head, root;
    u64 number;
    struct buffer what = buffer_in(b->arena), got = buffer_in(b->arena);
    TRY(bind_place(b, &target, e));
    const u64 chain_id = b->scenario->chain[target.chain].id.value.w[0];
    TRY(session_head(b->session, &number, &head, &root, chain_id));
    TRY(session_account(b->session, &account, chain_id, number, &target.at));
    TRY(hex_fixed(expected.b, sizeof expected.b, bytes_of(e->code_hash.text, strlen(e->code_hash.text))));
    text_add(&what, "keccak256 of the code of ");
    text_add_bytes(&what, show_address(b, target.chain, &target.at));
    text_add(&what, " is ");
    text_add_hex(&what, BYTES_OF(expected.b));
    text_add(&got, "it is ");
    text_add_hex(&got, BYTES_OF(account.code_hash.b));
    out->met = hash32_eq(&expected, &account.code_hash);
    out->what = buffer_bytes(&what);
    out->got = buffer_bytes(&got);
    return OK;
}

static enum err judge_storage(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e)
{
    struct target target;
    u256 key, value;
    struct buffer what = buffer_in(b->arena);
    TRY(bind_place(b, &target, e));
    TRY(binder_number(b, &key, e->key, "key"));
    TRY(session_storage(b->session, &value, b->scenario->chain[target.chain].id.value.w[0], &target.at, &key));
    text_add(&what, "storage word ");
    text_add_safe(&what, bytes_of(e->key->text, e->key->len), 80);
    text_add(&what, " of ");
    text_add_bytes(&what, show_address(b, target.chain, &target.at));
    return judge_number(b, out, &what, &e->bound, &value);
}

static enum err bind_event(struct binder *b, struct target *target, const struct member **event,
                           const struct scenario_expectation *e)
{
    TRY(binder_target(b, target, e->who, NO_CHAIN));
    if (target->chain == NO_CHAIN || !target->interface) {
        complain(b->complaint, e->who->place, "by: expected a contract");
        return REJECT_SCENARIO;
    }
    const u32 count = e->call.args && e->call.args->kind == YAML_LIST ? e->call.args->count : UINT32_MAX;
    return interface_find(b->arena, event, b->complaint, e->event.place, target->interface, ABI_ITEM_EVENT,
                          e->event.text, count);
}

/* One log against the expectation; *nearest: why the last such log did not match. */
static enum err judge_log(struct binder *b, bool *met, struct bytes *nearest, const struct target *target,
                          const struct member *event, const struct scenario_expectation *e, const struct log *log)
{
    struct abi_value values;
    if (!address_eq(&log->at, &target->at) || *met ||
        abi_decode_event(b->arena, &values, &event->abi, log->topic, log->topic_count, log->data, DECODED_BYTES_MAX,
                         NULL))
        return OK;
    return values_agree(b, met, nearest, target->chain, &event->abi.inputs, &values, e->call.args, event->text);
}

static enum err judge_event(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e,
                            const struct slot_outcome *slot)
{
    struct target target;
    const struct member *event;
    struct buffer what = buffer_in(b->arena);
    struct bytes nearest = BYTES_LITERAL("no such event");
    bool met = false;
    TRY(bind_event(b, &target, &event, e));
    const u64 id = b->scenario->chain[target.chain].id.value.w[0];
    const struct ledger_block *block;
    for (u64 n = slot->first_block[target.chain];; n++) {
        TRY(session_block(b->session, &block, id, n));
        if (!block)
            break;
        for (u32 t = 0; t < block->tx_count; t++)
            for (u32 l = 0; l < block->receipt[t].log_count; l++)
                TRY(judge_log(b, &met, &nearest, &target, event, e, &block->receipt[t].log[l]));
    }
    text_add_bytes(&what, show_address(b, target.chain, &target.at));
    text_add(&what, " emits ");
    text_add_z(&what, event->name);
    if (e->call.args)
        text_add(&what, " with the expected values");
    out->met = met;
    out->what = buffer_bytes(&what);
    out->got = nearest;
    return OK;
}

/* --- all of them -------------------------------------------------------------------------------- */

enum err expectation_check(struct binder *b, const struct scenario_expectation *e)
{
    struct bound_call call;
    struct target target;
    const struct member *event;
    const char *relation;
    u256 number;
    switch ((enum expect_verb)e->head.variant) {
    case EXPECT_OUTCOME:
    case EXPECT_CONSERVED:
        return OK;
    case EXPECT_CALL:
        TRY(bind_call(b, &call, e));
        return check_returns(b, e, &call);
    case EXPECT_EVENT:
        TRY(bind_event(b, &target, &event, e));
        return values_fit(b, target.chain, &event->abi.inputs, e->call.args, event->text);
    case EXPECT_STORAGE:
        TRY(binder_number(b, &number, e->key, "key"));
        break;
    case EXPECT_CODE:
        return bind_place(b, &target, e);
    case EXPECT_BALANCE:
        break;
    }
    TRY(bind_place(b, &target, e));
    const struct yaml *node = bound_node(&e->bound, &relation);
    return binder_number(b, &number, node, relation);
}

enum err expectation_judge(struct binder *b, struct report_verdict *out, const struct scenario_expectation *e,
                           const struct slot_outcome *slot)
{
    *out = (struct report_verdict){.place = e->head.place};
    switch ((enum expect_verb)e->head.variant) {
    case EXPECT_OUTCOME:
        judge_outcome(b, out, e, slot);
        return OK;
    case EXPECT_CALL:
        return judge_call(b, out, e);
    case EXPECT_BALANCE:
        return judge_balance(b, out, e);
    case EXPECT_EVENT:
        return judge_event(b, out, e, slot);
    case EXPECT_STORAGE:
        return judge_storage(b, out, e);
    case EXPECT_CODE:
        return judge_code(b, out, e);
    case EXPECT_CONSERVED:
        return conservation_judge(b, out);
    }
    BUG("an expectation without a kind");
}
