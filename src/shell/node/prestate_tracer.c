/* prestateTracer: the accounts and storage slots that a transaction touched, as they were before it.
 *
 *   {address: {"balance", "nonce"?, "code"?, "storage"?: {key: value}}}
 *   diffMode: {"pre": the same, of what changed; "post": {address: what it became, changed members alone}}
 *
 * As go-ethereum's (eth/tracers/native/prestate.go): sender, recipient, coinbase, authorities, and whatever an
 * instruction names. An account that the transaction creates and that did not exist is in no pre; one that it deletes
 * is in no post. Values are read when an account or slot is first named, before the instruction runs. */
#include "evm/opcode.h"
#include "node/tracer.h"
#include "node/write.h"

struct seen_slot {
    struct seen_slot *next;
    const struct storage_slot *slot;
    hash32 key;
    u256 value; /* before */
};

struct seen_account {
    struct seen_account *next;
    const struct account *account;
    u256 balance; /* before, like all that follows */
    u64 nonce;
    struct bytes code;
    bool is_empty, is_created;
    struct seen_slot *slots;
};

struct prestate_tracer {
    struct tracer tracer;
    struct state *state;
    bool diff_mode, disable_code, disable_storage, include_empty;
    struct seen_account *accounts;
    size_t pending;
};

/* --- what is named --- */

static enum err name_account(struct prestate_tracer *t, struct seen_account **out, const address *at)
{
    struct seen_account *s;
    const struct account *a;
    struct bytes code = {0};
    for (s = t->accounts; s; s = s->next)
        if (address_eq(&s->account->at, at)) {
            *out = s;
            return OK;
        }
    TRY(state_account(t->state, &a, NULL, at));
    if (a->has_code)
        TRY(state_code(t->state, &code, a));
    t->pending += 200 + 2 * code.len;
    TRY(rpc_check_size(t->tracer.request, t->pending));
    s = ARENA_TAKE(t->tracer.request->arena, struct seen_account, 1);
    *s = (struct seen_account){
        .next = t->accounts, .account = a, .balance = a->balance, .nonce = a->nonce,
        .code = arena_copy(t->tracer.request->arena, code),
        .is_empty = u256_is_zero(&a->balance) && a->nonce == 0 && code.len == 0,
    };
    t->accounts = s;
    *out = s;
    return OK;
}

static enum err name_stack_account(struct prestate_tracer *t, const u256 *item)
{
    const address at = u256_to_address(item);
    struct seen_account *s;
    return name_account(t, &s, &at);
}

/* A call's target, and where that delegates to (EIP-7702). */
static enum err name_callee(struct prestate_tracer *t, const u256 *item)
{
    static const u8 delegation[3] = {0xef, 0x01, 0x00};
    const address at = u256_to_address(item);
    struct seen_account *s;
    address to;
    TRY(name_account(t, &s, &at));
    if (s->code.len != sizeof delegation + sizeof to || memcmp(s->code.ptr, delegation, sizeof delegation) != 0)
        return OK;
    memcpy(to.b, s->code.ptr + sizeof delegation, sizeof to.b);
    return name_account(t, &s, &to);
}

static enum err name_slot(struct prestate_tracer *t, const address *at, const u256 *item)
{
    const hash32 key = u256_to_hash32(item);
    const struct storage_slot *slot;
    struct seen_account *s;
    TRY(name_account(t, &s, at));
    for (const struct seen_slot *i = s->slots; i; i = i->next)
        if (hash32_eq(&i->key, &key))
            return OK;
    t->pending += 150;
    TRY(rpc_check_size(t->tracer.request, t->pending));
    TRY(state_storage_slot(t->state, &slot, NULL, s->account, item));
    struct seen_slot *seen = ARENA_TAKE(t->tracer.request->arena, struct seen_slot, 1);
    *seen = (struct seen_slot){s->slots, slot, key, slot->current};
    s->slots = seen;
    return OK;
}

static enum err prestate_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct prestate_tracer *t = context;
    const u256 *top = s->stack_count ? &s->stack[s->stack_count - 1] : NULL;
    (void)vm;
    switch (s->opcode) {
    case OPCODE_SLOAD:
    case OPCODE_SSTORE: return top ? name_slot(t, &m->recipient, top) : OK;
    case OPCODE_BALANCE:
    case OPCODE_EXTCODESIZE:
    case OPCODE_EXTCODECOPY:
    case OPCODE_EXTCODEHASH:
    case OPCODE_SELFDESTRUCT: return top ? name_stack_account(t, top) : OK;
    case OPCODE_CALL:
    case OPCODE_CALLCODE:
    case OPCODE_DELEGATECALL:
    case OPCODE_STATICCALL: return s->stack_count >= 5 ? name_callee(t, top - 1) : OK;
    default: return OK;
    }
}

static enum err prestate_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct prestate_tracer *t = context;
    struct seen_account *s;
    (void)vm;
    if (m->kind != MESSAGE_CREATE && m->kind != MESSAGE_CREATE2)
        return OK;
    TRY(name_account(t, &s, &m->recipient));
    s->is_created = true;
    return OK;
}

static enum err prestate_begin(struct tracer *tracer, struct call_run *run, const struct call_object *c)
{
    struct prestate_tracer *t = (struct prestate_tracer *)tracer;
    struct seen_account *s;
    t->state = run->state;
    t->accounts = NULL;
    t->pending = 0;
    TRY(name_account(t, &s, &c->tx.sender));
    if (!c->tx.is_creation) {
        const u256 to = u256_from_address(&c->tx.to);
        TRY(name_callee(t, &to));
    }
    TRY(name_account(t, &s, &run->run.header.coinbase));
    for (u32 i = 0; i < c->tx.authorization_count; i++) {
        struct authorization a = c->tx.authorization[i];
        authorization_recover(&a);
        if (a.signer_is == SIGNER_FOUND)
            TRY(name_account(t, &s, &a.signer));
    }
    return OK;
}

/* --- the result --- */

static bool slot_shows(const struct prestate_tracer *t, const struct seen_slot *s)
{
    return !t->diff_mode || (!u256_is_zero(&s->value) && !u256_eq(&s->value, &s->slot->current));
}

static void write_pre(const struct prestate_tracer *t, const struct seen_account *s)
{
    struct json_writer *w = t->tracer.request->out;
    bool opened = false;
    write_hex_key(w, BYTES_OF(s->account->at.b));
    json_write_object(w);
    write_u256(w, "balance", &s->balance);
    if (s->nonce) {
        json_write_key(w, "nonce");
        json_write_u64(w, s->nonce);
    }
    if (s->code.len && !t->disable_code)
        write_hex(w, "code", s->code);
    for (const struct seen_slot *i = t->disable_storage ? NULL : s->slots; i; i = i->next) {
        const hash32 value = u256_to_hash32(&i->value);
        if (!slot_shows(t, i))
            continue;
        if (!opened) {
            json_write_key(w, "storage");
            json_write_object(w);
            opened = true;
        }
        write_hex_key(w, BYTES_OF(i->key.b));
        write_hash(w, &value);
    }
    if (opened)
        json_write_end(w);
    json_write_end(w);
}

static enum err code_changed(const struct prestate_tracer *t, bool *out, struct bytes *code,
                             const struct seen_account *s)
{
    *code = (struct bytes){0};
    if (s->account->has_code)
        TRY(state_code(t->state, code, s->account));
    *out = !bytes_eq(*code, s->code);
    return OK;
}

static enum err account_changed(const struct prestate_tracer *t, bool *out, const struct seen_account *s)
{
    struct bytes code;
    TRY(code_changed(t, out, &code, s));
    *out |= !u256_eq(&s->balance, &s->account->balance) || s->nonce != s->account->nonce ||
            (!s->is_empty && !s->account->exists);
    for (const struct seen_slot *i = t->disable_storage ? NULL : s->slots; i; i = i->next)
        *out |= !u256_eq(&i->value, &i->slot->current);
    return OK;
}

static void write_post_slots(const struct prestate_tracer *t, const struct seen_account *s)
{
    struct json_writer *w = t->tracer.request->out;
    bool opened = false;
    for (const struct seen_slot *i = t->disable_storage ? NULL : s->slots; i; i = i->next) {
        const hash32 value = u256_to_hash32(&i->slot->current);
        if (u256_eq(&i->value, &i->slot->current) || u256_is_zero(&i->slot->current))
            continue;
        if (!opened) {
            json_write_key(w, "storage");
            json_write_object(w);
            opened = true;
        }
        write_hex_key(w, BYTES_OF(i->key.b));
        write_hash(w, &value);
    }
    if (opened)
        json_write_end(w);
}

static enum err write_post(const struct prestate_tracer *t, const struct seen_account *s)
{
    struct json_writer *w = t->tracer.request->out;
    const struct account *a = s->account;
    struct bytes code;
    bool changed;
    write_hex_key(w, BYTES_OF(a->at.b));
    json_write_object(w);
    if (!u256_eq(&s->balance, &a->balance))
        write_u256(w, "balance", &a->balance);
    if (s->nonce != a->nonce) {
        json_write_key(w, "nonce");
        json_write_u64(w, a->nonce);
    }
    TRY(code_changed(t, &changed, &code, s));
    if (changed && !t->disable_code)
        write_hex(w, "code", code);
    write_post_slots(t, s);
    json_write_end(w);
    return OK;
}

static bool pre_shows(const struct prestate_tracer *t, const struct seen_account *s)
{
    return t->include_empty || !s->is_created || !s->is_empty;
}

static enum err write_diff(const struct prestate_tracer *t)
{
    struct json_writer *w = t->tracer.request->out;
    bool changed;
    json_write_object(w);
    json_write_key(w, "post");
    json_write_object(w);
    for (const struct seen_account *s = t->accounts; s; s = s->next) {
        TRY(account_changed(t, &changed, s));
        if (changed && s->account->exists)
            TRY(write_post(t, s));
    }
    json_write_end(w);
    json_write_key(w, "pre");
    json_write_object(w);
    for (const struct seen_account *s = t->accounts; s; s = s->next) {
        TRY(account_changed(t, &changed, s));
        if (changed && pre_shows(t, s))
            write_pre(t, s);
    }
    json_write_end(w);
    json_write_end(w);
    return OK;
}

static enum err prestate_end(struct tracer *tracer, const struct call_object *c, const struct call_result *result)
{
    const struct prestate_tracer *t = (const struct prestate_tracer *)tracer;
    (void)c;
    (void)result;
    if (t->diff_mode)
        return write_diff(t);
    json_write_object(tracer->request->out);
    for (const struct seen_account *s = t->accounts; s; s = s->next)
        if (pre_shows(t, s))
            write_pre(t, s);
    json_write_end(tracer->request->out);
    return OK;
}

enum err prestate_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index)
{
    const struct rpc_members m = {r, config, index};
    struct prestate_tracer *t = ARENA_TAKE_ZERO(r->arena, struct prestate_tracer, 1);
    TRY(member_bool(&m, &t->diff_mode, "diffMode"));
    TRY(member_bool(&m, &t->disable_code, "disableCode"));
    TRY(member_bool(&m, &t->disable_storage, "disableStorage"));
    TRY(member_bool(&m, &t->include_empty, "includeEmpty"));
    t->tracer = (struct tracer){
        .hooks = {.context = t, .enter = prestate_enter, .step = prestate_step},
        .request = r,
        .begin = prestate_begin,
        .end = prestate_end,
    };
    *out = &t->tracer;
    return OK;
}
