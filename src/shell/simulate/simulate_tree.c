/* Records the frames of a scope (call_tree.h), when a simulation was asked to. */
#include "scope/selector.h"
#include "simulate/simulate_private.h"

enum { NOT_RECORDED = -1 };

void simulation_record_trees(struct simulation *s)
{
    s->tree.at = ARENA_TAKE(s->arena, i32, OPEN_FRAMES_MAX);
}

void sim_tree_begin(struct simulation *s)
{
    struct sim_tree *t = &s->tree;
    *t = (struct sim_tree){.at = t->at, .is_recording = t->at != NULL};
}

/* Sent by the builder, and not by a contract: as the system on a rollup, as the bridge to itself, as nobody. */
static bool is_builders(const struct sim_chain *c, const struct evm_message *m)
{
    static const address nobody;
    const bool to_bridge = m->kind != MESSAGE_DELEGATECALL && address_eq(&m->recipient, &c->bridge);
    return to_bridge && (address_eq(&m->sender, &system_sender) || address_eq(&m->sender, &c->bridge) ||
                         (m->depth == 0 && address_eq(&m->sender, &nobody)));
}

enum shown { SHOWN, SHOWN_WITHOUT_ITSELF, HIDDEN };

/* *handles: the frame is where a chain handles a call of another. */
static enum shown how_shown(const struct sim_chain *c, const struct evm_message *m, bool *handles)
{
    *handles = false;
    if (address_eq(&m->recipient, &abort_precompile_address))
        return SHOWN_WITHOUT_ITSELF;
    if (!is_builders(c, m))
        return SHOWN;
    const u32 selector = selector_of(m->input);
    const bool is_step = c->index == L1 && selector == (u32)SELECTOR_RUN_STEP;
    *handles = selector == (u32)SELECTOR_HANDLE_SCOPED_CALL || (is_step && c->s->handling != PLAN_NONE);
    return *handles ? SHOWN : is_step ? SHOWN_WITHOUT_ITSELF : HIDDEN;
}

static bool has_room(const struct sim_tree *t, size_t bytes)
{
    return t->frame.count < TREE_FRAMES_MAX && t->bytes + bytes <= TREE_BYTES_MAX;
}

void sim_tree_enter(const struct sim_chain *c, const struct evm_message *m)
{
    struct simulation *s = c->s;
    struct sim_tree *t = &s->tree;
    const u32 open = s->trace.depth; /* of the frames around it */
    bool handles;
    if (!t->is_recording)
        return;
    if (t->hidden_from) {
        t->left_out += t->is_full;
        return;
    }
    const enum shown shown = how_shown(c, m, &handles);
    t->is_full = shown == SHOWN && (open >= OPEN_FRAMES_MAX || !has_room(t, m->input.len));
    if (open < OPEN_FRAMES_MAX)
        t->at[open] = NOT_RECORDED;
    if (shown == HIDDEN || t->is_full) {
        t->hidden_from = open + 1;
        t->left_out += t->is_full;
    } else if (shown == SHOWN) {
        t->at[open] = (i32)t->frame.count;
        t->bytes += m->input.len;
        *LIST_ADD(&t->frame, s->arena) = (struct tree_frame){
            .chain_id = c->chain_id,
            .depth = t->depth++,
            .kind = m->kind,
            .is_static = m->is_static,
            .is_cut_off = true,
            .handles = handles ? s->handling - (i32)s->first_call : -1,
            .from = m->kind == MESSAGE_DELEGATECALL ? m->recipient : m->sender,
            .to = m->code_address,
            .value = m->value,
            .gas_limit = m->gas > 0 ? (u64)m->gas : 0,
            .input = arena_copy(s->arena, m->input),
        };
    }
}

/* depth: of the frames around the one that ended. */
void sim_tree_leave(struct simulation *s, u32 depth, const struct evm_result *r)
{
    struct sim_tree *t = &s->tree;
    if (!t->is_recording)
        return;
    if (t->hidden_from) {
        t->hidden_from = t->hidden_from == depth + 1 ? 0 : t->hidden_from;
        return;
    }
    if (depth >= OPEN_FRAMES_MAX || t->at[depth] == NOT_RECORDED)
        return;
    struct tree_frame *f = &t->frame.item[t->at[depth]];
    const u64 left = r->gas_left > 0 ? (u64)r->gas_left : 0;
    t->depth--;
    f->is_cut_off = false;
    f->halt = r->halt;
    f->gas_used = f->gas_limit > left ? f->gas_limit - left : 0;
    if (f->kind == MESSAGE_CREATE || f->kind == MESSAGE_CREATE2)
        f->to = halt_is_success(r->halt) ? r->created : f->to;
    if (t->bytes + r->output.len <= TREE_BYTES_MAX) {
        t->bytes += r->output.len;
        f->output = arena_copy(s->arena, r->output);
    }
}

struct call_tree simulation_tree(struct simulation *s)
{
    struct sim_tree *t = &s->tree;
    t->is_recording = false;
    return (struct call_tree){t->frame.item, (u32)t->frame.count, t->left_out};
}
