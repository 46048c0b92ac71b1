/* From bytes to a program (program.h), one piece at a time.
 *
 * A piece is a straight run of code: from a JUMPDEST, or after a jump not taken, a call or the like, to the next of
 * those. A jump to a constant, and falling into a JUMPDEST, need not end it where what follows is short: the piece
 * takes a copy of that along, so that a function called and its return to a known place become part of the
 * caller. Copies add up to no more than COPIED times the code.
 *
 * Two passes over a piece:
 *
 *   read    follows the stack with names in place of values: an item of the entry stack, a constant, a result.
 *           What computes becomes a node with named operands; DUP, SWAP, PUSH and POP only move names.
 *   write   gives each result a place, free from then to its last use, if possible the one where it has to lie at
 *           the end; writes the nodes as instructions; and moves the rest to where it has to lie.
 *
 * Places are numbered from the top of the entry stack: 0 is the top item, -1 the one below, 1 the first above it.
 * A place that holds nothing alive can be used for anything. */
#include "base/err.h"
#include "evm/alu.h"
#include "evm/evm.h"
#include "evm/program.h"
#include "evm/stacks.h"

enum {
    NODES_MAX = 128,   /* a longer piece is cut */
    NAMES_MAX = 1024,
    RISE_MAX = 400,    /* how far a piece may grow the stack before it is cut, */
    FALL_MAX = 1000,   /* and how deep it may look */
    COPIED = 2,        /* times the length of the code */
    SHORT = 96,        /* bytes from a JUMPDEST to where code surely ends or the next one is, to be copied */
    COPIES_MAX = 12,   /* one after the other */
    PLACES_UP = 1024,  /* above the entry top: RISE_MAX, and temporaries */
    PLACES = FALL_MAX + 32 + PLACES_UP,
    ZERO_PLACE = FALL_MAX + 31, /* index of place 0 */
};
/* Above RISE_MAX and one instruction: a result and three constants for each node, and a few at the end. */
_Static_assert(RISE_MAX + 17 + 4 * NODES_MAX + 16 <= ROOM_ABOVE, "temporaries stay in the frame's own room");
_Static_assert(RISE_MAX + 17 + 4 * NODES_MAX + 16 < 1024, "offsets fit 16 bits");
_Static_assert((int)ROOM_ABOVE <= (int)PLACES_UP, "every place has its entry");

enum shape {
    SHAPE_NONE,
    SHAPE_ALU1,
    SHAPE_ALU2,
    SHAPE_ALU3,
    SHAPE_ENV,
    SHAPE_GET0,
    SHAPE_GET1,
    SHAPE_GET2,
    SHAPE_GET3,
    SHAPE_SET2,
    SHAPE_SET3,
    SHAPE_FAST1,
    SHAPE_FAST_SET2,
    SHAPE_STACK,
    SHAPE_FLOW,
    SHAPE_PUSH,
    SHAPE_DUP,
    SHAPE_SWAP,
    SHAPE_ENTER, /* not an instruction of the EVM: the start of a segment */
};

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

static const struct op_row {
    u8 shape, in, out, since;
    u16 gas, first;
} row[256] = {
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

enum byte {
#define OP(byte, name, op_in, op_out, cost, fork, op_shape) BYTE_##name = byte,
#include "evm/ops.def"
#undef OP
};

enum name_kind { NAME_ENTRY, NAME_CONSTANT, NAME_RESULT };

enum { NO_NAME = -1, NO_PLACE = INT16_MIN, NO_NODE = -1, AT_END = INT16_MAX };

struct name {
    u8 kind;
    int16_t place;    /* where it lies; NO_PLACE until it does */
    int16_t final;    /* the place of the end stack that it has to reach, if any */
    int16_t last;     /* node of its last use, or AT_END */
    int16_t node;     /* that makes it */
    u16 uses;
    u32 constant;     /* index */
};

struct node {
    u8 byte;
    u8 shape;
    bool gone;        /* its work is done elsewhere, or by nobody */
    int16_t result;   /* names */
    int16_t operand[3];
    i32 gas, need, rise; /* of a segment */
};

struct move {
    int16_t to, from; /* places; from is NO_PLACE for a constant */
    u32 constant;
};

struct translator {
    const struct code *code;
    const struct memory *memory;
    enum fork_id fork;

    struct instruction *out;
    u32 out_count, out_room;
    u256 *constant;
    u32 constant_count, constant_room;
    u32 *start; /* per JUMPDEST */
    u32 start_count;

    u32 copies_left; /* bytes of code */
    int copies_in_row;

    /* the piece */
    struct node node[NODES_MAX + 2];
    struct name name[NAMES_MAX];
    struct move move[PLACES];
    int16_t stack[PLACES];      /* the name at each place, or NO_NAME where nobody has looked */
    int16_t busy_until[PLACES]; /* the last use of what lies there */
    u16 sources[PLACES];        /* moves still to come that read a place */
    int16_t move_to[PLACES];    /* the move that writes a place */
    int node_count, name_count;
    int lowest;                 /* places below were not looked at */
    int highest;                /* nor above: temporaries included */
    int top;                    /* the place of the top item, now */
    int segment;                /* node */
    int checked;                /* writing: the lowest place that is known to be an item */
};

/* ---- growing arrays; the memory of all is given back at the end ---- */

static void *grown(const struct memory *memory, void *old, u32 *room, u32 needed, size_t size)
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

static struct instruction *emit(struct translator *t, enum program_op op)
{
    t->out = grown(t->memory, t->out, &t->out_room, t->out_count + 1, sizeof *t->out);
    struct instruction *i = &t->out[t->out_count++];
    *i = (struct instruction){.go = (const void *)(uintptr_t)op};
    return i;
}

static u32 add_constant(struct translator *t, const u256 *x)
{
    /* neighbours tend to repeat */
    for (u32 i = t->constant_count; i > 0 && i + 16 > t->constant_count; i--)
        if (u256_eq(&t->constant[i - 1], x))
            return i - 1;
    t->constant = grown(t->memory, t->constant, &t->constant_room, t->constant_count + 1, sizeof *t->constant);
    t->constant[t->constant_count] = *x;
    return t->constant_count++;
}

/* ---- reading ---- */

static int add_name(struct translator *t, enum name_kind kind)
{
    BUG_UNLESS(t->name_count < NAMES_MAX);
    t->name[t->name_count] =
        (struct name){.kind = (u8)kind, .place = NO_PLACE, .final = NO_PLACE, .last = NO_NODE, .node = NO_NODE};
    return t->name_count++;
}

static int16_t *stack_at(struct translator *t, int place)
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

/* The name at a place of the stack; one of the entry stack gets its name when it is first looked at. */
static int look(struct translator *t, int place)
{
    int16_t *at = stack_at(t, place);
    if (*at == NO_NAME) {
        const int n = add_name(t, NAME_ENTRY);
        t->name[n].place = (int16_t)place;
        *at = (int16_t)n;
    }
    return *at;
}

static void put(struct translator *t, int name)
{
    *stack_at(t, ++t->top) = (int16_t)name;
}

static int constant_name(struct translator *t, const u256 *x)
{
    const u32 index = add_constant(t, x);
    const int n = add_name(t, NAME_CONSTANT);
    t->name[n].constant = index;
    return n;
}

static const u256 *constant_of(const struct translator *t, int name)
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

/* How a piece ends. */
enum ending { ENDS_FALLING, ENDS_WITH_STACK_OP, ENDS_HALTING, ENDS_GOTO, ENDS_JUMP, ENDS_JUMPI };

struct end {
    enum ending how;
    u8 byte;             /* of a stack op */
    enum halt halt;
    int target, condition; /* names */
    u32 next;            /* where the code goes on, after falling or a stack op */
    u32 left_at;         /* where the piece left its line for a copy; NOWHERE if it did not */
};

/* No place in the code. As the target of a jump: the program's last instruction, which fails. */
#define NOWHERE UINT32_MAX

/* A jump to a constant: where it leads. */
static u32 resolve(const struct translator *t, int name)
{
    const u256 *k = constant_of(t, name);
    return u256_fits_u64(k) && k->w[0] < t->code->len && code_is_jumpdest(t->code, k->w[0]) ? (u32)k->w[0] : NOWHERE;
}

static bool ends_frame(u8 byte)
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
        if (byte == BYTE_JUMP || ends_frame(byte))
            break;
    }
    const u32 size = end - pc;
    if (size == 1) /* a row of JUMPDESTs: join_empty_pieces makes one step of it */
        return 0;
    return size < SHORT && size <= t->copies_left ? size : 0;
}

static bool is_undefined(const struct translator *t, u8 byte)
{
    return row[byte].shape == SHAPE_NONE || row[byte].since > t->fork;
}

static void read_pure(struct translator *t, u8 byte)
{
    const struct op_row *r = &row[byte];
    int operand[3] = {NO_NAME, NO_NAME, NO_NAME};
    const u256 *k[3] = {NULL, NULL, NULL};
    bool constant = r->shape == SHAPE_ALU1 || r->shape == SHAPE_ALU2 || r->shape == SHAPE_ALU3;
    for (int i = 0; i < r->in; i++) {
        operand[i] = look(t, t->top - i);
        k[i] = constant_of(t, operand[i]);
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
static void read_piece(struct translator *t, u32 pc, struct end *end)
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
        const struct op_row *r = &row[byte];
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
            put(t, look(t, t->top - (byte - BYTE_DUP1)));
            break;
        case SHAPE_SWAP: {
            const int other = t->top - (byte - BYTE_SWAP1 + 1);
            const int above = look(t, t->top), below = look(t, other);
            *stack_at(t, t->top) = (int16_t)below;
            *stack_at(t, other) = (int16_t)above;
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
                const int target = look(t, t->top--);
                const u32 to = constant_of(t, target) ? resolve(t, target) : NOWHERE;
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
                end->target = look(t, t->top);
                end->condition = look(t, t->top - 1);
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

/* ---- writing ---- */

static int16_t offset_of(int place)
{
    return (int16_t)(place * (int)sizeof(u256));
}

static int16_t *busy(struct translator *t, int place)
{
    (void)stack_at(t, place);
    return &t->busy_until[ZERO_PLACE + place];
}

/* A place above all that has to stay, free from this node on. */
static int temporary(struct translator *t, int base, int node)
{
    int place = base;
    while (*busy(t, place) > node || (node == AT_END && *busy(t, place) == AT_END))
        place++;
    return place;
}

/* Makes a name an item of the stack: constants lie nowhere until an instruction wants one there. */
static int place_of(struct translator *t, int name, int base, int node)
{
    struct name *n = &t->name[name];
    if (n->place == NO_PLACE) {
        BUG_UNLESS(n->kind == NAME_CONSTANT);
        const int place = temporary(t, base, node - 1);
        *busy(t, place) = n->last;
        n->place = (int16_t)place;
        struct instruction *i = emit(t, P_SET_K);
        i->r = offset_of(place);
        i->k = (i32)n->constant;
    }
    return n->place;
}

static int log2_of(const u256 *x)
{
    int found = -1;
    for (int i = 0; i < 4; i++)
        if (x->w[i]) {
            if (found >= 0 || (x->w[i] & (x->w[i] - 1)))
                return -1;
            found = i * 64 + __builtin_ctzll(x->w[i]);
        }
    return found;
}

static struct instruction *emit_shift(struct translator *t, bool left, int value, unsigned count, int base, int node)
{
    const int place = place_of(t, value, base, node);
    struct instruction *i = emit(t, (enum program_op)((left ? P_SHL_0 : P_SHR_0) + count / 64));
    i->a = offset_of(place);
    i->x = (i32)(count % 64);
    return i;
}

/* A binary instruction: the special forms that constants allow, else by where the operands are. */
static struct instruction *emit_binary(struct translator *t, const struct node *n, int base, int node)
{
    int a = n->operand[0], b = n->operand[1];
    const u256 *ka = constant_of(t, a), *kb = constant_of(t, b);
    const enum program_op first = (enum program_op)row[n->byte].first;
    struct instruction *i;
    const bool commutes = n->byte == BYTE_ADD || n->byte == BYTE_MUL || n->byte == BYTE_AND || n->byte == BYTE_OR ||
                          n->byte == BYTE_XOR || n->byte == BYTE_EQ;
    if (commutes && ka) {
        const int swapped = a;
        a = b;
        b = swapped;
        kb = ka;
        ka = NULL;
    }
    if ((n->byte == BYTE_SHL || n->byte == BYTE_SHR) && ka && u256_fits_u64(ka) && ka->w[0] < 256)
        return emit_shift(t, n->byte == BYTE_SHL, b, (unsigned)ka->w[0], base, node);
    if (kb) {
        const int log = log2_of(kb);
        if (log >= 0 && (n->byte == BYTE_MUL || n->byte == BYTE_DIV))
            return emit_shift(t, n->byte == BYTE_MUL, a, (unsigned)log, base, node);
        if (n->byte == BYTE_AND && u256_fits_u64(kb)) {
            const u32 mask = t->name[b].constant;
            const int place = place_of(t, a, base, node);
            i = emit(t, P_AND_I);
            i->a = offset_of(place);
            i->k = (i32)mask;
            return i;
        }
        const u32 constant = t->name[b].constant;
        const int place = place_of(t, a, base, node);
        i = emit(t, first + 1);
        i->a = offset_of(place);
        i->k = (i32)constant;
        return i;
    }
    if (ka) {
        const u32 constant = t->name[a].constant;
        const int place = place_of(t, b, base, node);
        i = emit(t, first + 2);
        i->b = offset_of(place);
        i->k = (i32)constant;
        return i;
    }
    i = emit(t, first);
    i->a = offset_of(t->name[a].place);
    i->b = offset_of(t->name[b].place);
    return i;
}

static bool is_near(const u256 *k)
{
    return k && u256_fits_u64(k) && k->w[0] < (u64)1 << 31;
}

static void write_node(struct translator *t, int index, int base)
{
    const struct node *n = &t->node[index];
    struct instruction *i = NULL;
    const enum program_op first = (enum program_op)row[n->byte].first;
    switch ((enum shape)n->shape) {
    case SHAPE_ENTER: {
        const int need = n->need > 0 ? n->need : 0;
        if (1 - need < t->checked)
            t->checked = 1 - need;
        if (need + n->rise > STACK_LIMIT) { /* no stack is both deep and shallow enough */
            emit(t, P_HALT)->x = HALT_STACK_OVERFLOW;
            return;
        }
        if (need == 0 && n->rise == 0) {
            emit(t, P_ENTER_GAS)->x = n->gas;
            return;
        }
        i = emit(t, P_ENTER);
        i->x = n->gas;
        i->b = (int16_t)(u16)(need * (int)sizeof(u256));
        i->a = (int16_t)(u16)((STACK_LIMIT - n->rise - need) * (int)sizeof(u256));
        return;
    }
    case SHAPE_ALU2:
        i = emit_binary(t, n, base, index);
        break;
    case SHAPE_FAST1: {
        const u256 *k = constant_of(t, n->operand[0]);
        if (is_near(k)) {
            i = emit(t, first + 1);
            i->x = (i32)k->w[0];
            break;
        }
        goto plain;
    }
    case SHAPE_FAST_SET2: {
        const u256 *k = constant_of(t, n->operand[0]);
        if (is_near(k)) {
            const i32 x = (i32)k->w[0];
            const int place = place_of(t, n->operand[1], base, index);
            i = emit(t, first + 1);
            i->x = x;
            i->b = offset_of(place);
            break;
        }
        goto plain;
    }
    default:
    plain : {
        int place[3] = {0, 0, 0};
        for (int j = 0; j < 3; j++)
            if (n->operand[j] != NO_NAME)
                place[j] = place_of(t, n->operand[j], base, index);
        i = emit(t, n->byte == BYTE_GAS ? P_GAS : first);
        i->a = offset_of(place[0]);
        i->b = offset_of(place[1]);
        i->c = offset_of(place[2]);
        break;
    }
    }
    if (n->result != NO_NAME) {
        struct name *r = &t->name[n->result];
        int place = r->final;
        /* a place that only a later segment needs may be below the stack, in the caller's */
        if (place == NO_PLACE || place < t->checked || *busy(t, place) > index)
            place = temporary(t, base, index);
        *busy(t, place) = r->last;
        r->place = (int16_t)place;
        t->out[t->out_count - 1].r = offset_of(place);
    }
}

static void emit_move(struct translator *t, const struct move *m)
{
    struct instruction *i = emit(t, m->from == NO_PLACE ? P_SET_K : P_MOVE);
    i->r = offset_of(m->to);
    if (m->from == NO_PLACE)
        i->k = (i32)m->constant;
    else
        i->a = offset_of(m->from);
}

/* All moves as if at once: first those whose target nobody needs any more; a ring of them is opened by saving one
 * item in a temporary. */
static void write_moves(struct translator *t, int count, int base)
{
    int ready[PLACES], ready_count = 0, left = 0;
    for (int i = 0; i < count; i++) {
        (void)stack_at(t, t->move[i].to);
        t->move_to[ZERO_PLACE + t->move[i].to] = (int16_t)i;
        if (t->move[i].from != NO_PLACE)
            t->sources[ZERO_PLACE + t->move[i].from]++;
    }
    for (int i = 0; i < count; i++) {
        if (t->move[i].from != NO_PLACE)
            left++;
        if (t->sources[ZERO_PLACE + t->move[i].to] == 0)
            ready[ready_count++] = i;
    }
    int scan = 0, saved_at = NO_PLACE;
    for (;;) {
        while (ready_count) {
            const int i = ready[--ready_count];
            const struct move m = t->move[i];
            emit_move(t, &m);
            t->move_to[ZERO_PLACE + m.to] = -1;
            if (m.from == NO_PLACE)
                continue;
            left--;
            const int next = t->move_to[ZERO_PLACE + m.from];
            if (--t->sources[ZERO_PLACE + m.from] == 0 && next >= 0)
                ready[ready_count++] = next;
        }
        if (!left)
            break;
        /* only rings are left: each target is read by another of them */
        while (t->move_to[ZERO_PLACE + t->move[scan].to] != scan)
            scan++;
        const int saved = t->move[scan].to;
        if (saved_at == NO_PLACE) { /* one place serves all rings: each is done before the next is opened */
            saved_at = temporary(t, base, AT_END);
            *busy(t, saved_at) = AT_END;
        }
        emit_move(t, &(struct move){.to = (int16_t)saved_at, .from = (int16_t)saved});
        for (int i = 0; i < count; i++)
            if (t->move[i].from == saved && t->move_to[ZERO_PLACE + t->move[i].to] == i) {
                t->move[i].from = (int16_t)saved_at;
                t->sources[ZERO_PLACE + saved]--;
                t->sources[ZERO_PLACE + saved_at]++;
            }
        ready[ready_count++] = scan;
    }
}

/* A comparison that only a branch looks at becomes part of it. Returns its node, or NO_NODE; condition is then the name
 * that decides by itself, and *holds what it has to be. */
static int find_comparison(const struct translator *t, int *condition, bool *holds)
{
    *holds = true;
    for (;;) {
        const struct name *n = &t->name[*condition];
        if (n->kind != NAME_RESULT || n->uses != 1 || n->final != NO_PLACE)
            return NO_NODE;
        const struct node *maker = &t->node[n->node];
        switch (maker->byte) {
        case BYTE_ISZERO:
            *holds = !*holds;
            *condition = maker->operand[0];
            continue;
        case BYTE_LT:
        case BYTE_GT:
        case BYTE_SLT:
        case BYTE_SGT:
        case BYTE_EQ:
            return n->node;
        default:
            return NO_NODE;
        }
    }
}

/* An operand of the branch: its item has to survive the moves, so it steps aside where one of them would overwrite it.
 */
static void keep_for_branch(struct translator *t, int name, int *move_count, int base)
{
    struct name *n = &t->name[name];
    if (n->kind == NAME_CONSTANT && n->place == NO_PLACE)
        return;
    for (int i = 0; i < *move_count; i++)
        if (t->move[i].to == n->place) {
            const int place = temporary(t, base, AT_END);
            *busy(t, place) = AT_END;
            t->move[(*move_count)++] = (struct move){.to = (int16_t)place, .from = n->place};
            n->place = (int16_t)place;
            return;
        }
}

static void write_branch(struct translator *t, int comparison, int condition, bool holds, u32 target, int drop,
                         int base)
{
    struct instruction *i;
    if (comparison == NO_NODE) {
        const int place = place_of(t, condition, base, AT_END);
        i = emit(t, holds ? P_BR_NZ : P_BR_Z);
        i->a = offset_of(place);
    } else {
        const struct node *n = &t->node[comparison];
        int a = n->operand[0], b = n->operand[1];
        if (n->byte == BYTE_EQ && constant_of(t, a)) {
            const int swapped = a;
            a = b;
            b = swapped;
        }
        enum program_op op = n->byte == BYTE_LT    ? P_BR_LT_SS
                             : n->byte == BYTE_GT  ? P_BR_GT_SS
                             : n->byte == BYTE_SLT ? P_BR_SLT_SS
                             : n->byte == BYTE_SGT ? P_BR_SGT_SS
                                                   : P_BR_EQ_SS;
        if (!holds)
            op += 3;
        if (constant_of(t, b)) {
            const u32 k = t->name[b].constant;
            const int place = place_of(t, a, base, AT_END);
            i = emit(t, op + 1);
            i->a = offset_of(place);
            i->k = (i32)k;
        } else if (constant_of(t, a)) {
            i = emit(t, op + 2);
            i->k = (i32)t->name[a].constant;
            i->b = offset_of(t->name[b].place);
        } else {
            i = emit(t, op);
            i->a = offset_of(t->name[a].place);
            i->b = offset_of(t->name[b].place);
        }
    }
    i->r = offset_of(drop);
    i->x = (i32)target;
}

static void write_piece(struct translator *t, const struct end *end)
{
    /* what has to lie where at the end: everything, or only the operands of an instruction that ends the frame */
    int bottom = t->lowest;
    const bool last_op = end->how == ENDS_WITH_STACK_OP &&
                         (end->byte == BYTE_RETURN || end->byte == BYTE_REVERT || end->byte == BYTE_SELFDESTRUCT);
    if (last_op) {
        bottom = t->top - row[end->byte].in + 1;
        for (int place = bottom; place <= t->top; place++)
            (void)look(t, place);
    } else if (end->how == ENDS_HALTING) {
        bottom = t->top + 1;
    }
    for (int place = bottom; place <= t->top; place++) {
        const int name = *stack_at(t, place);
        if (name == NO_NAME)
            continue;
        struct name *n = &t->name[name];
        n->last = AT_END;
        if (n->final == NO_PLACE)
            n->final = (int16_t)place;
    }

    int comparison = NO_NODE, condition = end->condition;
    bool holds = true;
    const bool target_known = end->target != NO_NAME && constant_of(t, end->target);
    if (end->how == ENDS_JUMPI) {
        t->name[condition].uses++;
        if (target_known) {
            int inner = condition;
            bool inner_holds;
            comparison = find_comparison(t, &inner, &inner_holds);
            condition = inner;
            holds = inner_holds;
            /* everything from the branch's condition down to here is the branch's work now */
            for (int name = end->condition; name != condition;) {
                struct node *maker = &t->node[t->name[name].node];
                maker->gone = true;
                name = maker->operand[0];
            }
            if (comparison != NO_NODE) {
                t->node[comparison].gone = true;
                for (int j = 0; j < 2; j++)
                    t->name[t->node[comparison].operand[j]].last = AT_END;
            } else {
                t->name[condition].last = AT_END;
            }
        } else {
            t->name[condition].last = AT_END;
        }
    }
    if (end->target != NO_NAME && !target_known) {
        t->name[end->target].uses++;
        t->name[end->target].last = AT_END;
    }

    t->checked = 1;
    const int base = (t->top > 0 ? t->top : 0) + 1;
    for (int i = 0; i < t->name_count; i++)
        if (t->name[i].kind == NAME_ENTRY)
            *busy(t, t->name[i].place) = t->name[i].last;
    for (int i = 0; i < t->node_count; i++) {
        const struct node *n = &t->node[i];
        const bool pure = n->shape == SHAPE_ALU1 || n->shape == SHAPE_ALU2 || n->shape == SHAPE_ALU3;
        if (!n->gone && !(pure && t->name[n->result].last == NO_NODE))
            write_node(t, i, base);
    }

    int count = 0;
    for (int place = bottom; place <= t->top; place++) {
        const int name = *stack_at(t, place);
        if (name == NO_NAME || t->name[name].place == place)
            continue;
        const struct name *n = &t->name[name];
        t->move[count++] = (struct move){.to = (int16_t)place, .from = n->place, .constant = n->constant};
    }
    if (end->how == ENDS_JUMPI) {
        if (comparison != NO_NODE) {
            for (int j = 0; j < 2; j++)
                keep_for_branch(t, t->node[comparison].operand[j], &count, base);
        } else {
            keep_for_branch(t, condition, &count, base);
        }
    }
    if (end->target != NO_NAME && !target_known)
        keep_for_branch(t, end->target, &count, base);
    write_moves(t, count, base);

    struct instruction *i;
    switch (end->how) {
    case ENDS_FALLING:
        if (t->top != 0)
            emit(t, P_ADJUST)->r = offset_of(t->top);
        break;
    case ENDS_WITH_STACK_OP:
        i = emit(t, (enum program_op)row[end->byte].first);
        i->a = offset_of(t->top);
        i->r = offset_of(row[end->byte].out - row[end->byte].in);
        break;
    case ENDS_HALTING:
        emit(t, P_HALT)->x = (i32)end->halt;
        break;
    case ENDS_GOTO:
        i = emit(t, P_JUMP_K);
        i->r = offset_of(t->top);
        i->x = (i32)end->next;
        break;
    case ENDS_JUMP:
        if (target_known) {
            const u32 target = resolve(t, end->target);
            i = emit(t, P_JUMP_K);
            i->r = offset_of(t->top);
            i->x = (i32)target;
        } else {
            i = emit(t, P_JUMP_S);
            i->r = offset_of(t->top);
            i->a = offset_of(t->name[end->target].place);
        }
        break;
    case ENDS_JUMPI:
        if (target_known) {
            write_branch(t, comparison, condition, holds, resolve(t, end->target), t->top, base);
        } else {
            const int place = place_of(t, condition, base, AT_END);
            i = emit(t, P_JUMPI_S);
            i->r = offset_of(t->top);
            i->a = offset_of(t->name[end->target].place);
            i->b = offset_of(place);
        }
        break;
    }
}

/* ---- the whole ---- */

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
            t->start = grown(memory, t->start, &start_room, t->start_count + 1, sizeof *t->start);
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
            read_piece(t, pc, &end);
            const bool ends = end.how == ENDS_HALTING || end.how == ENDS_JUMP ||
                              (end.how == ENDS_WITH_STACK_OP && ends_frame(end.byte));
            if (!away && end.left_at == NOWHERE) {
                write_piece(t, &end);
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
            write_piece(t, &end);
            if (ends || joins)
                break;
            pc = end.next;
        }
    }
    emit(t, P_HALT)->x = HALT_STOP; /* running off the end */
    emit(t, P_HALT)->x = HALT_BAD_JUMP;

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
