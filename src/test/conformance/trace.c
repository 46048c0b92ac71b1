#include "conformance/trace.h"

#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"
#include "evm/opcode.h"

enum { COST_DIGITS = 16 };

static void close_line(struct trace *t, u32 depth, i64 gas_now)
{
    if (depth >= TRACE_DEPTH_MAX || t->open[depth].cost_at == 0)
        return;
    u64 cost = t->open[depth].gas > gas_now ? (u64)(t->open[depth].gas - gas_now) : 0;
    for (size_t i = COST_DIGITS; i-- > 0; cost >>= 4)
        t->out.ptr[t->open[depth].cost_at + i] = (u8)"0123456789abcdef"[cost & 15];
    t->open[depth].cost_at = 0;
}

static void add_quantity(struct buffer *b, const char *key, u64 x)
{
    text_add_z(b, key);
    text_add_z(b, "\"");
    quantity_add_u64(b, x);
    text_add_z(b, "\"");
}

static enum err trace_on_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct trace *t = context;
    struct buffer *b = &t->out;
    (void)vm;
    (void)m;
    close_line(t, s->depth, s->gas);
    text_add_z(b, "{\"pc\":");
    text_add_u64(b, s->pc);
    text_add_z(b, ",\"op\":");
    text_add_u64(b, s->opcode);
    add_quantity(b, ",\"gas\":", (u64)s->gas);
    text_add_z(b, ",\"gasCost\":\"0x");
    const size_t cost_at = b->len;
    text_add_z(b, "0000000000000000\",\"memSize\":");
    text_add_u64(b, s->memory_size);
    text_add_z(b, ",\"stack\":[");
    for (u32 i = 0; i < s->stack_count; i++) {
        text_add_z(b, i ? ",\"" : "\"");
        quantity_add_u256(b, &s->stack[i]);
        text_add_z(b, "\"");
    }
    text_add_z(b, "],\"depth\":");
    text_add_u64(b, s->depth + 1);
    text_add_z(b, ",\"refund\":");
    text_add_u64(b, s->gas_refund > 0 ? (u64)s->gas_refund : 0);
    text_add_z(b, ",\"opName\":\"");
    text_add_z(b, opcode_name(s->opcode) ? opcode_name(s->opcode) : "INVALID");
    text_add_z(b, "\"}\n");
    if (s->depth < TRACE_DEPTH_MAX) {
        t->open[s->depth].cost_at = cost_at;
        t->open[s->depth].gas = s->gas;
    }
    return OK;
}

static enum err trace_on_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct trace *t = context;
    (void)vm;
    close_line(t, m->depth, r->gas_left);
    if (!halt_is_success(r->halt) && r->halt != HALT_REVERT) {
        text_add_z(&t->out, "{\"depth\":");
        text_add_u64(&t->out, m->depth + 1);
        text_add_z(&t->out, ",\"error\":\"");
        text_add_z(&t->out, halt_name(r->halt));
        text_add_z(&t->out, "\"}\n");
    }
    return OK;
}

void trace_init(struct trace *t, struct arena *arena)
{
    *t = (struct trace){.out = buffer_in(arena)};
    t->hooks = (struct hooks){.context = t, .step = trace_on_step, .leave = trace_on_leave};
}

void trace_end(struct trace *t, const hash32 *state_root, struct bytes output, u64 gas_used, bool success)
{
    struct buffer *b = &t->out;
    text_add_z(b, "{\"output\":\"");
    hex_add(b, output);
    add_quantity(b, "\",\"gasUsed\":", gas_used);
    if (state_root) {
        text_add_z(b, ",\"stateRoot\":\"");
        hex_add(b, BYTES_OF(state_root->b));
        text_add_z(b, "\"");
    }
    text_add_z(b, success ? ",\"pass\":true}\n" : ",\"pass\":false}\n");
}
