/* The first pass of a slot: all of its work, simulated across chains. */
#include "builder/slot_stages.h"

#include "base/u256.h"
#include "codec/text.h"
#include "signer/tx_sign.h"

struct pass {
    struct arena *arena;
    const struct slot_env *env;
    const struct carrier *carrier;
    struct simulation *simulation;
    struct buffer *why;
};

static enum err sign_tx(const struct pass *p, struct slot_work *w)
{
    const struct transact *t = &w->work->transact;
    if (w->work->signed_tx) {
        w->tx = w->work->signed_tx;
        return OK;
    }
    const u256 *base_fee = &ledger_head(p->env->chain[w->work->chain].ledger)->header.base_fee;
    struct tx *tx = ARENA_TAKE(p->arena, struct tx, 1);
    *tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = t->chain_id,
        .is_creation = t->creates,
        .to = t->to,
        .value = t->value,
        .gas_limit = t->gas_limit,
        .data = t->data,
    };
    u256_add(&tx->max_fee, base_fee, base_fee);
    TRY(simulation_nonce(p->simulation, &tx->nonce, w->work->chain, &w->work->report.sender));
    TRY(tx_sign(tx, &t->key, p->arena));
    w->tx = tx;
    return OK;
}

static enum err sign_operation(const struct pass *p, struct slot_work *w)
{
    const struct operation *o = &w->work->operation;
    if (w->work->signed_operation) {
        w->operation = w->work->signed_operation;
        return OK;
    }
    struct signed_operation *signed_operation = ARENA_TAKE(p->arena, struct signed_operation, 1);
    *signed_operation = (struct signed_operation){
        .account = w->work->report.sender,
        .deadline = o->deadline ? o->deadline : p->carrier->l1_choice.timestamp + OPERATION_SECONDS,
        .gas_limit = o->gas_limit,
        .submitter = o->submitter,
        .call = o->call,
        .call_count = o->call_count,
    };
    TRY(simulation_operation_nonce(p->simulation, &signed_operation->nonce, &w->work->report.sender, p->why));
    TRY(operation_sign(signed_operation, p->env->l1_chain_id, &p->env->contracts->shared_bridge, &o->key,
                       p->arena));
    w->operation = signed_operation;
    return OK;
}

static enum err simulate_work(const struct pass *p, struct slot_work *w, size_t i)
{
    if (w->work->report.is_operation) {
        TRY(sign_operation(p, w));
        return simulate_operation(p->simulation, &w->simulated, i, w->operation, &p->env->builder, p->why);
    }
    TRY(sign_tx(p, w));
    return simulate_tx(p->simulation, &w->simulated, w->work->chain, i, w->tx, p->why);
}

static enum err open_simulation(struct pass *p, const bool *in_bundle)
{
    const struct slot_env *env = p->env;
    const struct ledger_block *anchor = ledger_head(env->chain[L1].ledger);
    struct sim_chain_config *chain = ARENA_TAKE_ZERO(p->arena, struct sim_chain_config, env->chain_count);
    chain[L1] = (struct sim_chain_config){.ledger = env->chain[L1].ledger,
                                          .bridge = env->contracts->shared_bridge,
                                          .choice = p->carrier->l1_choice,
                                          .edit = env->edit};
    for (size_t i = 1; i < env->chain_count; i++)
        chain[i] = (struct sim_chain_config){
            .ledger = env->chain[i].ledger,
            .bridge = rollup_bridge_address,
            .choice = rollup_block_choice(env->chain[i].rules, p->carrier->l1_choice.timestamp),
            .in_bundle = in_bundle[i],
            .edit = env->edit,
            .forced = slot_forced(p->carrier, i),
        };
    TRY(simulation_open(&p->simulation, p->arena, chain, env->chain_count, &p->carrier->tx, &anchor->header,
                        &anchor->hash));
    if (env->records_trees)
        simulation_record_trees(p->simulation);
    for (size_t i = 1; i < env->chain_count; i++)
        simulation_be_lenient(p->simulation, i, env->lenient);
    return OK;
}

/* What the last steps on L1 take of the bundle's calldata at the least: a step's encoding, and what users chose. */
static u64 l1_bytes(const struct pass *p, size_t first_item)
{
    enum { CALL_BYTES = 600, OPERATION_BYTES = 1100 };
    const struct plan *plan = simulation_plan(p->simulation);
    const struct plan_chain *l1 = &plan->chain[L1];
    u64 bytes = 0;
    for (size_t i = first_item; i < l1->item.count; i++) {
        const struct plan_item *item = &l1->item.item[i];
        bytes += item->kind == ITEM_HANDLE ? CALL_BYTES + plan->call.item[item->call].call.request.data.len
                                           : OPERATION_BYTES;
    }
    return bytes;
}

/* A block without room makes work wait that fits into an empty one: its unit is the first of the next slot. */
static bool waits_for_room(const struct pass *p, const struct slot_works *work, size_t i, size_t first, enum err e)
{
    const struct slot_work *w = &work->item[i];
    if (e != REJECT_TX_GAS_ALLOWANCE || slot_count_included(&(struct slot_works){work->item, first}) == 0)
        return false;
    const struct rollup_rules *rules = p->env->chain[w->work->chain].rules;
    return !w->tx || !rules || w->tx->gas_limit <= rules->gas_limit;
}

static enum err simulate_part(const struct pass *p, struct slot_works *work, size_t i, bool is_atomic)
{
    struct slot_work *w = &work->item[i];
    p->why->len = 0;
    if (!is_included(work, i)) { /* of an atomic group: refused before */
        text_add_z(p->why, w->reason);
        return w->error;
    }
    w->simulated = (struct simulated){0};
    const enum err e = simulate_work(p, w, i);
    if (err_is_fault(e))
        return e;
    w->simulated.tree = simulation_tree(p->simulation);
    if (e != OK || !w->simulated.success)
        w->simulated.frame_count = simulation_failure(p->simulation, p->arena, &w->simulated.frame);
    w->error = e;
    w->reason = NULL;
    if (e != OK || w->simulated.success || !is_atomic)
        return e;
    text_add(p->why, "it reverted");
    return REJECT_ATOMIC;
}

/* A piece of work, or an atomic group, which fails, without a trace, if a part fails or reverts. *failed: which. */
static enum err simulate_unit(const struct pass *p, size_t *failed, struct slot_works *work, struct slot_unit u)
{
    const bool is_atomic = u.end - u.first > 1;
    const struct sim_mark *mark = is_atomic ? simulation_mark(p->simulation) : NULL;
    for (size_t i = u.first; i < u.end; i++) {
        enum err e = simulate_part(p, work, i, is_atomic);
        if (err_is_fault(e))
            return e;
        if (e == OK)
            continue;
        *failed = i;
        if (is_atomic)
            simulation_rewind(p->simulation, mark);
        return e;
    }
    return OK;
}

static void refuse_unit(const struct pass *p, struct slot_works *work, struct slot_unit u, size_t failed, enum err e)
{
    if (p->why->len == 0)
        text_add_z(p->why, err_text(e));
    const char *reason = slot_message(p->arena, p->why);
    struct buffer others = buffer_in(p->arena);
    text_add(&others, "part ");
    text_add_u64(&others, failed - u.first + 1);
    text_add(&others, " of its atomic group failed: ");
    text_add_z(&others, reason);
    for (size_t i = u.first; i < u.end; i++) {
        struct slot_work *w = &work->item[i];
        if (i != failed)
            w->simulated = (struct simulated){0};
        w->fate = FATE_REFUSED;
        w->error = i == failed ? e : REJECT_ATOMIC;
        w->reason = i == failed ? reason : slot_message(p->arena, &others);
    }
}

/* A FAULT ends the pass; a REJECT is the fate of one unit of work. What cannot fit any more is not simulated. */
static enum err simulate_all(const struct pass *p, struct slot_works *work)
{
    u64 bytes = 0;
    size_t failed = 0;
    struct slot_unit u;
    for (size_t i = 0; i < work->count; i = u.end) {
        u = slot_unit_of(work, i);
        if (!is_included(work, i) && !is_included(work, u.end - 1))
            continue;
        const size_t items = simulation_plan(p->simulation)->chain[L1].item.count;
        const enum err e = simulate_unit(p, &failed, work, u);
        if (err_is_fault(e))
            return e;
        if (e == OK)
            bytes += l1_bytes(p, items);
        if (waits_for_room(p, work, failed, u.first, e)) {
            slot_defer_from(work, u.first, "the block of a rollup is full, deferred to the next slot");
            break;
        }
        if (e == OK && bytes > TX_BYTES_MAX) {
            slot_defer_from(work, u.end, err_text(REJECT_BUNDLE_FULL));
            break;
        }
        if (e != OK)
            refuse_unit(p, work, u, failed, e);
    }
    p->why->len = 0;
    return OK;
}

/* One run with a set of rollups. *shrank: some of them have nothing in the plan, and are no longer in the set. */
static enum err simulate_once(struct first_pass *out, struct pass *p, bool *in_bundle, bool *again)
{
    TRY(open_simulation(p, in_bundle));
    const enum err e = simulate_all(p, &out->work);
    bool shrank = false;
    out->plan = simulation_plan(p->simulation);
    out->read_count = simulation_reads(p->simulation, &out->read);
    out->has_rollup = false;
    for (size_t i = 1; i < p->env->chain_count; i++) {
        const bool has_items = out->plan->chain[i].item.count != 0 || slot_forced(p->carrier, i).count != 0;
        shrank |= in_bundle[i] && !has_items;
        in_bundle[i] &= has_items;
        out->has_rollup |= has_items;
    }
    *again = shrank && simulation_uses_l1(p->simulation);
    simulation_close(p->simulation);
    return e;
}

/* Operations on L1 alone are no bundle: SharedBridge would revert with Empty(). The first of them is refused; what
 * comes behind ran on the state that it left, so all of that is simulated again. False: nothing comes behind. */
static bool refuse_without_rollup(struct slot_works *work)
{
    size_t first = 0;
    bool again = false;
    while (first < work->count && !is_included(work, first))
        first++;
    for (size_t i = first; i < work->count; i++) {
        struct slot_work *w = &work->item[i];
        if (i == first) {
            w->fate = FATE_REFUSED;
            w->error = REJECT_NO_ROLLUP;
            w->reason = err_text(REJECT_NO_ROLLUP);
        } else if (w->fate == FATE_INCLUDED || w->fate == FATE_REFUSED) {
            w->fate = FATE_INCLUDED;
            again = true;
        }
    }
    return again;
}

static enum err simulate_rollups(struct first_pass *out, struct pass *p)
{
    bool *in_bundle = ARENA_TAKE(p->arena, bool, p->env->chain_count);
    for (size_t i = 0; i < p->env->chain_count; i++)
        in_bundle[i] = true;
    for (bool again = true; again;)
        TRY(simulate_once(out, p, in_bundle, &again));
    return OK;
}

/* L1's clock starts from the rollups of the bundle, so the set of rollups is an input of the simulation: it runs until
 * the set that was assumed is the set that comes out. The set only shrinks, so this ends. Refused work left no trace,
 * and is not simulated again: its chain may no longer be in the set. */
enum err slot_simulate(struct first_pass *out, struct arena *arena, const struct slot_env *env,
                       const struct carrier *carrier, const struct slot_works *work, struct buffer *why)
{
    struct pass p = {.arena = arena, .env = env, .carrier = carrier, .why = why};
    enum { WITHOUT_ROLLUP_MAX = 64 };
    *out = (struct first_pass){.work = slot_works_copy(work, arena)};
    for (size_t i = 0; i < work->count; i++)
        if (work->item[i].fate != FATE_EXCLUDED && work->item[i].fate != FATE_DEFERRED)
            out->work.item[i].fate = FATE_INCLUDED;
    TRY(simulate_rollups(out, &p));
    for (u32 refused = 1; !out->has_rollup && refuse_without_rollup(&out->work); refused++) {
        if (refused == WITHOUT_ROLLUP_MAX) {
            slot_defer_from(&out->work, 0, "behind too many operations on L1 alone, deferred to the next slot");
            break;
        }
        TRY(simulate_rollups(out, &p));
    }
    return OK;
}

/* --- a transaction that is in no slot --- */

/* On all chains at their heads. */
static enum err open_for_calls(struct pass *p)
{
    bool *in_bundle = ARENA_TAKE(p->arena, bool, p->env->chain_count);
    for (size_t i = 0; i < p->env->chain_count; i++)
        in_bundle[i] = true;
    return open_simulation(p, in_bundle);
}

enum err slot_simulate_call(struct simulated *out, const struct plan **plan, struct arena *arena,
                            const struct slot_env *env, const struct carrier *carrier, size_t chain, const struct tx *t,
                            struct buffer *why)
{
    struct pass p = {.arena = arena, .env = env, .carrier = carrier, .why = why};
    TRY(open_for_calls(&p));
    const enum err e = simulate_tx(p.simulation, out, chain, 0, t, why);
    out->tree = simulation_tree(p.simulation);
    *plan = simulation_plan(p.simulation);
    simulation_close(p.simulation);
    return e;
}

enum err slot_simulate_calls(struct slot_call *call, size_t count, struct arena *arena, const struct slot_env *env,
                             const struct carrier *carrier)
{
    struct pass p = {.arena = arena, .env = env, .carrier = carrier};
    enum err e = OK;
    TRY(open_for_calls(&p));
    for (size_t i = 0; i < count && !err_is_fault(e); i++) {
        struct slot_call *c = &call[i];
        e = c->tx ? simulate_tx(p.simulation, &c->simulated, c->chain, i, c->tx, &c->why)
                  : simulate_operation(p.simulation, &c->simulated, i, c->operation, &env->builder, &c->why);
        call[i].simulated.tree = simulation_tree(p.simulation);
        call[i].result = e;
        if (e != OK && call[i].why.len == 0)
            text_add_z(&call[i].why, err_text(e));
    }
    simulation_close(p.simulation);
    return err_is_fault(e) ? e : OK;
}
