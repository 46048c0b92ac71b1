#include "builder/session_call.h"

#include "builder/slot_stages.h"

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
                             u64 chain_id, const struct tx *t, const struct call_budget *budget)
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
    const struct slot_env env = slot_env_of(s, arena, false);
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
        out[i] = (struct slot_call){.tx = call[i].tx, .why = buffer_in(arena)};
        if (!session_ledger(s, call[i].chain_id, &out[i].chain) || out[i].chain == 0)
            return session_unknown_chain(s, call[i].chain_id);
    }
    return OK;
}

enum err session_simulate(struct session *s, struct arena *arena, struct simulated_call *call, size_t count)
{
    const struct slot_works none = {0};
    struct slot_call *simulated = ARENA_TAKE(arena, struct slot_call, count);
    struct carrier carrier;
    session_forget_error(s);
    TRY(find_chains(s, arena, simulated, call, count));
    TRY(session_sync(s));
    const struct slot_env env = slot_env_of(s, arena, false);
    TRY(slot_make_carrier(&carrier, s, arena, &env, &none));
    TRY(slot_simulate_calls(simulated, count, arena, &env, &carrier));
    for (size_t i = 0; i < count; i++) {
        call[i].result = simulated[i].result;
        call[i].reason = slot_message(arena, &simulated[i].why);
        call[i].outcome = outcome_of(&simulated[i].simulated);
    }
    return OK;
}
