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

#define END(halt)     \
    do {              \
        end = (halt); \
        goto out;     \
    } while (0)

/* The loops' own shapes. Like all others they leave the top where it was, and the row's counts move it. */
#define EXECUTE_STACK(name, r, a, b, c) CALL_BODY(op_##name(f, a))
#define EXECUTE_PUSH(name, r, a, b, c)                    \
    {                                                     \
        enum { COUNT = (int)BYTE_##name - (int)BYTE_PUSH0 }; \
        *(r) = push_data(pc + 1, COUNT);                  \
        pc += COUNT;                                      \
    }
#define EXECUTE_DUP(name, r, a, b, c) (a)[1] = *(r)
#define EXECUTE_SWAP(name, r, a, b, c) \
    {                                  \
        const u256 old_ = *(a);        \
        *(a) = *(r);                   \
        *(r) = old_;                   \
    }
#define EXECUTE_FLOW(name, r, a, b, c) FLOW_##name

#define FLOW_STOP END(HALT_STOP);
#define FLOW_INVALID END(HALT_INVALID);
#define FLOW_JUMPDEST
#define FLOW_POP
#define FLOW_PC top[1] = u256_from_u64((u64)(pc - start));
#define FLOW_GAS top[1] = u256_from_u64((u64)gas);
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
    }

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
    EXECUTE_##shape(name, top + 1 - (in), top, top - 1, top - 2);               \
    top += (out_) - (in);                                                       \
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
#undef END
#undef EXECUTE_STACK
#undef EXECUTE_PUSH
#undef EXECUTE_DUP
#undef EXECUTE_SWAP
#undef EXECUTE_FLOW
#undef FLOW_STOP
#undef FLOW_INVALID
#undef FLOW_JUMPDEST
#undef FLOW_POP
#undef FLOW_PC
#undef FLOW_GAS
#undef FLOW_JUMP
#undef FLOW_JUMPI
