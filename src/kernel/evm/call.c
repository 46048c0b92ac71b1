/* CALL, CALLCODE, DELEGATECALL, STATICCALL: prices, gas to hand on, and the message. */
#include "crypto/keccak.h"
#include "evm/frame.h"

enum { CALL_VALUE_GAS = 9000, CALL_STIPEND = 2300, NEW_ACCOUNT_GAS = 25000, DEPTH_MAX = 1024 };

/* The operands, wherever the instruction has them on the stack. */
struct call {
    enum message_kind kind;
    const u256 *gas, *to, *value, *input_offset, *input_size, *output_offset, *output_size;
    u256 *result;
};

/* EIP-150: all but one 64th, and no more than asked for; before, what is asked for must be there. */
static int hand_on_gas(struct frame *f, i64 *out, const u256 *asked)
{
    const u64 wanted = u256_saturate_u64(asked);
    if (frame_has(f, FORK_TANGERINE)) {
        const i64 most = f->gas - f->gas / 64;
        *out = wanted < (u64)most ? (i64)wanted : most;
    } else {
        if (wanted > (u64)f->gas)
            return HALT_OUT_OF_GAS;
        *out = (i64)wanted;
    }
    return GOES_ON;
}

/* Charges for the accounts and finds the code that will run. */
static int find_callee(struct frame *f, struct callee *callee, const struct account **account, const address *at)
{
    struct evm *vm = f->vm;
    bool cold;
    TRY_FRAME(f, vm->ops->account(vm->host, account, &cold, at));
    TRY_OP(frame_charge(f, account_gas(f, cold, vm->fork->call_gas)));
    if (!(*account)->has_code) {
        callee->code = &code_empty;
        return GOES_ON;
    }
    TRY_FRAME(f, vm->ops->code(vm->host, &callee->code, *account));
    if (UNLIKELY(callee->code->is_delegation && vm->fork->id >= FORK_PRAGUE)) { /* EIP-7702 */
        const struct account *delegate;
        const address delegate_at = callee->code->delegate;
        TRY_FRAME(f, vm->ops->account(vm->host, &delegate, &cold, &delegate_at));
        TRY_OP(frame_charge(f, account_gas(f, cold, 0)));
        TRY_FRAME(f, vm->ops->code(vm->host, &callee->code, delegate));
    }
    return GOES_ON;
}

static __attribute__((noinline)) int run_callee(struct frame *f, const struct call *c, const struct callee *callee,
                                                const address *to, i64 gas)
{
    struct evm *vm = f->vm;
    struct evm_message m = {
        .kind = c->kind,
        .is_static = f->m->is_static || c->kind == MESSAGE_STATICCALL,
        .depth = f->m->depth + 1,
        .gas = gas,
        .recipient = *to,
        .sender = f->m->recipient,
        .code_address = *to,
        .input = frame_view(f, c->input_offset, c->input_size),
    };
    if (c->kind == MESSAGE_CALLCODE || c->kind == MESSAGE_DELEGATECALL)
        m.recipient = f->m->recipient;
    if (c->kind == MESSAGE_DELEGATECALL) {
        m.sender = f->m->sender;
        m.value = f->m->value;
    } else if (c->value) {
        m.value = *c->value;
    }
    struct evm_result r;
    struct region *items = &vm->stacks->items;
    const struct region_mark mark = region_mark(items);
    items->next = (u8 *)(((uintptr_t)(c->gas + 1) + 63) & ~(uintptr_t)63); /* the callee's stack begins above ours */
    const enum err e = vm->run_message(vm, &r, &m, callee);
    region_rewind(items, mark);
    if (UNLIKELY(e != OK))
        return frame_fail(f, e);

    f->returndata = r.output;
    f->gas += r.gas_left;
    f->refund += r.gas_refund;
    const u64 room = c->output_size->w[0], copied = r.output.len < room ? r.output.len : room;
    if (copied)
        memcpy(f->memory + c->output_offset->w[0], r.output.ptr, copied);
    *c->result = u256_from_u64(halt_is_success(r.halt));
    return GOES_ON;
}

static int call_message(struct frame *f, const struct call *c)
{
    const struct evm *vm = f->vm;
    const bool gives = c->value && !u256_is_zero(c->value);
    if (gives && f->m->is_static && c->kind == MESSAGE_CALL)
        return HALT_STATIC_WRITE;
    TRY_OP(frame_expand(f, c->input_offset, c->input_size));
    TRY_OP(frame_expand(f, c->output_offset, c->output_size));

    const address to = u256_to_address(c->to);
    const struct account *account;
    struct callee callee;
    TRY_OP(find_callee(f, &callee, &account, &to));
    if (gives)
        TRY_OP(frame_charge(f, CALL_VALUE_GAS));
    if (c->kind == MESSAGE_CALL) {
        const bool brings =
            vm->fork->id >= FORK_SPURIOUS ? gives && account_is_empty(account) : !account->exists; /* EIP-161 */
        if (brings)
            TRY_OP(frame_charge(f, NEW_ACCOUNT_GAS));
    }
    i64 gas;
    TRY_OP(hand_on_gas(f, &gas, c->gas));
    f->gas -= gas;
    if (gives)
        gas += CALL_STIPEND;

    f->returndata = bytes_of(NULL, 0);
    if (f->m->depth >= DEPTH_MAX || (gives && u256_lt(&f->self->balance, c->value))) {
        f->gas += gas;
        *c->result = u256_from_u64(0);
        return GOES_ON;
    }
    const bool at_callee = c->kind == MESSAGE_CALL || c->kind == MESSAGE_STATICCALL;
    callee.recipient = at_callee ? account : f->self;
    callee.sender = f->self;
    return run_callee(f, c, &callee, &to, gas);
}

int op_CALL(struct frame *f, u256 *top)
{
    const struct call c = {MESSAGE_CALL, top, top - 1, top - 2, top - 3, top - 4, top - 5, top - 6, top - 6};
    return call_message(f, &c);
}

int op_CALLCODE(struct frame *f, u256 *top)
{
    const struct call c = {MESSAGE_CALLCODE, top, top - 1, top - 2, top - 3, top - 4, top - 5, top - 6, top - 6};
    return call_message(f, &c);
}

int op_DELEGATECALL(struct frame *f, u256 *top)
{
    const struct call c = {MESSAGE_DELEGATECALL, top, top - 1, NULL, top - 2, top - 3, top - 4, top - 5, top - 5};
    return call_message(f, &c);
}

int op_STATICCALL(struct frame *f, u256 *top)
{
    const struct call c = {MESSAGE_STATICCALL, top, top - 1, NULL, top - 2, top - 3, top - 4, top - 5, top - 5};
    return call_message(f, &c);
}

/* ---- creations ---- */

static __attribute__((noinline)) int run_creation(struct frame *f, const struct evm_message *m,
                                                  const struct callee *callee, const u256 *top, u256 *result)
{
    struct evm *vm = f->vm;
    struct evm_result r;
    struct region *items = &vm->stacks->items;
    const struct region_mark mark = region_mark(items);
    items->next = (u8 *)(((uintptr_t)(top + 1) + 63) & ~(uintptr_t)63);
    const enum err e = vm->run_message(vm, &r, m, callee);
    region_rewind(items, mark);
    if (UNLIKELY(e != OK))
        return frame_fail(f, e);
    f->gas += r.gas_left;
    f->refund += r.gas_refund;
    f->returndata = r.halt == HALT_REVERT ? r.output : bytes_of(NULL, 0); /* EIP-211 */
    *result = halt_is_success(r.halt) ? u256_from_address(&m->recipient) : u256_from_u64(0);
    return GOES_ON;
}

/* value, offset, size and (CREATE2) salt from the top; the result takes the place of the last of them. */
static int create(struct frame *f, u256 *top, enum message_kind kind)
{
    struct evm *vm = f->vm;
    const struct fork *fork = vm->fork;
    const u256 *value = top, *offset = top - 1, *size = top - 2;
    u256 *result = kind == MESSAGE_CREATE2 ? top - 3 : top - 2;
    if (f->m->is_static)
        return HALT_STATIC_WRITE;
    TRY_OP(frame_expand(f, offset, size));
    if (size->w[0] > fork->init_size_max) /* EIP-3860; wide sizes did not get here */
        return HALT_OUT_OF_GAS;
    const i64 word_gas = fork->init_word_gas + (kind == MESSAGE_CREATE2 ? 6 : 0);
    TRY_OP(frame_charge(f, word_gas * words_of(size->w[0])));

    f->returndata = bytes_of(NULL, 0);
    const struct account *self = f->self;
    if (f->m->depth >= DEPTH_MAX || u256_lt(&self->balance, value) || self->nonce == UINT64_MAX /* EIP-2681 */) {
        *result = u256_from_u64(0);
        return GOES_ON;
    }
    struct evm_message m = {
        .kind = kind,
        .depth = f->m->depth + 1,
        .sender = f->m->recipient,
        .input = frame_view(f, offset, size),
        .value = *value,
    };
    if (kind == MESSAGE_CREATE2) {
        hash32 init_hash;
        m.salt = top[-3];
        keccak256(&init_hash, m.input.ptr, m.input.len);
        evm_create2_address(&m.recipient, &m.sender, &m.salt, &init_hash);
    } else {
        evm_create_address(&m.recipient, &m.sender, self->nonce);
    }
    m.code_address = m.recipient;
    m.gas = fork->id >= FORK_TANGERINE ? f->gas - f->gas / 64 : f->gas; /* EIP-150 */
    f->gas -= m.gas;
    vm->ops->set_nonce(vm->host, self, self->nonce + 1);
    struct callee callee = {.sender = self};
    bool cold; /* free of charge, and warm even if the creation fails (EIP-2929) */
    TRY_FRAME(f, vm->ops->account(vm->host, &callee.recipient, &cold, &m.recipient));
    return run_creation(f, &m, &callee, top, result);
}

int op_CREATE(struct frame *f, u256 *top) { return create(f, top, MESSAGE_CREATE); }
int op_CREATE2(struct frame *f, u256 *top) { return create(f, top, MESSAGE_CREATE2); }
