/* The second pass of a slot: the rollups' blocks, scope by scope. */
#include "builder/slot_private.h"

#include "codec/text.h"

static enum err open_blocks(struct slot_run *slot)
{
    struct session *s = slot->s;
    const struct tx **tx = ARENA_TAKE(slot->arena, const struct tx *, slot->work_count);
    for (size_t i = 0; i < slot->work_count; i++)
        tx[i] = &slot->work[i]->tx;
    const struct ledger_block *anchor = ledger_head(&s->l1);
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (slot->plan->chain[i].item_count == 0)
            continue;
        const struct rollup_block_input in = {
            .ledger = session_ledger_at(s, i),
            .rules = &s->rollup[i - 1].rules,
            .memory = s->memory,
            .plan = slot->plan,
            .chain = i,
            .tx = tx,
            .timestamp = slot->l1_choice.timestamp,
            .anchor = &anchor->header,
            .anchor_hash = anchor->hash,
            .is_forged = slot->forge != NULL,
        };
        TRY(rollup_block_open(&slot->block[i], slot->arena, &in, &slot->why));
    }
    return OK;
}

/* The items of one scope on one chain: they are adjacent in its list. */
static size_t items_of(const struct slot_run *slot, size_t chain, size_t work)
{
    const struct plan_chain *c = &slot->plan->chain[chain];
    size_t count = 0;
    while (slot->next_item[chain] + count < c->item_count && c->item[slot->next_item[chain] + count].work == work)
        count++;
    return count;
}

static enum err apply_scope(struct slot_run *slot, size_t work)
{
    for (size_t chain = 1; chain < slot->chain_count; chain++) {
        const size_t count = items_of(slot, chain, work);
        for (size_t i = 0; i < count; i++) {
            TRY(rollup_block_apply(&slot->block[chain], slot->next_item[chain] + i, slot->floor[chain]));
            slot->floor[chain] = 0;
        }
    }
    return OK;
}

/* What a scope did in the second pass is taken back on all chains. What follows was recorded with the clocks that it
 * left behind, so the next item of each chain raises them. A scope that depended on it now differs in turn. */
static void evict(struct slot_run *slot, size_t work, const struct rollup_block_mark *mark, const u64 *floor,
                  enum err e)
{
    slot->evicted[work] = true;
    slot->verdict[work] = e;
    if (slot->why.len == 0)
        text_add_z(&slot->why, err_text(e));
    slot->reason[work] = slot_keep_text(slot, &slot->why);
    for (size_t chain = 0; chain < slot->chain_count; chain++) {
        const size_t count = items_of(slot, chain, work);
        if (chain != L1 && slot->block[chain].is_open)
            rollup_block_rewind(&slot->block[chain], &mark[chain]);
        slot->floor[chain] =
            count ? slot->plan->chain[chain].item[slot->next_item[chain] + count - 1].clock_after : floor[chain];
    }
}

static void pass_scope(struct slot_run *slot, size_t work)
{
    for (size_t chain = 0; chain < slot->chain_count; chain++) {
        const size_t count = items_of(slot, chain, work);
        if (chain == L1 && count && !slot->evicted[work]) {
            slot->step_floor[work] = slot->floor[L1];
            slot->floor[L1] = 0;
        }
        slot->next_item[chain] += count;
    }
}

/* An operation whose account's earlier one was taken back has a nonce too far. (A transaction's nonce is seen by its
 * block.) */
static bool follows_evicted(const struct slot_run *slot, size_t work)
{
    if (!slot->work[work]->report.is_operation)
        return false;
    for (size_t i = 0; i < work; i++)
        if (slot->evicted[i] && slot->work[i]->report.is_operation &&
            address_eq(&slot->work[i]->report.sender, &slot->work[work]->report.sender))
            return true;
    return false;
}

static enum err apply_scopes(struct slot_run *slot)
{
    struct rollup_block_mark *mark = ARENA_TAKE_ZERO(slot->arena, struct rollup_block_mark, slot->chain_count);
    u64 *floor = ARENA_TAKE(slot->arena, u64, slot->chain_count);
    for (size_t work = 0; work < slot->work_count; work++) {
        if (slot->verdict[work] != OK)
            continue;
        for (size_t chain = 1; chain < slot->chain_count; chain++)
            if (slot->block[chain].is_open)
                mark[chain] = rollup_block_mark(&slot->block[chain]);
        memcpy(floor, slot->floor, sizeof *floor * slot->chain_count);
        slot->why.len = 0;
        const enum err e = follows_evicted(slot, work) ? REJECT_PASSES_DIFFER : apply_scope(slot, work);
        if (err_is_fault(e) || (e != OK && slot->forge))
            return e;
        if (e != OK)
            evict(slot, work, mark, floor, e);
        pass_scope(slot, work);
    }
    slot->why.len = 0;
    return OK;
}

enum err slot_build_blocks(struct slot_run *slot)
{
    slot->next_item = ARENA_TAKE_ZERO(slot->arena, size_t, slot->chain_count);
    slot->floor = ARENA_TAKE_ZERO(slot->arena, u64, slot->chain_count);
    slot->step_floor = ARENA_TAKE_ZERO(slot->arena, u64, slot->work_count);
    memset(slot->evicted, 0, sizeof *slot->evicted * slot->work_count);
    slot->input_count = 0;
    TRY(open_blocks(slot));
    TRY(apply_scopes(slot));
    slot_enter(slot, SLOT_WITNESS);
    for (size_t i = 1; i < slot->chain_count; i++) {
        if (!slot->block[i].is_open)
            continue;
        if (slot->block[i].item_count == 0 && !slot->forge) {
            rollup_block_close(&slot->block[i]);
            continue;
        }
        TRY(rollup_block_finish(&slot->block[i]));
        slot->input_count += slot_sends(slot, i);
    }
    return OK;
}

void slot_close_blocks(struct slot_run *slot)
{
    for (size_t i = 1; i < slot->chain_count; i++)
        if (slot->block[i].is_open)
            rollup_block_close(&slot->block[i]);
}

void slot_append_blocks(struct slot_run *slot)
{
    for (size_t i = 1; i < slot->chain_count; i++) {
        struct rollup_block *b = &slot->block[i];
        if (b->is_open)
            ledger_append(session_ledger_at(slot->s, i), &b->header, &b->run, b->state);
    }
}
