/* The interpreter: see interpreter_loop.h. */
#include "evm/alu.h"
#include "evm/frame.h"
#include "evm/program.h"

/* ---- when bytes give way to a program ---- */

/* 1 in a build that never translates: the proving program, where each instruction of the translation is proved. */
#ifndef EVM_BYTES_ONLY
#define EVM_BYTES_ONLY 0
#endif

static inline i64 heat_left(const struct frame *f)
{
    return f->vm->tier == EVM_TIER_PROGRAM ? -1 : f->code->learned->heat_left;
}

/* The translation of a hot code for the fork at hand, made if there is none; NULL if bytes it is. */
static __attribute__((noinline)) const struct program *program_for(struct frame *f)
{
    struct code_learned *learned = f->code->learned;
    const enum fork_id fork = f->vm->fork->id;
    if (EVM_BYTES_ONLY || f->vm->tier == EVM_TIER_BYTES)
        return NULL;
    for (const struct program *p = learned->program; p; p = p->next)
        if (p->fork == fork)
            return p;
    struct program *p = program_make(f->code, fork, learned->memory);
    p->next = learned->program;
    learned->program = p;
    if (learned->size_total)
        *learned->size_total += p->size;
    return p;
}

/* A big-endian number of count bytes, a constant, in code that has CODE_PADDING bytes after it. */
static inline __attribute__((always_inline)) u256 push_data(const u8 *p, const unsigned count)
{
    u256 x = {{0, 0, 0, 0}};
    if (count == 0)
        return x;
    if (count <= 8) {
        x.w[0] = load_be64(p) >> (64 - 8 * count);
        return x;
    }
    /* whole limbs from the end, then what is left at the front */
    const unsigned whole = count / 8, rest = count % 8;
    for (unsigned i = 0; i < whole; i++)
        x.w[i] = load_be64(p + count - 8 * (i + 1));
    if (rest)
        x.w[whole] = load_be64(p) >> (64 - 8 * rest);
    return x;
}

/* Labels as values are what makes dispatch threaded; the rest of the file is strict C17. */
#pragma GCC diagnostic ignored "-Wpedantic"

#define TRACED 0
#define INTERPRET interpret
#include "evm/interpreter_loop.h"
#undef TRACED
#undef INTERPRET

#define TRACED 1
#define INTERPRET interpret_traced
#include "evm/interpreter_loop.h"
