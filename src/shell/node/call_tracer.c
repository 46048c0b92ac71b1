/* callTracer: the messages of a transaction as a tree.
 *
 *   {"type", "from", "to"?, "value"?, "gas", "gasUsed", "input", "output"?, "error"?, "revertReason"?,
 *    "logs"?: [{"address", "topics", "data", "position"}], "calls"?: [the same]}
 *
 * tracerConfig: {onlyTopCall, withLog}, and withChainId, which is not go-ethereum's.
 *
 * As go-ethereum's (eth/tracers/native/call.go): gas of the outermost is the transaction's limit, a SELFDESTRUCT is a
 * call, logs of what failed are dropped, and `position` says how many calls of the frame came before the log. What
 * never became a message, since its sender lacked the value or it was too deep, is not shown. */
#include "evm/opcode.h"
#include "node/tracer.h"
#include "node/write.h"

struct call_log {
    struct call_log *next;
    struct log log;
    u32 position;
};

struct call_frame {
    struct call_frame *outer, *first, *last, *next; /* first and last of its calls; next in the same frame */
    struct call_log *first_log, *last_log;
    u32 call_count;
    const char *type;
    address from, to;
    bool has_value, is_creation;
    u256 value;
    i64 gas, gas_used;
    struct bytes input, output;
    enum halt halt;
};

struct call_tracer {
    struct tracer tracer;
    struct state *state;
    bool only_top_call, with_log, with_chain_id;
    struct call_frame *root, *open;
    size_t pending; /* characters that the result will have, about */
};

static const char *const kind_name[] = {
    [MESSAGE_CALL] = "CALL", [MESSAGE_CALLCODE] = "CALLCODE", [MESSAGE_DELEGATECALL] = "DELEGATECALL",
    [MESSAGE_STATICCALL] = "STATICCALL", [MESSAGE_CREATE] = "CREATE", [MESSAGE_CREATE2] = "CREATE2",
};

enum { FRAME_CHARACTERS = 400, LOG_CHARACTERS = 500 };

static enum err count_characters(struct call_tracer *t, size_t characters)
{
    t->pending += characters;
    return rpc_check_size(t->tracer.request, t->pending);
}

static struct bytes copy_data(struct call_tracer *t, struct bytes data)
{
    return arena_copy(t->tracer.request->arena, data);
}

/* --- what happens --- */

static void add_frame(struct call_tracer *t, struct call_frame *f)
{
    struct call_frame *outer = t->open;
    f->outer = outer;
    if (!outer) {
        t->root = f;
        return;
    }
    if (outer->last)
        outer->last->next = f;
    else
        outer->first = f;
    outer->last = f;
    outer->call_count++;
}

static enum err call_tracer_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct call_tracer *t = context;
    (void)vm;
    if (t->only_top_call && t->root)
        return OK;
    TRY(count_characters(t, FRAME_CHARACTERS + 2 * m->input.len));
    struct call_frame *f = ARENA_TAKE(t->tracer.request->arena, struct call_frame, 1);
    const bool is_creation = m->kind == MESSAGE_CREATE || m->kind == MESSAGE_CREATE2;
    *f = (struct call_frame){
        .type = kind_name[m->kind],
        .from = m->kind == MESSAGE_DELEGATECALL ? m->recipient : m->sender,
        .to = is_creation ? m->recipient : m->code_address,
        .is_creation = is_creation,
        .has_value = m->kind != MESSAGE_STATICCALL,
        .value = m->value,
        .gas = m->gas,
        .input = copy_data(t, m->input),
    };
    add_frame(t, f);
    t->open = f;
    return OK;
}

static enum err call_tracer_leave(void *context, struct evm *vm, const struct evm_message *m,
                                  const struct evm_result *r)
{
    struct call_tracer *t = context;
    struct call_frame *f = t->open;
    (void)vm;
    if (t->only_top_call && m->depth > 0)
        return OK;
    f->gas_used = f->gas - r->gas_left;
    f->halt = r->halt;
    if (r->halt <= HALT_REVERT) {
        TRY(count_characters(t, 2 * r->output.len));
        f->output = copy_data(t, r->output);
    }
    t->open = f->outer;
    return OK;
}

static enum err call_tracer_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct call_tracer *t = context;
    struct call_frame *f = t->open;
    (void)vm;
    if (t->only_top_call && m->depth > 0)
        return OK;
    TRY(count_characters(t, LOG_CHARACTERS + 2 * log->data.len));
    struct call_log *l = ARENA_TAKE(t->tracer.request->arena, struct call_log, 1);
    *l = (struct call_log){.log = *log, .position = f->call_count};
    l->log.data = copy_data(t, log->data);
    if (f->last_log)
        f->last_log->next = l;
    else
        f->first_log = l;
    f->last_log = l;
    return OK;
}

static enum err call_tracer_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct call_tracer *t = context;
    const struct account *a;
    (void)vm;
    if (s->opcode != OPCODE_SELFDESTRUCT || s->stack_count == 0 || m->is_static || t->only_top_call)
        return OK;
    TRY(count_characters(t, FRAME_CHARACTERS));
    TRY(state_account(t->state, &a, NULL, &m->recipient));
    struct call_frame *f = ARENA_TAKE(t->tracer.request->arena, struct call_frame, 1);
    *f = (struct call_frame){.type = "SELFDESTRUCT", .from = m->recipient, .has_value = true, .value = a->balance,
                             .to = u256_to_address(&s->stack[s->stack_count - 1])};
    add_frame(t, f);
    return OK;
}

/* --- the result --- */

static void write_frame_logs(struct json_writer *w, const struct call_frame *f)
{
    json_write_key(w, "logs");
    json_write_array(w);
    for (const struct call_log *l = f->first_log; l; l = l->next) {
        json_write_object(w);
        write_fixed(w, "address", l->log.at);
        json_write_key(w, "topics");
        json_write_array(w);
        for (u32 i = 0; i < l->log.topic_count; i++)
            write_hash(w, &l->log.topic[i]);
        json_write_end(w);
        write_hex(w, "data", l->log.data);
        write_quantity(w, "position", l->position);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_frame_failure(struct json_writer *w, const struct call_frame *f)
{
    const char *reason = f->halt == HALT_REVERT ? revert_reason(w->out->arena, f->output) : NULL;
    json_write_key(w, "error");
    json_write_z(w, halt_message(f->halt));
    if (reason) {
        json_write_key(w, "revertReason");
        json_write_z(w, reason);
    }
}

/* All but its calls. */
static void write_frame(struct json_writer *w, const struct call_frame *f, bool drops_logs)
{
    const bool failed = !halt_is_success(f->halt);
    write_fixed(w, "from", f->from);
    write_quantity(w, "gas", (u64)f->gas);
    write_quantity(w, "gasUsed", (u64)f->gas_used);
    if (!failed || !f->is_creation)
        write_fixed(w, "to", f->to);
    write_hex(w, "input", f->input);
    if (f->output.len)
        write_hex(w, "output", f->output);
    if (failed)
        write_frame_failure(w, f);
    if (f->first_log && !failed && !drops_logs)
        write_frame_logs(w, f);
    if (f->has_value)
        write_u256(w, "value", &f->value);
    json_write_key(w, "type");
    json_write_z(w, f->type);
}

static void write_tree(struct json_writer *w, const struct call_frame *f, const u64 *chain_id, bool drops_logs)
{
    json_write_object(w);
    if (chain_id) {
        json_write_key(w, "chainId");
        json_write_u64(w, *chain_id);
    }
    write_frame(w, f, drops_logs);
    if (f->first) {
        json_write_key(w, "calls");
        json_write_array(w);
        for (const struct call_frame *inner = f->first; inner; inner = inner->next)
            write_tree(w, inner, chain_id, drops_logs || !halt_is_success(f->halt));
        json_write_end(w);
    }
    json_write_end(w);
}

static enum err call_tracer_begin(struct tracer *tracer, struct call_run *run, const struct call_object *c)
{
    struct call_tracer *t = (struct call_tracer *)tracer;
    (void)c;
    t->state = run->state;
    t->root = t->open = NULL;
    t->pending = 0;
    return OK;
}

static enum err call_tracer_end(struct tracer *tracer, const struct call_object *c, const struct call_result *result)
{
    struct call_tracer *t = (struct call_tracer *)tracer;
    BUG_UNLESS(t->root && !t->open);
    t->root->gas = (i64)c->tx.gas_limit;
    t->root->gas_used = (i64)result->receipt->gas_used;
    write_tree(tracer->request->out, t->root,
               t->with_chain_id ? &tracer->request->at->chain->rules->chain_id : NULL, false);
    return OK;
}

enum err call_tracer_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index)
{
    const struct rpc_members m = {r, config, index};
    struct call_tracer *t = ARENA_TAKE_ZERO(r->arena, struct call_tracer, 1);
    TRY(member_bool(&m, &t->only_top_call, "onlyTopCall"));
    TRY(member_bool(&m, &t->with_log, "withLog"));
    TRY(member_bool(&m, &t->with_chain_id, "withChainId"));
    t->tracer = (struct tracer){
        .hooks = {.context = t,
                  .enter = call_tracer_enter,
                  .leave = call_tracer_leave,
                  .log = t->with_log ? call_tracer_log : NULL,
                  .step = t->only_top_call ? NULL : call_tracer_step},
        .request = r,
        .begin = call_tracer_begin,
        .end = call_tracer_end,
    };
    *out = &t->tracer;
    return OK;
}
