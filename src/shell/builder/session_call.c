#include "builder/session_call.h"

#include "builder/slot_stages.h"
#include "codec/text.h"
#include "crypto/keccak.h"

static struct call_outcome outcome_of(const struct simulated *s)
{
    return (struct call_outcome){
        .success = s->success,
        .halt = s->halt,
        .output = s->output,
        .gas_used = s->gas_used,
        .call_count = (u32)s->call_count,
        .tree = s->tree,
    };
}

enum err session_call_across(struct session *s, struct call_outcome *out, u64 *gas_limit, struct arena *arena,
                             u64 chain_id, const struct tx *t, const struct call_budget *budget,
                             const struct state_edit *edit)
{
    const struct slot_works none = {0};
    struct buffer why = buffer_in(arena);
    struct carrier carrier;
    struct simulated simulated = {0};
    const struct plan *plan;
    size_t chain;
    session_forget_error(s);
    if (!session_ledger(s, chain_id, &chain) || chain == 0)
        return session_unknown_chain(s, chain_id);
    TRY(session_sync(s));
    const struct slot_env env = slot_env_of_calls(s, arena, edit);
    TRY(slot_make_carrier(&carrier, s, arena, &env, &none));
    enum err e = slot_simulate_call(&simulated, &plan, arena, &env, &carrier, chain, t, &why);
    if (e == OK && simulated.success && gas_limit)
        e = slot_estimate(gas_limit, arena, &env, &carrier, plan, chain, t, budget, &why);
    *out = outcome_of(&simulated);
    return e == OK ? OK : session_fail(s, e, buffer_bytes(&why));
}

static enum err find_chains(struct session *s, struct arena *arena, struct slot_call *out,
                            const struct simulated_call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct slot_call){.tx = call[i].tx, .operation = call[i].operation, .why = buffer_in(arena)};
        if (!session_ledger(s, call[i].chain_id, &out[i].chain) || (out[i].chain == 0) != (call[i].tx == NULL))
            return session_unknown_chain(s, call[i].chain_id);
    }
    return OK;
}

/* As work of a slot, without a handle: the stages read what a session has of its work. */
static struct slot_works works_of(struct arena *arena, const struct slot_call *found, const struct simulated_call *call,
                                  size_t count)
{
    struct slot_works works = {.item = ARENA_TAKE_ZERO(arena, struct slot_work, count), .count = count};
    for (size_t i = 0; i < count; i++) {
        struct work *w = ARENA_TAKE_ZERO(arena, struct work, 1);
        w->chain = found[i].chain;
        w->signed_tx = call[i].tx;
        w->signed_operation = call[i].operation;
        w->authorization = call[i].authorization;
        w->report.chain_id = call[i].chain_id;
        w->report.is_operation = call[i].operation != NULL;
        w->report.sender = call[i].operation ? call[i].operation->account : call[i].tx->sender;
        works.item[i] = (struct slot_work){.work = w};
    }
    return works;
}

enum err session_simulate(struct session *s, struct arena *arena, struct simulated_call *call, size_t count,
                          const struct state_edit *edit)
{
    struct slot_call *simulated = ARENA_TAKE(arena, struct slot_call, count);
    struct carrier carrier;
    session_forget_error(s);
    TRY(find_chains(s, arena, simulated, call, count));
    const struct slot_works works = works_of(arena, simulated, call, count);
    TRY(session_sync(s));
    const struct slot_env env = slot_env_of_calls(s, arena, edit);
    TRY(slot_make_carrier(&carrier, s, arena, &env, &works));
    TRY(slot_simulate_calls(simulated, count, arena, &env, &carrier));
    for (size_t i = 0; i < count; i++) {
        call[i].result = simulated[i].result;
        call[i].reason = slot_message(arena, &simulated[i].why);
        call[i].outcome = outcome_of(&simulated[i].simulated);
    }
    return OK;
}

/* --- what it would cost --- */

struct costing {
    struct session *s;
    struct arena *arena;
    struct slot_env env;
    struct slot_works works;
    struct carrier carrier;
    struct second_pass second;
    struct buffer why;
};

static struct call_leg *legs_of(struct costing *c)
{
    const struct second_pass *second = &c->second;
    struct call_leg *leg = ARENA_TAKE(c->arena, struct call_leg, second->bundled_count);
    for (size_t i = 0; i < second->bundled_count; i++) {
        const struct rollup_block *b = second->bundled[i];
        leg[i] = (struct call_leg){b->transition.chain_id, b->header.gas_used, b->batch.len};
    }
    return leg;
}

/* Signed and executed on L1's head: what it uses is then known. */
static enum err measure_cost(struct costing *c, struct data_report *out, const struct l1_part *l1,
                             const struct placement *placement)
{
    const struct kzg_setup *setup = NULL;
    const u64 deadline = c->carrier.l1_choice.timestamp + OPERATION_SECONDS;
    struct published published;
    struct proofs proofs;
    u64 gas_used = 0;
    if (placement->report.is_in_blobs)
        TRY(session_kzg(c->s, &setup));
    TRY(slot_publish(&published, c->arena, &c->env, &c->second, l1, placement, setup));
    TRY(slot_attest_unproved(&proofs, c->arena, &c->env, &published, deadline));
    const struct bundle bundle = {&c->carrier, &c->second, l1, &published, &proofs};
    TRY(slot_measure(&gas_used, c->s, c->arena, &c->env, &bundle, &c->why));
    *out = slot_weigh_again(c->arena, &c->env, &c->carrier, &c->second, l1, placement, gas_used);
    return OK;
}

/* L1 executes no overrides; keys of other processes sign nothing that is not proved; what delegates ahead, in another
 * transaction, is not there yet. */
static bool can_measure(const struct costing *c, const struct placement *placement)
{
    return c->env.owns_l1 && !c->env.edit && !c->env.provers->url_count && placement->fits &&
           !placement->delegates_first;
}

static enum err weigh_cost(struct costing *c, struct call_cost *out, const struct l1_part *l1)
{
    const struct placement placement = slot_weigh(c->arena, &c->env, &c->carrier, &c->second, l1);
    *out = (struct call_cost){legs_of(c), c->second.bundled_count, placement.report};
    return can_measure(c, &placement) ? measure_cost(c, &out->data, l1, &placement) : OK;
}

/* What became of the one work in a stage. */
static enum err fate_of(struct costing *c, const struct slot_works *works)
{
    const struct slot_work *w = &works->item[0];
    if (w->fate == FATE_INCLUDED)
        return OK;
    c->why.len = 0;
    text_add_z(&c->why, w->reason);
    return w->error;
}

static enum err run_stages(struct costing *c, struct call_cost *out)
{
    struct first_pass first;
    struct l1_part l1;
    TRY(slot_make_carrier(&c->carrier, c->s, c->arena, &c->env, &c->works));
    TRY(slot_simulate(&first, c->arena, &c->env, &c->carrier, &c->works, &c->why));
    TRY(fate_of(c, &first.work));
    TRY(slot_build(&c->second, c->arena, &c->env, &c->carrier, &first, &c->why));
    TRY(fate_of(c, &c->second.work));
    TRY(slot_finish_blocks(&c->second, &c->env));
    TRY(slot_plan_l1(&l1, c->arena, &c->env, &first, &c->second));
    return weigh_cost(c, out, &l1);
}

enum err session_cost(struct session *s, struct arena *arena, struct call_cost *out, const struct simulated_call *call,
                      const struct state_edit *edit)
{
    struct tx *signed_like = ARENA_TAKE(arena, struct tx, 1);
    struct simulated_call one = *call;
    struct slot_call found;
    session_forget_error(s);
    if (call->tx) { /* a signature is 64 bytes that do not compress */
        *signed_like = *call->tx;
        keccak256(&signed_like->signature.r, BYTES_LITERAL("r").ptr, 1);
        keccak256(&signed_like->signature.s, BYTES_LITERAL("s").ptr, 1);
        one.tx = signed_like;
    }
    TRY(find_chains(s, arena, &found, &one, 1));
    TRY(session_sync(s));
    struct costing c = {.s = s, .arena = arena, .env = slot_env_of_calls(s, arena, edit),
                        .works = works_of(arena, &found, &one, 1), .why = buffer_in(arena)};
    const enum err e = run_stages(&c, out);
    second_pass_close(&c.second);
    if (e != OK && c.why.len == 0)
        text_add_z(&c.why, err_text(e));
    return e == OK ? OK : session_fail(s, e, buffer_bytes(&c.why));
}
