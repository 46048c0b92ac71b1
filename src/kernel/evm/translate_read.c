/* The first pass over a superblock: from bytes to SSA instructions. */
#include "evm/translate_read.h"

#include "base/err.h"
#include "base/u256.h"
#include "evm/alu.h"

const struct op_row op_row[256] = {
#define OP(byte, name, op_in, op_out, cost, fork, op_shape) \
    [byte] = {.shape = SHAPE_##op_shape, \
              .in = op_in, \
              .out = op_out, \
              .since = FORK_##fork, \
              .gas = cost, \
              .first = FIRST_##op_shape(name)},
#include "evm/ops.def"
#undef OP
};

static int add_value(struct translator *t, enum value_kind kind)
{
    BUG_UNLESS(t->value_count < VALUES_MAX);
    t->value[t->value_count] = (struct ssa_value){.kind = (u8)kind,
                                                  .stack_slot = NO_STACK_SLOT,
                                                  .final = NO_STACK_SLOT,
                                                  .last_use = NO_INSTRUCTION,
                                                  .maker = NO_INSTRUCTION};
    return t->value_count++;
}

int16_t *translate_stack_slot(struct translator *t, int stack_slot)
{
    BUG_UNLESS(stack_slot >= -FALL_MAX - 20 && stack_slot < STACK_SLOTS_UP);
    while (stack_slot < t->lowest) {
        t->lowest--;
        t->stack[STACK_SLOT_ZERO + t->lowest] = NO_VALUE;
        t->live_until[STACK_SLOT_ZERO + t->lowest] = NO_INSTRUCTION;
        t->reads_left[STACK_SLOT_ZERO + t->lowest] = 0;
        t->copy_to[STACK_SLOT_ZERO + t->lowest] = -1;
    }
    while (stack_slot > t->highest) {
        t->highest++;
        t->stack[STACK_SLOT_ZERO + t->highest] = NO_VALUE;
        t->live_until[STACK_SLOT_ZERO + t->highest] = NO_INSTRUCTION;
        t->reads_left[STACK_SLOT_ZERO + t->highest] = 0;
        t->copy_to[STACK_SLOT_ZERO + t->highest] = -1;
    }
    return &t->stack[STACK_SLOT_ZERO + stack_slot];
}

int translate_value_at(struct translator *t, int stack_slot)
{
    int16_t *at = translate_stack_slot(t, stack_slot);
    if (*at == NO_VALUE) {
        const int n = add_value(t, VALUE_ENTRY);
        t->value[n].stack_slot = (int16_t)stack_slot;
        *at = (int16_t)n;
    }
    return *at;
}

static void push_value(struct translator *t, int value)
{
    *translate_stack_slot(t, ++t->top) = (int16_t)value;
}

static int add_constant_value(struct translator *t, const u256 *x)
{
    const u32 index = translate_add_constant(t, x);
    const int n = add_value(t, VALUE_CONSTANT);
    t->value[n].constant = index;
    return n;
}

const u256 *translate_constant_of(const struct translator *t, int value)
{
    return t->value[value].kind == VALUE_CONSTANT ? &t->constant.item[t->value[value].constant] : NULL;
}

static struct ssa_instruction *add_instruction(struct translator *t, enum shape shape, u8 byte)
{
    struct ssa_instruction *n = &t->ssa[t->ssa_count++];
    *n = (struct ssa_instruction){
        .byte = byte, .shape = (u8)shape, .result = NO_VALUE, .operand = {NO_VALUE, NO_VALUE, NO_VALUE}};
    return n;
}

static void use_value(struct translator *t, int value, int instruction)
{
    t->value[value].uses++;
    t->value[value].last_use = (int16_t)instruction;
}

static void begin_segment(struct translator *t)
{
    t->segment = t->ssa_count;
    struct ssa_instruction *n = add_instruction(t, SHAPE_ENTER, 0);
    n->need = -1024; /* any stack will do */
}

/* What an instruction costs, needs and leaves, added to its segment's. */
static void account_for(struct translator *t, const struct op_row *r)
{
    struct ssa_instruction *segment = &t->ssa[t->segment];
    segment->gas += r->gas;
    const int need = r->in - t->top;  /* items of the entry stack */
    if (r->in > 0 && need > segment->need)
        segment->need = need;
    const int rise = t->top + r->out - r->in;
    if (rise > segment->rise)
        segment->rise = rise;
}

/* The value of a pure instruction on constants. */
static bool fold(u256 *out, u8 byte, const u256 *a, const u256 *b, const u256 *c)
{
    switch (byte) {
#define OP(op_byte, name, in, op_out, cost, since, shape) \
    IF_PURE_##shape(case BYTE_##name \
                    : EXECUTE_##shape(name, out, a, b, c); return true;)
#include "evm/ops.def"
#undef OP
    default: return false;
    }
}

u32 translate_resolve(const struct translator *t, int value)
{
    const u256 *k = translate_constant_of(t, value);
    return u256_fits_u64(k) && k->w[0] < t->code->len && code_is_jumpdest(t->code, k->w[0]) ? (u32)k->w[0] : NOWHERE;
}

bool translate_ends_frame(u8 byte)
{
    return byte == BYTE_STOP || byte == BYTE_RETURN || byte == BYTE_REVERT || byte == BYTE_INVALID ||
           byte == BYTE_SELFDESTRUCT;
}

/* The length of the code to duplicate from a JUMPDEST on, if it is short and within the budget; else 0. */
static u32 tail_size(const struct translator *t, u32 pc)
{
    const u8 *const bytes = t->code->ptr;
    u32 end = pc + 1;
    while (end - pc < TAIL_MAX && end < t->code->len) {
        const u8 byte = bytes[end];
        if (byte == BYTE_JUMPDEST)
            break;
        end += byte >= BYTE_PUSH1 && byte <= BYTE_PUSH32 ? (u32)byte - BYTE_PUSH0 + 1 : 1;
        if (byte == BYTE_JUMP || translate_ends_frame(byte))
            break;
    }
    const u32 size = end - pc;
    if (size == 1) /* a row of JUMPDESTs: join_empty_superblocks makes one step of it */
        return 0;
    return size < TAIL_MAX && size <= t->duplication_left ? size : 0;
}

static bool is_undefined(const struct translator *t, u8 byte)
{
    return op_row[byte].shape == SHAPE_NONE || op_row[byte].since > t->fork;
}

static void read_instruction(struct translator *t, u8 byte)
{
    const struct op_row *r = &op_row[byte];
    int operand[3] = {NO_VALUE, NO_VALUE, NO_VALUE};
    const u256 *k[3] = {NULL, NULL, NULL};
    bool constant = translate_is_pure(r->shape);
    for (int i = 0; i < r->in; i++) {
        operand[i] = translate_value_at(t, t->top - i);
        k[i] = translate_constant_of(t, operand[i]);
        constant = constant && k[i];
    }
    t->top -= r->in;
    u256 value;
    if (constant && fold(&value, byte, k[0], k[1], k[2])) {
        push_value(t, add_constant_value(t, &value));
        return;
    }
    const int index = t->ssa_count;
    struct ssa_instruction *n = add_instruction(t, (enum shape)r->shape, byte);
    for (int i = 0; i < r->in; i++) {
        n->operand[i] = (int16_t)operand[i];
        use_value(t, operand[i], index);
    }
    if (r->out) {
        const int result = add_value(t, VALUE_RESULT);
        t->value[result].maker = (int16_t)index;
        n->result = (int16_t)result;
        push_value(t, result);
    }
}

/* Continues the superblock with a duplicate of the tail at a JUMPDEST; false: it ends instead. */
static bool duplicate_tail(struct translator *t, struct end *end, u32 *pc, u32 to)
{
    if (t->duplicates_in_row >= DUPLICATES_MAX || t->ssa_count + 24 > SSA_MAX)
        return false;
    const u32 size = tail_size(t, to);
    if (!size)
        return false;
    t->duplication_left -= size;
    t->duplicates_in_row++;
    if (end->left_at == NOWHERE)
        end->left_at = *pc;
    *pc = to;
    return true;
}

/* Where a superblock is being read. */
struct read_place {
    u32 pc;
    u32 entered;       /* the JUMPDEST that does not end this superblock */
    bool segment_ends; /* with the instruction that was read last */
};

static bool end_halting(struct end *end, enum halt halt, u32 next)
{
    end->how = ENDS_HALTING;
    end->halt = halt;
    end->next = next;
    return false;
}

/* Whether the instruction at pc belongs to the superblock; if so, it is accounted for. */
static bool enter_instruction(struct translator *t, struct end *end, struct read_place *at)
{
    end->next = at->pc;
    if (at->pc >= t->code->len)
        return end_halting(end, HALT_STOP, at->pc);
    const u8 byte = t->code->ptr[at->pc];
    if (byte == BYTE_JUMPDEST && at->pc != at->entered) {
        at->entered = at->pc;
        if (!duplicate_tail(t, end, &at->pc, at->pc))
            return false;
    }
    /* room for one more instruction of any kind, or the superblock is cut here */
    if (t->ssa_count + 2 > SSA_MAX || t->value_count + 24 > VALUES_MAX || t->top > RISE_MAX || t->top < -FALL_MAX)
        return false;
    if (is_undefined(t, byte))
        return end_halting(end, HALT_BAD_OPCODE, at->pc + 1);
    if (at->segment_ends) {
        begin_segment(t);
        at->segment_ends = false;
    }
    account_for(t, &op_row[byte]);
    return true;
}

static void push_number(struct translator *t, const u256 *x)
{
    push_value(t, add_constant_value(t, x));
}

static bool read_jump(struct translator *t, struct end *end, struct read_place *at)
{
    const int target = translate_value_at(t, t->top--);
    const u32 to = translate_constant_of(t, target) ? translate_resolve(t, target) : NOWHERE;
    if (to != NOWHERE && duplicate_tail(t, end, &at->pc, to)) {
        at->entered = to;
        return true;
    }
    end->how = ENDS_JUMP;
    end->target = target;
    end->next = at->pc;
    return false;
}

/* An instruction of SHAPE_FLOW; pc is behind it. False: the superblock ends. */
static bool read_flow(struct translator *t, struct end *end, struct read_place *at, u8 byte)
{
    u256 x;
    switch (byte) {
    case BYTE_POP:
        t->top--;
        return true;
    case BYTE_JUMPDEST:
        return true;
    case BYTE_PC:
        x = u256_from_u64(at->pc - 1);
        push_number(t, &x);
        return true;
    case BYTE_GAS:
        read_instruction(t, byte);
        at->segment_ends = true;
        return true;
    case BYTE_JUMP:
        return read_jump(t, end, at);
    case BYTE_JUMPI:
        end->how = ENDS_JUMPI;
        end->target = translate_value_at(t, t->top);
        end->condition = translate_value_at(t, t->top - 1);
        end->next = at->pc;
        t->top -= 2;
        return false;
    default: /* STOP, INVALID */
        return end_halting(end, byte == BYTE_STOP ? HALT_STOP : HALT_INVALID, at->pc);
    }
}

static void read_swap(struct translator *t, u8 byte)
{
    const int other = t->top - (byte - BYTE_SWAP1 + 1);
    const int above = translate_value_at(t, t->top), below = translate_value_at(t, other);
    *translate_stack_slot(t, t->top) = (int16_t)below;
    *translate_stack_slot(t, other) = (int16_t)above;
}

/* The instruction at pc. False: the superblock ends with it. */
static bool read_next(struct translator *t, struct end *end, struct read_place *at)
{
    const u8 byte = t->code->ptr[at->pc++];
    u256 x;
    switch ((enum shape)op_row[byte].shape) {
    case SHAPE_PUSH:
        x = u256_from_bytes(t->code->ptr + at->pc, (u32)byte - BYTE_PUSH0); /* beyond the end: padding */
        push_number(t, &x);
        at->pc += (u32)byte - BYTE_PUSH0;
        return true;
    case SHAPE_DUP:
        push_value(t, translate_value_at(t, t->top - (byte - BYTE_DUP1)));
        return true;
    case SHAPE_SWAP:
        read_swap(t, byte);
        return true;
    case SHAPE_GET0:
    case SHAPE_GET1:
    case SHAPE_SET2: /* they ask the host */
        read_instruction(t, byte);
        at->segment_ends = true;
        return true;
    case SHAPE_STACK:
        end->how = ENDS_WITH_STACK_OP;
        end->byte = byte;
        end->next = at->pc;
        return false;
    case SHAPE_FLOW:
        return read_flow(t, end, at, byte);
    default:
        read_instruction(t, byte);
        return true;
    }
}

void translate_read(struct translator *t, u32 pc, struct end *end)
{
    struct read_place at = {.pc = pc, .entered = pc};
    t->ssa_count = t->value_count = 0;
    t->lowest = 1;
    t->highest = 0;
    t->top = 0;
    *end = (struct end){.how = ENDS_FALLING, .target = NO_VALUE, .condition = NO_VALUE, .left_at = NOWHERE};
    begin_segment(t);
    while (enter_instruction(t, end, &at) && read_next(t, end, &at)) {
    }
}
