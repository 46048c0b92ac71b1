/* The loop over translated code: see program.h. */
#include "evm/alu.h"
#include "evm/frame.h"
#include "evm/program.h"

#pragma GCC diagnostic ignored "-Wpedantic" /* labels as values */

/* An operand on the stack, and the constant of an instruction. */
#define AT(offset) ((u256 *)((u8 *)top + (offset)))
#define R AT(ip->r)
#define A AT(ip->a)
#define B AT(ip->b)
#define C AT(ip->c)
#define K ((const u256 *)((const u8 *)ip + ip->k))
#define BEYOND(bytes) ((const struct instruction *)((const u8 *)ip + (bytes)))

#define NEXT                \
    do {                    \
        ip++;               \
        goto * ip->go;       \
    } while (0)
#define GO_ON_AT(target)    \
    do {                    \
        ip = (target);      \
        goto * ip->go;       \
    } while (0)
#define END(halt)     \
    do {              \
        end = (halt); \
        goto out;     \
    } while (0)
#define EXECUTE_STACK(name, r, a, b, c) \
    top = a;                            \
    CALL_BODY(op_##name(f, top));       \
    top = r
#define X ((u32)ip->x)

#define BODY(shape, name, suffix, a, b, has_k) \
    do_##name##suffix :                        \
    EXECUTE_##shape(name, R, a, b, C);         \
    NEXT;
#define LABEL(shape, name, suffix, a, b, has_k) [P_##name##suffix] = &&do_##name##suffix,

#define COMPARE_LT(x, y) u256_lt(x, y)
#define COMPARE_GT(x, y) u256_lt(y, x)
#define COMPARE_SLT(x, y) alu_signed_lt(x, y)
#define COMPARE_SGT(x, y) alu_signed_lt(y, x)
#define COMPARE_EQ(x, y) u256_eq(x, y)
#define BRANCH(condition)     \
    if (condition) {          \
        top = R;              \
        GO_ON_AT(BEYOND(ip->x)); \
    }                         \
    top = R;                  \
    NEXT;
#define BRANCH_BODIES(name)                                           \
    do_BR_##name##_SS : BRANCH(COMPARE_##name(A, B))                   \
    do_BR_##name##_SK : BRANCH(COMPARE_##name(A, K))                   \
    do_BR_##name##_KS : BRANCH(COMPARE_##name(K, B))                   \
    do_BR_NOT_##name##_SS : BRANCH(!COMPARE_##name(A, B))              \
    do_BR_NOT_##name##_SK : BRANCH(!COMPARE_##name(A, K))              \
    do_BR_NOT_##name##_KS : BRANCH(!COMPARE_##name(K, B))
#define BRANCH_LABELS(name) \
    [P_BR_##name##_SS] = &&do_BR_##name##_SS, [P_BR_##name##_SK] = &&do_BR_##name##_SK, \
    [P_BR_##name##_KS] = &&do_BR_##name##_KS, [P_BR_NOT_##name##_SS] = &&do_BR_NOT_##name##_SS, \
    [P_BR_NOT_##name##_SK] = &&do_BR_NOT_##name##_SK, [P_BR_NOT_##name##_KS] = &&do_BR_NOT_##name##_KS,

/* Shifts by a constant 64 limbs + bits: which words meet is known, only the bits are not. */

static inline u64 joined_left(u64 high, u64 low, unsigned bits)
{
    return high << bits | low >> 1 >> (63 - bits);
}

static inline u64 joined_right(u64 high, u64 low, unsigned bits)
{
    return low >> bits | high << 1 << (63 - bits);
}

static inline void left_0(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w1 = joined_left(x->w[1], x->w[0], bits), w2 = joined_left(x->w[2], x->w[1], bits);
    const u64 w3 = joined_left(x->w[3], x->w[2], bits);
    *r = (u256){{x->w[0] << bits, w1, w2, w3}};
}

static inline void left_1(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w2 = joined_left(x->w[1], x->w[0], bits), w3 = joined_left(x->w[2], x->w[1], bits);
    *r = (u256){{0, x->w[0] << bits, w2, w3}};
}

static inline void left_2(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w3 = joined_left(x->w[1], x->w[0], bits);
    *r = (u256){{0, 0, x->w[0] << bits, w3}};
}

static inline void left_3(u256 *r, const u256 *x, unsigned bits)
{
    *r = (u256){{0, 0, 0, x->w[0] << bits}};
}

static inline void right_0(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w0 = joined_right(x->w[1], x->w[0], bits), w1 = joined_right(x->w[2], x->w[1], bits);
    const u64 w2 = joined_right(x->w[3], x->w[2], bits);
    *r = (u256){{w0, w1, w2, x->w[3] >> bits}};
}

static inline void right_1(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w0 = joined_right(x->w[2], x->w[1], bits), w1 = joined_right(x->w[3], x->w[2], bits);
    *r = (u256){{w0, w1, x->w[3] >> bits, 0}};
}

static inline void right_2(u256 *r, const u256 *x, unsigned bits)
{
    const u64 w0 = joined_right(x->w[3], x->w[2], bits);
    *r = (u256){{w0, x->w[3] >> bits, 0, 0}};
}

static inline void right_3(u256 *r, const u256 *x, unsigned bits)
{
    *r = (u256){{x->w[3] >> bits, 0, 0, 0}};
}

/* ---- memory at a constant offset ---- */

static inline bool near_MLOAD(const struct frame *f, u256 *r, u64 offset)
{
    if (UNLIKELY(offset >= f->memory_word_end))
        return false;
    *r = u256_from_be(f->memory + offset);
    return true;
}
static inline bool near_MSTORE(struct frame *f, u64 offset, const u256 *b)
{
    if (UNLIKELY(offset >= f->memory_word_end))
        return false;
    u256_to_be(f->memory + offset, b);
    return true;
}
static inline bool near_MSTORE8(struct frame *f, u64 offset, const u256 *b)
{
    if (UNLIKELY(offset >= f->memory_size))
        return false;
    f->memory[offset] = (u8)b->w[0];
    return true;
}
static inline bool near_CALLDATALOAD(const struct frame *f, u256 *r, u64 offset)
{
    if (UNLIKELY(f->input.len < 32 || offset > f->input.len - 32))
        return false;
    *r = u256_from_be(f->input.ptr + offset);
    return true;
}

#define FAR_GET(name)                                                                   \
    static __attribute__((noinline)) int far_##name(struct frame *f, u256 *r, u64 offset) \
    {                                                                                   \
        const u256 a = u256_from_u64(offset);                                           \
        return op_##name(f, r, &a);                                                     \
    }
#define FAR_SET(name)                                                                         \
    static __attribute__((noinline)) int far_##name(struct frame *f, u64 offset, const u256 *b) \
    {                                                                                         \
        const u256 a = u256_from_u64(offset);                                                 \
        return op_##name(f, &a, b);                                                           \
    }
FAR_GET(MLOAD)
FAR_GET(CALLDATALOAD)
FAR_SET(MSTORE)
FAR_SET(MSTORE8)

int program_run(struct frame *f, const struct program *p, const struct instruction *at, u256 *top,
                const void *const **labels)
{
    static const void *const label[P_COUNT] = {
#define OP(byte, name, in, out_, cost, since, shape) VARIANTS_##shape(LABEL, name)
#include "evm/ops.def"
#undef OP
        [P_ENTER] = &&do_ENTER,
        [P_ENTER_GAS] = &&do_ENTER_GAS,
        [P_ENTER_SKIP] = &&do_ENTER_SKIP,
        [P_ADJUST] = &&do_ADJUST,
        [P_MOVE] = &&do_MOVE,
        [P_SET_K] = &&do_SET_K,
        [P_GAS] = &&do_GAS,
        [P_HALT] = &&do_HALT,
        [P_JUMP_K] = &&do_JUMP_K,
        [P_JUMP_ENTER] = &&do_JUMP_ENTER,
        [P_JUMP_S] = &&do_JUMP_S,
        [P_JUMPI_S] = &&do_JUMPI_S,
        [P_SHL_0] = &&do_SHL_0,
        [P_SHL_1] = &&do_SHL_1,
        [P_SHL_2] = &&do_SHL_2,
        [P_SHL_3] = &&do_SHL_3,
        [P_SHR_0] = &&do_SHR_0,
        [P_SHR_1] = &&do_SHR_1,
        [P_SHR_2] = &&do_SHR_2,
        [P_SHR_3] = &&do_SHR_3,
        [P_AND_I] = &&do_AND_I,
        [P_BR_NZ] = &&do_BR_NZ,
        [P_BR_Z] = &&do_BR_Z,
        BRANCH_LABELS(LT) BRANCH_LABELS(GT) BRANCH_LABELS(SLT) BRANCH_LABELS(SGT) BRANCH_LABELS(EQ)};
    if (UNLIKELY(labels != NULL)) {
        *labels = label;
        return 0;
    }
    const struct instruction *ip = at;
    const u8 *const empty = (const u8 *)(f->stack - 1); /* the top of an empty stack */
    const struct instruction *target;
    i64 gas = f->gas;
    int end;
    goto * ip->go;

do_ENTER:
    if (UNLIKELY((gas -= ip->x) < 0))
        END(HALT_OUT_OF_GAS);
    if (UNLIKELY((u64)((const u8 *)top - empty) - (u16)ip->b > (u64)(u16)ip->a))
        goto bad_stack;
    NEXT;
do_ENTER_GAS:
    if (UNLIKELY((gas -= ip->x) < 0))
        END(HALT_OUT_OF_GAS);
    NEXT;
do_ENTER_SKIP:
    if (UNLIKELY((gas -= ip->x) < 0))
        END(HALT_OUT_OF_GAS);
    if (UNLIKELY((u64)((const u8 *)top - empty) - (u16)ip->b > (u64)(u16)ip->a))
        goto bad_stack;
    GO_ON_AT(BEYOND(ip->k));
do_ADJUST:
    top = R;
    NEXT;
do_MOVE:
    *R = *A;
    NEXT;
do_SET_K:
    *R = *K;
    NEXT;
do_GAS:
    *R = u256_from_u64((u64)gas);
    NEXT;
do_HALT:
    END(ip->x);
do_JUMP_K:
    top = R;
    GO_ON_AT(BEYOND(ip->x));
do_JUMP_ENTER:
    top = R;
    if (UNLIKELY((gas -= ip->x) < 0))
        END(HALT_OUT_OF_GAS);
    if (UNLIKELY((u64)((const u8 *)top - empty) - (u16)ip->b > (u64)(u16)ip->a))
        goto bad_stack;
    GO_ON_AT(BEYOND(ip->k));
do_JUMPI_S:
    if (u256_is_zero(B)) {
        top = R;
        NEXT;
    }
do_JUMP_S:
    target = UNLIKELY(!u256_fits_u64(A)) ? NULL : program_at(p, A->w[0]);
    if (UNLIKELY(!target))
        END(HALT_BAD_JUMP);
    top = R;
    GO_ON_AT(target);

#define SHIFT_BODIES(limbs)                         \
    do_SHL_##limbs :                                 \
    left_##limbs(R, A, (unsigned)ip->x);            \
    NEXT;                                           \
    do_SHR_##limbs :                                 \
    right_##limbs(R, A, (unsigned)ip->x);           \
    NEXT;
    SHIFT_BODIES(0)
    SHIFT_BODIES(1)
    SHIFT_BODIES(2)
    SHIFT_BODIES(3)
do_AND_I:
    *R = (u256){{A->w[0] & K->w[0], 0, 0, 0}};
    NEXT;

do_BR_NZ:
    BRANCH(!u256_is_zero(A))
do_BR_Z:
    BRANCH(u256_is_zero(A))
    BRANCH_BODIES(LT)
    BRANCH_BODIES(GT)
    BRANCH_BODIES(SLT)
    BRANCH_BODIES(SGT)
    BRANCH_BODIES(EQ)

#define OP(byte, name, in, out_, cost, since, shape) VARIANTS_##shape(BODY, name)
#include "evm/ops.def"
#undef OP

bad_stack:
    END((u64)((const u8 *)top - empty) < (u16)ip->b ? HALT_STACK_UNDERFLOW : HALT_STACK_OVERFLOW);
out:
    f->gas = gas;
    return end;
}
