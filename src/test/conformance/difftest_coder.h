/* difftest_coder - an assembler for random programs: difftest_values.c, difftest_calls.c, difftest_program.c.
 *
 * The coder tracks a lower bound of the stack's depth, which values, statements and calls maintain. Constants of two
 * bytes may be left open and filled in when their target is known: jumps ahead, data behind the code. */
#ifndef CONFORMANCE_DIFFTEST_CODER_H
#define CONFORMANCE_DIFFTEST_CODER_H

#include "base/u256.h"
#include "conformance/difftest.h"

enum {
    STOP = 0x00, ADD = 0x01, MUL = 0x02, SUB = 0x03, ADDMOD = 0x08, EXP = 0x0a, SIGNEXTEND = 0x0b, LT = 0x10,
    ISZERO = 0x15, AND = 0x16, NOT = 0x19, BYTE = 0x1a, SHL = 0x1b, CLZ = 0x1e, KECCAK256 = 0x20, ADDRESS = 0x30,
    BALANCE = 0x31, ORIGIN = 0x32, CALLER = 0x33, CALLDATALOAD = 0x35, CALLDATACOPY = 0x37, CODESIZE = 0x38,
    CODECOPY = 0x39, EXTCODESIZE = 0x3b, EXTCODECOPY = 0x3c, RETURNDATASIZE = 0x3d, RETURNDATACOPY = 0x3e,
    EXTCODEHASH = 0x3f, BLOCKHASH = 0x40, COINBASE = 0x41, NUMBER = 0x43, SELFBALANCE = 0x47, BLOBHASH = 0x49,
    POP = 0x50, MLOAD = 0x51, MSTORE = 0x52, MSTORE8 = 0x53, SLOAD = 0x54, SSTORE = 0x55, JUMP = 0x56, JUMPI = 0x57,
    GAS = 0x5a, JUMPDEST = 0x5b, TLOAD = 0x5c, TSTORE = 0x5d, MCOPY = 0x5e, PUSH0 = 0x5f, PUSH1 = 0x60, PUSH2 = 0x61,
    DUP1 = 0x80, SWAP1 = 0x90, LOG0 = 0xa0, CREATE = 0xf0, CALL = 0xf1, CALLCODE = 0xf2, RETURN = 0xf3,
    DELEGATECALL = 0xf4, CREATE2 = 0xf5, STATICCALL = 0xfa, REVERT = 0xfd, INVALID = 0xfe, SELFDESTRUCT = 0xff,
};

enum { CODE_ROOM = 24000, DATA_MAX = 24, FUNCTIONS_MAX = 3, CALLS_MAX = 24, HEIGHT_MAX = 40 };

struct coder {
    struct arena *arena;
    struct dice *dice;
    const struct program_world *world;
    /* difftest_program: init code is a program of its own. */
    struct bytes (*program)(struct arena *arena, struct dice *d, const struct program_world *world,
                            enum program_kind kind, u32 statements);
    u8 *code;
    size_t len;
    int height;      /* items on the stack here, for sure */
    u32 nesting;     /* branches and loops around */
    u32 loops;       /* loops around: what is in them should be cheap */
    bool calls_none; /* neither calls nor creates */
    struct {
        struct bytes data;
        size_t at; /* of the offset to be filled in */
    } data[DATA_MAX];
    u32 data_count;
    struct {
        u32 function;
        size_t at;
    } call[CALLS_MAX];
    u32 call_count;
};

static inline void op(struct coder *c, unsigned byte)
{
    if (c->len < CODE_ROOM)
        c->code[c->len++] = (u8)byte;
}

/* An instruction that leaves so many more items. */
static inline void put(struct coder *c, unsigned byte, int rise)
{
    op(c, byte);
    c->height += rise;
}

static inline void push(struct coder *c, const u256 *x)
{
    u8 be[32];
    const unsigned least = u256_byte_length(x);
    /* mostly the shortest; else some zeros in front */
    const unsigned count = dice_percent(c->dice, 90) ? least : least + (unsigned)dice_below(c->dice, 33 - least);
    u256_to_be(be, x);
    put(c, PUSH0 + count, 1);
    for (unsigned i = 0; i < count; i++)
        op(c, be[32 - count + i]);
}

static inline void push_u64(struct coder *c, u64 x)
{
    const u256 wide = u256_from_u64(x);
    push(c, &wide);
}

/* A constant of two bytes that is filled in later; where. */
static inline size_t push_open(struct coder *c)
{
    put(c, PUSH2, 1);
    op(c, 0);
    op(c, 0);
    return c->len - 2;
}

static inline void fill_in(struct coder *c, size_t at, size_t x)
{
    c->code[at] = (u8)(x >> 8);
    c->code[at + 1] = (u8)x;
}

static inline u64 below(struct coder *c, u64 n)
{
    return dice_below(c->dice, n);
}

static inline bool percent(struct coder *c, u64 p)
{
    return dice_percent(c->dice, p);
}

/* difftest_values.c */
u64 coder_offset(struct coder *c); /* in memory or of data: small, near a word's edge */
u64 coder_size(struct coder *c);
void coder_push_offset(struct coder *c); /* rarely without hope */
void coder_push_size(struct coder *c);
void coder_push_key(struct coder *c);
void coder_push_place(struct coder *c);  /* an address */
/* One item more; depth: of the expression around it. */
void coder_value(struct coder *c, u32 depth);
/* A copy into memory. */
void coder_copy(struct coder *c);

/* difftest_calls.c */
/* Copies data, which will lie behind the code, to memory at `to`. */
void coder_bring(struct coder *c, struct bytes data, u64 to);
void coder_call(struct coder *c);
void coder_create(struct coder *c);

#endif
