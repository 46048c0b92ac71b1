/* The frames that are open over all chains, and the path to the one that failed.
 *
 *      l1 account -> l1 bridge -> rollup bridge -> rollup token      open frames, across chains
 *                                                  ^ fails           the path is copied here
 *                    ^ and so does this one                          its gas and output are added
 *
 * A path is forgotten when a frame around it succeeds: the failure was caught. A bridge's frame does not count: a call
 * that fails on the target is a response there, and it is the source that goes on or fails. The bridge's messages to
 * itself, which only a simulation sends, and delegate calls on the way are not part of a path.
 *
 * Bounded: one path of CALL_FRAMES_MAX frames, the outermost and the innermost ones. */
#include "simulate/simulate_private.h"

enum { OUTER_FRAMES = 4 };

void sim_trace_init(struct simulation *s)
{
    struct sim_trace *t = &s->trace;
    *t = (struct sim_trace){.open = ARENA_TAKE(s->arena, struct open_frame, OPEN_FRAMES_MAX)};
    for (size_t i = 0; i < CALL_FRAMES_MAX; i++)
        for (size_t k = 0; k < 2; k++)
            t->bytes[i][k] = arena_take(s->arena, CALL_FRAME_BYTES_MAX);
}

void sim_trace_begin(struct simulation *s)
{
    s->trace.depth = 0;
    s->trace.count = 0;
    sim_tree_begin(s);
}

void sim_trace_enter(const struct sim_chain *c, const struct evm_message *m)
{
    struct sim_trace *t = &c->s->trace;
    sim_tree_enter(c, m);
    t->now++;
    if (t->depth < OPEN_FRAMES_MAX)
        t->open[t->depth] = (struct open_frame){c, m, t->now};
    t->depth++;
}

static bool is_shown(const struct open_frame *f, bool is_innermost)
{
    const bool to_itself = f->message->depth == 0 && address_eq(&f->message->sender, &f->chain->bridge) &&
                           address_eq(&f->message->recipient, &f->chain->bridge);
    return is_innermost || (!to_itself && f->message->kind != MESSAGE_DELEGATECALL);
}

static struct bytes keep_bytes(u8 *to, struct bytes from)
{
    const size_t len = from.len < CALL_FRAME_BYTES_MAX ? from.len : CALL_FRAME_BYTES_MAX;
    if (len)
        memcpy(to, from.ptr, len);
    return bytes_of(to, len);
}

static void add_traced_frame(struct sim_trace *t, u32 depth, u32 skipped)
{
    const struct open_frame *f = &t->open[depth];
    t->at_depth[t->count] = depth;
    t->frame[t->count] = (struct call_frame){
        .chain_id = f->chain->chain_id,
        .kind = f->message->kind,
        .from = f->message->sender,
        .to = f->message->code_address,
        .value = f->message->value,
        .gas_limit = f->message->gas > 0 ? (u64)f->message->gas : 0,
        .is_cut_off = true,
        .input = keep_bytes(t->bytes[t->count][0], f->message->input),
        .skipped = skipped,
    };
    t->count++;
}

/* Copies the open frames up to a depth. */
static void save_path(struct sim_trace *t, u32 innermost)
{
    u32 shown = 0, seen = 0;
    for (u32 i = 0; i <= innermost; i++)
        shown += is_shown(&t->open[i], i == innermost);
    const u32 skipped = shown > CALL_FRAMES_MAX ? shown - CALL_FRAMES_MAX : 0;
    t->count = 0;
    t->saved = t->now;
    for (u32 i = 0; i <= innermost; i++) {
        if (!is_shown(&t->open[i], i == innermost))
            continue;
        if (seen < OUTER_FRAMES || seen >= OUTER_FRAMES + skipped)
            add_traced_frame(t, i, seen == OUTER_FRAMES + skipped ? skipped : 0);
        seen++;
    }
}

/* A frame of the saved path has ended. */
static void end_frame(struct sim_trace *t, u32 depth, const struct evm_result *r)
{
    for (u32 i = 0; i < t->count; i++)
        if (t->at_depth[i] == depth) {
            const u64 left = r->gas_left > 0 ? (u64)r->gas_left : 0;
            t->frame[i].is_cut_off = false;
            t->frame[i].halt = r->halt;
            t->frame[i].gas_used = t->frame[i].gas_limit > left ? t->frame[i].gas_limit - left : 0;
            t->frame[i].output = keep_bytes(t->bytes[i][1], r->output);
        }
}

void sim_trace_leave(const struct sim_chain *c, const struct evm_message *m, const struct evm_result *r)
{
    struct sim_trace *t = &c->s->trace;
    if (t->depth == 0)
        return;
    const u32 depth = --t->depth;
    sim_tree_leave(c->s, depth, r);
    if (depth >= OPEN_FRAMES_MAX)
        return;
    const bool has_path = t->count && t->saved >= t->open[depth].entered;
    const bool failed = !halt_is_success(r->halt);
    if (failed && !has_path)
        save_path(t, depth);
    else if (!failed && has_path && !address_eq(&m->code_address, &c->bridge))
        t->count = 0;
    if (failed || has_path)
        end_frame(t, depth, r);
}

void sim_trace_cut_off(struct simulation *s)
{
    struct sim_trace *t = &s->trace;
    if (t->depth && t->depth <= OPEN_FRAMES_MAX && t->count == 0)
        save_path(t, t->depth - 1);
}

size_t simulation_failure(struct simulation *s, struct arena *out, const struct call_frame **frame)
{
    struct sim_trace *t = &s->trace;
    struct call_frame *copy = ARENA_TAKE(out, struct call_frame, t->count);
    for (u32 i = 0; i < t->count; i++) {
        copy[i] = t->frame[i];
        copy[i].input = arena_copy(out, t->frame[i].input);
        copy[i].output = arena_copy(out, t->frame[i].output);
    }
    const size_t count = t->count;
    *frame = copy;
    t->count = 0;
    return count;
}
