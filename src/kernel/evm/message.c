/* One message from its mark to its result: what happens around a frame. */
#include "evm/frame.h"
#include "evm/precompile.h"

static const char *const halt_names[HALT_COUNT] = {
    [HALT_STOP] = "stop",
    [HALT_RETURN] = "return",
    [HALT_DESTROY] = "selfdestruct",
    [HALT_REVERT] = "revert",
    [HALT_OUT_OF_GAS] = "out of gas",
    [HALT_STACK_UNDERFLOW] = "stack underflow",
    [HALT_STACK_OVERFLOW] = "stack overflow",
    [HALT_BAD_JUMP] = "bad jump destination",
    [HALT_BAD_OPCODE] = "undefined instruction",
    [HALT_INVALID] = "invalid instruction",
    [HALT_STATIC_WRITE] = "write in a static call",
    [HALT_RETURNDATA_BOUNDS] = "return data out of bounds",
    [HALT_CALL_DEPTH] = "call depth exceeded",
    [HALT_BALANCE] = "insufficient balance",
    [HALT_NONCE_MAX] = "nonce at its maximum",
    [HALT_CREATE_COLLISION] = "creation address is taken",
    [HALT_CODE_TOO_LARGE] = "code too large",
    [HALT_CODE_PREFIX] = "code starts with 0xef",
    [HALT_PRECOMPILE] = "precompile refused its input",
};

const char *halt_name(enum halt h)
{
    return (unsigned)h < HALT_COUNT ? halt_names[h] : "(not a halt)";
}

void evm_init(struct evm *vm, const struct memory *memory)
{
    *vm = (struct evm){.stacks = stacks_open(memory), .run_message = message_run};
}

void evm_release(struct evm *vm)
{
    stacks_release(vm->stacks);
    *vm = (struct evm){0};
}

/* Runs code as the frame of m on self. Afterwards only out is left of it. */
static __attribute__((noinline)) enum err frame_run(struct evm *vm, struct evm_result *out, const struct evm_message *m,
                                                    const struct account *self, const struct code *code,
                                                    struct bytes input, i64 gas)
{
    struct evm_stacks *s = vm->stacks;
    const struct region_mark items = region_mark(&s->items), bytes = region_mark(&s->bytes);
    struct frame f;
    if (UNLIKELY((uintptr_t)&f < vm->thread_stack_floor))
        return FAULT_CALL_DEPTH;
    memset(&f, 0, sizeof f);
    f.gas = gas;
    f.input = input;
    f.m = m;
    f.code = code;
    f.vm = vm;
    f.self = self;
    f.stack = (u256 *)region_take(&s->items, (ROOM_BELOW + STACK_LIMIT + ROOM_ABOVE) * sizeof(u256)) + ROOM_BELOW;
    f.outer = vm->frame;
    vm->frame = &f;
    const int end = UNLIKELY(vm->hooks && vm->hooks->step) ? interpret_traced(&f) : interpret(&f);
    vm->frame = f.outer;
    struct code_learned *learned = code->learned;
    if (learned->heat_left >= 0) /* straight code gets hot as well: a jump for each 64 gas, but no frame alone */
        learned->heat_left -= gas - f.gas < 64 * (i64)code->len ? (gas - f.gas) / 64 + 1 : (i64)code->len;
    region_rewind(&s->items, items);
    region_rewind(&s->bytes, bytes);
    if (end == FAILS)
        return f.failure;
    const enum halt halt = (enum halt)end;
    *out = (struct evm_result){
        .halt = halt,
        .gas_left = halt <= HALT_REVERT ? f.gas : 0,
        .gas_refund = halt_is_success(halt) ? f.refund : 0,
        .output = halt <= HALT_REVERT ? f.output : bytes_of(NULL, 0),
    };
    return OK;
}

static enum err run_precompile(struct evm *vm, struct evm_result *out, const struct precompile *p,
                               const struct evm_message *m)
{
    struct evm_stacks *s = vm->stacks;
    struct precompile_result r;
    const enum err e = precompile_run(&r, p, m->input, m->gas, &s->scratch);
    if (e == OK) {
        *out = (struct evm_result){.halt = r.halt,
                                   .gas_left = r.halt == HALT_RETURN ? m->gas - r.gas_used : 0,
                                   .output = stacks_keep(s, r.output)};
    }
    arena_rewind(&s->scratch, s->empty);
    return e;
}

/* Precompiles live where the first 16 bytes are zeros; few other accounts do. */
static inline bool may_be_precompile(const address *a)
{
    u64 first, second;
    memcpy(&first, a->b, 8);
    memcpy(&second, a->b + 8, 8);
    return (first | second) == 0;
}

static inline const struct precompile *find_precompile(const struct evm *vm, const address *at)
{
    if (UNLIKELY(vm->hooks && vm->hooks->precompile))
        return vm->hooks->precompile(vm->hooks->context, vm->fork, at);
    return UNLIKELY(may_be_precompile(at)) ? precompile_find(vm->fork, at) : NULL;
}

/* The code that a call to an account runs: its own, or its delegate's (EIP-7702), one step far. */
static enum err resolve_code(struct evm *vm, const struct code **out, const address *at)
{
    const struct account *account;
    const struct code *code;
    bool cold;
    TRY(vm->ops->account(vm->host, &account, NULL, at));
    TRY(vm->ops->code(vm->host, &code, account));
    if (code->is_delegation && vm->fork->id >= FORK_PRAGUE) {
        TRY(vm->ops->account(vm->host, &account, &cold, &code->delegate));
        TRY(vm->ops->code(vm->host, &code, account));
    }
    *out = code;
    return OK;
}

static enum err run_call(struct evm *vm, struct evm_result *out, const struct evm_message *m,
                         const struct callee *known)
{
    const struct host_ops *ops = vm->ops;
    const u64 mark = ops->mark(vm->host);
    const struct account *self = known ? known->recipient : NULL;
    if (!self)
        TRY(ops->account(vm->host, &self, NULL, &m->recipient));
    if (m->kind == MESSAGE_CALL && !m->skips_transfer) {
        const struct account *from = known ? known->sender : NULL;
        if (!from)
            TRY(ops->account(vm->host, &from, NULL, &m->sender));
        ops->transfer(vm->host, from, self, &m->value);
    } else if (m->kind == MESSAGE_STATICCALL && !m->skips_transfer) {
        ops->touch(vm->host, self); /* as a call of value 0 would */
    }

    const struct precompile *p = find_precompile(vm, &m->code_address);
    if (p) {
        TRY(run_precompile(vm, out, p, m));
    } else {
        const struct code *code = known ? known->code : NULL;
        if (!code)
            TRY(resolve_code(vm, &code, &m->code_address));
        if (code->len == 0) {
            struct evm_result r = {.halt = HALT_STOP, .gas_left = m->gas};
            bool served = false;
            if (UNLIKELY(vm->hooks && vm->hooks->call_codeless))
                TRY(vm->hooks->call_codeless(vm->hooks->context, vm, m, &r, &served));
            if (!served)
                r = (struct evm_result){.halt = HALT_STOP, .gas_left = m->gas};
            *out = r;
        } else {
            TRY(frame_run(vm, out, m, self, code, m->input, m->gas));
        }
        out->output = stacks_keep(vm->stacks, out->output);
    }
    if (!halt_is_success(out->halt))
        ops->rewind(vm->host, mark);
    return OK;
}

/* What becomes of the code that init code returned: EIP-170, EIP-3541, and 200 gas a byte. */
static enum halt deposit(struct evm *vm, struct evm_result *r, const struct account *self)
{
    const struct bytes code = r->output;
    const i64 gas = 200 * (i64)code.len;
    if (code.len > vm->fork->code_size_max)
        return HALT_CODE_TOO_LARGE;
    if (code.len > 0 && code.ptr[0] == 0xef && vm->fork->id >= FORK_LONDON)
        return HALT_CODE_PREFIX;
    if (gas > r->gas_left) {
        if (vm->fork->id >= FORK_HOMESTEAD) /* EIP-2 */
            return HALT_OUT_OF_GAS;
        r->output = bytes_of(NULL, 0);
        return r->halt;
    }
    r->gas_left -= gas;
    if (code.len)
        vm->ops->set_code(vm->host, self, code);
    return r->halt;
}

static enum err run_create(struct evm *vm, struct evm_result *out, const struct evm_message *m,
                           const struct callee *known)
{
    const struct host_ops *ops = vm->ops;
    struct evm_stacks *s = vm->stacks;
    const struct account *self = known ? known->recipient : NULL, *from = known ? known->sender : NULL;
    bool collides;
    if (!self)
        TRY(ops->account(vm->host, &self, NULL, &m->recipient));
    if (!from)
        TRY(ops->account(vm->host, &from, NULL, &m->sender));
    TRY(ops->create_collides(vm->host, &collides, self));
    if (collides) { /* EIP-684, EIP-7610 */
        *out = (struct evm_result){.halt = HALT_CREATE_COLLISION};
        return OK;
    }
    const u64 mark = ops->mark(vm->host);
    ops->create(vm->host, self, vm->fork->id >= FORK_SPURIOUS ? 1 : 0); /* EIP-161 */
    if (!m->skips_transfer)
        ops->transfer(vm->host, from, self, &m->value);

    struct evm_result r = {.halt = HALT_STOP, .gas_left = m->gas};
    if (m->input.len) {
        const struct region_mark bytes = region_mark(&s->bytes);
        struct code_single init;
        code_single_init(&init, s->memory, region_take(&s->bytes, m->input.len + CODE_PADDING), m->input);
        const enum err e = frame_run(vm, &r, m, self, &init.code, bytes_of(NULL, 0), m->gas);
        code_single_release(&init);
        region_rewind(&s->bytes, bytes);
        TRY(e);
        r.output = stacks_keep(s, r.output);
    }
    if (halt_is_success(r.halt)) {
        const enum halt end = deposit(vm, &r, self);
        if (halt_is_success(end))
            r.created = m->recipient;
        else
            r = (struct evm_result){.halt = end};
    }
    if (!halt_is_success(r.halt))
        ops->rewind(vm->host, mark);
    *out = r;
    return OK;
}

enum err message_run(struct evm *vm, struct evm_result *out, const struct evm_message *m, const struct callee *known)
{
    const struct hooks *hooks = vm->hooks;
    struct evm_result r;
    if (UNLIKELY(hooks && hooks->enter))
        TRY(hooks->enter(hooks->context, vm, m));
    if (m->kind == MESSAGE_CREATE || m->kind == MESSAGE_CREATE2)
        TRY(run_create(vm, &r, m, known));
    else
        TRY(run_call(vm, &r, m, known));
    if (UNLIKELY(hooks && hooks->leave))
        TRY(hooks->leave(hooks->context, vm, m, &r));
    *out = r;
    return OK;
}

enum err evm_execute(struct evm *vm, struct evm_result *out, const struct evm_message *m)
{
    const struct frame *outer = vm->frame;
    stacks_enter(vm->stacks);
    vm->frame = NULL;
    const enum err e = message_run(vm, out, m, NULL);
    vm->frame = outer;
    stacks_leave(vm->stacks);
    return e;
}
