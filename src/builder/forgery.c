#include "builder/forgery.h"

#include "codec/text.h"

static void copy_plan(struct plan *out, struct arena *arena, const struct plan *from)
{
    *out = *from;
    out->arena = arena;
    out->call = ARENA_TAKE(arena, struct plan_call, from->call_count);
    if (from->call_count)
        memcpy(out->call, from->call, sizeof *out->call * from->call_count);
    out->call_room = from->call_count;
    out->chain = ARENA_TAKE(arena, struct plan_chain, from->chain_count);
    for (size_t i = 0; i < from->chain_count; i++) {
        struct plan_chain *c = &out->chain[i];
        *c = from->chain[i];
        c->item = ARENA_TAKE(arena, struct plan_item, c->item_count);
        if (c->item_count)
            memcpy(c->item, from->chain[i].item, sizeof *c->item * c->item_count);
        c->item_room = c->item_count;
    }
}

static enum err no(struct buffer *why, const char *sentence)
{
    text_add_z(why, sentence);
    return REJECT_CONFIG;
}

/* The item that handles a call, on its target chain; NULL when it is handled inline. */
static struct plan_item *handling_item(struct plan *p, size_t call, struct plan_chain **chain)
{
    const struct plan_call *c = &p->call[call];
    if (c->enclosing != PLAN_NONE)
        return NULL;
    for (size_t i = 0; i < p->chain_count; i++)
        if (p->chain[i].chain_id == c->call.target_chain) {
            *chain = &p->chain[i];
            return &p->chain[i].item[c->target_item];
        }
    return NULL;
}

static enum err flip_byte(struct plan *p, struct arena *arena, const struct forgery *f, struct buffer *why)
{
    struct plan_call *c = &p->call[f->call];
    if (f->offset >= c->response.len)
        return no(why, "the response has no such byte");
    u8 *copy = (u8 *)arena_copy(arena, c->response).ptr;
    copy[f->offset] ^= 1;
    c->response.ptr = copy;
    return OK;
}

/* Items after the one that goes keep their numbers by what reads them: source_item moves along. */
static enum err leave_out(struct plan *p, const struct forgery *f, struct buffer *why)
{
    struct plan_chain *chain = NULL;
    struct plan_item *item = handling_item(p, f->call, &chain);
    if (!item)
        return no(why, "the call is handled inside another and cannot be left out alone");
    const size_t index = (size_t)(item - chain->item);
    memmove(item, item + 1, sizeof *item * (chain->item_count - index - 1));
    chain->item_count--;
    for (size_t i = 0; i < p->call_count; i++) {
        struct plan_call *c = &p->call[i];
        if (c->call.source_chain == chain->chain_id && c->source_item > index)
            c->source_item--;
        if (c->call.target_chain == chain->chain_id && c->target_item > index)
            c->target_item--;
    }
    return OK;
}

static enum err swap(struct plan *p, const struct forgery *f, struct buffer *why)
{
    struct plan_chain *here = NULL, *there = NULL;
    struct plan_item *one = handling_item(p, f->call, &here), *other = handling_item(p, f->other, &there);
    if (!one || !other || here != there || one == other)
        return no(why, "to be swapped, two calls must be handled by the same chain, one after the other");
    const size_t call = one->call;
    one->call = other->call;
    other->call = call;
    return OK;
}

enum err forgery_apply(struct plan *out, struct arena *arena, const struct plan *plan, const struct forgery *f,
                       struct buffer *why)
{
    if (f->call >= plan->call_count || (f->kind == FORGERY_SWAP && f->other >= plan->call_count))
        return no(why, "the scopes of this slot make no call of that number");
    copy_plan(out, arena, plan);
    switch (f->kind) {
    case FORGERY_NONE:
        return OK;
    case FORGERY_RESPONSE_BYTE:
        return flip_byte(out, arena, f, why);
    case FORGERY_LEAVE_OUT:
        return leave_out(out, f, why);
    case FORGERY_SWAP:
        return swap(out, f, why);
    }
    BUG("not a forgery");
}
