/* The second pass over a piece: from nodes to instructions, and everything to where it has to lie. */
#include "evm/translate.h"

#include "base/err.h"
#include "base/u256.h"

static int16_t offset_of(int place)
{
    return (int16_t)(place * (int)sizeof(u256));
}

static int16_t *busy(struct translator *t, int place)
{
    (void)translate_stack_at(t, place);
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
        struct instruction *i = translate_emit(t, P_SET_K);
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
    struct instruction *i = translate_emit(t, (enum program_op)((left ? P_SHL_0 : P_SHR_0) + count / 64));
    i->a = offset_of(place);
    i->x = (i32)(count % 64);
    return i;
}

/* A binary instruction: the special forms that constants allow, else by where the operands are. */
static struct instruction *emit_binary(struct translator *t, const struct node *n, int base, int node)
{
    int a = n->operand[0], b = n->operand[1];
    const u256 *ka = translate_constant_of(t, a), *kb = translate_constant_of(t, b);
    const enum program_op first = (enum program_op)op_row[n->byte].first;
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
            i = translate_emit(t, P_AND_I);
            i->a = offset_of(place);
            i->k = (i32)mask;
            return i;
        }
        const u32 constant = t->name[b].constant;
        const int place = place_of(t, a, base, node);
        i = translate_emit(t, first + 1);
        i->a = offset_of(place);
        i->k = (i32)constant;
        return i;
    }
    if (ka) {
        const u32 constant = t->name[a].constant;
        const int place = place_of(t, b, base, node);
        i = translate_emit(t, first + 2);
        i->b = offset_of(place);
        i->k = (i32)constant;
        return i;
    }
    i = translate_emit(t, first);
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
    const enum program_op first = (enum program_op)op_row[n->byte].first;
    switch ((enum shape)n->shape) {
    case SHAPE_ENTER: {
        const int need = n->need > 0 ? n->need : 0;
        if (1 - need < t->checked)
            t->checked = 1 - need;
        if (need + n->rise > STACK_LIMIT) { /* no stack is both deep and shallow enough */
            translate_emit(t, P_HALT)->x = HALT_STACK_OVERFLOW;
            return;
        }
        if (need == 0 && n->rise == 0) {
            translate_emit(t, P_ENTER_GAS)->x = n->gas;
            return;
        }
        i = translate_emit(t, P_ENTER);
        i->x = n->gas;
        i->b = (int16_t)(u16)(need * (int)sizeof(u256));
        i->a = (int16_t)(u16)((STACK_LIMIT - n->rise - need) * (int)sizeof(u256));
        return;
    }
    case SHAPE_ALU2:
        i = emit_binary(t, n, base, index);
        break;
    case SHAPE_FAST1: {
        const u256 *k = translate_constant_of(t, n->operand[0]);
        if (is_near(k)) {
            i = translate_emit(t, first + 1);
            i->x = (i32)k->w[0];
            break;
        }
        goto plain;
    }
    case SHAPE_FAST_SET2: {
        const u256 *k = translate_constant_of(t, n->operand[0]);
        if (is_near(k)) {
            const i32 x = (i32)k->w[0];
            const int place = place_of(t, n->operand[1], base, index);
            i = translate_emit(t, first + 1);
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
        i = translate_emit(t, n->byte == BYTE_GAS ? P_GAS : first);
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
    struct instruction *i = translate_emit(t, m->from == NO_PLACE ? P_SET_K : P_MOVE);
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
        (void)translate_stack_at(t, t->move[i].to);
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
        i = translate_emit(t, holds ? P_BR_NZ : P_BR_Z);
        i->a = offset_of(place);
    } else {
        const struct node *n = &t->node[comparison];
        int a = n->operand[0], b = n->operand[1];
        if (n->byte == BYTE_EQ && translate_constant_of(t, a)) {
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
        if (translate_constant_of(t, b)) {
            const u32 k = t->name[b].constant;
            const int place = place_of(t, a, base, AT_END);
            i = translate_emit(t, op + 1);
            i->a = offset_of(place);
            i->k = (i32)k;
        } else if (translate_constant_of(t, a)) {
            i = translate_emit(t, op + 2);
            i->k = (i32)t->name[a].constant;
            i->b = offset_of(t->name[b].place);
        } else {
            i = translate_emit(t, op);
            i->a = offset_of(t->name[a].place);
            i->b = offset_of(t->name[b].place);
        }
    }
    i->r = offset_of(drop);
    i->x = (i32)target;
}

void translate_write(struct translator *t, const struct end *end)
{
    /* what has to lie where at the end: everything, or only the operands of an instruction that ends the frame */
    int bottom = t->lowest;
    const bool last_op = end->how == ENDS_WITH_STACK_OP &&
                         (end->byte == BYTE_RETURN || end->byte == BYTE_REVERT || end->byte == BYTE_SELFDESTRUCT);
    if (last_op) {
        bottom = t->top - op_row[end->byte].in + 1;
        for (int place = bottom; place <= t->top; place++)
            (void)translate_look(t, place);
    } else if (end->how == ENDS_HALTING) {
        bottom = t->top + 1;
    }
    for (int place = bottom; place <= t->top; place++) {
        const int name = *translate_stack_at(t, place);
        if (name == NO_NAME)
            continue;
        struct name *n = &t->name[name];
        n->last = AT_END;
        if (n->final == NO_PLACE)
            n->final = (int16_t)place;
    }

    int comparison = NO_NODE, condition = end->condition;
    bool holds = true;
    const bool target_known = end->target != NO_NAME && translate_constant_of(t, end->target);
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
        const int name = *translate_stack_at(t, place);
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
        if (target_known) {
            const u32 target = translate_resolve(t, end->target);
            i = translate_emit(t, P_JUMP_K);
            i->r = offset_of(t->top);
            i->x = (i32)target;
        } else {
            i = translate_emit(t, P_JUMP_S);
            i->r = offset_of(t->top);
            i->a = offset_of(t->name[end->target].place);
        }
        break;
    case ENDS_JUMPI:
        if (target_known) {
            write_branch(t, comparison, condition, holds, translate_resolve(t, end->target), t->top, base);
        } else {
            const int place = place_of(t, condition, base, AT_END);
            i = translate_emit(t, P_JUMPI_S);
            i->r = offset_of(t->top);
            i->a = offset_of(t->name[end->target].place);
            i->b = offset_of(place);
        }
        break;
    }
}
