/* The trace of debug_trace* without a tracer: an object for each instruction (execution-apis).
 *
 *   {"gas", "failed", "returnValue", "structLogs": [{"pc", "op", "gas", "gasCost", "depth", "stack"?, "memory"?,
 *    "storage"?, "returnData"?, "refund"?}, ..]}
 *
 * What an instruction cost is known when the next one of its frame begins, so room for the number is left in the text
 * and filled in later: blanks stay behind it, which JSON does not mind. */
#include "evm/opcode.h"
#include "node/tracer.h"
#include "node/write.h"

enum { COST_ROOM = 20, DEPTH_MAX = 1025 };

/* A slot that was touched, as it was seen last. */
struct traced_slot {
    address at;
    hash32 key, value;
};

struct struct_logs {
    struct tracer tracer;
    struct state *state;
    bool no_stack, no_storage, memory, return_data;
    u64 limit, count; /* limit 0: none */
    struct bytes returned;
    struct {
        size_t cost_at; /* in the text; 0: none open */
        i64 gas;        /* before the instruction */
        i64 given_back; /* by the frame that it called */
    } open[DEPTH_MAX];
    struct traced_slot *slot;
    u32 slot_count, slot_room;
};

static void close_step(struct struct_logs *l, u32 depth, i64 gas_now)
{
    char digits[24];
    if (depth >= DEPTH_MAX || l->open[depth].cost_at == 0)
        return;
    const i64 cost = l->open[depth].gas - gas_now + l->open[depth].given_back;
    size_t at = sizeof digits;
    u64 x = cost > 0 ? (u64)cost : 0;
    do
        digits[--at] = (char)('0' + x % 10);
    while ((x /= 10) != 0);
    memcpy(l->tracer.request->out->out->ptr + l->open[depth].cost_at, digits + at, sizeof digits - at);
    l->open[depth].cost_at = 0;
}

static void write_stack(struct json_writer *w, const struct evm_step *s)
{
    json_write_key(w, "stack");
    json_write_array(w);
    for (u32 i = 0; i < s->stack_count; i++)
        json_write_quantity_u256(w, &s->stack[i]);
    json_write_end(w);
}

static void write_memory(struct json_writer *w, const struct evm_step *s)
{
    json_write_key(w, "memory");
    json_write_array(w);
    for (size_t at = 0; at + 32 <= s->memory.len; at += 32)
        json_write_hex(w, bytes_of(s->memory.ptr + at, 32));
    json_write_end(w);
}

static struct traced_slot *slot_of(struct struct_logs *l, const address *at, const hash32 *key)
{
    for (u32 i = 0; i < l->slot_count; i++)
        if (address_eq(&l->slot[i].at, at) && hash32_eq(&l->slot[i].key, key))
            return &l->slot[i];
    if (l->slot_count == l->slot_room) {
        l->slot_room = l->slot_room ? 2 * l->slot_room : 16;
        struct traced_slot *grown = ARENA_TAKE(l->tracer.request->arena, struct traced_slot, l->slot_room);
        if (l->slot_count)
            memcpy(grown, l->slot, l->slot_count * sizeof *grown);
        l->slot = grown;
    }
    l->slot[l->slot_count] = (struct traced_slot){.at = *at, .key = *key};
    return &l->slot[l->slot_count++];
}

/* The slots of the account that were touched so far, with this instruction's. */
static enum err write_storage(struct struct_logs *l, const address *at, const struct evm_step *s)
{
    struct json_writer *w = l->tracer.request->out;
    const u256 *top = &s->stack[s->stack_count - 1];
    const struct account *a;
    const struct storage_slot *slot;
    const hash32 key = u256_to_hash32(top);
    u256 value;
    if (s->opcode == OPCODE_SSTORE) {
        value = top[-1];
    } else {
        TRY(state_account(l->state, &a, NULL, at));
        TRY(state_storage_slot(l->state, &slot, NULL, a, top));
        value = slot->current;
    }
    slot_of(l, at, &key)->value = u256_to_hash32(&value);
    json_write_key(w, "storage");
    json_write_object(w);
    for (u32 i = 0; i < l->slot_count; i++)
        if (address_eq(&l->slot[i].at, at)) {
            write_hex_key(w, BYTES_OF(l->slot[i].key.b));
            write_hash(w, &l->slot[i].value);
        }
    json_write_end(w);
    return OK;
}

static void write_cost(struct struct_logs *l, const struct evm_step *s)
{
    struct json_writer *w = l->tracer.request->out;
    json_write_key(w, "gasCost");
    json_write_u64(w, 0); /* one digit, and room for more */
    const size_t at = w->out->len - 1;
    memset(buffer_extend(w->out, COST_ROOM), ' ', COST_ROOM);
    if (s->depth >= DEPTH_MAX)
        return;
    l->open[s->depth].cost_at = at;
    l->open[s->depth].gas = s->gas;
    l->open[s->depth].given_back = 0;
}

static enum err struct_logs_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct struct_logs *l = context;
    struct json_writer *w = l->tracer.request->out;
    (void)vm;
    close_step(l, s->depth, s->gas);
    if (l->limit && l->count >= l->limit)
        return OK;
    l->count++;
    TRY(rpc_check_size(l->tracer.request, 0));
    json_write_object(w);
    json_write_key(w, "pc");
    json_write_u64(w, s->pc);
    json_write_key(w, "op");
    json_write_z(w, opcode_name(s->opcode) ? opcode_name(s->opcode) : "INVALID");
    json_write_key(w, "gas");
    json_write_u64(w, (u64)s->gas);
    write_cost(l, s);
    json_write_key(w, "depth");
    json_write_u64(w, s->depth + 1);
    if (s->gas_refund > 0) {
        json_write_key(w, "refund");
        json_write_u64(w, (u64)s->gas_refund);
    }
    if (!l->no_stack)
        write_stack(w, s);
    if (l->memory)
        write_memory(w, s);
    if (l->return_data && l->returned.len)
        write_hex(w, "returnData", l->returned);
    if (!l->no_storage && ((s->opcode == OPCODE_SLOAD && s->stack_count >= 1) ||
                           (s->opcode == OPCODE_SSTORE && s->stack_count >= 2)))
        TRY(write_storage(l, &m->recipient, s));
    json_write_end(w);
    return OK;
}

static enum err struct_logs_leave(void *context, struct evm *vm, const struct evm_message *m,
                                  const struct evm_result *r)
{
    struct struct_logs *l = context;
    (void)vm;
    close_step(l, m->depth, r->gas_left);
    if (m->depth > 0 && m->depth <= DEPTH_MAX)
        l->open[m->depth - 1].given_back = r->gas_left;
    if (l->return_data)
        l->returned = arena_copy(l->tracer.request->arena, r->output);
    return OK;
}

static enum err struct_logs_begin(struct tracer *t, struct call_run *run, const struct call_object *c)
{
    struct struct_logs *l = (struct struct_logs *)t;
    (void)c;
    l->state = run->state;
    l->count = 0;
    l->slot_count = 0;
    l->returned = (struct bytes){0};
    json_write_object(t->request->out);
    json_write_key(t->request->out, "structLogs");
    json_write_array(t->request->out);
    return OK;
}

static enum err struct_logs_end(struct tracer *t, const struct call_object *c, const struct call_result *result)
{
    struct json_writer *w = t->request->out;
    (void)c;
    json_write_end(w);
    json_write_key(w, "gas");
    json_write_u64(w, result->receipt->gas_used);
    json_write_key(w, "failed");
    json_write_bool(w, !result->receipt->success);
    write_hex(w, "returnValue", result->receipt->output);
    json_write_end(w);
    return OK;
}

enum err struct_logs_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index)
{
    const struct rpc_members m = {r, config, index};
    const struct json limit = json_get(config, "limit");
    struct struct_logs *l = ARENA_TAKE_ZERO(r->arena, struct struct_logs, 1);
    l->tracer = (struct tracer){
        .hooks = {.context = l, .step = struct_logs_step, .leave = struct_logs_leave},
        .request = r,
        .begin = struct_logs_begin,
        .end = struct_logs_end,
    };
    TRY(member_bool(&m, &l->no_stack, "disableStack"));
    TRY(member_bool(&m, &l->no_storage, "disableStorage"));
    TRY(member_bool(&m, &l->memory, "enableMemory"));
    TRY(member_bool(&m, &l->return_data, "enableReturnData"));
    if (!rpc_absent(limit) && json_u64(&l->limit, limit) != OK)
        return rpc_invalid(r, index, "limit: json: cannot unmarshal non-number into a number");
    *out = &l->tracer;
    return OK;
}
