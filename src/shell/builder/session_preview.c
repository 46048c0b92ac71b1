#include "builder/session_preview.h"

#include "builder/slot_stages.h"
#include "codec/text.h"

struct previewing {
    struct session *s;
    struct arena *arena;
    struct slot_env env;
    struct slot_works works;
    struct carrier carrier;
    struct first_pass first;
    struct second_pass *second;
    struct buffer why;
};

/* Refused work leaves no trace, in a slot as here. */
static bool is_done_at_once(const struct slot_works *works)
{
    for (size_t i = 0; i < works->count; i++)
        if (works->item[i].fate != FATE_INCLUDED && works->item[i].fate != FATE_REFUSED)
            return false;
    return true;
}

/* The bundle in L1's limits: of bytes and blobs, and by its execution also of gas. */
static enum err fits_l1(struct previewing *p, bool *fits)
{
    const struct kzg_setup *setup = NULL;
    const u64 deadline = p->carrier.l1_choice.timestamp + OPERATION_SECONDS;
    struct l1_part l1;
    struct published published;
    struct proofs proofs;
    u64 gas_used;
    TRY(slot_plan_l1(&l1, p->arena, &p->env, &p->first, p->second));
    const struct placement placement = slot_weigh(p->arena, &p->env, &p->carrier, p->second, &l1);
    *fits = placement.fits && !placement.delegates_first;
    if (!*fits)
        return OK;
    if (placement.report.is_in_blobs)
        TRY(session_kzg(p->s, &setup));
    TRY(slot_publish(&published, p->arena, &p->env, p->second, &l1, &placement, setup));
    TRY(slot_attest_unproved(&proofs, p->arena, &p->env, &published, deadline));
    const struct bundle bundle = {&p->carrier, p->second, &l1, &published, &proofs};
    const enum err e = slot_measure(&gas_used, p->s, p->arena, &p->env, &bundle, &p->why);
    *fits = e == OK;
    return err_is_fault(e) ? e : OK;
}

static void list_blocks(struct previewing *p, struct preview *out)
{
    const struct second_pass *second = p->second;
    out->block = ARENA_TAKE(p->arena, struct preview_block, second->chain_count);
    out->item = ARENA_TAKE(p->arena, struct preview_item, second->work.count);
    for (size_t chain = 1; chain < second->chain_count; chain++) {
        const struct rollup_block *b = &second->block[chain];
        const struct plan_chain *c = &second->plan->chain[chain];
        if (!b->is_open)
            continue;
        for (size_t i = 0; i < c->item.count; i++)
            if (c->item.item[i].kind != ITEM_HANDLE)
                out->item[out->item_count++] = (struct preview_item){
                    .work = second->work.item[c->item.item[i].work].handle, .block = out->block_count,
                    .index = b->item_tx[i]};
        out->block[out->block_count++] = (struct preview_block){
            .chain = chain, .header = &b->header, .hash = b->hash, .tx = b->run.tx.item,
            .receipt = b->run.receipt.item, .tx_count = b->run.tx.count, .state = b->state};
    }
}

static enum err preview_stages(struct previewing *p, struct preview *out)
{
    bool fits = false;
    TRY(slot_make_carrier(&p->carrier, p->s, p->arena, &p->env, &p->works));
    TRY(slot_read_forced(&p->carrier.forced, p->s, p->arena));
    TRY(slot_simulate(&p->first, p->arena, &p->env, &p->carrier, &p->works, &p->why));
    if (!p->first.has_rollup || !is_done_at_once(&p->first.work))
        return OK;
    TRY(slot_build(p->second, p->arena, &p->env, &p->carrier, &p->first, &p->why));
    if (!is_done_at_once(&p->second->work))
        return OK;
    TRY(slot_finish_blocks(p->second, &p->env));
    TRY(fits_l1(p, &fits));
    if (!fits)
        return OK;
    list_blocks(p, out);
    out->is_exact = true;
    return OK;
}

enum err session_preview(struct session *s, struct preview *out, struct arena *arena)
{
    *out = (struct preview){0};
    session_forget_error(s);
    BUG_UNLESS(session_owns_l1(s));
    TRY(session_sync(s));
    struct previewing p = {.s = s, .arena = arena, .env = slot_env_of(s, arena, false),
                           .works = slot_collect(s, arena), .why = buffer_in(arena)};
    p.env.records_trees = false;
    out->work_count = p.works.count;
    if (p.works.count == 0 || (s->work_max && s->work_max < p.works.count))
        return OK;
    p.second = out->second = ARENA_TAKE_ZERO(arena, struct second_pass, 1);
    const enum err e = preview_stages(&p, out);
    if (e == OK && out->is_exact)
        return OK;
    preview_close(out);
    if (e == OK)
        return OK;
    if (p.why.len == 0)
        text_add_z(&p.why, err_text(e));
    return session_fail(s, e, buffer_bytes(&p.why));
}

void preview_close(struct preview *p)
{
    if (p->second)
        second_pass_close(p->second);
    p->second = NULL;
}

void session_limit_slot(struct session *s, size_t count)
{
    s->slot_limit = count;
}
