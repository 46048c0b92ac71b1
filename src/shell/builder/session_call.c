#include "builder/session_call.h"

#include "builder/slot_stages.h"

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
    if (e != OK)
        return session_fail(s, e, buffer_bytes(&why));
    *out = (struct call_outcome){
        .success = simulated.success,
        .halt = simulated.halt,
        .output = simulated.output,
        .gas_used = simulated.gas_used,
        .call_count = (u32)simulated.call_count,
    };
    return OK;
}
