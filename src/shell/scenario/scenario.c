#include "scenario/expand.h"
#include "scenario/scenario_tables.h"

#include "base/u256.h"
#include "builder/session.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "crypto/keccak.h"
#include "signer/secp256k1_sign.h"

#include <stdio.h>

/* --- names ------------------------------------------------------------------------------------ */

struct reading {
    struct arena *arena;
    struct complaint *complaint;
    struct scenario *s;
};

static const char *const symbol_kind_names[] = {[SYMBOL_CHAIN] = "a chain",
                                                [SYMBOL_ACCOUNT] = "an account",
                                                [SYMBOL_CONTRACT] = "a contract",
                                                [SYMBOL_RESULT] = "a result"};

static enum err add_symbol(const struct reading *r, struct symbol symbol)
{
    struct scenario *s = r->s;
    for (u32 i = 0; i < s->symbol_count; i++) {
        const struct symbol *taken = &s->symbol[i];
        if (strcmp(taken->name, symbol.name) != 0)
            continue;
        if (taken->place.line)
            complain(r->complaint, symbol.place, "the name \"%s\" is already used by %s in line %u", symbol.name,
                     symbol_kind_names[taken->kind], taken->place.line);
        else
            complain(r->complaint, symbol.place, "the name \"%s\" is reserved", symbol.name);
        return REJECT_SCENARIO;
    }
    s->symbol[s->symbol_count++] = symbol;
    return OK;
}

/* "an account" or "a chain or an account" */
static const char *kinds_text(char out[80], unsigned kinds)
{
    size_t used = 0;
    out[0] = 0;
    for (u32 k = 0; k < COUNT_OF(symbol_kind_names); k++)
        if (kinds >> k & 1)
            used += (size_t)snprintf(out + used, 80 - used, "%s%s", used ? " or " : "", symbol_kind_names[k]);
    return out;
}

const struct symbol *scenario_find(const struct scenario *s, struct complaint *complaint, struct place place,
                                   const char *name, unsigned kinds, u32 step)
{
    char text[80];
    const char *candidate[SCENARIO_CHAINS_MAX + SCENARIO_ACCOUNTS_MAX + 1 + SCENARIO_STEPS_MAX];
    size_t candidates = 0;
    for (u32 i = 0; i < s->symbol_count; i++) {
        const struct symbol *found = &s->symbol[i];
        const bool fits = kinds >> found->kind & 1;
        if (strcmp(found->name, name) == 0) {
            if (fits && found->known_from <= step)
                return found;
            if (!fits)
                complain(complaint, place, "\"%s\" is %s; expected %s", name, symbol_kind_names[found->kind],
                         kinds_text(text, kinds));
            else
                complain(complaint, place, "\"%s\" is used before its definition in line %u", name, found->place.line);
            return NULL;
        }
        if (fits && found->known_from <= step)
            candidate[candidates++] = found->name;
    }
    const char *near = nearest_name(name, candidate, candidates);
    complain(complaint, place, "unknown name \"%.60s\": expected %s%s%s%s", name,
             kinds_text(text, kinds), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return NULL;
}

/* Checks a reference. An absent word is none. */
static enum err check_name(const struct reading *r, const struct word *w, enum symbol_kind kind, u32 step)
{
    if (!w->text || scenario_find(r->s, r->complaint, w->place, w->text, 1u << kind, step))
        return OK;
    return REJECT_SCENARIO;
}

static enum err refuse_scenario(const struct reading *r, struct place place, const char *why)
{
    complain(r->complaint, place, "%s", why);
    return REJECT_SCENARIO;
}

/* --- chains and accounts ---------------------------------------------------------------------- */

/* Rejects numbers that no chain can start with: fees that overflow, an L1 too small for the protocol's contracts. */
static enum err check_chain_numbers(const struct reading *r, const struct scenario_chain *c, bool is_l1)
{
    enum { L1_GAS_MIN = 20000000, ROLLUP_GAS_MIN = 5000000, BASE_FEE_BITS_MAX = 96 };
    const u64 gas_min = is_l1 ? L1_GAS_MIN : ROLLUP_GAS_MIN, gas = c->gas_limit.value.w[0];
    if (c->gas_limit.given && (gas < gas_min || gas >> 62)) {
        complain(r->complaint, c->gas_limit.place, "gasLimit: expected %lu to 2^62 for %s", (unsigned long)gas_min,
                 is_l1 ? "the l1" : "a rollup");
        return REJECT_SCENARIO;
    }
    if (u256_bit_length(&c->base_fee.value) > BASE_FEE_BITS_MAX)
        return refuse_scenario(r, c->base_fee.place, "baseFee: expected less than 2^96 wei");
    if (c->timestamp.value.w[0] >> 62)
        return refuse_scenario(r, c->timestamp.place, "timestamp: expected seconds, less than 2^62");
    return OK;
}

static enum err check_scenario_chain(const struct reading *r, u32 index)
{
    struct scenario *s = r->s;
    const struct scenario_chain *c = &s->chain[index];
    const bool is_l1 = c->kind.value.w[0] == CHAIN_L1;
    if (u256_is_zero(&c->id.value))
        return refuse_scenario(r, c->id.place, "id: must not be 0");
    for (u32 i = 0; i < index; i++) {
        if (u256_eq(&s->chain[i].id.value, &c->id.value)) {
            complain(r->complaint, c->id.place, "id: the chains \"%s\" and \"%s\" have the same id %lu",
                     s->chain[i].head.name, c->head.name, (unsigned long)c->id.value.w[0]);
            return REJECT_SCENARIO;
        }
        if (is_l1 && s->chain[i].kind.value.w[0] == CHAIN_L1) {
            complain(r->complaint, c->kind.place, "kind: \"%s\" is already the l1; a scenario has exactly one",
                     s->chain[i].head.name);
            return REJECT_SCENARIO;
        }
    }
    if (!is_l1 && c->fork.given)
        return refuse_scenario(r, c->fork.place, "fork: only the l1 takes a fork; rollups run Osaka rules");
    if (!is_l1 && c->timestamp.given)
        return refuse_scenario(r, c->timestamp.place, "timestamp: only the l1 takes a timestamp; rollups share it");
    if (is_l1 && c->genesis.count)
        return refuse_scenario(r, c->genesis.place, "genesis: only rollups take contracts at genesis; deploy them on the l1");
    TRY(check_chain_numbers(r, c, is_l1));
    if (is_l1)
        s->l1 = index;
    return add_symbol(r, (struct symbol){c->head.name, c->head.place, SYMBOL_CHAIN, index, index, 0});
}

static enum err check_chains(const struct reading *r)
{
    struct scenario *s = r->s;
    s->l1 = UINT32_MAX;
    for (u32 i = 0; i < s->chain_count; i++)
        TRY(check_scenario_chain(r, i));
    if (s->l1 == UINT32_MAX)
        return refuse_scenario(r, s->chain_list.place, "chains: no chain of kind l1; a scenario has exactly one");
    if (s->chain_count == 1)
        return refuse_scenario(r, s->chain_list.place, "chains: no chain of kind rollup; a scenario has at least one");
    return OK;
}

hash32 scenario_account_key(const char *name)
{
    hash32 key;
    struct keccak k;
    keccak_init(&k);
    keccak_add(&k, "scope:account:", 14);
    keccak_add(&k, name, strlen(name));
    keccak_end(&k, &key);
    return key;
}

static enum err read_account_key(const struct reading *r, struct scenario_account *a)
{
    const struct word *w = &a->key_text;
    a->key = scenario_account_key(a->head.name);
    if (w->text && hex_fixed(a->key.b, 32, bytes_of(w->text, strlen(w->text))))
        return refuse_scenario(r, w->place, "key: expected 0x and 64 hexadecimal digits");
    const enum err e = secp256k1_address(&a->at, &a->key);
    return e == REJECT_KEY ? refuse_scenario(r, w->place, "key: invalid secp256k1 private key (0, or not below the group order)") : e;
}

enum { BALANCES_BITS_MAX = 126 };

static enum err read_balance(const struct reading *r, struct scenario_account *a, const struct yaml *y)
{
    const struct symbol *chain = scenario_find(r->s, r->complaint, y->key_place, y->key, 1u << SYMBOL_CHAIN, 0);
    if (!chain)
        return REJECT_SCENARIO;
    if (y->kind != YAML_SCALAR || amount_u256(&a->balance[chain->index], bytes_of(y->text, y->len))) {
        complain(r->complaint, y->place, "balance: expected an amount, such as 10 ether, found %s%.60s%s",
                 y->kind == YAML_SCALAR ? "\"" : "", y->kind == YAML_SCALAR ? y->text : yaml_kind_name(y),
                 y->kind == YAML_SCALAR ? "\"" : "");
        return REJECT_SCENARIO;
    }
    /* a rollup's supply is 2^127 wei (docs/protocol.md section 5), and it needs some of it to move */
    u256 sum = {{0}};
    bool wraps = false;
    for (const struct scenario_account *other = r->s->account; other <= a; other++)
        if (other->balance)
            wraps |= u256_add(&sum, &sum, &other->balance[chain->index]);
    if (wraps || u256_bit_length(&sum) > BALANCES_BITS_MAX) {
        complain(r->complaint, y->place, "balance: the accounts on \"%s\" add up to 2^126 wei or more",
                 chain->name);
        return REJECT_SCENARIO;
    }
    return OK;
}

static enum err check_scenario_account(const struct reading *r, u32 index)
{
    struct scenario_account *a = &r->s->account[index];
    TRY(read_account_key(r, a));
    for (u32 i = 0; i < index; i++)
        if (address_eq(&r->s->account[i].at, &a->at)) {
            complain(r->complaint, a->key_text.text ? a->key_text.place : a->head.place, "key: already used by \"%s\"",
                     r->s->account[i].head.name);
            return REJECT_SCENARIO;
        }
    a->balance = ARENA_TAKE_ZERO(r->arena, u256, r->s->chain_count);
    if (a->balances && a->balances->kind != YAML_MAP) {
        complain(r->complaint, a->balances->place,
                 "balance: expected a map of chains, such as {l1: 10 ether}, found %s", yaml_kind_name(a->balances));
        return REJECT_SCENARIO;
    }
    if (a->balances)
        for (const struct yaml *y = a->balances->first; y; y = y->next)
            TRY(read_balance(r, a, y));
    return add_symbol(r, (struct symbol){a->head.name, a->head.place, SYMBOL_ACCOUNT, index, 0, 0});
}

static enum err check_coinbases(const struct reading *r)
{
    for (u32 i = 0; i < r->s->chain_count; i++) {
        const struct word *w = &r->s->chain[i].coinbase;
        address ignored;
        if (w->text && (w->text[0] != '0' || address_read(&ignored, bytes_of(w->text, strlen(w->text)))))
            TRY(check_name(r, w, SYMBOL_ACCOUNT, 0));
    }
    return OK;
}

static enum err check_provers(const struct reading *r)
{
    struct scenario_provers *p = &r->s->provers;
    if (!p->count.given) {
        p->count.value = u256_from_u64(DEFAULT_PROVER_COUNT);
        p->threshold.value = u256_from_u64(DEFAULT_PROVER_THRESHOLD);
        return OK;
    }
    if (p->count.value.w[0] < 1 || p->count.value.w[0] > SCENARIO_PROVERS_MAX)
        return refuse_scenario(r, p->count.place, "count: expected 1 to 16 provers");
    if (p->threshold.value.w[0] < 1 || p->threshold.value.w[0] > p->count.value.w[0])
        return refuse_scenario(r, p->threshold.place, "threshold: expected 1 to the number of provers");
    return OK;
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum err check_call(const struct reading *r, const struct scenario_call *c)
{
    if (!c->function.text && c->args)
        return refuse_scenario(r, c->args->place, "args: given without a function");
    if (c->function.text && c->data)
        return refuse_scenario(r, c->data->place, "data: given together with a function");
    return OK;
}

static enum err check_send(const struct reading *r, const struct scenario_send *t, u32 step)
{
    TRY(check_name(r, &t->from, SYMBOL_ACCOUNT, step));
    TRY(check_name(r, &t->chain, SYMBOL_CHAIN, step));
    return check_call(r, &t->call);
}

static enum err check_operation(const struct reading *r, const struct scenario_operation *o, struct place place,
                                u32 step)
{
    TRY(check_name(r, &o->account, SYMBOL_ACCOUNT, step));
    if (o->calls.count == 0)
        return refuse_scenario(r, place, "an operation needs at least one call");
    const struct scenario_call *c = o->calls.items;
    for (u32 i = 0; i < o->calls.count; i++)
        TRY(check_call(r, &c[i]));
    return OK;
}

static const struct word *submission_label(const struct scenario_submission *w)
{
    return w->head.variant == SUBMIT_SEND ? &w->send.label : &w->operate.label;
}

/* A group is a run of 2 to ATOMIC_MAX neighbors. */
static enum err check_atomic(const struct reading *r, const struct scenario_slot *slot, u32 index)
{
    const struct scenario_submission *all = slot->submit.items;
    const struct word *group = &all[index].atomic;
    u32 first = UINT32_MAX, count = 0;
    for (u32 i = 0; group->text && i < slot->submit.count; i++) {
        if (!all[i].atomic.text || strcmp(all[i].atomic.text, group->text) != 0)
            continue;
        first = first == UINT32_MAX ? i : first;
        if (i != first + count++) {
            complain(r->complaint, all[i].atomic.place,
                     "the parts of an atomic group follow each other: \"%.40s\" began in line %u", group->text,
                     all[first].atomic.place.line);
            return REJECT_SCENARIO;
        }
    }
    if (group->text && (count < 2 || count > ATOMIC_MAX)) {
        complain(r->complaint, group->place, "an atomic group has 2 to %d parts; \"%.40s\" has %u", ATOMIC_MAX,
                 group->text, count);
        return REJECT_SCENARIO;
    }
    return OK;
}

static enum err check_submission_fields(const struct reading *r, const struct scenario_slot *slot, u32 index, u32 step)
{
    const struct scenario_submission *all = slot->submit.items, *w = &all[index];
    const struct word *label = submission_label(w);
    for (u32 i = 0; i < index; i++)
        if (strcmp(submission_label(&all[i])->text, label->text) == 0) {
            complain(r->complaint, label->place, "duplicate label \"%.60s\"; first used in line %u",
                     label->text, submission_label(&all[i])->place.line);
            return REJECT_SCENARIO;
        }
    TRY(check_atomic(r, slot, index));
    return w->head.variant == SUBMIT_SEND ? check_send(r, &w->send, step)
                                          : check_operation(r, &w->operate, w->head.place, step);
}

static enum err read_call_number(const struct reading *r, struct number *out, const struct yaml *y)
{
    if (y->kind != YAML_SCALAR || amount_u256(&out->value, bytes_of(y->text, y->len)) || !u256_fits_u64(&out->value))
        return refuse_scenario(r, y->place, "swap: expected the number of a call");
    out->place = y->place;
    out->given = true;
    return OK;
}

static enum err check_forgery_fields(const struct reading *r, struct scenario_forgery *f)
{
    if (f->head.variant == FORGE_SWAP) {
        if (f->calls->kind != YAML_LIST || f->calls->count != 2)
            return refuse_scenario(r, f->calls->place, "swap: expected a list of two calls, such as [1, 2]");
        TRY(read_call_number(r, &f->call, f->calls->first));
        TRY(read_call_number(r, &f->other, f->calls->first->next));
        if (u256_eq(&f->call.value, &f->other.value))
            return refuse_scenario(r, f->other.place, "swap: expected two different calls");
    }
    if (u256_is_zero(&f->call.value) || (f->other.given && u256_is_zero(&f->other.value)))
        return refuse_scenario(r, f->call.place, "calls are numbered from 1, as in the timeline");
    return OK;
}

/* Pending work is carried: work of an earlier slot may reach its outcome in a later one. */
static bool was_submitted_before(const struct reading *r, const char *label, u32 step)
{
    for (u32 i = 0; i < step; i++) {
        const struct scenario_slot *slot = &r->s->step[i].slot;
        const struct scenario_submission *all = slot->submit.items;
        if (r->s->step[i].head.variant != STEP_SLOT)
            continue;
        for (u32 k = 0; k < slot->submit.count; k++)
            if (strcmp(submission_label(&all[k])->text, label) == 0)
                return true;
    }
    return false;
}

static enum err check_expectation(const struct reading *r, const struct scenario_expectation *e,
                                  const struct scenario_slot *slot, u32 step)
{
    TRY(check_name(r, &e->chain, SYMBOL_CHAIN, step));
    TRY(check_name(r, &e->from, SYMBOL_ACCOUNT, step));
    const u32 bounds = !!e->bound.equals + !!e->bound.at_least + !!e->bound.at_most + !!e->returns;
    const bool bounded =
        e->head.variant == EXPECT_BALANCE || e->head.variant == EXPECT_STORAGE || e->head.variant == EXPECT_CALL;
    if (bounded && bounds != 1) {
        complain(r->complaint, e->head.place, "%s needs exactly one of %sequals, atLeast and atMost",
                 expect_variants[e->head.variant].what, e->head.variant == EXPECT_CALL ? "returns, " : "");
        return REJECT_SCENARIO;
    }
    hash32 ignored;
    if (e->head.variant == EXPECT_CODE &&
        hex_fixed(ignored.b, sizeof ignored.b, bytes_of(e->code_hash.text, strlen(e->code_hash.text))))
        return refuse_scenario(r, e->code_hash.place, "keccak256: expected 0x and 64 hexadecimal digits");
    if (e->head.variant == EXPECT_EVENT && !slot)
        return refuse_scenario(r, e->head.place, "an event expectation belongs under a slot's \"expect\"");
    if (e->head.variant != EXPECT_OUTCOME)
        return OK;
    if (!slot)
        return refuse_scenario(r, e->head.place, "an outcome expectation belongs under a slot's \"expect\"");
    const struct scenario_submission *all = slot->submit.items;
    const char *labels[1000];
    for (u32 i = 0; i < slot->submit.count; i++) {
        labels[i] = submission_label(&all[i])->text;
        if (strcmp(labels[i], e->label.text) == 0)
            return OK;
    }
    if (was_submitted_before(r, e->label.text, step))
        return OK;
    const char *near = nearest_name(e->label.text, labels, slot->submit.count);
    complain(r->complaint, e->label.place, "no work with the label \"%.60s\" in this slot or an earlier one%s%s%s", e->label.text,
             near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return REJECT_SCENARIO;
}

static enum err check_expectation_fields(const struct reading *r, const struct many *list,
                                         const struct scenario_slot *slot, u32 step)
{
    const struct scenario_expectation *e = list->items;
    for (u32 i = 0; i < list->count; i++)
        TRY(check_expectation(r, &e[i], slot, step));
    return OK;
}

static enum err check_slot_fields(const struct reading *r, const struct scenario_slot *slot, u32 step)
{
    for (u32 i = 0; i < slot->submit.count; i++)
        TRY(check_submission_fields(r, slot, i, step));
    struct scenario_forgery *f = slot->forgeries.items;
    for (u32 i = 0; i < slot->forgeries.count; i++)
        TRY(check_forgery_fields(r, &f[i]));
    return check_expectation_fields(r, &slot->expect, slot, step);
}

static enum err check_contract(const struct reading *r, const struct scenario_contract *c, u32 step)
{
    TRY(check_name(r, &c->from, SYMBOL_ACCOUNT, step));
    const struct symbol *chain =
        scenario_find(r->s, r->complaint, c->chain.place, c->chain.text, 1u << SYMBOL_CHAIN, step);
    if (!chain)
        return REJECT_SCENARIO;
    return add_symbol(r, (struct symbol){c->name.text, c->name.place, SYMBOL_CONTRACT, step, chain->index, step + 1});
}

static enum err check_read_fields(const struct reading *r, const struct scenario_read_step *read, u32 step)
{
    TRY(check_name(r, &read->from, SYMBOL_ACCOUNT, step));
    TRY(check_call(r, &read->call));
    return add_symbol(r, (struct symbol){read->name.text, read->name.place, SYMBOL_RESULT, step, 0, step + 1});
}

static enum err check_step_fields(const struct reading *r, u32 index)
{
    const struct scenario_step *step = &r->s->step[index];
    switch ((enum step_verb)step->head.variant) {
    case STEP_DEPLOY:
    case STEP_ATTACH:
        return check_contract(r, &step->contract, index);
    case STEP_READ:
        return check_read_fields(r, &step->read, index);
    case STEP_SEND:
        return check_send(r, &step->send, index);
    case STEP_OPERATE:
        return check_operation(r, &step->operate, step->head.place, index);
    case STEP_SLOT:
        return check_slot_fields(r, &step->slot, index);
    case STEP_CHECK:
        return check_expectation_fields(r, &step->check, NULL, index);
    }
    BUG("a step without a verb");
}

static enum err check_scenario(const struct reading *r)
{
    struct scenario *s = r->s;
    s->chain = s->chain_list.items;
    s->chain_count = s->chain_list.count;
    s->account_count = s->account_list.count + 1;
    s->account = ARENA_TAKE_ZERO(r->arena, struct scenario_account, s->account_count);
    s->account[0].head.name = "builder"; /* pays for the bundles; position 0:0 marks the name as reserved */
    if (s->account_list.count)
        memcpy(s->account + 1, s->account_list.items, s->account_list.count * sizeof *s->account);
    s->step = s->step_list.items;
    s->step_count = s->step_list.count;
    s->symbol = ARENA_TAKE(r->arena, struct symbol, s->chain_count + s->account_count + s->step_count);
    TRY(check_chains(r));
    for (u32 i = 0; i < s->account_count; i++)
        TRY(check_scenario_account(r, i));
    TRY(check_coinbases(r));
    TRY(check_provers(r));
    for (u32 i = 0; i < s->step_count; i++)
        TRY(check_step_fields(r, i));
    return OK;
}

enum err scenario_read(struct arena *arena, struct scenario **out, struct complaint *complaint, struct bytes text)
{
    const struct yaml *root;
    struct scenario *s = arena_take_zero(arena, sizeof *s);
    if (text.len > SCENARIO_BYTES_MAX) {
        complain(complaint, (struct place){0, 0}, "has %zu bytes; the limit is %d", text.len, SCENARIO_BYTES_MAX);
        return REJECT_YAML;
    }
    TRY(yaml_read(arena, &root, complaint, text));
    TRY(scenario_expand(arena, &root, complaint, root));
    TRY(schema_read(s, arena, complaint, &scenario_schema, root));
    const struct reading r = {arena, complaint, s};
    TRY(check_scenario(&r));
    *out = s;
    return OK;
}
