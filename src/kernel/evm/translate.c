/* The whole: from piece to piece, and a program of all of them. */
#include "evm/translate.h"

#include "base/err.h"

#include <string.h>

void *translate_grown(const struct memory *memory, void *old, u32 *room, u32 needed, size_t size)
{
    if (needed <= *room)
        return old;
    const u32 bigger = needed + *room + 64;
    void *fresh = memory->take(memory->context, bigger * size);
    if (old) {
        memcpy(fresh, old, *room * size);
        memory->give(memory->context, old, *room * size);
    }
    *room = bigger;
    return fresh;
}

struct instruction *translate_emit(struct translator *t, enum program_op op)
{
    t->out = translate_grown(t->memory, t->out, &t->out_room, t->out_count + 1, sizeof *t->out);
    struct instruction *i = &t->out[t->out_count++];
    *i = (struct instruction){.go = (const void *)(uintptr_t)op};
    return i;
}

u32 translate_add_constant(struct translator *t, const u256 *x)
{
    /* neighbours tend to repeat */
    for (u32 i = t->constant_count; i > 0 && i + 16 > t->constant_count; i--)
        if (u256_eq(&t->constant[i - 1], x))
            return i - 1;
    t->constant =
        translate_grown(t->memory, t->constant, &t->constant_room, t->constant_count + 1, sizeof *t->constant);
    t->constant[t->constant_count] = *x;
    return t->constant_count++;
}

static bool has_target(enum program_op op)
{
    return op == P_JUMP_K || op >= P_BR_NZ;
}

static bool has_constant(enum program_op op)
{
    switch (op) {
#define K_ALU1(name)
#define K_ALU2(name) case P_##name##_SK: case P_##name##_KS:
#define K_ALU3(name)
#define K_ENV(name)
#define K_GET0(name)
#define K_GET1(name)
#define K_GET2(name)
#define K_GET3(name)
#define K_SET2(name)
#define K_SET3(name)
#define K_FAST1(name)
#define K_FAST_SET2(name)
#define K_STACK(name)
#define K_FLOW(name)
#define K_PUSH(name)
#define K_DUP(name)
#define K_SWAP(name)
#define OP(byte, name, in, out, cost, since, shape) K_##shape(name)
#include "evm/ops.def"
#undef OP
    case P_SET_K:
    case P_AND_I:
        return true;
    default:
        return op > P_BR_Z && (op - P_BR_Z - 1) % 3 != 0; /* SS, SK, KS */
    }
}

static u32 jumpdest_rank(const struct jump_word *word, u32 pc)
{
    return word[pc / 64].before + (u32)__builtin_popcountll(word[pc / 64].bits & (((u64)1 << (pc % 64)) - 1));
}

/* JUMPDESTs that fall into a piece at once do its entering, too, and go on behind it. From the end, so that a row of
 * them costs one step from any of them. */
static void join_empty_pieces(struct translator *t)
{
    for (u32 i = t->out_count - 1; i-- > 0;) {
        struct instruction *here = &t->out[i], *next = here + 1;
        const enum program_op op = (enum program_op)(uintptr_t)here->go, next_op = (enum program_op)(uintptr_t)next->go;
        if (op != P_ENTER_GAS)
            continue;
        if (next_op == P_ENTER || next_op == P_ENTER_GAS || next_op == P_ENTER_SKIP) {
            const i32 gas = here->x;
            *here = *next;
            here->go = (const void *)(uintptr_t)P_ENTER_SKIP;
            here->x += gas;
            here->k = next_op == P_ENTER_SKIP ? next->k + 1 : 2;
            if (next_op == P_ENTER_GAS) { /* it asks nothing of the stack */
                here->b = 0;
                here->a = (int16_t)(u16)(STACK_LIMIT * sizeof(u256));
            }
        }
    }
}

/* A jump does the entering of its target, too. Targets are instructions by now. */
static void join_jumps(struct translator *t)
{
    for (u32 i = 0; i < t->out_count; i++) {
        struct instruction *here = &t->out[i];
        if ((enum program_op)(uintptr_t)here->go != P_JUMP_K)
            continue;
        const struct instruction *target = here + here->x;
        const enum program_op op = (enum program_op)(uintptr_t)target->go;
        if (op != P_ENTER && op != P_ENTER_GAS && op != P_ENTER_SKIP)
            continue;
        here->go = (const void *)(uintptr_t)P_JUMP_ENTER;
        here->k = here->x + (op == P_ENTER_SKIP ? target->k : 1);
        here->x = target->x;
        here->a = op == P_ENTER_GAS ? (int16_t)(u16)(STACK_LIMIT * sizeof(u256)) : target->a;
        here->b = op == P_ENTER_GAS ? 0 : target->b;
    }
}

static struct program *finish(struct translator *t)
{
    join_empty_pieces(t);
    const u32 words = t->code->len / 64 + 1;
    const size_t word_size = words * sizeof(struct jump_word), constant_size = t->constant_count * sizeof(u256);
    const size_t instruction_size = t->out_count * sizeof(struct instruction),
                 start_size = (t->start_count + 1) * sizeof(u32);
    const size_t head = (sizeof(struct program) + 31) & ~(size_t)31;
    const size_t size = head + constant_size + word_size + instruction_size + start_size;
    u8 *block = t->memory->take(t->memory->context, size);
    struct program *p = (struct program *)block;
    u256 *constant = (u256 *)(block + head);
    struct jump_word *word = (struct jump_word *)((u8 *)constant + constant_size);
    struct instruction *out = (struct instruction *)((u8 *)word + word_size);
    u32 *start = (u32 *)((u8 *)out + instruction_size);
    *p = (struct program){
        .fork = t->fork, .code_len = t->code->len, .size = size, .word = word, .start = start, .instruction = out};
    if (constant_size)
        memcpy(constant, t->constant, constant_size);
    if (t->start_count)
        memcpy(start, t->start, t->start_count * sizeof(u32));
    u32 before = 0;
    for (u32 i = 0; i < words; i++) {
        const u64 bits = i * 64 < t->code->len ? t->code->learned->jumpdests[i] : 0;
        word[i] = (struct jump_word){.bits = bits, .before = before};
        before += (u32)__builtin_popcountll(bits);
    }
    BUG_UNLESS(before == t->start_count);

    for (u32 i = 0; i < t->out_count; i++)
        if (has_target((enum program_op)(uintptr_t)t->out[i].go)) {
            const u32 pc = (u32)t->out[i].x;
            t->out[i].x = (i32)((pc == NOWHERE ? t->out_count - 1 : start[jumpdest_rank(word, pc)]) - i);
        }
    join_jumps(t);

    const void *const *label;
    (void)program_run(NULL, NULL, NULL, NULL, &label);
    memcpy(out, t->out, instruction_size);
    for (u32 i = 0; i < t->out_count; i++) {
        const enum program_op op = (enum program_op)(uintptr_t)out[i].go;
        const i32 step = (i32)sizeof(struct instruction); /* what loops add is bytes */
        if (has_target(op))
            out[i].x *= step;
        if (op == P_ENTER_SKIP || op == P_JUMP_ENTER)
            out[i].k *= step;
        if (has_constant(op))
            out[i].k = (i32)((const u8 *)&constant[out[i].k] - (const u8 *)&out[i]);
        BUG_UNLESS(label[op]); /* every enum program_op has a body */
        out[i].go = label[op];
    }
    return p;
}

struct program *program_make(const struct code *c, enum fork_id fork, const struct memory *memory)
{
    struct translator *t = memory->take(memory->context, sizeof *t);
    t->code = c;
    t->memory = memory;
    t->fork = fork;
    t->out = NULL;
    t->constant = NULL;
    t->start = NULL;
    t->out_count = t->out_room = t->constant_count = t->constant_room = t->start_count = 0;
    u32 start_room = 0;
    (void)code_is_jumpdest(c, 0);

    t->copies_left = COPIED * c->len;
    bool dead = false; /* nothing falls into the next piece */
    for (u32 line = 0; line < c->len;) {
        const u8 byte = c->ptr[line];
        if (byte == BYTE_JUMPDEST) {
            t->start = translate_grown(memory, t->start, &start_room, t->start_count + 1, sizeof *t->start);
            t->start[t->start_count++] = t->out_count;
        } else if (dead) {
            line += byte >= BYTE_PUSH1 && byte <= BYTE_PUSH32 ? (u32)byte - BYTE_PUSH0 + 1 : 1;
            continue;
        }
        /* pieces one after the other, until they come back to the line or end; away from it they are copies, and a
         * JUMPDEST that is not copied is jumped to */
        bool away = false;
        t->copies_in_row = 0;
        for (u32 pc = line;;) {
            struct end end;
            translate_read(t, pc, &end);
            const bool ends = end.how == ENDS_HALTING || end.how == ENDS_JUMP ||
                              (end.how == ENDS_WITH_STACK_OP && translate_ends_frame(end.byte));
            if (!away && end.left_at == NOWHERE) {
                translate_write(t, &end);
                line = end.next;
                dead = ends;
                break;
            }
            if (!away) {
                away = true;
                line = end.left_at;
                dead = true; /* after a jump; a JUMPDEST that was fallen into is alive by itself */
            }
            const bool joins = end.how == ENDS_FALLING && c->ptr[end.next] == BYTE_JUMPDEST;
            if (joins)
                end.how = ENDS_GOTO;
            translate_write(t, &end);
            if (ends || joins)
                break;
            pc = end.next;
        }
    }
    translate_emit(t, P_HALT)->x = HALT_STOP; /* running off the end */
    translate_emit(t, P_HALT)->x = HALT_BAD_JUMP;

    struct program *p = finish(t);
    memory->give(memory->context, t->out, t->out_room * sizeof *t->out);
    if (t->constant)
        memory->give(memory->context, t->constant, t->constant_room * sizeof *t->constant);
    if (t->start)
        memory->give(memory->context, t->start, start_room * sizeof *t->start);
    memory->give(memory->context, t, sizeof *t);
    return p;
}

void program_release(struct program *p, const struct memory *memory)
{
    while (p) {
        struct program *next = p->next;
        memory->give(memory->context, p, p->size);
        p = next;
    }
}
