#include "adversary/forgery.h"

#include "base/u256.h"
#include "codec/text.h"

/* Calls and items that a forgery may add. */
enum { MORE = 4 };

struct forging {
    struct plan *p;
    struct arena *arena;
    const struct forgery *f;
    struct buffer *why;
};

static void *copied(struct arena *arena, const void *from, size_t size, size_t count)
{
    void *to = arena_take(arena, size * (count + MORE));
    if (count)
        memcpy(to, from, size * count);
    return to;
}

static void copy_plan(struct plan *out, struct arena *arena, const struct plan *from)
{
    *out = *from;
    out->arena = arena;
    out->call.item = copied(arena, from->call.item, sizeof *from->call.item, from->call.count);
    out->call.capacity = from->call.count + MORE;
    out->completed.item = copied(arena, from->completed.item, sizeof *from->completed.item, from->completed.count);
    out->completed.capacity = from->completed.count + MORE;
    out->chain = copied(arena, from->chain, sizeof *from->chain, from->chain_count);
    for (size_t i = 0; i < from->chain_count; i++) {
        struct plan_chain *c = &out->chain[i];
        c->item.item = copied(arena, from->chain[i].item.item, sizeof *c->item.item, c->item.count);
        c->item.capacity = c->item.count + MORE;
    }
}

static enum err no(const struct forging *g, const char *sentence)
{
    text_add_z(g->why, sentence);
    return REJECT_CONFIG;
}

/* --- where things are --- */

static struct plan_call *call_of(const struct forging *g)
{
    return &g->p->call.item[g->f->call];
}

static struct plan_chain *chain_of(const struct forging *g, u64 chain_id)
{
    for (size_t i = 0; i < g->p->chain_count; i++)
        if (g->p->chain[i].chain_id == chain_id)
            return &g->p->chain[i];
    BUG("a call names a chain that the plan does not have");
}

/* The item that handles a call on its target chain; NULL when it is handled inline. */
static struct plan_item *handling_item(const struct forging *g, size_t call, struct plan_chain **chain)
{
    struct plan_chain *c = *chain = chain_of(g, g->p->call.item[call].call.target_chain);
    for (size_t i = 0; i < c->item.count; i++)
        if (c->item.item[i].kind == ITEM_HANDLE && c->item.item[i].call == call)
            return &c->item.item[i];
    return NULL;
}

static bool list_has(const struct plan *p, const struct call_list *made, size_t call)
{
    for (i32 i = made->first; i != PLAN_NONE; i = p->call.item[i].next_made)
        if ((size_t)i == call)
            return true;
    return false;
}

/* The item in which a call was made. */
static struct plan_item *making_item(const struct forging *g, size_t call, struct plan_chain **chain)
{
    struct plan_chain *c = *chain = chain_of(g, g->p->call.item[call].call.source_chain);
    for (size_t i = 0; i < c->item.count; i++)
        if (list_has(g->p, &c->item.item[i].made, call))
            return &c->item.item[i];
    BUG("a call was made in no item");
}

/* --- lists of calls: completed in an item, nested in a call --- */

/* The link that leads to a call: the list's first, or the one of the call before it. NULL: none. */
static i32 *link_to(struct plan *p, i32 *first, size_t next_at, size_t call)
{
    for (i32 *link = first; *link != PLAN_NONE; link = (i32 *)((u8 *)&p->call.item[*link] + next_at))
        if ((size_t)*link == call)
            return link;
    return NULL;
}

#define NEXT_COMPLETED offsetof(struct plan_call, next_completed)
#define NEXT_NESTED offsetof(struct plan_call, next_nested)

/* Exchanges two members of one list, by exchanging what they hold in it. */
static void swap_links(i32 *one, i32 *other, i32 *one_next, i32 *other_next)
{
    const i32 a = *one, b = *other, after_a = *one_next, after_b = *other_next;
    *one = b;
    if (after_a == b) { /* neighbors */
        *other_next = a;
        *one_next = after_b;
        return;
    }
    *other = a;
    *one_next = after_b;
    *other_next = after_a;
}

/* A copy of a call under a new number, in no list. */
static size_t add_copy(const struct forging *g, size_t call)
{
    struct plan *p = g->p;
    BUG_UNLESS(p->call.count < p->call.capacity);
    p->call.item[p->call.count] = p->call.item[call];
    p->call.item[p->call.count].nested = (struct call_list){PLAN_NONE, PLAN_NONE};
    return p->call.count++;
}

/* --- items --- */

static void remove_item(struct plan_chain *c, size_t index)
{
    /* the chain's clock advances as if it had run */
    if (index + 1 < c->item.count && c->item.item[index + 1].floor < c->item.item[index].clock_after)
        c->item.item[index + 1].floor = c->item.item[index].clock_after;
    memmove(&c->item.item[index], &c->item.item[index + 1], sizeof *c->item.item * (c->item.count - index - 1));
    c->item.count--;
}

/* Before another item, and in its scope: the second pass goes scope by scope. */
static struct plan_item *insert_item(struct plan_chain *c, size_t index, const struct plan_item *item)
{
    BUG_UNLESS(c->item.count < c->item.capacity);
    memmove(&c->item.item[index + 1], &c->item.item[index], sizeof *c->item.item * (c->item.count - index));
    c->item.count++;
    c->item.item[index] = *item;
    return &c->item.item[index];
}

/* --- the answer that the source is filled with --- */

static enum err response_byte(const struct forging *g)
{
    struct plan_call *c = call_of(g);
    if (g->f->offset >= c->response.len)
        return no(g, "the response has no such byte");
    u8 *copy = (u8 *)arena_copy(g->arena, c->response).ptr;
    copy[g->f->offset] ^= 1;
    c->response.ptr = copy;
    return OK;
}

static enum err response_cut(const struct forging *g)
{
    call_of(g)->response.len--; /* it has at least its header */
    return OK;
}

static struct bytes longer(const struct forging *g, struct bytes b)
{
    u8 *copy = arena_take(g->arena, b.len + 1);
    if (b.len)
        memcpy(copy, b.ptr, b.len);
    copy[b.len] = 0;
    return bytes_of(copy, b.len + 1);
}

static enum err response_longer(const struct forging *g)
{
    call_of(g)->response = longer(g, call_of(g)->response);
    return OK;
}

static enum err response_swap(const struct forging *g)
{
    struct plan_call *one = call_of(g), *other = &g->p->call.item[g->f->other];
    const struct bytes response = one->response;
    if (bytes_eq(response, other->response))
        return no(g, "both calls have the same answer");
    one->response = other->response;
    other->response = response;
    return OK;
}

static size_t *completed_at(const struct plan *p, size_t call)
{
    for (size_t i = 0; i < p->completed.count; i++)
        if (p->completed.item[i] == call)
            return &p->completed.item[i];
    return NULL;
}

static void unfill(const struct forging *g, size_t call)
{
    struct plan_chain *chain;
    struct plan_item *item = making_item(g, call, &chain);
    *link_to(g->p, &item->completed.first, NEXT_COMPLETED, call) = g->p->call.item[call].next_completed;
    size_t *at = completed_at(g->p, call);
    memmove(at, at + 1, sizeof *at * (size_t)(g->p->completed.item + g->p->completed.count - at - 1));
    g->p->completed.count--;
}

static enum err fill_left_out(const struct forging *g)
{
    unfill(g, g->f->call);
    return OK;
}

/* Directly after the fill of a call comes another one, with the same or another request hash. */
static struct plan_call *fill_after(const struct forging *g, size_t call)
{
    struct plan *p = g->p;
    const size_t copy = add_copy(g, call);
    p->call.item[call].next_completed = (i32)copy;
    BUG_UNLESS(p->completed.count < p->completed.capacity);
    size_t *at = completed_at(p, call) + 1;
    memmove(at + 1, at, sizeof *at * (size_t)(p->completed.item + p->completed.count - at));
    *at = copy;
    p->completed.count++;
    return &p->call.item[copy];
}

static enum err fill_twice(const struct forging *g)
{
    fill_after(g, g->f->call);
    return OK;
}

static enum err fill_added(const struct forging *g)
{
    fill_after(g, g->f->call)->request_hash.b[31] ^= 1;
    return OK;
}

/* Two answers from one chain to one item: between chains, and between items, the order of fills is not specified. */
static enum err fill_swap(const struct forging *g)
{
    struct plan *p = g->p;
    struct plan_chain *chain;
    struct plan_item *item = making_item(g, g->f->call, &chain);
    i32 *one = link_to(p, &item->completed.first, NEXT_COMPLETED, g->f->call);
    i32 *other = link_to(p, &item->completed.first, NEXT_COMPLETED, g->f->other);
    size_t *first = completed_at(p, g->f->call), *second = completed_at(p, g->f->other);
    if (!other || first >= second || call_of(g)->call.target_chain != p->call.item[g->f->other].call.target_chain)
        return no(g, "to be swapped, two answers must come from one chain into one transaction, and in this order");
    swap_links(one, other, &p->call.item[*one].next_completed, &p->call.item[*other].next_completed);
    *first = g->f->other;
    *second = g->f->call;
    return OK;
}

static enum err other_chain(const struct forging *g, u64 *chain_id)
{
    const struct plan_call *c = call_of(g);
    if (g->f->other >= g->p->chain_count)
        return no(g, "there is no such chain");
    *chain_id = g->p->chain[g->f->other].chain_id;
    if (*chain_id == c->call.source_chain || *chain_id == c->call.target_chain)
        return no(g, "the call is between this chain and another");
    return OK;
}

/* The fill goes, and one that says the same of another chain comes in its place. */
static enum err fill_chain(const struct forging *g)
{
    u64 chain_id;
    TRY(other_chain(g, &chain_id));
    fill_after(g, g->f->call)->call.target_chain = chain_id;
    unfill(g, g->f->call);
    return OK;
}

/* --- the call as the target handles it --- */

/* What the target handles in the place of the call: a copy. What the source was filled with stays as it was recorded.
 */
static struct plan_call *handled_instead(const struct forging *g)
{
    struct plan_chain *chain;
    const size_t call = g->f->call;
    struct plan_item *item = handling_item(g, call, &chain);
    const size_t copy = add_copy(g, call);
    if (item)
        item->call = copy;
    else
        *link_to(g->p, &g->p->call.item[g->p->call.item[call].enclosing].nested.first, NEXT_NESTED, call) = (i32)copy;
    return &g->p->call.item[copy];
}

/* The leaf that a queue announces is what the edited call will answer, if it answers the same. */
static void announce(struct plan_call *c)
{
    hash32 request;
    request_hash(&request, &c->call);
    response_hash(&c->response_hash, &request, c->response);
}

static void flip_u256(u256 *x, size_t offset)
{
    u8 b[32];
    u256_to_be(b, x);
    b[offset] ^= 1;
    *x = u256_from_be(b);
}

static enum err request_byte(const struct forging *g)
{
    enum { SOURCE_AT = 0, TARGET_AT = 32, FROM_AT = 64, TO_AT = 84, NONCE_AT = 104, VALUE_AT = 136, GAS_AT = 168,
           DATA_AT = 200 };
    const size_t at = g->f->offset;
    if (at < FROM_AT || at >= DATA_AT + call_of(g)->call.request.data.len)
        return no(g, "the request has no such byte, or it is one of a chain's id");
    struct plan_call *c = handled_instead(g);
    if (at < TO_AT)
        c->call.from.b[at - FROM_AT] ^= 1;
    else if (at < NONCE_AT)
        c->call.request.to.b[at - TO_AT] ^= 1;
    else if (at < VALUE_AT)
        flip_u256(&c->call.nonce, at - NONCE_AT);
    else if (at < GAS_AT)
        flip_u256(&c->call.request.value, at - VALUE_AT);
    else if (at < DATA_AT)
        flip_u256(&c->call.request.gas_limit, at - GAS_AT);
    else {
        u8 *copy = (u8 *)arena_copy(g->arena, c->call.request.data).ptr;
        copy[at - DATA_AT] ^= 1;
        c->call.request.data.ptr = copy;
    }
    announce(c);
    return OK;
}

static enum err request_cut(const struct forging *g)
{
    if (call_of(g)->call.request.data.len == 0)
        return no(g, "the request has no data");
    struct plan_call *c = handled_instead(g);
    c->call.request.data.len--;
    announce(c);
    return OK;
}

static enum err request_longer(const struct forging *g)
{
    struct plan_call *c = handled_instead(g);
    c->call.request.data = longer(g, c->call.request.data);
    announce(c);
    return OK;
}

static enum err other_source(const struct forging *g)
{
    u64 chain_id;
    TRY(other_chain(g, &chain_id));
    struct plan_call *c = handled_instead(g);
    c->call.source_chain = chain_id;
    announce(c);
    return OK;
}

static enum err leave_out(const struct forging *g)
{
    struct plan_call *c = call_of(g);
    struct plan_chain *chain;
    const struct plan_item *item = handling_item(g, g->f->call, &chain);
    if (item) {
        remove_item(chain, (size_t)(item - chain->item.item));
        return OK;
    }
    struct plan_call *enclosing = &g->p->call.item[c->enclosing];
    *link_to(g->p, &enclosing->nested.first, NEXT_NESTED, g->f->call) = c->next_nested;
    return OK;
}

/* Another call handled directly after one: inline in the same queue, or as an item. What it may call itself has no
 * answer. */
static struct plan_call *handle_after(const struct forging *g, size_t call)
{
    struct plan *p = g->p;
    struct plan_chain *chain;
    const struct plan_item *item = handling_item(g, call, &chain);
    const size_t copy = add_copy(g, call);
    if (item) {
        struct plan_item again = *item;
        again.call = copy;
        again.floor = 0;
        again.made = again.completed = (struct call_list){PLAN_NONE, PLAN_NONE};
        insert_item(chain, (size_t)(item - chain->item.item) + 1, &again);
    } else {
        p->call.item[call].next_nested = (i32)copy;
    }
    return &p->call.item[copy];
}

static enum err twice(const struct forging *g)
{
    handle_after(g, g->f->call);
    return OK;
}

static enum err added(const struct forging *g)
{
    struct plan_call *c = handle_after(g, g->f->call);
    c->call.request.value = (u256){0};
    c->call.nonce.w[0]++; /* its clock */
    announce(c);
    return OK;
}

static enum err swap(const struct forging *g)
{
    struct plan *p = g->p;
    struct plan_chain *here, *there;
    struct plan_item *one = handling_item(g, g->f->call, &here), *other = handling_item(g, g->f->other, &there);
    struct plan_call *c = call_of(g), *d = &p->call.item[g->f->other];
    if (one && other && here == there && one != other) {
        const size_t call = one->call;
        one->call = other->call;
        other->call = call;
        return OK;
    }
    if (one || other || c->enclosing != d->enclosing || g->f->call >= g->f->other)
        return no(g, "to be swapped, two calls must be handled by the same chain, one after the other");
    i32 *first = &p->call.item[c->enclosing].nested.first;
    swap_links(link_to(p, first, NEXT_NESTED, g->f->call), link_to(p, first, NEXT_NESTED, g->f->other),
               &c->next_nested, &d->next_nested);
    return OK;
}

static enum err move(const struct forging *g)
{
    struct plan_chain *chain;
    const struct plan_item *item = handling_item(g, g->f->call, &chain);
    const size_t to = g->f->other;
    if (!item || to >= chain->item.count)
        return no(g, "the call is handled inside another, or there is no such place");
    const size_t from = (size_t)(item - chain->item.item);
    struct plan_item moved = *item;
    if (from == to)
        return no(g, "the call is there");
    moved.work = chain->item.item[to].work;
    memmove(&chain->item.item[from], &chain->item.item[from + 1], sizeof moved * (chain->item.count - from - 1));
    chain->item.count--;
    insert_item(chain, to, &moved);
    return OK;
}

/* Handled by another chain, after all that it does in the same scope. */
static enum err other_target(const struct forging *g)
{
    u64 chain_id;
    struct plan_chain *from;
    const struct plan_item *item = handling_item(g, g->f->call, &from);
    TRY(other_chain(g, &chain_id));
    if (!item)
        return no(g, "the call is handled inside another");
    handled_instead(g)->call.target_chain = chain_id;
    struct plan_chain *to = chain_of(g, chain_id);
    struct plan_item moved = *item;
    size_t at = 0;
    while (at < to->item.count && to->item.item[at].work <= moved.work)
        at++;
    moved.floor = 0;
    insert_item(to, at, &moved);
    remove_item(from, (size_t)(item - from->item.item));
    return OK;
}

static enum err announced(const struct forging *g)
{
    struct plan_call *c = call_of(g);
    if (c->enclosing == PLAN_NONE)
        return no(g, "the call is not handled inside another");
    c->response_hash.b[31] ^= 1;
    return OK;
}

/* --- what made it --- */

static enum err maker_left_out(const struct forging *g)
{
    struct plan_chain *chain;
    const struct plan_item *item = making_item(g, g->f->call, &chain);
    for (i32 i = item->made.first; i != PLAN_NONE; i = g->p->call.item[i].next_made)
        unfill(g, (size_t)i); /* without a request */
    remove_item(chain, (size_t)(item - chain->item.item));
    return OK;
}

static enum err maker_twice(const struct forging *g)
{
    struct plan_chain *chain;
    const struct plan_item *item = making_item(g, g->f->call, &chain);
    struct plan_item again = *item;
    again.floor = 0;
    again.made = again.completed = (struct call_list){PLAN_NONE, PLAN_NONE};
    insert_item(chain, (size_t)(item - chain->item.item) + 1, &again);
    return OK;
}

/* --- the bundle --- */

static enum err absent(const struct forging *g)
{
    const struct scoped_call *c = &call_of(g)->call;
    struct plan_chain *chain = chain_of(g, g->f->other ? c->source_chain : c->target_chain);
    if (chain == &g->p->chain[0])
        return no(g, "L1 is in every bundle");
    chain->withheld = true;
    return OK;
}

/* --- the table --- */

enum needs { NOTHING, ANOTHER_CALL };

static const struct {
    const char *name;
    enum err (*apply)(const struct forging *g);
    enum needs needs;
} forgeries[FORGERY_KIND_COUNT] = {
    [FORGERY_NONE] = {"none", NULL, NOTHING},
    [FORGERY_RESPONSE_BYTE] = {"a byte of an answer", response_byte, NOTHING},
    [FORGERY_RESPONSE_CUT] = {"an answer cut", response_cut, NOTHING},
    [FORGERY_RESPONSE_LONGER] = {"a longer answer", response_longer, NOTHING},
    [FORGERY_RESPONSE_SWAP] = {"two answers swapped", response_swap, ANOTHER_CALL},
    [FORGERY_FILL_LEFT_OUT] = {"a fill left out", fill_left_out, NOTHING},
    [FORGERY_FILL_TWICE] = {"a fill twice", fill_twice, NOTHING},
    [FORGERY_FILL_SWAP] = {"two fills swapped", fill_swap, ANOTHER_CALL},
    [FORGERY_FILL_CHAIN] = {"a fill of another chain", fill_chain, NOTHING},
    [FORGERY_FILL_ADDED] = {"a fill added", fill_added, NOTHING},
    [FORGERY_REQUEST_BYTE] = {"a byte of a request", request_byte, NOTHING},
    [FORGERY_REQUEST_CUT] = {"a request cut", request_cut, NOTHING},
    [FORGERY_REQUEST_LONGER] = {"a longer request", request_longer, NOTHING},
    [FORGERY_SOURCE] = {"a request of another chain", other_source, NOTHING},
    [FORGERY_LEAVE_OUT] = {"a call left out", leave_out, NOTHING},
    [FORGERY_TWICE] = {"a call twice", twice, NOTHING},
    [FORGERY_SWAP] = {"two calls swapped", swap, ANOTHER_CALL},
    [FORGERY_MOVE] = {"a call moved", move, NOTHING},
    [FORGERY_TARGET] = {"a call to another chain", other_target, NOTHING},
    [FORGERY_ADDED] = {"a call added", added, NOTHING},
    [FORGERY_ANNOUNCED] = {"an announced answer", announced, NOTHING},
    [FORGERY_MAKER_LEFT_OUT] = {"a caller left out", maker_left_out, NOTHING},
    [FORGERY_MAKER_TWICE] = {"a caller twice", maker_twice, NOTHING},
    [FORGERY_ABSENT] = {"a chain left out", absent, NOTHING},
};

const char *forgery_name(enum forgery_kind kind)
{
    return (unsigned)kind < FORGERY_KIND_COUNT ? forgeries[kind].name : "(not a forgery)";
}

static enum err forge(void *context, struct plan *out, struct arena *arena, const struct plan *plan,
                      struct buffer *why)
{
    return forgery_apply(out, arena, plan, context, why);
}

enum err session_slot_forged(struct session *s, const struct slot_report **report, const struct forgery *f)
{
    struct forgery copy = *f;
    return session_slot_by(s, report, forge, &copy);
}

enum err forgery_apply(struct plan *out, struct arena *arena, const struct plan *plan, const struct forgery *f,
                       struct buffer *why)
{
    const struct forging g = {.p = out, .arena = arena, .f = f, .why = why};
    BUG_UNLESS(f->kind > FORGERY_NONE && f->kind < FORGERY_KIND_COUNT);
    if (f->call >= plan->call.count || (forgeries[f->kind].needs == ANOTHER_CALL && f->other >= plan->call.count))
        return no(&g, "the scopes of this slot make no call of that number");
    copy_plan(out, arena, plan);
    return forgeries[f->kind].apply(&g);
}
