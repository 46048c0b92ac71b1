#include "devnet/witnesses.h"

enum { PROPOSALS_MAX = 64 /* rollups */ };

struct witnesses {
    const struct memory *memory;
    struct witness_record proposal[PROPOSALS_MAX];
    size_t proposal_count;
    struct witness_record ring[WITNESSES_MAX];
    u64 oldest, next; /* places in the ring, not wrapped: what is between them is there */
    size_t bytes;
};

struct witnesses *witnesses_open(const struct memory *memory)
{
    struct witnesses *w = memory->take(memory->context, sizeof *w);
    memset(w, 0, sizeof *w);
    w->memory = memory;
    return w;
}

static void give_request(struct witnesses *w, struct witness_record *r)
{
    w->memory->give(w->memory->context, (u8 *)r->request.ptr, r->request.len);
    r->request = (struct bytes){0};
}

static void forget_proposals(struct witnesses *w)
{
    for (size_t i = 0; i < w->proposal_count; i++)
        if (w->proposal[i].request.len)
            give_request(w, &w->proposal[i]);
    w->proposal_count = 0;
}

static struct witness_record *in_ring(struct witnesses *w, u64 place)
{
    return &w->ring[place % WITNESSES_MAX];
}

static void forget_witness(struct witnesses *w, struct witness_record *r)
{
    w->bytes -= r->request.len;
    give_request(w, r);
}

void witnesses_close(struct witnesses *w)
{
    forget_proposals(w);
    while (w->oldest < w->next)
        forget_witness(w, in_ring(w, w->oldest++));
    w->memory->give(w->memory->context, w, sizeof *w);
}

void witnesses_propose(struct witnesses *w, u64 chain_id, const hash32 *statement, struct bytes request)
{
    size_t i = 0;
    while (i < w->proposal_count && w->proposal[i].chain_id != chain_id)
        i++;
    if (i == PROPOSALS_MAX || request.len == 0)
        return;
    if (i < w->proposal_count)
        give_request(w, &w->proposal[i]);
    else
        w->proposal_count++;
    u8 *copy = w->memory->take(w->memory->context, request.len);
    memcpy(copy, request.ptr, request.len);
    w->proposal[i] = (struct witness_record){
        .chain_id = chain_id, .statement = *statement, .request = bytes_of(copy, request.len)};
}

static void make_room_for_witnesses(struct witnesses *w)
{
    while (w->oldest < w->next && (w->bytes > WITNESSES_BYTES_MAX || w->next - w->oldest >= WITNESSES_MAX))
        forget_witness(w, in_ring(w, w->oldest++));
}

/* The ring takes over the proposal's memory. */
static void settle_rollup(struct witnesses *w, const struct bundle_record *b, const struct bundle_rollup *r)
{
    for (size_t i = 0; i < w->proposal_count; i++) {
        struct witness_record *p = &w->proposal[i];
        if (p->chain_id != r->chain_id || !p->request.len || !hash32_eq(&p->statement, &r->statement))
            continue;
        make_room_for_witnesses(w);
        p->first_block = r->first_block;
        p->last_block = r->last_block;
        p->bundle = b->hash;
        p->bundle_block = b->block_number;
        w->bytes += p->request.len;
        *in_ring(w, w->next++) = *p;
        p->request = (struct bytes){0};
    }
}

void witnesses_settle(struct witnesses *w, const struct bundle_record *settled)
{
    for (size_t i = 0; settled && i < settled->rollup_count; i++)
        settle_rollup(w, settled, &settled->rollup[i]);
    make_room_for_witnesses(w);
    forget_proposals(w);
}

bool witnesses_find(const struct witnesses *w, struct arena *arena, struct witness_record *out, u64 chain_id,
                    u64 block_number)
{
    for (u64 i = w->next; i-- > w->oldest;) {
        const struct witness_record *r = &w->ring[i % WITNESSES_MAX];
        if (r->chain_id != chain_id || block_number < r->first_block || block_number > r->last_block)
            continue;
        *out = *r;
        out->request = arena_copy(arena, r->request);
        return true;
    }
    return false;
}

void witnesses_forget_above(struct witnesses *w, u64 l1_block_number)
{
    while (w->next > w->oldest && in_ring(w, w->next - 1)->bundle_block > l1_block_number)
        forget_witness(w, in_ring(w, --w->next));
}
