#include "simulate/simulate_private.h"

#include "base/u256.h"
#include "scope/selector.h"

/* --- marks over all chains --- */

struct sim_mark {
    struct plan_mark plan;
    struct block_mark *run; /* per rollup */
    u64 l1;
    bool uses_l1;
    u64 floor;
};

static struct sim_mark sim_mark(struct simulation *s)
{
    struct sim_mark mark = {.plan = plan_mark(&s->plan), .uses_l1 = s->uses_l1, .floor = s->floor};
    mark.run = ARENA_TAKE(s->arena, struct block_mark, s->chain_count);
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            mark.run[i] = block_mark(&s->chain[i].run);
    mark.l1 = evm_host_mark(&s->chain[L1].run.host);
    return mark;
}

static void sim_rewind(struct simulation *s, const struct sim_mark *mark)
{
    s->trace.depth = 0; /* the frames that were open are gone */
    for (size_t i = 0; i < s->chain_count; i++) {
        s->chain[i].is_busy = s->chain[i].is_looking = false;
        if (s->chain[i].is_open)
            state_watch(s->chain[i].state, NULL);
    }
    plan_rewind(&s->plan, &mark->plan);
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            block_rewind(&s->chain[i].run, &mark->run[i]);
    evm_host_rewind(&s->chain[L1].run.host, mark->l1);
    s->uses_l1 = mark->uses_l1;
    s->floor = mark->floor;
}

const struct sim_mark *simulation_mark(struct simulation *s)
{
    struct sim_mark *mark = ARENA_TAKE(s->arena, struct sim_mark, 1);
    *mark = sim_mark(s);
    return mark;
}

void simulation_rewind(struct simulation *s, const struct sim_mark *mark)
{
    sim_rewind(s, mark);
}

/* What comes before a scope. */
struct opening {
    u64 floor;      /* 0: none */
    bool announces; /* its root, before its first call */
};

static void scope_begin(struct simulation *s, size_t work, struct buffer *why)
{
    s->work = work;
    s->first_call = s->plan.call.count;
    s->is_above_clocks = false;
    s->needs_clocks = false;
    s->attempts = 0;
    s->why = why;
    s->handling = PLAN_NONE;
    s->root_known = false;
    s->needs_floor = false;
    s->fuse = (struct fuse_cause){0};
    frame_trace_begin(&s->trace);
    sim_tree_begin(s);
}

static void scope_end(struct simulation *s, struct simulated *out, size_t first_call)
{
    if (s->root_known)
        s->floor = s->root.clock;
    out->first_call = first_call;
    out->call_count = s->plan.call.count - first_call;
}

/* --- scopes --- */

static enum err open_scope(struct sim_chain *c, const struct opening *o)
{
    enum { OPEN_SCOPE_GAS = 200000 };
    struct arena *a = c->s->arena;
    const struct receipt *receipt;
    if (!o->floor && !o->announces)
        return OK;
    return sim_apply_system(c, &receipt, &c->bridge,
                            o->announces ? calldata_announce_root(a, o->floor) : calldata_open_scope(a, o->floor),
                            OPEN_SCOPE_GAS);
}

static enum err greatest_clock(struct simulation *s, u64 *out)
{
    *out = 0;
    for (size_t i = 0; i < s->chain_count; i++) {
        u64 clock;
        if (!s->chain[i].is_open)
            continue;
        TRY(sim_clock(&s->chain[i], &clock));
        *out = clock > *out ? clock : *out;
    }
    return OK;
}

/* Whether a scope that was rejected is tried once more, opened in another way; everything is as before it, then. */
static enum err reopen(struct simulation *s, struct opening *o, bool *again, const struct sim_mark *mark, enum err e)
{
    const bool unannounced = e == REJECT_NOT_ANNOUNCED && !o->announces;
    const bool needs_clocks = (unannounced || s->needs_clocks) && !s->is_above_clocks, needs_floor = s->needs_floor;
    const bool is_above_clocks = s->is_above_clocks || needs_clocks;
    *again = !err_is_fault(e) && (unannounced || needs_clocks || (needs_floor && !o->floor));
    if (!*again)
        return OK;
    sim_rewind(s, mark);
    scope_begin(s, s->work, s->why);
    o->announces |= unannounced;
    o->floor = s->floor;
    s->is_above_clocks = is_above_clocks;
    return is_above_clocks ? greatest_clock(s, &o->floor) : OK;
}

static enum err try_tx(struct simulation *s, struct simulated *out, struct sim_chain *c, const struct tx *t,
                       const struct opening *o)
{
    const size_t first_call = s->plan.call.count;
    TRY(open_scope(c, o));
    TRY(sim_item_begin(c, ITEM_TX));
    sim_item(c)->floor = o->floor;
    sim_item(c)->announces = o->announces;
    const struct receipt *receipt;
    TRY(block_apply(&c->run, &receipt, t));
    out->success = receipt->success;
    out->output = arena_copy(s->arena, receipt->output);
    out->halt = receipt->halt;
    out->gas_used = receipt->gas_used;
    TRY(sim_close_lookups(c));
    TRY(sim_item_end(c, receipt->success, receipt->log, receipt->log_count));
    scope_end(s, out, first_call);
    return OK;
}

enum err simulate_tx(struct simulation *s, struct simulated *out, size_t chain, size_t work, const struct tx *t,
                     struct buffer *why)
{
    struct sim_chain *c = &s->chain[chain];
    const struct sim_mark mark = sim_mark(s);
    struct opening o = {0};
    scope_begin(s, work, why);
    enum err e = try_tx(s, out, c, t, &o);
    for (bool again = e != OK; again;) {
        TRY(reopen(s, &o, &again, &mark, e));
        if (again)
            e = try_tx(s, out, c, t, &o);
    }
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

/* Whether the candidate, which ran last, commutes with the items that are to come after it. */
static bool commutes(const struct sim_chain *c)
{
    const u32 from = c->candidate_from;
    const bool touched_coinbase = c->watch.hits > 1;
    return !c->watch.conflict && !touched_coinbase && c->coinbase_read_by < from &&
           state_commutes(c->state, c->item_mark, c->item_end, &c->watch);
}

static enum err place_candidate(struct simulation *s, struct sim_chain *c, size_t before)
{
    if (s->root_known || s->plan.call.count > s->first_call)
        return sim_reject(s, REJECT_NOT_ORDINARY, "the transaction makes a scoped call, so its clock determines its place");
    if (!commutes(c))
        return sim_reject(s, REJECT_WOULD_CHANGE, "it conflicts with what a later scope read or wrote");
    state_stamp(c->state, c->item_mark, c->item_end, &c->watch);
    if (!plan_move_last(&s->plan, c->index, before))
        return sim_reject(s, REJECT_TOO_LONG, "there is no room left before that item");
    return OK;
}

enum err simulate_before(struct simulation *s, struct simulated *out, size_t chain, size_t before, size_t work,
                         const struct tx *t, struct buffer *why)
{
    struct sim_chain *c = &s->chain[chain];
    const struct plan_chain *p = &s->plan.chain[chain];
    scope_begin(s, work, why);
    if (before >= p->item.count)
        return simulate_tx(s, out, chain, work, t, why);
    if (before && p->item.item[before].kind == ITEM_HANDLE && p->item.item[before - 1].kind == ITEM_HANDLE &&
        p->item.item[before].work == p->item.item[before - 1].work)
        return sim_reject(s, REJECT_SCOPE_SPLIT, "it would separate two parts of one root");
    const struct sim_mark mark = sim_mark(s);
    const u32 below = before ? p->item.item[before - 1].number : 0;
    c->candidate_from = p->item.item[before].number;
    c->candidate_number = below + (c->candidate_from - below) / 2;
    enum err e = try_tx(s, out, c, t, &(struct opening){0});
    if (e == REJECT_NOT_ANNOUNCED || s->needs_clocks)
        e = sim_reject(s, REJECT_NOT_ORDINARY, "the transaction looks at another chain, so its clock determines its place");
    if (e == OK)
        e = place_candidate(s, c, before);
    c->candidate_from = 0;
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

static const char not_delegated[] = "the account is not delegated to ScopedAccount";

static enum err try_operation(struct simulation *s, struct simulated *out, const struct signed_operation *o,
                              const address *submitter, const struct opening *opening)
{
    struct sim_chain *l1 = &s->chain[L1];
    const size_t first_call = s->plan.call.count;
    const struct step step = {.floor = opening->floor, .announces = opening->announces, .operation = o};
    TRY(sim_item_begin(l1, ITEM_OPERATION));
    sim_item(l1)->floor = opening->floor;
    sim_item(l1)->announces = opening->announces;
    struct evm_result r;
    TRY(sim_run_step(l1, &r, &step, submitter));
    out->success = halt_is_success(r.halt);
    out->output = arena_copy(s->arena, r.output);
    if (!out->success && selector_of(r.output) == (u32)SELECTOR_NOT_DELEGATED)
        return sim_reject(s, REJECT_NOT_DELEGATED, not_delegated);
    if (!out->success)
        return sim_reject_result(s, REJECT_OPERATION_FAILED, "the operation reverted", &r);
    scope_end(s, out, first_call);
    return OK;
}

enum err simulate_operation(struct simulation *s, struct simulated *out, size_t work, const struct signed_operation *o,
                            const address *submitter, struct buffer *why)
{
    const struct sim_mark mark = sim_mark(s);
    struct opening opening = {0};
    scope_begin(s, work, why);
    enum err e = try_operation(s, out, o, submitter, &opening);
    for (bool again = e != OK; again;) {
        TRY(reopen(s, &opening, &again, &mark, e));
        if (again)
            e = try_operation(s, out, o, submitter, &opening);
    }
    if (e != OK)
        sim_rewind(s, &mark);
    return e;
}

/* --- opening --- */

/* As their block does it. They can make no scoped call, so the hooks have nothing to see. */
static enum err sim_take_forced(struct sim_chain *c, const struct forced_list *forced)
{
    const struct receipt *receipt;
    enum err e = OK;
    block_listen(&c->run, NULL);
    for (size_t i = 0; i < forced->count && e == OK; i++)
        e = sim_apply_system(c, &receipt, &c->bridge, calldata_take_forced(c->s->arena, &forced->entry[i]),
                             take_forced_gas(&forced->entry[i]));
    block_listen(&c->run, &c->hooks);
    return e;
}

static enum err sim_open_block(struct sim_chain *c, const struct sim_chain_config *config)
{
    c->state = ledger_view(c->ledger);
    if (config->edit)
        TRY(config->edit->edit(config->edit->context, c->index, c->state));
    TRY(block_begin(&c->run, &c->ledger->machine, c->ledger->rules, c->state, &ledger_head(c->ledger)->header,
                    &c->ledger->ancestors, &config->choice, &c->hooks));
    c->is_open = true;
    return OK;
}

static enum err sim_open_rollup(struct sim_chain *c, const struct sim_chain_config *config,
                                const struct header *anchor, const hash32 *anchor_hash)
{
    enum { UPDATE_GAS = 500000 };
    TRY(sim_open_block(c, config));
    const struct receipt *receipt;
    const struct bytes update =
        calldata_update(c->s->arena, anchor->number, anchor_hash, anchor->timestamp, &anchor->base_fee);
    TRY(sim_apply_system(c, &receipt, &l1_context_address, update, UPDATE_GAS));
    TRY(sim_take_forced(c, &config->forced));
    u64 clock;
    struct root last_root;
    TRY(rollup_clock(c->state, &clock, &last_root));
    if (last_root.clock > c->s->floor)
        c->s->floor = last_root.clock;
    return OK;
}

static enum err sim_open_l1(struct sim_chain *c, const struct sim_chain_config *config, const struct tx *carrier)
{
    struct simulation *s = c->s;
    TRY(sim_open_block(c, config));
    TRY(tx_begin(&c->run, &s->carrier, carrier));
    s->carrier_open = true;
    u64 *id = ARENA_TAKE(s->arena, u64, s->chain_count);
    size_t count = 0;
    for (size_t i = 1; i < s->chain_count; i++)
        if (s->chain[i].is_open)
            id[count++] = s->chain[i].chain_id;
    struct evm_result r;
    TRY(sim_call_self(c, &r, calldata_open_bundle(s->arena, id, count), 0));
    if (!halt_is_success(r.halt))
        return sim_reject_result(s, REJECT_HANDLING_FAILED, "SharedBridge did not open the bundle", &r);
    return OK;
}

static void init_chain(struct simulation *s, size_t index, const struct sim_chain_config *config)
{
    struct sim_chain *c = &s->chain[index];
    c->s = s;
    c->index = index;
    c->ledger = config->ledger;
    c->chain_id = c->ledger->rules->chain_id;
    c->bridge = config->bridge;
    c->waiting = PLAN_NONE;
    c->hooks = sim_hooks(c);
    s->plan.chain[index].chain_id = c->chain_id;
}

enum err simulation_open(struct simulation **out, struct arena *arena, const struct sim_chain_config *chain,
                         size_t chain_count, const struct tx *carrier, const struct header *anchor,
                         const hash32 *anchor_hash)
{
    struct simulation *s = ARENA_TAKE_ZERO(arena, struct simulation, 1);
    s->arena = arena;
    s->reads = buffer_in(arena);
    s->handling = PLAN_NONE;
    s->chain_count = chain_count;
    s->chain = ARENA_TAKE_ZERO(arena, struct sim_chain, chain_count);
    plan_init(&s->plan, arena, chain_count);
    frame_trace_init(&s->trace, arena);
    for (size_t i = 0; i < chain_count; i++)
        init_chain(s, i, &chain[i]);
    enum err e = OK;
    for (size_t i = 1; i < chain_count && e == OK; i++)
        if (chain[i].in_bundle)
            e = sim_open_rollup(&s->chain[i], &chain[i], anchor, anchor_hash);
    if (e == OK)
        e = sim_open_l1(&s->chain[L1], &chain[L1], carrier);
    if (e != OK) {
        simulation_close(s);
        return e;
    }
    *out = s;
    return OK;
}

void simulation_close(struct simulation *s)
{
    if (s->carrier_open)
        tx_abandon(&s->chain[L1].run, &s->carrier);
    for (size_t i = 0; i < s->chain_count; i++) {
        if (s->chain[i].is_open)
            block_release(&s->chain[i].run);
        if (s->chain[i].state)
            state_release(s->chain[i].state);
    }
}

void simulation_be_lenient(struct simulation *s, size_t chain, u32 lenient)
{
    s->chain[chain].run.lenient = lenient;
}

/* --- queries --- */

enum err simulation_nonce(struct simulation *s, u64 *out, size_t chain, const address *account)
{
    const struct account *a;
    TRY(state_account(s->chain[chain].state, &a, NULL, account));
    *out = a->nonce;
    return OK;
}

enum err simulation_operation_nonce(struct simulation *s, u256 *out, const address *account, struct buffer *why)
{
    struct sim_chain *l1 = &s->chain[L1];
    const u64 mark = evm_host_mark(&l1->run.host);
    struct evm_result r;
    const struct block_message m = {
        .to = *account, .data = calldata_nonce_of(s->arena), .gas = AMPLE_GAS, .is_static = true};
    const enum err e = block_message(&l1->run, &r, &m);
    evm_host_rewind(&l1->run.host, mark); /* the query must not warm anything */
    TRY(e);
    s->why = why;
    if (!halt_is_success(r.halt) || r.output.len != 32)
        return sim_reject(s, REJECT_NOT_DELEGATED, not_delegated);
    *out = u256_from_be(r.output.ptr);
    return OK;
}

const struct plan *simulation_plan(const struct simulation *s)
{
    return &s->plan;
}

size_t simulation_reads(const struct simulation *s, const struct sim_read **out)
{
    *out = (const struct sim_read *)(const void *)s->reads.ptr;
    return s->reads.len / sizeof **out;
}

size_t simulation_failure(struct simulation *s, struct arena *out, const struct call_frame **frame)
{
    return frame_trace_failure(&s->trace, out, frame);
}

bool simulation_uses_l1(const struct simulation *s)
{
    return s->uses_l1;
}
