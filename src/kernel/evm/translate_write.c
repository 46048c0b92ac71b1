/* The second pass over a superblock: stack slots for its values, instructions, and a parallel copy at the end. */
#include "evm/translate_write.h"

#include "base/err.h"
#include "base/u256.h"
#include "evm/translate_read.h"

static int16_t offset_of(int stack_slot)
{
    return (int16_t)(stack_slot * (int)sizeof(u256));
}

/* --- stack slots --- */

static int16_t *live_until(struct translator *t, int stack_slot)
{
    (void)translate_stack_slot(t, stack_slot);
    return &t->live_until[STACK_SLOT_ZERO + stack_slot];
}

/* A stack slot above all that has to stay, free from this instruction on. */
static int temporary(struct translator *t, int at)
{
    int stack_slot = t->temporaries;
    while (*live_until(t, stack_slot) > at || (at == AT_END && *live_until(t, stack_slot) == AT_END))
        stack_slot++;
    return stack_slot;
}

/* One that stays until the end. */
static int temporary_to_end(struct translator *t)
{
    const int stack_slot = temporary(t, AT_END);
    *live_until(t, stack_slot) = AT_END;
    return stack_slot;
}

/* The stack slot of a value. A constant gets one when an instruction first needs it there. */
static int materialize(struct translator *t, int value, int at)
{
    struct ssa_value *v = &t->value[value];
    if (v->stack_slot == NO_STACK_SLOT) {
        BUG_UNLESS(v->kind == VALUE_CONSTANT);
        const int stack_slot = temporary(t, at - 1);
        *live_until(t, stack_slot) = v->last_use;
        v->stack_slot = (int16_t)stack_slot;
        struct instruction *i = translate_emit(t, P_SET_K);
        i->r = offset_of(stack_slot);
        i->k = (i32)v->constant;
    }
    return v->stack_slot;
}

/* --- instructions --- */

static void swap_values(int *x, int *y)
{
    const int old = *x;
    *x = *y;
    *y = old;
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

static struct instruction *emit_shift(struct translator *t, bool left, int value, unsigned count, int at)
{
    const int stack_slot = materialize(t, value, at);
    struct instruction *i = translate_emit(t, (enum program_op)((left ? P_SHL_0 : P_SHR_0) + count / 64));
    i->a = offset_of(stack_slot);
    i->x = (i32)(count % 64);
    return i;
}

/* The variants _SS, _SK and _KS of a binary instruction, in this order from op on. */
static struct instruction *emit_variant(struct translator *t, enum program_op op, int a, int b, int at)
{
    struct instruction *i;
    if (translate_constant_of(t, b)) {
        const int stack_slot = materialize(t, a, at);
        i = translate_emit(t, op + 1);
        i->a = offset_of(stack_slot);
        i->k = (i32)t->value[b].constant;
    } else if (translate_constant_of(t, a)) {
        i = translate_emit(t, op + 2);
        i->k = (i32)t->value[a].constant;
        i->b = offset_of(t->value[b].stack_slot);
    } else {
        i = translate_emit(t, op);
        i->a = offset_of(t->value[a].stack_slot);
        i->b = offset_of(t->value[b].stack_slot);
    }
    return i;
}

/* A binary instruction: the special forms that constants allow, else by where the operands are. */
static struct instruction *emit_binary(struct translator *t, const struct ssa_instruction *s, int at)
{
    int a = s->operand[0], b = s->operand[1];
    const bool commutes = s->byte == BYTE_ADD || s->byte == BYTE_MUL || s->byte == BYTE_AND || s->byte == BYTE_OR ||
                          s->byte == BYTE_XOR || s->byte == BYTE_EQ;
    if (commutes && translate_constant_of(t, a))
        swap_values(&a, &b);
    const u256 *ka = translate_constant_of(t, a), *kb = translate_constant_of(t, b);
    if ((s->byte == BYTE_SHL || s->byte == BYTE_SHR) && ka && u256_fits_u64(ka) && ka->w[0] < 256)
        return emit_shift(t, s->byte == BYTE_SHL, b, (unsigned)ka->w[0], at);
    const int log = kb && (s->byte == BYTE_MUL || s->byte == BYTE_DIV) ? log2_of(kb) : -1;
    if (log >= 0)
        return emit_shift(t, s->byte == BYTE_MUL, a, (unsigned)log, at);
    if (s->byte == BYTE_AND && kb && u256_fits_u64(kb)) {
        const int stack_slot = materialize(t, a, at);
        struct instruction *i = translate_emit(t, P_AND_I);
        i->a = offset_of(stack_slot);
        i->k = (i32)t->value[b].constant;
        return i;
    }
    return emit_variant(t, (enum program_op)op_row[s->byte].first, a, b, at);
}

static void emit_enter(struct translator *t, const struct ssa_instruction *s)
{
    const int need = s->need > 0 ? s->need : 0;
    if (1 - need < t->checked)
        t->checked = 1 - need;
    if (need + s->rise > STACK_LIMIT) { /* no stack is both deep and shallow enough */
        translate_emit(t, P_HALT)->x = HALT_STACK_OVERFLOW;
        return;
    }
    if (need == 0 && s->rise == 0) {
        translate_emit(t, P_ENTER_GAS)->x = s->gas;
        return;
    }
    struct instruction *i = translate_emit(t, P_ENTER);
    i->x = s->gas;
    i->b = (int16_t)(u16)(need * (int)sizeof(u256));
    i->a = (int16_t)(u16)((STACK_LIMIT - s->rise - need) * (int)sizeof(u256));
}

/* MLOAD, MSTORE and the like at a constant offset of less than 32 bits; NULL if the offset is none. */
static struct instruction *emit_near(struct translator *t, const struct ssa_instruction *s, int at)
{
    const u256 *k = translate_constant_of(t, s->operand[0]);
    if (!k || !u256_fits_u64(k) || k->w[0] >= (u64)1 << 31)
        return NULL;
    const i32 x = (i32)k->w[0];
    const int stack_slot = s->operand[1] == NO_VALUE ? 0 : materialize(t, s->operand[1], at);
    struct instruction *i = translate_emit(t, (enum program_op)(op_row[s->byte].first + 1));
    i->x = x;
    i->b = offset_of(stack_slot);
    return i;
}

static struct instruction *emit_plain(struct translator *t, const struct ssa_instruction *s, int at)
{
    int stack_slot[3] = {0, 0, 0};
    for (int j = 0; j < 3; j++)
        if (s->operand[j] != NO_VALUE)
            stack_slot[j] = materialize(t, s->operand[j], at);
    struct instruction *i =
        translate_emit(t, s->byte == BYTE_GAS ? P_GAS : (enum program_op)op_row[s->byte].first);
    i->a = offset_of(stack_slot[0]);
    i->b = offset_of(stack_slot[1]);
    i->c = offset_of(stack_slot[2]);
    return i;
}

/* The stack slot of a result: the one where it has to be at the end, if that is free. */
static int assign_result(struct translator *t, int value, int at)
{
    struct ssa_value *v = &t->value[value];
    int stack_slot = v->final;
    /* one that only a later segment needs may be below the stack, in the caller's */
    if (stack_slot == NO_STACK_SLOT || stack_slot < t->checked || *live_until(t, stack_slot) > at)
        stack_slot = temporary(t, at);
    *live_until(t, stack_slot) = v->last_use;
    v->stack_slot = (int16_t)stack_slot;
    return stack_slot;
}

static void emit_instruction(struct translator *t, int at)
{
    const struct ssa_instruction *s = &t->ssa[at];
    struct instruction *i = NULL;
    if (s->shape == SHAPE_ENTER) {
        emit_enter(t, s);
        return;
    }
    if (s->shape == SHAPE_ALU2)
        i = emit_binary(t, s, at);
    else if (s->shape == SHAPE_FAST1 || s->shape == SHAPE_FAST_SET2)
        i = emit_near(t, s, at);
    if (!i)
        i = emit_plain(t, s, at);
    if (s->result != NO_VALUE)
        i->r = offset_of(assign_result(t, s->result, at));
}

/* --- the parallel copy --- */

static void add_copy(struct translator *t, int to, int from, u32 constant)
{
    t->copy[t->copy_count++] = (struct copy){.to = (int16_t)to, .from = (int16_t)from, .constant = constant};
}

static void emit_copy(struct translator *t, const struct copy *c)
{
    struct instruction *i = translate_emit(t, c->from == NO_STACK_SLOT ? P_SET_K : P_MOVE);
    i->r = offset_of(c->to);
    if (c->from == NO_STACK_SLOT)
        i->k = (i32)c->constant;
    else
        i->a = offset_of(c->from);
}

/* Opens a cycle: the target of copy `index` is saved in a temporary, and read there. */
static void break_cycle(struct translator *t, int index, int saved_at)
{
    const int saved = t->copy[index].to;
    emit_copy(t, &(struct copy){.to = (int16_t)saved_at, .from = (int16_t)saved});
    for (int i = 0; i < t->copy_count; i++)
        if (t->copy[i].from == saved && t->copy_to[STACK_SLOT_ZERO + t->copy[i].to] == i) {
            t->copy[i].from = (int16_t)saved_at;
            t->reads_left[STACK_SLOT_ZERO + saved]--;
            t->reads_left[STACK_SLOT_ZERO + saved_at]++;
        }
}

/* All copies as if at once: first those whose target is not read any more, which frees others; then the cycles. */
static void emit_parallel_copy(struct translator *t)
{
    int ready[STACK_SLOTS], ready_count = 0, left = 0;
    for (int i = 0; i < t->copy_count; i++) {
        (void)translate_stack_slot(t, t->copy[i].to);
        t->copy_to[STACK_SLOT_ZERO + t->copy[i].to] = (int16_t)i;
        if (t->copy[i].from != NO_STACK_SLOT)
            t->reads_left[STACK_SLOT_ZERO + t->copy[i].from]++;
    }
    for (int i = 0; i < t->copy_count; i++) {
        if (t->copy[i].from != NO_STACK_SLOT)
            left++;
        if (t->reads_left[STACK_SLOT_ZERO + t->copy[i].to] == 0)
            ready[ready_count++] = i;
    }
    int scan = 0, saved_at = NO_STACK_SLOT;
    for (;;) {
        while (ready_count) {
            const struct copy c = t->copy[ready[--ready_count]];
            emit_copy(t, &c);
            t->copy_to[STACK_SLOT_ZERO + c.to] = -1;
            if (c.from == NO_STACK_SLOT)
                continue;
            left--;
            const int next = t->copy_to[STACK_SLOT_ZERO + c.from];
            if (--t->reads_left[STACK_SLOT_ZERO + c.from] == 0 && next >= 0)
                ready[ready_count++] = next;
        }
        if (!left)
            return;
        /* only cycles are left: each target is read by another copy */
        while (t->copy_to[STACK_SLOT_ZERO + t->copy[scan].to] != scan)
            scan++;
        if (saved_at == NO_STACK_SLOT) /* one serves all cycles: each is done before the next is opened */
            saved_at = temporary_to_end(t);
        break_cycle(t, scan, saved_at);
        ready[ready_count++] = scan;
    }
}

/* --- the end --- */

/* What a conditional branch decides on: a comparison that becomes part of it, or a value. */
struct branch {
    int comparison; /* instruction, or NO_INSTRUCTION */
    int condition;  /* value */
    bool holds;     /* taken if the condition is true, not if it is false */
};

static bool has_known_target(const struct translator *t, const struct end *end)
{
    return end->target != NO_VALUE && translate_constant_of(t, end->target);
}

/* Phase 1: which value has to be in which stack slot at the end: the whole stack, or only the operands of an
 * instruction that ends the frame. Returns the lowest. */
static int set_final_slots(struct translator *t, const struct end *end)
{
    int bottom = t->lowest;
    if (end->how == ENDS_HALTING) {
        bottom = t->top + 1;
    } else if (end->how == ENDS_WITH_STACK_OP &&
               (end->byte == BYTE_RETURN || end->byte == BYTE_REVERT || end->byte == BYTE_SELFDESTRUCT)) {
        bottom = t->top - op_row[end->byte].in + 1;
        for (int stack_slot = bottom; stack_slot <= t->top; stack_slot++)
            (void)translate_value_at(t, stack_slot);
    }
    for (int stack_slot = bottom; stack_slot <= t->top; stack_slot++) {
        const int value = *translate_stack_slot(t, stack_slot);
        if (value == NO_VALUE)
            continue;
        struct ssa_value *v = &t->value[value];
        v->last_use = AT_END;
        if (v->final == NO_STACK_SLOT)
            v->final = (int16_t)stack_slot;
    }
    return bottom;
}

/* Looks through ISZERO for a comparison that only this branch uses. What it passes becomes part of the branch. */
static void find_comparison(struct translator *t, struct branch *b)
{
    for (;;) {
        const struct ssa_value *v = &t->value[b->condition];
        if (v->kind != VALUE_RESULT || v->uses != 1 || v->final != NO_STACK_SLOT)
            return;
        struct ssa_instruction *maker = &t->ssa[v->maker];
        switch (maker->byte) {
        case BYTE_ISZERO:
            maker->fused = true;
            b->holds = !b->holds;
            b->condition = maker->operand[0];
            continue;
        case BYTE_LT:
        case BYTE_GT:
        case BYTE_SLT:
        case BYTE_SGT:
        case BYTE_EQ:
            maker->fused = true;
            b->comparison = v->maker;
            return;
        default:
            return;
        }
    }
}

/* Phase 2: what the jump at the end uses is live until then. */
static struct branch fuse_branch(struct translator *t, const struct end *end)
{
    struct branch b = {.comparison = NO_INSTRUCTION, .condition = end->condition, .holds = true};
    const bool known = has_known_target(t, end);
    if (end->how == ENDS_JUMPI) {
        t->value[b.condition].uses++;
        if (known)
            find_comparison(t, &b);
        if (b.comparison == NO_INSTRUCTION) {
            t->value[b.condition].last_use = AT_END;
        } else {
            for (int j = 0; j < 2; j++)
                t->value[t->ssa[b.comparison].operand[j]].last_use = AT_END;
        }
    }
    if (end->target != NO_VALUE && !known) {
        t->value[end->target].uses++;
        t->value[end->target].last_use = AT_END;
    }
    return b;
}

/* Phase 3: the instructions, except those without a use. */
static void emit_instructions(struct translator *t)
{
    t->checked = 1;
    t->temporaries = (t->top > 0 ? t->top : 0) + 1;
    for (int i = 0; i < t->value_count; i++)
        if (t->value[i].kind == VALUE_ENTRY)
            *live_until(t, t->value[i].stack_slot) = t->value[i].last_use;
    for (int i = 0; i < t->ssa_count; i++) {
        const struct ssa_instruction *s = &t->ssa[i];
        const bool unused = translate_is_pure(s->shape) && t->value[s->result].last_use == NO_INSTRUCTION;
        if (!s->fused && !unused)
            emit_instruction(t, i);
    }
}

/* An operand of the jump has to survive the copies: it is moved aside where one of them would overwrite it. */
static void save_from_copies(struct translator *t, int value)
{
    struct ssa_value *v = &t->value[value];
    if (v->kind == VALUE_CONSTANT && v->stack_slot == NO_STACK_SLOT)
        return;
    for (int i = 0; i < t->copy_count; i++)
        if (t->copy[i].to == v->stack_slot) {
            const int stack_slot = temporary_to_end(t);
            add_copy(t, stack_slot, v->stack_slot, 0);
            v->stack_slot = (int16_t)stack_slot;
            return;
        }
}

/* Phase 4: every value to where it has to be. */
static void emit_copies(struct translator *t, const struct end *end, const struct branch *b, int bottom)
{
    t->copy_count = 0;
    for (int stack_slot = bottom; stack_slot <= t->top; stack_slot++) {
        const int value = *translate_stack_slot(t, stack_slot);
        if (value != NO_VALUE && t->value[value].stack_slot != stack_slot)
            add_copy(t, stack_slot, t->value[value].stack_slot, t->value[value].constant);
    }
    if (end->how == ENDS_JUMPI) {
        if (b->comparison == NO_INSTRUCTION) {
            save_from_copies(t, b->condition);
        } else {
            for (int j = 0; j < 2; j++)
                save_from_copies(t, t->ssa[b->comparison].operand[j]);
        }
    }
    if (end->target != NO_VALUE && !has_known_target(t, end))
        save_from_copies(t, end->target);
    emit_parallel_copy(t);
}

static struct instruction *emit_comparing_branch(struct translator *t, const struct ssa_instruction *s, bool holds)
{
    int a = s->operand[0], b = s->operand[1];
    if (s->byte == BYTE_EQ && translate_constant_of(t, a))
        swap_values(&a, &b);
    enum program_op op = s->byte == BYTE_LT    ? P_BR_LT_SS
                         : s->byte == BYTE_GT  ? P_BR_GT_SS
                         : s->byte == BYTE_SLT ? P_BR_SLT_SS
                         : s->byte == BYTE_SGT ? P_BR_SGT_SS
                                               : P_BR_EQ_SS;
    return emit_variant(t, holds ? op : op + 3, a, b, AT_END);
}

static struct instruction *emit_branch(struct translator *t, const struct branch *b)
{
    if (b->comparison != NO_INSTRUCTION)
        return emit_comparing_branch(t, &t->ssa[b->comparison], b->holds);
    const int stack_slot = materialize(t, b->condition, AT_END);
    struct instruction *i = translate_emit(t, b->holds ? P_BR_NZ : P_BR_Z);
    i->a = offset_of(stack_slot);
    return i;
}

/* JUMP and JUMPI; x is the byte of the code to jump to until translate.c links. */
static void emit_jump(struct translator *t, const struct end *end, const struct branch *b)
{
    struct instruction *i;
    if (has_known_target(t, end)) {
        const u32 target = translate_resolve(t, end->target);
        i = end->how == ENDS_JUMPI ? emit_branch(t, b) : translate_emit(t, P_JUMP_K);
        i->x = (i32)target;
    } else if (end->how == ENDS_JUMPI) {
        const int condition = materialize(t, b->condition, AT_END);
        i = translate_emit(t, P_JUMPI_S);
        i->a = offset_of(t->value[end->target].stack_slot);
        i->b = offset_of(condition);
    } else {
        i = translate_emit(t, P_JUMP_S);
        i->a = offset_of(t->value[end->target].stack_slot);
    }
    i->r = offset_of(t->top);
}

/* Phase 5: how the superblock ends. */
static void emit_end(struct translator *t, const struct end *end, const struct branch *b)
{
    struct instruction *i;
    switch (end->how) {
    case ENDS_FALLING:
        if (t->top != 0)
            translate_emit(t, P_ADJUST)->r = offset_of(t->top);
        break;
    case ENDS_WITH_STACK_OP:
        i = translate_emit(t, (enum program_op)op_row[end->byte].first);
        i->a = offset_of(t->top);
        i->r = offset_of(op_row[end->byte].out - op_row[end->byte].in);
        break;
    case ENDS_HALTING:
        translate_emit(t, P_HALT)->x = (i32)end->halt;
        break;
    case ENDS_GOTO:
        i = translate_emit(t, P_JUMP_K);
        i->r = offset_of(t->top);
        i->x = (i32)end->next;
        break;
    case ENDS_JUMP:
    case ENDS_JUMPI:
        emit_jump(t, end, b);
        break;
    }
}

void translate_write(struct translator *t, const struct end *end)
{
    const int bottom = set_final_slots(t, end);
    const struct branch branch = fuse_branch(t, end);
    emit_instructions(t);
    emit_copies(t, end, &branch, bottom);
    emit_end(t, end, &branch);
}
