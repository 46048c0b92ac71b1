#include "node/transfers.h"

#include "base/u256.h"
#include "evm/opcode.h"

static void add_log(struct transfers *t, const struct log *l)
{
    if (t->log_count == t->log_room) {
        t->log_room = t->log_room ? 2 * t->log_room : 16;
        struct traced_log *grown = ARENA_TAKE(t->arena, struct traced_log, t->log_room);
        if (t->log_count)
            memcpy(grown, t->log, t->log_count * sizeof *grown);
        t->log = grown;
    }
    struct traced_log *out = &t->log[t->log_count++];
    *out = (struct traced_log){*l, t->next_index++};
    out->log.data = arena_copy(t->arena, l->data);
}

static hash32 topic_of_address(const address *a)
{
    hash32 h = {{0}};
    memcpy(h.b + 12, a->b, sizeof a->b);
    return h;
}

static void add_transfer(struct transfers *t, const address *from, const address *to, const u256 *wei)
{
    static const hash32 transfer = {{0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0,
                                     0x68, 0xfc, 0x37, 0x8d, 0xaa, 0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4,
                                     0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef}};
    const hash32 data = u256_to_hash32(wei);
    struct log l = {.topic_count = 3,
                    .topic = {transfer, topic_of_address(from), topic_of_address(to)},
                    .data = BYTES_OF(data.b)};
    memset(l.at.b, 0xee, sizeof l.at.b);
    if (t->traces_transfers && !u256_is_zero(wei))
        add_log(t, &l);
}

static enum err transfers_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    struct transfers *t = context;
    (void)vm;
    if (t->depth == t->depth_room) {
        t->depth_room = t->depth_room ? 2 * t->depth_room : 64;
        u32 *grown = ARENA_TAKE(t->arena, u32, t->depth_room);
        if (t->depth)
            memcpy(grown, t->start, t->depth * sizeof *grown);
        t->start = grown;
    }
    t->start[t->depth++] = t->log_count;
    if (m->kind != MESSAGE_DELEGATECALL)
        add_transfer(t, &m->sender, m->kind == MESSAGE_CALLCODE ? &m->code_address : &m->recipient, &m->value);
    return OK;
}

static enum err transfers_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    struct transfers *t = context;
    (void)vm;
    (void)m;
    const u32 start = t->start[--t->depth];
    if (!halt_is_success(r->halt))
        t->log_count = start;
    return OK;
}

static enum err transfers_log(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    (void)vm;
    (void)m;
    add_log(context, log);
    return OK;
}

/* SELFDESTRUCT sends what the account has; nothing else tells of it. */
static enum err transfers_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct transfers *t = context;
    const struct account *a;
    (void)vm;
    if (s->opcode != OPCODE_SELFDESTRUCT || s->stack_count == 0 || m->is_static)
        return OK;
    TRY(state_account(t->state, &a, NULL, &m->recipient));
    const address to = u256_to_address(&s->stack[s->stack_count - 1]);
    add_transfer(t, &m->recipient, &to, &a->balance);
    return OK;
}

void transfers_init(struct transfers *t, struct arena *arena, struct state *state, bool traces_transfers)
{
    *t = (struct transfers){.arena = arena, .state = state, .traces_transfers = traces_transfers};
    t->hooks = (struct hooks){.context = t, .enter = transfers_enter, .leave = transfers_leave, .log = transfers_log,
                              .step = traces_transfers ? transfers_step : NULL};
}

void transfers_next(struct transfers *t)
{
    t->log = NULL;
    t->log_count = t->log_room = 0;
    t->depth = 0;
}

const struct traced_log *transfers_logs(const struct transfers *t, u32 *count)
{
    *count = t->log_count;
    return t->log;
}
