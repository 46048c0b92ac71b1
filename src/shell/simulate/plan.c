#include "simulate/plan.h"

#include "base/err.h"

void plan_init(struct plan *p, struct arena *arena, size_t chain_count)
{
    *p = (struct plan){.arena = arena, .chain_count = chain_count};
    p->chain = ARENA_TAKE_ZERO(arena, struct plan_chain, chain_count);
}

static const struct call_list no_calls = {PLAN_NONE, PLAN_NONE};

size_t plan_add_call(struct plan *p, const struct scoped_call *call)
{
    struct plan_call *c = LIST_ADD(&p->call, p->arena);
    *c = (struct plan_call){.call = *call, .parent = PLAN_NONE, .enclosing = PLAN_NONE, .nested = no_calls};
    c->call.request.data = arena_copy(p->arena, call->request.data);
    request_hash(&c->request_hash, call);
    return p->call.count - 1;
}

size_t plan_add_item(struct plan *p, size_t chain, enum item_kind kind)
{
    struct plan_chain *c = &p->chain[chain];
    const u32 last = c->item.count ? c->item.item[c->item.count - 1].number : 0;
    BUG_UNLESS(last < UINT32_MAX - 2 * ITEM_NUMBER_STEP);
    *LIST_ADD(&c->item, p->arena) =
        (struct plan_item){.kind = kind, .number = last + ITEM_NUMBER_STEP, .made = no_calls, .completed = no_calls};
    return c->item.count - 1;
}

/* Appends to a list; `next` of the last one is the link to be set. */
static void link_call(struct call_list *l, i32 *next_of_last, size_t call)
{
    if (l->last == PLAN_NONE)
        l->first = (i32)call;
    else
        *next_of_last = (i32)call;
    l->last = (i32)call;
}

void plan_made(struct plan *p, size_t call, size_t chain, size_t item)
{
    struct call_list *l = &p->chain[chain].item.item[item].made;
    p->call.item[call].source_item = item;
    p->call.item[call].next_made = PLAN_NONE;
    link_call(l, l->last == PLAN_NONE ? NULL : &p->call.item[l->last].next_made, call);
}

void plan_inline(struct plan *p, size_t call, size_t enclosing)
{
    struct call_list *l = &p->call.item[enclosing].nested;
    p->call.item[call].enclosing = (i32)enclosing;
    p->call.item[call].next_nested = PLAN_NONE;
    link_call(l, l->last == PLAN_NONE ? NULL : &p->call.item[l->last].next_nested, call);
}

void plan_complete(struct plan *p, size_t call, size_t chain)
{
    struct call_list *l = &p->chain[chain].item.item[p->call.item[call].source_item].completed;
    p->call.item[call].next_completed = PLAN_NONE;
    link_call(l, l->last == PLAN_NONE ? NULL : &p->call.item[l->last].next_completed, call);
    *LIST_ADD(&p->completed, p->arena) = call;
}

bool plan_move_last(struct plan *p, size_t chain, size_t before)
{
    struct plan_chain *c = &p->chain[chain];
    const size_t last = c->item.count - 1;
    struct plan_item moved = c->item.item[last];
    const u32 below = before ? c->item.item[before - 1].number : 0, above = c->item.item[before].number;
    if (before == last)
        return true;
    moved.number = below + (above - below) / 2;
    if (moved.number == below)
        return false;
    memmove(&c->item.item[before + 1], &c->item.item[before], sizeof moved * (last - before));
    c->item.item[before] = moved;
    for (size_t i = 0; i < p->call.count; i++) {
        struct plan_call *call = &p->call.item[i];
        if (call->call.source_chain == c->chain_id && call->source_item >= before)
            call->source_item++;
        if (call->call.target_chain == c->chain_id && call->target_item >= before)
            call->target_item++;
    }
    return true;
}

struct plan_mark plan_mark(const struct plan *p)
{
    struct plan_mark mark = {p->call.count, p->completed.count, ARENA_TAKE(p->arena, size_t, p->chain_count)};
    for (size_t i = 0; i < p->chain_count; i++)
        mark.item_count[i] = p->chain[i].item.count;
    return mark;
}

void plan_rewind(struct plan *p, const struct plan_mark *mark)
{
    p->call.count = mark->call_count;
    p->completed.count = mark->completed_count;
    for (size_t i = 0; i < p->chain_count; i++)
        p->chain[i].item.count = mark->item_count[i];
}

/* Ends a list before the first call at or above count: calls are added in order. */
static void cut_list(struct plan *p, struct call_list *l, size_t count, i32 *(*next)(struct plan_call *))
{
    if (l->first == PLAN_NONE || l->first >= (i32)count) {
        *l = no_calls;
        return;
    }
    i32 last = l->first;
    for (i32 *n = next(&p->call.item[last]); *n != PLAN_NONE && *n < (i32)count; n = next(&p->call.item[last]))
        last = *n;
    *next(&p->call.item[last]) = PLAN_NONE;
    l->last = last;
}

static i32 *next_made(struct plan_call *c)
{
    return &c->next_made;
}

static i32 *next_completed(struct plan_call *c)
{
    return &c->next_completed;
}

static i32 *next_nested(struct plan_call *c)
{
    return &c->next_nested;
}

void plan_unwind(struct plan *p, const struct plan_mark *mark, size_t first_call, size_t handled)
{
    plan_rewind(p, mark);
    for (size_t i = 0; i < p->chain_count; i++)
        if (p->chain[i].item.count) { /* only the last one can run */
            struct plan_item *item = &p->chain[i].item.item[p->chain[i].item.count - 1];
            cut_list(p, &item->made, mark->call_count, next_made);
            cut_list(p, &item->completed, mark->call_count, next_completed);
        }
    for (size_t i = first_call; i < mark->call_count; i++)
        cut_list(p, &p->call.item[i].nested, handled, next_nested);
}

static struct fill fill_of(const struct plan_call *c)
{
    return (struct fill){c->call.target_chain, c->request_hash, c->response};
}

static size_t fills_of_chain(const struct plan *p, struct arena *out, struct fill **fill, size_t chain,
                             const bool *without)
{
    struct fill *f = *fill = ARENA_TAKE(out, struct fill, p->completed.count);
    for (size_t i = 0; i < p->completed.count; i++) {
        const struct plan_call *c = &p->call.item[p->completed.item[i]];
        if (c->call.source_chain == p->chain[chain].chain_id && !(without && without[c->work]))
            *f++ = fill_of(c);
    }
    return (size_t)(f - *fill);
}

size_t plan_fills(const struct plan *p, struct arena *out, struct fill **fill, size_t chain, size_t item,
                  const bool *without)
{
    if (item == PLAN_ALL_ITEMS)
        return fills_of_chain(p, out, fill, chain, without);
    const i32 first = p->chain[chain].item.item[item].completed.first;
    size_t count = 0;
    for (i32 c = first; c != PLAN_NONE; c = p->call.item[c].next_completed)
        count++;
    struct fill *f = *fill = ARENA_TAKE(out, struct fill, count);
    for (i32 c = first; c != PLAN_NONE; c = p->call.item[c].next_completed)
        *f++ = fill_of(&p->call.item[c]);
    return count;
}

/* The calls that are handled inline while a call is open, in the order in which they run. */
static struct nested queue_of(const struct plan *p, struct arena *out, const struct plan_call *enclosing)
{
    size_t count = 0;
    for (i32 c = enclosing->nested.first; c != PLAN_NONE; c = p->call.item[c].next_nested)
        count++;
    struct scoped_call *inbound = ARENA_TAKE(out, struct scoped_call, count);
    hash32 *leaf = ARENA_TAKE(out, hash32, count);
    size_t n = 0;
    for (i32 c = enclosing->nested.first; c != PLAN_NONE; c = p->call.item[c].next_nested) {
        inbound[n] = p->call.item[c].call;
        leaf[n++] = p->call.item[c].response_hash;
    }
    return (struct nested){enclosing->request_hash, inbound, leaf, count};
}

static size_t nested_of_item(const struct plan *p, struct arena *out, struct nested *to, const struct plan_item *item,
                             const bool *without)
{
    size_t count = 0;
    if (without && without[item->work])
        return 0;
    for (i32 c = item->made.first; c != PLAN_NONE; c = p->call.item[c].next_made)
        if (p->call.item[c].nested.first != PLAN_NONE) {
            if (to)
                to[count] = queue_of(p, out, &p->call.item[c]);
            count++;
        }
    return count;
}

size_t plan_nested(const struct plan *p, struct arena *out, struct nested **nested, size_t chain, size_t item,
                   const bool *without)
{
    const struct plan_chain *c = &p->chain[chain];
    const size_t begin = item == PLAN_ALL_ITEMS ? 0 : item, end = item == PLAN_ALL_ITEMS ? c->item.count : item + 1;
    size_t count = 0, n = 0;
    for (size_t i = begin; i < end; i++)
        count += nested_of_item(p, out, NULL, &c->item.item[i], without);
    *nested = ARENA_TAKE(out, struct nested, count);
    for (size_t i = begin; i < end; i++)
        n += nested_of_item(p, out, *nested + n, &c->item.item[i], without);
    return count;
}

size_t plan_lookups(const struct plan *p, struct arena *out, hash32 **lookup, size_t chain, size_t item)
{
    const i32 first = p->chain[chain].item.item[item].completed.first;
    size_t count = 0, n = 0;
    for (i32 c = first; c != PLAN_NONE; c = p->call.item[c].next_completed)
        count += is_without_effect(&p->call.item[c].call);
    *lookup = ARENA_TAKE(out, hash32, count);
    for (i32 c = first; c != PLAN_NONE; c = p->call.item[c].next_completed)
        if (is_without_effect(&p->call.item[c].call))
            (*lookup)[n++] = p->call.item[c].request_hash;
    return count;
}
