/* interpreter_loop - the loop over the bytes of a code, one instruction at a time, each checked and paid for by itself.
 *
 * Included once for each of its two forms: INTERPRET names the function; with TRACED, hooks->step hears of every
 * instruction before it runs. Rows of ops.def expand to a label each: checks, then what the row's shape says. */

/* clang-format off: in macros over labels it takes (in) for a cast, and loses the indentation after a label */

#if TRACED
#define NEXT goto step
#define JUMPED NEXT
#else
#define NEXT goto *label[*pc]
/* Where a code has turned hot, it is left for its translation: at a JUMPDEST both forms look alike. */
#define JUMPED                                             \
    if (UNLIKELY(--heat < 0)) {                            \
        const struct program *p = program_for(f);          \
        if (p) {                                           \
            f->code->learned->heat_left = -1;              \
            f->gas = gas;                                  \
            return program_run(f, p, program_at(p, (u64)(pc - start)), top, NULL); \
        }                                                  \
        heat = INT64_MAX;                                  \
    }                                                      \
    NEXT
#endif

/* A body that may charge or fail. */
#define CALL_BODY(call)                   \
    do {                                  \
        f->gas = gas;                     \
        const int end_ = (call);          \
        gas = f->gas;                     \
        if (UNLIKELY(end_ != GOES_ON)) {  \
            end = end_;                   \
            goto out;                     \
        }                                 \
    } while (0)

#define END(halt)     \
    do {              \
        end = (halt); \
        goto out;     \
    } while (0)

#define DO_ALU1(name, in, out_, byte) alu_##name(top, top);
#define DO_ALU2(name, in, out_, byte) alu_##name(top - 1, top, top - 1); top--;
#define DO_ALU3(name, in, out_, byte) alu_##name(top - 2, top, top - 1, top - 2); top -= 2;
#define DO_ENV(name, in, out_, byte) top++; env_##name(f, top);
#define DO_GET0(name, in, out_, byte) top++; CALL_BODY(op_##name(f, top));
#define DO_GET1(name, in, out_, byte) CALL_BODY(op_##name(f, top, top));
#define DO_GET2(name, in, out_, byte) CALL_BODY(op_##name(f, top - 1, top, top - 1)); top--;
#define DO_GET3(name, in, out_, byte) CALL_BODY(op_##name(f, top - 2, top, top - 1, top - 2)); top -= 2;
#define DO_SET2(name, in, out_, byte) CALL_BODY(op_##name(f, top, top - 1)); top -= 2;
#define DO_SET3(name, in, out_, byte) CALL_BODY(op_##name(f, top, top - 1, top - 2)); top -= 3;
#define DO_FAST1(name, in, out_, byte)        \
    if (UNLIKELY(!fast_##name(f, top, top)))  \
        CALL_BODY(op_##name(f, top, top));
#define DO_FAST_SET2(name, in, out_, byte)        \
    if (UNLIKELY(!fast_##name(f, top, top - 1)))  \
        CALL_BODY(op_##name(f, top, top - 1));    \
    top -= 2;
#define DO_STACK(name, in, out_, byte) CALL_BODY(op_##name(f, top)); top += (out_) - (in);
#define DO_PUSH(name, in, out_, byte)                      \
    {                                                      \
        enum { COUNT = (byte)-0x5f };                    \
        *++top = push_data(pc + 1, COUNT);                 \
        pc += COUNT;                                       \
    }
#define DO_DUP(name, in, out_, byte) top[1] = top[1 - (in)]; top++;
#define DO_SWAP(name, in, out_, byte)  \
    {                                  \
        const u256 old_ = *top;        \
        *top = top[1 - (in)];          \
        top[1 - (in)] = old_;          \
    }
#define DO_FLOW(name, in, out_, byte) FLOW_##name

#define FLOW_STOP END(HALT_STOP);
#define FLOW_INVALID END(HALT_INVALID);
#define FLOW_JUMPDEST
#define FLOW_POP top--;
#define FLOW_PC *++top = u256_from_u64((u64)(pc - start));
#define FLOW_GAS *++top = u256_from_u64((u64)gas);
#define FLOW_JUMP                                                                           \
    if (UNLIKELY(!u256_fits_u64(top) || !code_is_jumpdest(f->code, top->w[0])))             \
        END(HALT_BAD_JUMP);                                                                 \
    pc = start + top->w[0];                                                                 \
    top--;                                                                                  \
    JUMPED;
#define FLOW_JUMPI                                                                          \
    if (!u256_is_zero(top - 1)) {                                                           \
        if (UNLIKELY(!u256_fits_u64(top) || !code_is_jumpdest(f->code, top->w[0])))         \
            END(HALT_BAD_JUMP);                                                             \
        pc = start + top->w[0];                                                             \
        top -= 2;                                                                           \
        JUMPED;                                                                             \
    }                                                                                       \
    top -= 2;

int INTERPRET(struct frame *f)
{
    static const void *const label[256] = {
        /* what ops.def does not have; the compiler refuses a byte that is named twice */
        [0x0c ... 0x0f] = &&bad_opcode,
        [0x1f] = &&bad_opcode,
        [0x21 ... 0x2f] = &&bad_opcode,
        [0x4b ... 0x4f] = &&bad_opcode,
        [0xa5 ... 0xef] = &&bad_opcode,
        [0xf6 ... 0xf9] = &&bad_opcode,
        [0xfb ... 0xfc] = &&bad_opcode,
#define OP(byte, name, in, out_, cost, since, shape) [byte] = &&do_##name,
#include "evm/ops.def"
#undef OP
    };
    const u8 *const start = f->code->ptr;
    const enum fork_id fork = f->vm->fork->id;
    u256 *const bottom = f->stack;
    const u8 *pc = start;
    u256 *top = bottom - 1;
    i64 gas = f->gas;
    int end;

#if !TRACED
    i64 heat = heat_left(f);
    if (UNLIKELY(heat < 0)) {
        const struct program *p = program_for(f);
        if (p)
            return program_run(f, p, p->instruction, top, NULL);
        heat = INT64_MAX;
    }
#endif
    NEXT;

#if TRACED
step :
    {
    const struct hooks *hooks = f->vm->hooks;
    i64 refund = 0;
    for (const struct frame *each = f; each; each = each->outer)
        refund += each->refund;
    const struct evm_step s = {
        .pc = (u32)(pc - start),
        .opcode = *pc,
        .gas = gas,
        .gas_refund = refund,
        .depth = f->m->depth,
        .memory_size = (u32)f->memory_size,
        .stack = bottom,
        .stack_count = (u32)(top + 1 - bottom),
        .memory = bytes_of(f->memory, f->memory_size),
    };
    const enum err e = hooks->step(hooks->context, f->vm, f->m, &s);
    if (UNLIKELY(e != OK))
        END(frame_fail(f, e));
    goto *label[*pc];
}
#endif

#define OP(byte, name, in, out_, cost, since, shape)                            \
    do_##name :                                                                  \
    if (FORK_##since > FORK_FRONTIER && UNLIKELY(fork < FORK_##since))          \
        goto bad_opcode;                                                        \
    if ((in) > 0 && UNLIKELY(top - bottom < (in)-1))                          \
        goto underflow;                                                         \
    if ((out_) > (in) && UNLIKELY(top - bottom >= STACK_LIMIT - 1))             \
        goto overflow;                                                          \
    if ((cost) > 0 && UNLIKELY((gas -= (cost)) < 0))                            \
        goto out_of_gas;                                                        \
    DO_##shape(name, in, out_, byte)                                            \
    pc++;                                                                       \
    NEXT;
#include "evm/ops.def"
#undef OP

bad_opcode:
    END(HALT_BAD_OPCODE);
underflow:
    END(HALT_STACK_UNDERFLOW);
overflow:
    END(HALT_STACK_OVERFLOW);
out_of_gas:
    END(HALT_OUT_OF_GAS);
out:
#if !TRACED
    if (heat < f->code->learned->heat_left)
        f->code->learned->heat_left = heat;
#endif
    f->gas = gas;
    return end;
}

#undef NEXT
#undef JUMPED
#undef CALL_BODY
#undef END
#undef DO_ALU1
#undef DO_ALU2
#undef DO_ALU3
#undef DO_ENV
#undef DO_GET0
#undef DO_GET1
#undef DO_GET2
#undef DO_GET3
#undef DO_SET2
#undef DO_SET3
#undef DO_FAST1
#undef DO_FAST_SET2
#undef DO_STACK
#undef DO_PUSH
#undef DO_DUP
#undef DO_SWAP
#undef DO_FLOW
#undef FLOW_STOP
#undef FLOW_INVALID
#undef FLOW_JUMPDEST
#undef FLOW_POP
#undef FLOW_PC
#undef FLOW_GAS
#undef FLOW_JUMP
#undef FLOW_JUMPI
