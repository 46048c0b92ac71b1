/* A call that fails, made by scopedCall or through a RemoteAccount: the frame of the bridge on the source reverts with
 * it, and the hashes and clock of the source are as before. So it may have no effect on the target either
 * (docs/protocol.md section 7).
 *
 *      source                           target
 *      scopedCall ----------------->    handleScopedCall: fails
 *                                       undone, on all chains but the source
 *                 ----------------->    the same as an attempt: no event of the chain, but a response
 *      fillResponsesIn
 *      scopedCall reverts with it
 *
 * Inside of an attempt all calls are attempts, at once: in a call that failed, a call that succeeded is rejected when
 * the frame around it reverts. So the work grows with the square of the depth, and not exponentially. */
#include "simulate/simulate_private.h"

struct sim_point sim_point(struct sim_chain *source)
{
    struct simulation *s = source->s;
    struct sim_point at = {
        .plan = plan_mark(&s->plan),
        .run = ARENA_TAKE_ZERO(s->arena, struct block_mark, s->chain_count),
        .host = ARENA_TAKE_ZERO(s->arena, u64, s->chain_count),
        .item = ARENA_TAKE_ZERO(s->arena, size_t, s->chain_count),
        .uses_l1 = s->uses_l1,
        .tree_count = (u32)s->tree.frame.count,
        .tree_left_out = s->tree.left_out,
        .tree_bytes = s->tree.bytes,
    };
    for (size_t i = 0; i < s->chain_count; i++) {
        struct sim_chain *c = &s->chain[i];
        if (!c->is_open || c == source)
            continue;
        at.item[i] = c->item;
        if (i == L1 || c->is_busy)
            at.host[i] = evm_host_mark(&c->run.host);
        else
            at.run[i] = block_mark(&c->run);
    }
    return at;
}

/* Whether a chain is in the middle of something is as it was: all that began since has ended. */
static void undo(struct sim_chain *source, size_t call, const struct sim_point *at)
{
    struct simulation *s = source->s;
    plan_unwind(&s->plan, &at->plan, s->first_call, call);
    for (size_t i = 0; i < s->chain_count; i++) {
        struct sim_chain *c = &s->chain[i];
        if (!c->is_open || c == source)
            continue;
        c->item = at->item[i];
        if (i == L1 || c->is_busy)
            evm_host_rewind(&c->run.host, at->host[i]);
        else
            block_rewind(&c->run, &at->run[i]);
    }
    s->uses_l1 = at->uses_l1;
    s->tree.frame.count = at->tree_count;
    s->tree.left_out = at->tree_left_out;
    s->tree.bytes = at->tree_bytes;
}

static enum err handle_attempt(struct sim_chain *source, size_t index)
{
    struct simulation *s = source->s;
    const i32 outer_handling = s->handling;
    const bool outer_looking = source->is_looking;
    struct sim_chain *target = sim_find_chain(s, s->plan.call.item[index].call.target_chain);
    if (!target)
        return sim_reject(s, REJECT_UNKNOWN_CHAIN, "a scoped call to a chain that is not in this bundle");
    source->is_looking = true;
    s->handling = (i32)index;
    s->attempts++;
    TRY(sim_handle(target, index));
    s->attempts--;
    s->handling = outer_handling;
    source->is_looking = outer_looking;
    if (!s->plan.call.item[index].response.ptr)
        return sim_reject(s, REJECT_HANDLING_FAILED, "the target's bridge returned no response");
    return OK;
}

enum err sim_attempt(struct sim_chain *source, size_t index, const struct sim_point *before)
{
    struct simulation *s = source->s;
    struct plan_call *p = &s->plan.call.item[index];
    const u32 depth = source->depth;
    if (p->nested.first != PLAN_NONE)
        return sim_reject(s, REJECT_LOOKUP_INTO_STATIC,
                          "a lookup or call into a chain that waits for a call that fails");
    struct nonce nonce = nonce_unpack(&p->call.nonce);
    if (nonce.root.clock == nonce.clock)
        return REJECT_NOT_ANNOUNCED; /* the call named the root, and is undone */
    TRY(sim_check_root_without_effect(s, &p->call));
    if (before)
        undo(source, index, before);
    nonce.flags |= NONCE_ATTEMPT;
    p->call.nonce = nonce_pack(&nonce);
    request_hash(&p->request_hash, &p->call);
    p->response = bytes_of(NULL, 0);
    const i32 equal = sim_find_equal(source, &p->call, index);
    if (equal != PLAN_NONE) {
        struct plan_mark mark = plan_mark(&s->plan);
        mark.call_count = index;
        plan_unwind(&s->plan, &mark, s->first_call, index);
    } else {
        TRY(handle_attempt(source, index));
        source->depth = depth;
        plan_complete(&s->plan, index, source->index);
    }
    TRY(sim_fill_response(source, equal == PLAN_NONE ? index : (size_t)equal));
    source->depth = depth;
    return OK;
}
