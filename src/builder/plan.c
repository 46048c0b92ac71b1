#include "builder/plan.h"

#include "base/err.h"

/* A list that grows in the arena: room for one more at the end of (*list)[count]. */
static void *grow(struct arena *a, void *list, size_t size, size_t count, size_t *room)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 32;
    void *grown = arena_take(a, size * *room);
    if (count)
        memcpy(grown, list, size * count);
    return grown;
}

void plan_init(struct plan *p, struct arena *arena, size_t chain_count)
{
    *p = (struct plan){.arena = arena, .chain_count = chain_count};
    p->chain = ARENA_TAKE_ZERO(arena, struct plan_chain, chain_count);
}

size_t plan_add_call(struct plan *p, const struct scoped_call *call)
{
    p->call = grow(p->arena, p->call, sizeof *p->call, p->call_count, &p->call_room);
    struct plan_call *c = &p->call[p->call_count];
    *c = (struct plan_call){.call = *call, .parent = PLAN_NONE, .enclosing = PLAN_NONE};
    c->call.request.data = arena_copy(p->arena, call->request.data);
    request_hash(&c->request_hash, call);
    return p->call_count++;
}

size_t plan_add_item(struct plan *p, size_t chain, enum item_kind kind)
{
    struct plan_chain *c = &p->chain[chain];
    c->item = grow(p->arena, c->item, sizeof *c->item, c->item_count, &c->item_room);
    c->item[c->item_count] = (struct plan_item){.kind = kind};
    return c->item_count++;
}

void plan_complete(struct plan *p, size_t call)
{
    p->completed = grow(p->arena, p->completed, sizeof *p->completed, p->completed_count, &p->completed_room);
    p->completed[p->completed_count++] = call;
}

struct plan_mark plan_mark(const struct plan *p)
{
    struct plan_mark mark = {p->call_count, p->completed_count, ARENA_TAKE(p->arena, size_t, p->chain_count)};
    for (size_t i = 0; i < p->chain_count; i++)
        mark.item_count[i] = p->chain[i].item_count;
    return mark;
}

void plan_rewind(struct plan *p, const struct plan_mark *mark)
{
    p->call_count = mark->call_count;
    p->completed_count = mark->completed_count;
    for (size_t i = 0; i < p->chain_count; i++)
        p->chain[i].item_count = mark->item_count[i];
}

static bool made_in(const struct plan *p, const struct plan_call *c, size_t chain, size_t item)
{
    return c->call.source_chain == p->chain[chain].chain_id && (item == PLAN_ALL_ITEMS || c->source_item == item);
}

size_t plan_fills(const struct plan *p, struct arena *out, struct fill **fill, size_t chain, size_t item)
{
    size_t count = 0;
    for (size_t i = 0; i < p->completed_count; i++)
        count += made_in(p, &p->call[p->completed[i]], chain, item);
    struct fill *f = *fill = ARENA_TAKE(out, struct fill, count);
    for (size_t i = 0; i < p->completed_count; i++) {
        const struct plan_call *c = &p->call[p->completed[i]];
        if (made_in(p, c, chain, item))
            *f++ = (struct fill){c->call.target_chain, c->request_hash, c->response};
    }
    return count;
}

/* The calls that are handled inline while call number `enclosing` is open, in the order in which they were made, which is
 * the order in which they run. */
static struct nested queue_of(const struct plan *p, struct arena *out, size_t enclosing)
{
    size_t count = 0;
    for (size_t i = 0; i < p->call_count; i++)
        count += p->call[i].enclosing == (i32)enclosing;
    struct scoped_call *inbound = ARENA_TAKE(out, struct scoped_call, count);
    hash32 *leaf = ARENA_TAKE(out, hash32, count);
    size_t n = 0;
    for (size_t i = 0; i < p->call_count; i++)
        if (p->call[i].enclosing == (i32)enclosing) {
            inbound[n] = p->call[i].call;
            leaf[n++] = p->call[i].response_hash;
        }
    return (struct nested){p->call[enclosing].request_hash, inbound, leaf, count};
}

size_t plan_nested(const struct plan *p, struct arena *out, struct nested **nested, size_t chain, size_t item)
{
    *nested = ARENA_TAKE(out, struct nested, p->call_count);
    size_t count = 0;
    for (size_t i = 0; i < p->call_count; i++) {
        if (!made_in(p, &p->call[i], chain, item))
            continue;
        const struct nested queue = queue_of(p, out, i);
        if (queue.count)
            (*nested)[count++] = queue;
    }
    return count;
}
