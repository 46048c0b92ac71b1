/* Random bytecode with a plan: it follows its stack's height, its jumps mostly meet, its offsets are mostly small and
 * its addresses mostly those of accounts, so that programs get far; and now and then none of this holds.
 *
 *   program   = statement ... end, functions, data
 *   statement = store | copy | log | call | create | branch | loop | function call | stack shuffle | an end | noise
 *   value     = constant | DUP | environment | operation(value ...) | load(value)       leaves one item */
#include "conformance/difftest_coder.h"

static void statement(struct coder *c);

/* --- stores, logs --- */

static void store(struct coder *c)
{
    const u64 kind = below(c, 10);
    if (kind < 4) {
        if (percent(c, 50))
            push_u64(c, below(c, 3));
        else
            coder_value(c, 1);
        coder_push_key(c);
        put(c, SSTORE, -2);
    } else if (kind < 6) {
        coder_value(c, 1);
        coder_push_key(c);
        put(c, TSTORE, -2);
    } else {
        coder_value(c, 1);
        coder_push_offset(c);
        put(c, kind < 9 ? MSTORE : MSTORE8, -2);
    }
}

static void write_log(struct coder *c)
{
    const unsigned topics = (unsigned)below(c, 5);
    for (unsigned i = 0; i < topics; i++)
        coder_value(c, 2);
    coder_push_size(c);
    coder_push_offset(c);
    put(c, LOG0 + topics, -2 - (int)topics);
}

/* --- control --- */

/* As many items as before. */
static void level(struct coder *c, int height)
{
    while (c->height > height)
        put(c, POP, -1);
    while (c->height < height)
        put(c, PUSH0, 1);
}

static void block_of(struct coder *c, u64 statements)
{
    const int height = c->height;
    for (u64 i = 0; i < statements; i++)
        statement(c);
    level(c, height);
}

static void branch(struct coder *c)
{
    coder_value(c, 1);
    const size_t otherwise = push_open(c);
    put(c, JUMPI, -2);
    c->nesting++;
    block_of(c, 1 + below(c, 2));
    if (percent(c, 40)) {
        const size_t end = push_open(c);
        put(c, JUMP, -1);
        fill_in(c, otherwise, c->len);
        put(c, JUMPDEST, 0);
        block_of(c, 1);
        fill_in(c, end, c->len);
    } else {
        fill_in(c, otherwise, c->len);
    }
    put(c, JUMPDEST, 0);
    c->nesting--;
}

/* A loop that counts down; often enough to be called hot, where its body is cheap. */
static void loop(struct coder *c)
{
    static const u16 often[] = {150, 300, 600};
    const bool hot = c->loops == 0 && percent(c, 25);
    push_u64(c, hot ? often[below(c, COUNT_OF(often))] : 1 + below(c, 6));
    const size_t start = c->len;
    put(c, JUMPDEST, 0);
    c->nesting++;
    c->loops++;
    if (hot) {
        const int height = c->height;
        const u64 count = 1 + below(c, 3);
        for (u64 i = 0; i < count; i++) {
            coder_value(c, 2);
            if (percent(c, 60)) {
                push_u64(c, below(c, 8) * 32);
                put(c, MSTORE, -2);
            } else if (c->height > 2) {
                put(c, SWAP1, 0);
            }
            if (percent(c, 30))
                branch(c);
        }
        level(c, height);
    } else {
        block_of(c, 1 + below(c, 3));
    }
    c->nesting--;
    c->loops--;
    push_u64(c, 1);
    put(c, SWAP1, 0);
    put(c, SUB, -1);
    put(c, DUP1, 1);
    push_u64(c, start);
    put(c, JUMPI, -2);
    if (percent(c, 70))
        put(c, POP, -1);
}

/* Return address, function, JUMP: the functions are behind the end. */
static void function_call(struct coder *c)
{
    if (c->call_count == CALLS_MAX)
        return;
    const size_t back = push_open(c);
    c->call[c->call_count].function = (u32)below(c, FUNCTIONS_MAX);
    c->call[c->call_count++].at = push_open(c);
    put(c, JUMP, -1);
    fill_in(c, back, c->len);
    put(c, JUMPDEST, -1);
}

static void functions(struct coder *c)
{
    const u32 calls = c->call_count;
    for (u32 f = 0; f < FUNCTIONS_MAX; f++) {
        bool called = false;
        for (u32 i = 0; i < calls; i++)
            if (c->call[i].function == f) {
                fill_in(c, c->call[i].at, c->len);
                called = true;
            }
        if (!called)
            continue;
        put(c, JUMPDEST, 0);
        c->height = 1;
        c->nesting = 2;
        c->call_count = CALLS_MAX; /* functions call none */
        block_of(c, 1 + below(c, 3));
        put(c, JUMP, -1);
    }
}

static void end(struct coder *c)
{
    const u64 kind = below(c, 20);
    if (kind < 5) {
        op(c, STOP);
    } else if (kind < 14) {
        coder_push_size(c);
        coder_push_offset(c);
        op(c, kind < 11 ? RETURN : REVERT);
    } else if (kind < 17) {
        coder_push_place(c);
        op(c, SELFDESTRUCT);
    } else if (kind < 18) {
        op(c, INVALID);
    } else if (kind < 19 && percent(c, 20)) { /* more and more, until the stack is full */
        const size_t start = push_open(c);
        fill_in(c, start, c->len);
        op(c, JUMPDEST);
        op(c, DUP1);
        op(c, DUP1);
        op(c, JUMP);
    } else if (kind < 19) { /* a jump to wherever; the byte 0x5b as data */
        push_u64(c, percent(c, 50) ? c->len + 3 : JUMPDEST);
        if (percent(c, 50))
            coder_value(c, 2);
        op(c, JUMP);
    } else {
        op(c, 0x0c + (unsigned)below(c, 4)); /* no instruction */
    }
}

/* Items enough for the instructions that reach deep. */
static void pile(struct coder *c)
{
    const int height = c->height;
    const u64 count = 6 + below(c, 12);
    for (u64 i = 0; i < count; i++)
        coder_value(c, 3);
    for (u64 i = 0; i < count && c->height > 1; i++) {
        const u64 reach = c->height < 17 ? (u64)c->height - 1 : 16;
        if (percent(c, 50))
            put(c, SWAP1 + (unsigned)below(c, reach), 0);
        else if (c->height < HEIGHT_MAX)
            put(c, DUP1 + (unsigned)below(c, reach), 1);
        if (percent(c, 25))
            put(c, ADD, -1);
    }
    if (percent(c, 60))
        level(c, height);
}

static void shuffle(struct coder *c)
{
    if (below(c, 10) == 0) {
        pile(c);
        return;
    }
    const u64 kind = below(c, 4);
    if (kind == 0 && c->height > 0)
        put(c, POP, -1);
    else if (kind < 3 && c->height > 1)
        put(c, SWAP1 + (unsigned)below(c, c->height < 17 ? (u64)c->height - 1 : 16), 0);
    else
        coder_value(c, 0);
}

static void statement(struct coder *c)
{
    if (c->len > CODE_ROOM - 8000)
        return;
    const u64 kind = below(c, 1000);
    const bool inside = c->nesting >= 3;
    if (kind < 260)
        store(c);
    else if (kind < 340)
        coder_copy(c);
    else if (kind < 400)
        write_log(c);
    else if (kind < 560 && !c->calls_none)
        coder_call(c);
    else if (kind < 600 && !c->calls_none && c->loops == 0)
        coder_create(c);
    else if (kind < 700 && !inside)
        branch(c);
    else if (kind < 770 && !inside)
        loop(c);
    else if (kind < 810)
        function_call(c);
    else if (kind < 980)
        shuffle(c);
    else if (kind < 990 || !c->nesting)
        coder_value(c, 0);
    else if (kind < 997)
        end(c);
    else
        op(c, (unsigned)below(c, 256));
}

/* --- programs --- */

/* What the init code returns: a small program, or something that may not be code. */
static void return_code(struct coder *c)
{
    static const u8 marked[] = {0xef, 0x00};
    const u64 kind = below(c, 16);
    if (kind < 11) {
        const struct bytes code = difftest_program(c->arena, c->dice, c->world, PROGRAM_ANY, (u32)below(c, 4));
        coder_bring(c, code, 0);
        push_u64(c, code.len);
        push_u64(c, 0);
        op(c, RETURN);
    } else if (kind == 11) {
        coder_bring(c, BYTES_OF(marked), 0);
        push_u64(c, 2);
        push_u64(c, 0);
        op(c, RETURN);
    } else if (kind == 12) {
        push_u64(c, 24575 + below(c, 3)); /* EIP-170: 24576 is the most */
        push_u64(c, 0);
        op(c, RETURN);
    } else {
        end(c);
    }
}

static void deep(struct coder *c)
{
    c->calls_none = true;
    block_of(c, below(c, 2));
    for (int i = 0; i < 5; i++)
        push_u64(c, i == 1 ? 32 : 0);
    put(c, ADDRESS, 1);
    put(c, GAS, 1);
    put(c, CALL, -6);
    if (percent(c, 50)) {
        push_u64(c, below(c, 3));
        put(c, SSTORE, -2);
    }
    block_of(c, below(c, 3));
}

struct bytes difftest_program(struct arena *arena, struct dice *d, const struct program_world *world,
                              enum program_kind kind, u32 statements)
{
    struct coder *c = ARENA_TAKE_ZERO(arena, struct coder, 1);
    *c = (struct coder){.arena = arena,
                        .dice = d,
                        .world = world,
                        .program = difftest_program,
                        .code = ARENA_TAKE(arena, u8, CODE_ROOM + 64)};
    c->calls_none = kind == PROGRAM_LEAF;
    if (kind == PROGRAM_NOISE) {
        c->len = 1 + below(c, 80);
        dice_fill(d, c->code, c->len);
        return bytes_of(c->code, c->len);
    }
    if (kind == PROGRAM_DEEP)
        deep(c);
    else
        for (u32 i = 0; i < statements; i++)
            statement(c);
    if (kind == PROGRAM_INIT)
        return_code(c);
    else
        end(c);
    if (c->call_count && kind != PROGRAM_DEEP)
        functions(c);
    for (u32 i = 0; i < c->data_count && c->len + c->data[i].data.len < CODE_ROOM; i++) {
        fill_in(c, c->data[i].at, c->len);
        if (c->data[i].data.len)
            memcpy(c->code + c->len, c->data[i].data.ptr, c->data[i].data.len);
        c->len += c->data[i].data.len;
    }
    return bytes_of(c->code, c->len);
}
