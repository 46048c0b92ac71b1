#include "simulate/frame_trace.h"

enum { OUTER_FRAMES = 4 };

void frame_trace_init(struct frame_trace *t, struct arena *arena)
{
    *t = (struct frame_trace){.open = ARENA_TAKE(arena, struct open_frame, OPEN_FRAMES_MAX)};
    for (size_t i = 0; i < CALL_FRAMES_MAX; i++)
        for (size_t k = 0; k < 2; k++)
            t->bytes[i][k] = arena_take(arena, CALL_FRAME_BYTES_MAX);
}

void frame_trace_begin(struct frame_trace *t)
{
    t->depth = 0;
    t->count = 0;
}

void frame_trace_enter(struct frame_trace *t, u64 chain_id, const address *bridge, const struct evm_message *m)
{
    t->now++;
    if (t->depth < OPEN_FRAMES_MAX)
        t->open[t->depth] = (struct open_frame){chain_id, bridge, m, t->now};
    t->depth++;
}

static bool is_shown(const struct open_frame *f, bool is_innermost)
{
    const bool to_itself = f->message->depth == 0 && address_eq(&f->message->sender, f->bridge) &&
                           address_eq(&f->message->recipient, f->bridge);
    return is_innermost || (!to_itself && f->message->kind != MESSAGE_DELEGATECALL);
}

static struct bytes keep_bytes(u8 *to, struct bytes from)
{
    const size_t len = from.len < CALL_FRAME_BYTES_MAX ? from.len : CALL_FRAME_BYTES_MAX;
    if (len)
        memcpy(to, from.ptr, len);
    return bytes_of(to, len);
}

static void add_traced_frame(struct frame_trace *t, u32 depth, u32 skipped)
{
    const struct open_frame *f = &t->open[depth];
    t->at_depth[t->count] = depth;
    t->frame[t->count] = (struct call_frame){
        .chain_id = f->chain_id,
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
static void save_path(struct frame_trace *t, u32 innermost)
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
static void end_frame(struct frame_trace *t, u32 depth, const struct evm_result *r)
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

void frame_trace_leave(struct frame_trace *t, const address *bridge, const struct evm_message *m,
                       const struct evm_result *r)
{
    if (t->depth == 0)
        return;
    const u32 depth = --t->depth;
    if (depth >= OPEN_FRAMES_MAX)
        return;
    const bool has_path = t->count && t->saved >= t->open[depth].entered;
    const bool failed = !halt_is_success(r->halt);
    if (failed && !has_path)
        save_path(t, depth);
    else if (!failed && has_path && !address_eq(&m->code_address, bridge))
        t->count = 0;
    if (failed || has_path)
        end_frame(t, depth, r);
}

void frame_trace_cut_off(struct frame_trace *t)
{
    if (t->depth && t->depth <= OPEN_FRAMES_MAX && t->count == 0)
        save_path(t, t->depth - 1);
}

size_t frame_trace_failure(struct frame_trace *t, struct arena *out, const struct call_frame **frame)
{
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
