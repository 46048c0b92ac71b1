/* scope_getMailboxes: both sides of pairs of chains at their heads, as the bridges themselves report them. */
#include "bridge/calldata.h"
#include "devnet/devnet.h"
#include "devnet/write_bundle.h"
#include "node/call_run.h"
#include "node/rpc_members.h"

struct reading_mailboxes {
    struct rpc_request *request;
    struct snapshot **head; /* of each chain, all of the same moment */
    u64 chain_id, peer;     /* of the pairs that were asked for; 0: any */
    struct pair_report *pair;
    size_t count;
};

/* --- views of a bridge --- */

static enum err run_view(struct rpc_request *r, const struct chain_block *b, struct bytes *out,
                         const struct call_object *call)
{
    struct call_run s;
    struct call_result result;
    TRY(call_run_open(r, &s, b, JSON_NOTHING, 0, JSON_NOTHING, 0));
    enum err e = call_run_execute(&s, &result, call);
    if (e == OK && !result.receipt->success)
        e = rpc_fail(r, JSONRPC_SERVER_ERROR, "a bridge does not report its mailboxes");
    if (e == OK)
        *out = arena_copy(r->arena, result.receipt->output);
    call_run_close(&s);
    return e;
}

/* The chain's node and head stand in for the request's. */
static enum err call_bridge(struct reading_mailboxes *m, size_t chain, u256 *word, size_t count, struct bytes data)
{
    struct rpc_request *r = m->request;
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct node *const node = r->node;
    struct snapshot *const asked = r->at;
    const struct chain_block *b = m->head[chain]->head;
    struct call_object call = {0};
    struct bytes output = {0};
    call.tx.to = chain ? d->contracts.rollup_bridge : d->contracts.shared_bridge;
    call.tx.data = data;
    call.tx.has_sender = true; /* the zero address */
    r->node = &d->chain[chain].node;
    r->at = m->head[chain];
    call_object_complete(&call, r->at->chain->rules, &b->header, CALL_GAS_MAX);
    const enum err e = run_view(r, b, &output, &call);
    r->node = node;
    r->at = asked;
    TRY(e);
    if (output.len != count * sizeof(u256))
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "a bridge does not report its mailboxes");
    for (size_t i = 0; i < count; i++)
        word[i] = u256_from_be(output.ptr + i * sizeof(u256));
    return OK;
}

static enum err read_side(struct reading_mailboxes *m, struct mailbox *out, size_t chain, u64 peer)
{
    u256 lane[LANE_COUNT], value[2];
    TRY(call_bridge(m, chain, lane, LANE_COUNT, calldata_get_mailbox_hashes(m->request->arena, peer)));
    TRY(call_bridge(m, chain, value, 2, calldata_value_counters(m->request->arena, peer)));
    *out = (struct mailbox){.peer_chain = peer, .value_out = value[0], .value_in = value[1]};
    for (enum lane l = 0; l < LANE_COUNT; l++)
        out->lane[l] = u256_to_hash32(&lane[l]);
    return OK;
}

/* --- pairs --- */

static bool is_chosen_pair(const struct reading_mailboxes *m, u64 here, u64 there)
{
    const bool forward = (!m->chain_id || m->chain_id == here) && (!m->peer || m->peer == there),
               backward = (!m->chain_id || m->chain_id == there) && (!m->peer || m->peer == here);
    return forward || backward;
}

/* The first is a rollup; the other one L1, or a rollup of a greater id: as bundles list them. */
static enum err read_pair(struct reading_mailboxes *m, size_t here, size_t there)
{
    const struct devnet *d = devnet_chain_of(m->request)->devnet;
    const u64 here_id = d->chain[here].id, there_id = d->chain[there].id;
    if (!is_chosen_pair(m, here_id, there_id))
        return OK;
    struct pair_report *p = &m->pair[m->count];
    *p = (struct pair_report){.here_chain = here_id, .there_chain = there_id};
    TRY(read_side(m, &p->here, here, there_id));
    TRY(read_side(m, &p->there, there, here_id));
    m->count++;
    return rpc_check_budget(m->request);
}

static enum err read_all_pairs(struct reading_mailboxes *m)
{
    const size_t chains = devnet_chain_of(m->request)->devnet->chain_count;
    for (size_t here = 1; here < chains; here++) {
        TRY(read_pair(m, here, 0));
        for (size_t there = here + 1; there < chains; there++)
            TRY(read_pair(m, here, there));
    }
    return OK;
}

/* Chains are published together, with the lock. */
static void take_heads(struct reading_mailboxes *m, struct devnet *d)
{
    m->head = ARENA_TAKE(m->request->arena, struct snapshot *, d->chain_count);
    m->pair = ARENA_TAKE(m->request->arena, struct pair_report, d->chain_count * d->chain_count);
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->chain_count; i++)
        m->head[i] = snapshot_take(&d->chain[i].chain);
    pthread_mutex_unlock(&d->lock);
}

static enum err read_pair_choice(struct rpc_request *r, struct reading_mailboxes *m)
{
    const struct rpc_members object = {r, r->parameter[0], 0};
    struct devnet *d = devnet_chain_of(r)->devnet;
    bool has_chain, has_peer;
    *m = (struct reading_mailboxes){.request = r};
    TRY(member_u64(&object, &has_chain, &m->chain_id, "chainId"));
    TRY(member_u64(&object, &has_peer, &m->peer, "peer"));
    if (has_chain && !devnet_chain_by_id(d, m->chain_id))
        return member_invalid(&object, "chainId", "there is no such chain");
    return has_peer && !devnet_chain_by_id(d, m->peer) ? member_invalid(&object, "peer", "there is no such chain") : OK;
}

enum err rpc_scope_getMailboxes(struct rpc_request *r)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct reading_mailboxes m;
    TRY(read_pair_choice(r, &m));
    take_heads(&m, d);
    const enum err e = read_all_pairs(&m);
    for (size_t i = 0; i < d->chain_count; i++)
        snapshot_drop(m.head[i]);
    TRY(e);
    write_pairs(r->out, m.pair, m.count);
    return OK;
}
