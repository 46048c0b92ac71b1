/* program - hot bytecode, translated from a stack machine's into instructions with operands. Private to evm.
 *
 *     DUP2 PUSH1 1 ADD SWAP2 POP DUP1 DUP3 LT PUSH2 L JUMPI
 *
 *     ENTER      gas 34, needs 2 items, grows by 2      checked once for all that follows up to the next ENTER
 *     ADD_SK     s[-1] = s[-1] + 1
 *     BR_LT_SS   s[-1] < s[0] ?  to L
 *
 * Within a superblock (superblock.h), a straight run of code, the origin of every stack item is known, so DUP, SWAP,
 * PUSH and POP need not be executed: an instruction holds the places of its operands, as byte offsets from the top of
 * the stack at the entry of the superblock, or a constant beside the code. Where superblocks meet (jumps, calls) the
 * stack is as the EVM defines it. Constant expressions are folded and constant jumps resolved at translation.
 *
 * Exactness: a segment is what one ENTER pays for. An instruction that asks the host, calls a hook or reads gas is
 * always the last of its segment, so it observes the same as if each instruction had been checked by itself. A segment
 * that lacks gas or stack fails before its first effect instead of in the middle. That cannot be observed: all gas of
 * the frame is consumed and its state reverted either way.
 *
 * translate.c makes programs, program_run.c runs them; ops.def is the list of instructions for both. */
#ifndef EVM_PROGRAM_H
#define EVM_PROGRAM_H

#include "base/arena.h"
#include "base/u256.h"
#include "evm/code.h"
#include "evm/fork.h"
#include "evm/shapes.h"

struct frame;

/* Operands: S an item of the stack, K a constant of 256 bits, I one of 32 bits or less. In the order of the stack. */
enum program_op {
#define VARIANT(shape, name, suffix, a, b, has_k) P_##name##suffix,
#define OP(byte, name, in, out, cost, since, shape) VARIANTS_##shape(VARIANT, name)
#include "evm/ops.def"
#undef OP
#undef VARIANT
    P_ENTER,      /* x gas; b bytes of stack needed, and no more than b + a there (both unsigned) */
    P_ENTER_GAS,  /* x gas */
    P_ENTER_SKIP, /* as ENTER, then k bytes of instructions on: a JUMPDEST that falls into another superblock */
    P_ADJUST,     /* top moves by r */
    P_MOVE,       /* r = a */
    P_SET_K,      /* r = constant */
    P_GAS,        /* r = gas left */
    P_HALT,       /* x is why */
    P_JUMP_K,     /* top moves by r, x bytes of instructions on */
    P_JUMP_ENTER, /* the same, and the ENTER of the target with x, a and b as there; k bytes on, behind it */
    P_JUMP_S,     /* to the JUMPDEST that item a names; top moves by r */
    P_JUMPI_S,    /* the same, if item b is not zero */
    P_SHL_0,
    P_SHL_1,
    P_SHL_2,
    P_SHL_3, /* r = a << (64 n + x), x below 64 */
    P_SHR_0,
    P_SHR_1,
    P_SHR_2,
    P_SHR_3,
    P_AND_I, /* r = a & the lowest limb of constant */
    /* branches, _NOT where the condition must not hold: top moves by r either way, and x bytes on if taken */
    P_BR_NZ,
    P_BR_Z,
#define P_BRANCH(name) \
    P_BR_##name##_SS, P_BR_##name##_SK, P_BR_##name##_KS, P_BR_NOT_##name##_SS, P_BR_NOT_##name##_SK, \
        P_BR_NOT_##name##_KS,
    P_BRANCH(LT) P_BRANCH(GT) P_BRANCH(SLT) P_BRANCH(SGT) P_BRANCH(EQ)
#undef P_BRANCH
        P_COUNT
};

struct instruction {
    const void *go;     /* the label of its body; its enum program_op while being translated */
    int16_t r, a, b, c;    /* byte offsets from the top of the stack */
    i32 x;
    i32 k;              /* byte offset from this instruction to its constant */
};

/* Where each JUMPDEST begins: the set bits below it in its word, after those of all words before. */
struct jump_word {
    u64 bits;
    u32 before;
    u32 unused;
};

struct program {
    struct program *next;     /* for another fork */
    enum fork_id fork;
    u32 code_len;
    size_t size;              /* of this block of memory */
    const struct jump_word *word;
    const u32 *start;         /* per JUMPDEST: index of its first instruction */
    struct instruction *instruction;
};

/* Translates a code whose jumpdests are known. */
struct program *program_make(const struct code *c, enum fork_id fork, const struct memory *memory);
void program_release(struct program *p, const struct memory *memory); /* and those behind next */

/* Where execution continues at a JUMPDEST; NULL if pc is none. */
static inline const struct instruction *program_at(const struct program *p, u64 pc)
{
    if (UNLIKELY(pc >= p->code_len))
        return NULL;
    const struct jump_word *w = &p->word[pc / 64];
    const u64 bit = (u64)1 << (pc % 64);
    if (UNLIKELY(!(w->bits & bit)))
        return NULL;
    return p->instruction + p->start[w->before + (u32)__builtin_popcountll(w->bits & (bit - 1))];
}

/* Runs from an instruction that begins a superblock; top is the top item. As interpret() otherwise.
 * If labels is set, only returns the addresses of the bodies there, by enum program_op. */
int program_run(struct frame *f, const struct program *p, const struct instruction *at, u256 *top,
                const void *const **labels);

#endif
