/* From superblock to superblock; the linked program. */
#include "evm/translate_read.h"
#include "evm/translate_write.h"

#include "base/err.h"

#include <string.h>

static bool has_target(enum program_op op)
{
    return op == P_JUMP_K || op >= P_BR_NZ;
}

static bool has_constant(enum program_op op)
{
    switch (op) {
#define VARIANT(shape, name, suffix, a, b, has_k) case P_##name##suffix: return has_k;
#define OP(byte, name, in, out, cost, since, shape) VARIANTS_##shape(VARIANT, name)
#include "evm/ops.def"
#undef OP
#undef VARIANT
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

/* A JUMPDEST that falls straight into another superblock pays for that one, too, and continues behind its ENTER. From
 * the end, so that a row of them is one step from any of them. */
static void join_empty_superblocks(struct translator *t)
{
    for (u32 i = t->out.count - 1; i-- > 0;) {
        struct instruction *here = &t->out.item[i], *next = here + 1;
        const enum program_op op = (enum program_op)(uintptr_t)here->go, next_op = (enum program_op)(uintptr_t)next->go;
        if (op != P_ENTER_GAS)
            continue;
        if (next_op == P_ENTER || next_op == P_ENTER_GAS || next_op == P_ENTER_SKIP) {
            const i32 gas = here->x;
            *here = *next;
            here->go = (const void *)(uintptr_t)P_ENTER_SKIP;
            here->x += gas;
            here->k = next_op == P_ENTER_SKIP ? next->k + 1 : 2;
            if (next_op == P_ENTER_GAS) { /* it checks no stack */
                here->b = 0;
                here->a = (int16_t)(u16)(STACK_LIMIT * sizeof(u256));
            }
        }
    }
}

/* A jump executes the ENTER of its target, too. Targets are instructions by now. */
static void join_jumps(struct translator *t)
{
    for (u32 i = 0; i < t->out.count; i++) {
        struct instruction *here = &t->out.item[i];
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

static struct program *link_program(struct translator *t, const struct memory *memory)
{
    join_empty_superblocks(t);
    const u32 words = t->code->len / 64 + 1;
    const size_t word_size = words * sizeof(struct jump_word), constant_size = t->constant.count * sizeof(u256);
    const size_t instruction_size = t->out.count * sizeof(struct instruction),
                 start_size = (t->start.count + 1) * sizeof(u32);
    const size_t head = (sizeof(struct program) + 31) & ~(size_t)31;
    const size_t size = head + constant_size + word_size + instruction_size + start_size;
    u8 *block = memory->take(memory->context, size);
    struct program *p = (struct program *)block;
    u256 *constant = (u256 *)(block + head);
    struct jump_word *word = (struct jump_word *)((u8 *)constant + constant_size);
    struct instruction *out = (struct instruction *)((u8 *)word + word_size);
    u32 *start = (u32 *)((u8 *)out + instruction_size);
    *p = (struct program){
        .fork = t->fork, .code_len = t->code->len, .size = size, .word = word, .start = start, .instruction = out};
    if (constant_size)
        memcpy(constant, t->constant.item, constant_size);
    if (t->start.count)
        memcpy(start, t->start.item, t->start.count * sizeof(u32));
    u32 before = 0;
    for (u32 i = 0; i < words; i++) {
        const u64 bits = i * 64 < t->code->len ? t->code->learned->jumpdests[i] : 0;
        word[i] = (struct jump_word){.bits = bits, .before = before};
        before += (u32)__builtin_popcountll(bits);
    }
    BUG_UNLESS(before == t->start.count);

    for (u32 i = 0; i < t->out.count; i++)
        if (has_target((enum program_op)(uintptr_t)t->out.item[i].go)) {
            const u32 pc = (u32)t->out.item[i].x;
            t->out.item[i].x = (i32)((pc == NOWHERE ? t->out.count - 1 : start[jumpdest_rank(word, pc)]) - i);
        }
    join_jumps(t);

    const void *const *label;
    (void)program_run(NULL, NULL, NULL, NULL, &label);
    memcpy(out, t->out.item, instruction_size);
    for (u32 i = 0; i < t->out.count; i++) {
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
    t->fork = fork;
    arena_init(&t->arena, memory);
    memset(&t->out, 0, sizeof t->out);
    memset(&t->constant, 0, sizeof t->constant);
    memset(&t->start, 0, sizeof t->start);
    (void)code_is_jumpdest(c, 0);

    t->duplication_left = DUPLICATION_MAX * c->len;
    bool dead = false; /* nothing falls into the next superblock */
    for (u32 line = 0; line < c->len;) {
        const u8 byte = c->ptr[line];
        if (byte == BYTE_JUMPDEST) {
            *LIST_ADD(&t->start, &t->arena) = (u32)t->out.count;
        } else if (dead) {
            line += byte >= BYTE_PUSH1 && byte <= BYTE_PUSH32 ? (u32)byte - BYTE_PUSH0 + 1 : 1;
            continue;
        }
        /* superblocks one after the other, until they are back in the order of the code or end; away from it they are
         * duplicates, and a JUMPDEST that is not duplicated is jumped to */
        bool away = false;
        t->duplicates_in_row = 0;
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

    struct program *p = link_program(t, memory);
    arena_release(&t->arena);
    memory->give(memory->context, t, sizeof *t);
    return p;
}
