/* The first pass over a piece: from bytes to nodes with named operands. */
#include "evm/translate.h"

#include "base/err.h"
#include "base/u256.h"
#include "evm/alu.h"

/* The first variant in enum program_op. */
#define FIRST_ALU1(name) P_##name##_S
#define FIRST_ALU2(name) P_##name##_SS
#define FIRST_ALU3(name) P_##name
#define FIRST_ENV(name) P_##name
#define FIRST_GET0(name) P_##name
#define FIRST_GET1(name) P_##name
#define FIRST_GET2(name) P_##name
#define FIRST_GET3(name) P_##name
#define FIRST_SET2(name) P_##name
#define FIRST_SET3(name) P_##name
#define FIRST_FAST1(name) P_##name##_S
#define FIRST_FAST_SET2(name) P_##name##_SS
#define FIRST_STACK(name) P_##name
#define FIRST_FLOW(name) 0
#define FIRST_PUSH(name) 0
#define FIRST_DUP(name) 0
#define FIRST_SWAP(name) 0
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

static int add_name(struct translator *t, enum name_kind kind)
{
    BUG_UNLESS(t->name_count < NAMES_MAX);
    t->name[t->name_count] =
        (struct name){.kind = (u8)kind, .place = NO_PLACE, .final = NO_PLACE, .last = NO_NODE, .node = NO_NODE};
    return t->name_count++;
}

int16_t *translate_stack_at(struct translator *t, int place)
{
    BUG_UNLESS(place >= -FALL_MAX - 20 && place < PLACES_UP);
    while (place < t->lowest) {
        t->lowest--;
        t->stack[ZERO_PLACE + t->lowest] = NO_NAME;
        t->busy_until[ZERO_PLACE + t->lowest] = NO_NODE;
        t->sources[ZERO_PLACE + t->lowest] = 0;
        t->move_to[ZERO_PLACE + t->lowest] = -1;
    }
    while (place > t->highest) {
        t->highest++;
        t->stack[ZERO_PLACE + t->highest] = NO_NAME;
        t->busy_until[ZERO_PLACE + t->highest] = NO_NODE;
        t->sources[ZERO_PLACE + t->highest] = 0;
        t->move_to[ZERO_PLACE + t->highest] = -1;
    }
    return &t->stack[ZERO_PLACE + place];
}

int translate_look(struct translator *t, int place)
{
    int16_t *at = translate_stack_at(t, place);
    if (*at == NO_NAME) {
        const int n = add_name(t, NAME_ENTRY);
        t->name[n].place = (int16_t)place;
        *at = (int16_t)n;
    }
    return *at;
}

static void put(struct translator *t, int name)
{
    *translate_stack_at(t, ++t->top) = (int16_t)name;
}

static int constant_name(struct translator *t, const u256 *x)
{
    const u32 index = translate_add_constant(t, x);
    const int n = add_name(t, NAME_CONSTANT);
    t->name[n].constant = index;
    return n;
}

const u256 *translate_constant_of(const struct translator *t, int name)
{
    return t->name[name].kind == NAME_CONSTANT ? &t->constant[t->name[name].constant] : NULL;
}

static struct node *add_node(struct translator *t, enum shape shape, u8 byte)
{
    struct node *n = &t->node[t->node_count++];
    *n = (struct node){.byte = byte, .shape = (u8)shape, .result = NO_NAME, .operand = {NO_NAME, NO_NAME, NO_NAME}};
    return n;
}

static void use(struct translator *t, int name, int node)
{
    t->name[name].uses++;
    t->name[name].last = (int16_t)node;
}

static void begin_segment(struct translator *t)
{
    t->segment = t->node_count;
    struct node *n = add_node(t, SHAPE_ENTER, 0);
    n->need = -1024; /* any stack will do; places, so that 1 - need is the count */
}

/* What an instruction costs, needs and leaves, added to its segment's. */
static void account_for(struct translator *t, const struct op_row *r)
{
    struct node *segment = &t->node[t->segment];
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
#define FOLD_ALU1(name) case BYTE_##name: alu_##name(out, a); return true;
#define FOLD_ALU2(name) case BYTE_##name: alu_##name(out, a, b); return true;
#define FOLD_ALU3(name) case BYTE_##name: alu_##name(out, a, b, c); return true;
#define FOLD_ENV(name)
#define FOLD_GET0(name)
#define FOLD_GET1(name)
#define FOLD_GET2(name)
#define FOLD_GET3(name)
#define FOLD_SET2(name)
#define FOLD_SET3(name)
#define FOLD_FAST1(name)
#define FOLD_FAST_SET2(name)
#define FOLD_STACK(name)
#define FOLD_FLOW(name)
#define FOLD_PUSH(name)
#define FOLD_DUP(name)
#define FOLD_SWAP(name)
#define OP(op_byte, name, in, op_out, cost, since, shape) FOLD_##shape(name)
#include "evm/ops.def"
#undef OP
    default: return false;
    }
}

u32 translate_resolve(const struct translator *t, int name)
{
    const u256 *k = translate_constant_of(t, name);
    return u256_fits_u64(k) && k->w[0] < t->code->len && code_is_jumpdest(t->code, k->w[0]) ? (u32)k->w[0] : NOWHERE;
}

bool translate_ends_frame(u8 byte)
{
    return byte == BYTE_STOP || byte == BYTE_RETURN || byte == BYTE_REVERT || byte == BYTE_INVALID ||
           byte == BYTE_SELFDESTRUCT;
}

/* The bytes that a copy from a JUMPDEST on takes, if they are few and budget is left; else 0. */
static u32 copy_size(const struct translator *t, u32 pc)
{
    const u8 *const bytes = t->code->ptr;
    u32 end = pc + 1;
    while (end - pc < SHORT && end < t->code->len) {
        const u8 byte = bytes[end];
        if (byte == BYTE_JUMPDEST)
            break;
        end += byte >= BYTE_PUSH1 && byte <= BYTE_PUSH32 ? (u32)byte - BYTE_PUSH0 + 1 : 1;
        if (byte == BYTE_JUMP || translate_ends_frame(byte))
            break;
    }
    const u32 size = end - pc;
    if (size == 1) /* a row of JUMPDESTs: join_empty_pieces makes one step of it */
        return 0;
    return size < SHORT && size <= t->copies_left ? size : 0;
}

static bool is_undefined(const struct translator *t, u8 byte)
{
    return op_row[byte].shape == SHAPE_NONE || op_row[byte].since > t->fork;
}

static void read_pure(struct translator *t, u8 byte)
{
    const struct op_row *r = &op_row[byte];
    int operand[3] = {NO_NAME, NO_NAME, NO_NAME};
    const u256 *k[3] = {NULL, NULL, NULL};
    bool constant = r->shape == SHAPE_ALU1 || r->shape == SHAPE_ALU2 || r->shape == SHAPE_ALU3;
    for (int i = 0; i < r->in; i++) {
        operand[i] = translate_look(t, t->top - i);
        k[i] = translate_constant_of(t, operand[i]);
        constant = constant && k[i];
    }
    t->top -= r->in;
    u256 value;
    if (constant && fold(&value, byte, k[0], k[1], k[2])) {
        put(t, constant_name(t, &value));
        return;
    }
    const int index = t->node_count;
    struct node *n = add_node(t, (enum shape)r->shape, byte);
    for (int i = 0; i < r->in; i++) {
        n->operand[i] = (int16_t)operand[i];
        use(t, operand[i], index);
    }
    if (r->out) {
        const int result = add_name(t, NAME_RESULT);
        t->name[result].node = (int16_t)index;
        n->result = (int16_t)result;
        put(t, result);
    }
}

/* Goes on reading at a JUMPDEST elsewhere, or leaves that to the next piece. */
static bool take_copy(struct translator *t, struct end *end, u32 *pc, u32 to)
{
    if (t->copies_in_row >= COPIES_MAX || t->node_count + 24 > NODES_MAX)
        return false;
    const u32 size = copy_size(t, to);
    if (!size)
        return false;
    t->copies_left -= size;
    t->copies_in_row++;
    if (end->left_at == NOWHERE)
        end->left_at = *pc;
    *pc = to;
    return true;
}

/* Reads a piece from pc on. */
void translate_read(struct translator *t, u32 pc, struct end *end)
{
    const u8 *const bytes = t->code->ptr;
    const u32 len = t->code->len;
    t->node_count = t->name_count = 0;
    t->lowest = 1;
    t->highest = 0;
    t->top = 0;
    *end = (struct end){.how = ENDS_FALLING, .target = NO_NAME, .condition = NO_NAME, .left_at = NOWHERE};
    begin_segment(t);
    bool segment_ends = false;
    u32 entered = pc; /* the JUMPDEST that does not end this piece */
    for (;;) {
        end->next = pc;
        if (pc >= len) {
            end->how = ENDS_HALTING;
            end->halt = HALT_STOP;
            return;
        }
        const u8 byte = bytes[pc];
        const struct op_row *r = &op_row[byte];
        if (byte == BYTE_JUMPDEST && pc != entered) {
            entered = pc;
            if (!take_copy(t, end, &pc, pc))
                return;
        }
        /* room for one more instruction of any kind, or the piece is cut here */
        if (t->node_count + 2 > NODES_MAX || t->name_count + 24 > NAMES_MAX || t->top > RISE_MAX || t->top < -FALL_MAX)
            return;
        if (is_undefined(t, byte)) {
            end->how = ENDS_HALTING;
            end->halt = HALT_BAD_OPCODE;
            end->next = pc + 1;
            return;
        }
        if (segment_ends) {
            begin_segment(t);
            segment_ends = false;
        }
        account_for(t, r);
        pc++;
        switch ((enum shape)r->shape) {
        case SHAPE_PUSH: {
            const u32 count = (u32)byte - BYTE_PUSH0;
            const u256 x = u256_from_bytes(bytes + pc, count); /* beyond the end: padding */
            put(t, constant_name(t, &x));
            pc += count;
            break;
        }
        case SHAPE_DUP:
            put(t, translate_look(t, t->top - (byte - BYTE_DUP1)));
            break;
        case SHAPE_SWAP: {
            const int other = t->top - (byte - BYTE_SWAP1 + 1);
            const int above = translate_look(t, t->top), below = translate_look(t, other);
            *translate_stack_at(t, t->top) = (int16_t)below;
            *translate_stack_at(t, other) = (int16_t)above;
            break;
        }
        case SHAPE_GET0:
        case SHAPE_GET1:
        case SHAPE_SET2: /* they ask the host */
            read_pure(t, byte);
            segment_ends = true;
            break;
        case SHAPE_STACK:
            end->how = ENDS_WITH_STACK_OP;
            end->byte = byte;
            end->next = pc;
            return;
        case SHAPE_FLOW:
            switch (byte) {
            case BYTE_POP:
                t->top--;
                break;
            case BYTE_JUMPDEST:
                break;
            case BYTE_PC: {
                const u256 x = u256_from_u64(pc - 1);
                put(t, constant_name(t, &x));
                break;
            }
            case BYTE_GAS:
                read_pure(t, byte);
                segment_ends = true;
                break;
            case BYTE_JUMP: {
                const int target = translate_look(t, t->top--);
                const u32 to = translate_constant_of(t, target) ? translate_resolve(t, target) : NOWHERE;
                if (to != NOWHERE && take_copy(t, end, &pc, to)) {
                    entered = to;
                    break;
                }
                end->how = ENDS_JUMP;
                end->target = target;
                end->next = pc;
                return;
            }
            case BYTE_JUMPI:
                end->how = ENDS_JUMPI;
                end->target = translate_look(t, t->top);
                end->condition = translate_look(t, t->top - 1);
                end->next = pc;
                t->top -= 2;
                return;
            default: /* STOP, INVALID */
                end->how = ENDS_HALTING;
                end->halt = byte == BYTE_STOP ? HALT_STOP : HALT_INVALID;
                end->next = pc;
                return;
            }
            break;
        default:
            read_pure(t, byte);
            break;
        }
    }
}
