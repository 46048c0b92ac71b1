/* frame - one message in execution, as all instructions see it. Private to evm.
 *
 * The loops keep program counter, top of stack and gas in registers; whatever an instruction's body may
 * need besides is here. gas is written here before a body is called that may charge, and read back after.
 *
 * Bodies return GOES_ON, or why the frame ends: a value of enum halt, or FAILS with the reason in f->failure. */
#ifndef EVM_FRAME_H
#define EVM_FRAME_H

#include "evm/code.h"
#include "evm/evm.h"
#include "evm/shapes.h"
#include "evm/stacks.h"

enum { GOES_ON = -1, FAILS = -2 };

struct frame {
    i64 gas;
    u8 *memory;
    u64 memory_size;          /* as MSIZE says; a multiple of 32 */
    u64 memory_word_end;      /* a word may be read at any offset below: memory_size - 31, or 0 */
    struct bytes returndata;
    struct bytes input;       /* as CALLDATA says: a creation has none */
    const struct evm_message *m;
    const struct code *code;
    struct evm *vm;
    const struct account *self; /* m->recipient */
    u256 *stack;              /* the bottom item */
    i64 refund;               /* EIP-3529; of inner messages too */
    u64 memory_room;          /* bytes behind memory, cleared */
    struct bytes output;
    enum err failure;
    const struct frame *outer; /* in the same evm_execute */
};

static inline int frame_fail(struct frame *f, enum err why)
{
    f->failure = why;
    return FAILS;
}

#define TRY_FRAME(f, call)                    \
    do {                                      \
        const enum err try_err_ = (call);     \
        if (UNLIKELY(try_err_ != OK))         \
            return frame_fail((f), try_err_); \
    } while (0)

#define TRY_OP(call)                     \
    do {                                 \
        const int try_op_ = (call);      \
        if (UNLIKELY(try_op_ != GOES_ON)) \
            return try_op_;              \
    } while (0)

static inline int frame_charge(struct frame *f, i64 gas)
{
    return (f->gas -= gas) < 0 ? HALT_OUT_OF_GAS : GOES_ON;
}

static inline bool frame_has(const struct frame *f, enum fork_id fork)
{
    return f->vm->fork->id >= fork;
}

/* ---- memory ---- */

/* Grows memory to hold end bytes, end > memory_size, and charges for it. */
int frame_grow(struct frame *f, u64 end);

/* Makes [offset, offset + size) part of memory; size 0 touches nothing, whatever the offset. */
static inline int frame_expand(struct frame *f, const u256 *offset, const u256 *size)
{
    if (u256_is_zero(size))
        return GOES_ON;
    /* beyond 32 bits no gas can pay: 2^27 words cost 2^45 */
    if (!u256_fits_u64(offset) || !u256_fits_u64(size) || offset->w[0] > UINT32_MAX || size->w[0] > UINT32_MAX)
        return HALT_OUT_OF_GAS;
    const u64 end = offset->w[0] + size->w[0];
    return end <= f->memory_size ? GOES_ON : frame_grow(f, end);
}

static inline struct bytes frame_view(const struct frame *f, const u256 *offset, const u256 *size)
{
    return u256_is_zero(size) ? bytes_of(NULL, 0) : bytes_of(f->memory + offset->w[0], size->w[0]);
}

static inline i64 words_of(u64 bytes)
{
    return (i64)((bytes + 31) / 32);
}

static inline bool fast_MLOAD(const struct frame *f, u256 *r, const u256 *a)
{
    if (UNLIKELY(!u256_fits_u64(a) || a->w[0] >= f->memory_word_end))
        return false;
    *r = u256_from_be(f->memory + a->w[0]);
    return true;
}

static inline bool fast_MSTORE(struct frame *f, const u256 *a, const u256 *b)
{
    if (UNLIKELY(!u256_fits_u64(a) || a->w[0] >= f->memory_word_end))
        return false;
    u256_to_be(f->memory + a->w[0], b);
    return true;
}

static inline bool fast_MSTORE8(struct frame *f, const u256 *a, const u256 *b)
{
    if (UNLIKELY(!u256_fits_u64(a) || a->w[0] >= f->memory_size))
        return false;
    f->memory[a->w[0]] = (u8)b->w[0];
    return true;
}

static inline bool fast_CALLDATALOAD(const struct frame *f, u256 *r, const u256 *a)
{
    const struct bytes input = f->input;
    if (UNLIKELY(!u256_fits_u64(a) || input.len < 32 || a->w[0] > input.len - 32))
        return false;
    *r = u256_from_be(input.ptr + a->w[0]);
    return true;
}

/* ---- what the frame knows without asking ---- */

static inline void env_ADDRESS(const struct frame *f, u256 *r) { *r = u256_from_address(&f->m->recipient); }
static inline void env_CALLER(const struct frame *f, u256 *r) { *r = u256_from_address(&f->m->sender); }
static inline void env_CALLVALUE(const struct frame *f, u256 *r) { *r = f->m->value; }
static inline void env_CALLDATASIZE(const struct frame *f, u256 *r) { *r = u256_from_u64(f->input.len); }
static inline void env_CODESIZE(const struct frame *f, u256 *r) { *r = u256_from_u64(f->code->len); }
static inline void env_RETURNDATASIZE(const struct frame *f, u256 *r) { *r = u256_from_u64(f->returndata.len); }
static inline void env_SELFBALANCE(const struct frame *f, u256 *r) { *r = f->self->balance; }
static inline void env_MSIZE(const struct frame *f, u256 *r) { *r = u256_from_u64(f->memory_size); }

/* ---- the bodies in ops.c and call.c ---- */

#define OP(byte, name, in, out, cost, since, shape) DECLARE_##shape(name)
#include "evm/ops.def"
#undef OP

/* ---- shared by ops.c, call.c and message.c ---- */

/* The price of touching an account (EIP-2929), or the older price of the instruction. */
static inline i64 account_gas(const struct frame *f, bool cold, u32 before_berlin)
{
    const struct fork *fork = f->vm->fork;
    if (fork->id < FORK_BERLIN)
        return before_berlin;
    return cold ? fork->cold_account_gas : fork->warm_gas;
}

static inline bool account_is_empty(const struct account *a) /* EIP-161 */
{
    return a->nonce == 0 && !a->has_code && u256_is_zero(&a->balance);
}

/* What the calling frame already knows of the accounts of a message; NULL members are looked up. */
struct callee {
    const struct account *recipient;
    const struct account *sender;
    const struct code *code; /* delegation resolved */
};

/* Runs a message from inside of the VM: evm_execute without its bookkeeping. The output lives until the next one.
 * Instructions call it as vm->run_message: the loop that runs a message is above them. */
evm_message_runner message_run;

/* The loops. They end with f->gas, f->output and a value of enum halt, or FAILS. */
int interpret(struct frame *f);
int interpret_traced(struct frame *f);

#endif
