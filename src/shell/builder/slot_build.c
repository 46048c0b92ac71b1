/* The second pass of a slot: the rollups' blocks, scope by scope. */
#include "builder/slot_stages.h"

#include "codec/text.h"

/* Where the pass is. */
struct second_state {
    struct second_pass *p;
    size_t *next_item; /* per chain: in the plan */
    u64 *floor;        /* per chain: what its clock must be raised to before its next item; 0: no need */
};

static enum err open_blocks(struct second_pass *p, struct arena *arena, const struct slot_env *env,
                            const struct carrier *carrier, struct buffer *why)
{
    const struct tx **tx = ARENA_TAKE(arena, const struct tx *, p->work.count);
    for (size_t i = 0; i < p->work.count; i++)
        tx[i] = p->work.item[i].tx;
    const struct ledger_block *anchor = ledger_head(env->chain[L1].ledger);
    for (size_t i = 1; i < p->chain_count; i++) {
        if (p->plan->chain[i].item.count == 0 && slot_forced(carrier, i).count == 0)
            continue;
        const struct rollup_block_input in = {
            .ledger = env->chain[i].ledger,
            .rules = env->chain[i].rules,
            .memory = env->memory,
            .plan = p->plan,
            .chain = i,
            .tx = tx,
            .timestamp = carrier->l1_choice.timestamp,
            .anchor = &anchor->header,
            .anchor_hash = anchor->hash,
            .forced = slot_forced(carrier, i),
            .is_forged = env->is_forged,
        };
        TRY(rollup_block_open(&p->block[i], arena, &in, why));
        p->block[i].run.lenient = env->lenient;
        if (env->edit)
            TRY(env->edit->edit(env->edit->context, i, p->block[i].state));
    }
    return OK;
}

/* The items of one scope on one chain: they are adjacent in its list. */
static size_t scope_items(const struct second_state *at, size_t chain, size_t work)
{
    const struct plan_chain *c = &at->p->plan->chain[chain];
    size_t count = 0;
    while (at->next_item[chain] + count < c->item.count && c->item.item[at->next_item[chain] + count].work == work)
        count++;
    return count;
}

static enum err apply_scope(struct second_state *at, size_t work)
{
    for (size_t chain = 1; chain < at->p->chain_count; chain++) {
        const size_t count = scope_items(at, chain, work);
        for (size_t i = 0; i < count; i++) {
            TRY(rollup_block_apply(&at->p->block[chain], at->next_item[chain] + i, at->floor[chain]));
            at->floor[chain] = 0;
        }
    }
    return OK;
}

/* Rolls a scope back on all chains. What follows was simulated with the clocks that the scope left behind, so the next
 * item of each chain raises them. A scope that depended on it now differs in turn. */
static void evict(struct second_state *at, size_t work, const struct rollup_block_mark *mark, const u64 *floor)
{
    struct second_pass *p = at->p;
    p->work.item[work].fate = FATE_EVICTED;
    for (size_t chain = 0; chain < p->chain_count; chain++) {
        const size_t count = scope_items(at, chain, work);
        if (chain != L1 && p->block[chain].is_open)
            rollup_block_rewind(&p->block[chain], &mark[chain]);
        at->floor[chain] =
            count ? p->plan->chain[chain].item.item[at->next_item[chain] + count - 1].clock_after : floor[chain];
    }
}

static void pass_scope(struct second_state *at, size_t work)
{
    for (size_t chain = 0; chain < at->p->chain_count; chain++) {
        const size_t count = scope_items(at, chain, work);
        if (chain == L1 && count && !is_evicted(&at->p->work, work)) {
            at->p->work.item[work].step_floor = at->floor[L1];
            at->floor[L1] = 0;
        }
        at->next_item[chain] += count;
    }
}

/* An operation after an evicted one of the same account has a nonce that is too high. (A transaction's nonce is checked
 * by its block.) */
static bool follows_evicted(const struct slot_works *all, size_t work)
{
    const struct work_report *r = &all->item[work].work->report;
    for (size_t i = 0; r->is_operation && i < work; i++) {
        const struct work_report *before = &all->item[i].work->report;
        if (is_evicted(all, i) && before->is_operation && address_eq(&before->sender, &r->sender))
            return true;
    }
    return false;
}

/* It fits into an empty block, or the simulation would have refused it: it waits, and so does all that comes behind. */
static bool lacks_room(const struct slot_works *all, size_t work, enum err e)
{
    return e == REJECT_TX_GAS_ALLOWANCE && slot_count_included(&(struct slot_works){all->item, work}) > 0;
}

/* Where the pass stood before a unit of work. */
struct before_unit {
    struct rollup_block_mark *mark; /* per chain */
    u64 *floor;
    size_t *next_item;
};

static void mark_unit(const struct second_state *at, struct before_unit *before)
{
    const struct second_pass *p = at->p;
    for (size_t chain = 1; chain < p->chain_count; chain++)
        if (p->block[chain].is_open)
            before->mark[chain] = rollup_block_mark(&p->block[chain]);
    memcpy(before->floor, at->floor, sizeof *at->floor * p->chain_count);
    memcpy(before->next_item, at->next_item, sizeof *at->next_item * p->chain_count);
}

static enum err apply_unit(struct second_state *at, struct slot_unit u, size_t *failed, bool is_full)
{
    for (size_t i = u.first; i < u.end; i++) {
        *failed = i;
        if (is_full)
            return REJECT_BUNDLE_FULL;
        if (follows_evicted(&at->p->work, i))
            return REJECT_PASSES_DIFFER;
        TRY(apply_scope(at, i));
        pass_scope(at, i);
    }
    return OK;
}

/* Rolls a unit back, and goes on behind it. */
static void evict_unit(struct second_state *at, struct slot_unit u, struct before_unit *before, size_t failed,
                       enum err e, const char *reason)
{
    const size_t chains = at->p->chain_count;
    memcpy(at->next_item, before->next_item, sizeof *at->next_item * chains);
    for (size_t i = u.first; i < u.end; i++) {
        struct slot_work *w = &at->p->work.item[i];
        const bool is_cause = i == failed || e == REJECT_BUNDLE_FULL;
        w->error = is_cause ? e : REJECT_ATOMIC;
        w->reason = is_cause ? reason : err_text(REJECT_ATOMIC);
        evict(at, i, before->mark, before->floor);
        pass_scope(at, i);
        memcpy(before->floor, at->floor, sizeof *at->floor * chains);
    }
}

static enum err apply_scopes(struct second_state *at, struct arena *arena, bool is_forged, struct buffer *why)
{
    struct second_pass *p = at->p;
    struct before_unit before = {ARENA_TAKE_ZERO(arena, struct rollup_block_mark, p->chain_count),
                                 ARENA_TAKE(arena, u64, p->chain_count), ARENA_TAKE(arena, size_t, p->chain_count)};
    bool is_full = false;
    size_t failed = 0;
    struct slot_unit u;
    for (size_t i = 0; i < p->work.count; i = u.end) {
        u = slot_unit_of(&p->work, i);
        if (!is_included(&p->work, i))
            continue;
        mark_unit(at, &before);
        why->len = 0;
        enum err e = apply_unit(at, u, &failed, is_full);
        if (err_is_fault(e) || (e != OK && is_forged))
            return e;
        if (lacks_room(&p->work, u.first, e)) {
            e = REJECT_BUNDLE_FULL;
            is_full = true;
            why->len = 0;
        }
        if (e == OK)
            continue;
        if (why->len == 0)
            text_add_z(why, err_text(e));
        evict_unit(at, u, &before, failed, e, slot_message(arena, why));
    }
    why->len = 0;
    return OK;
}

enum err slot_build(struct second_pass *out, struct arena *arena, const struct slot_env *env,
                    const struct carrier *carrier, const struct first_pass *first, struct buffer *why)
{
    *out = (struct second_pass){
        .work = slot_works_copy(&first->work, arena),
        .plan = first->plan,
        .block = ARENA_TAKE_ZERO(arena, struct rollup_block, env->chain_count),
        .chain_count = env->chain_count,
        .bundled = ARENA_TAKE(arena, const struct rollup_block *, env->chain_count),
    };
    struct second_state at = {
        .p = out,
        .next_item = ARENA_TAKE_ZERO(arena, size_t, env->chain_count),
        .floor = ARENA_TAKE_ZERO(arena, u64, env->chain_count),
    };
    for (size_t i = 0; i < out->work.count; i++)
        out->work.item[i].step_floor = 0;
    TRY(open_blocks(out, arena, env, carrier, why));
    TRY(apply_scopes(&at, arena, env->is_forged, why));
    const struct plan_chain *l1 = &out->plan->chain[L1];
    for (size_t i = 0; i < l1->item.count; i++)
        out->l1_item_count += !is_evicted(&out->work, l1->item.item[i].work);
    return OK;
}

/* A block from which everything was evicted is dropped; one that a forged plan withholds is built and not bundled. */
enum err slot_finish_blocks(struct second_pass *p, const struct slot_env *env)
{
    for (size_t i = 1; i < p->chain_count; i++) {
        struct rollup_block *b = &p->block[i];
        if (!b->is_open)
            continue;
        if (b->item_count == 0 && !b->has_forced && !env->is_forged) {
            rollup_block_close(b);
            continue;
        }
        TRY(rollup_block_finish(b));
        if (!p->plan->chain[i].withheld)
            p->bundled[p->bundled_count++] = b;
    }
    return OK;
}

void second_pass_close(struct second_pass *p)
{
    for (size_t i = 1; i < p->chain_count; i++)
        if (p->block[i].is_open)
            rollup_block_close(&p->block[i]);
}
