/* superblock - programs (program.h) are made of bytecode, one superblock at a time. Private to evm.
 *
 * A superblock is a straight run of code with one entry: from a JUMPDEST, or from behind a branch, a call or the like,
 * to the next of those. A jump to a constant, and falling into a JUMPDEST, need not end it where what follows is short:
 * the tail is duplicated into the superblock, so that an internal function and its return to a known place become part
 * of the caller. Duplicates add up to no more than DUPLICATION_MAX times the code.
 *
 * Two passes over a superblock:
 *
 *   read    translate_read.c: executes the stack symbolically, on SSA values: an item of the entry stack, a constant,
 *           the result of an instruction. DUP, SWAP, PUSH and POP only move values and leave no instruction behind.
 *   write   translate_write.c: assigns each result a stack slot for as long as it is live, if possible the one where it
 *           has to be at the end; emits the instructions; and moves what is left by a parallel copy.
 *
 * translate.c goes from superblock to superblock and links them into a program.
 *
 * Stack slots are numbered from the top of the entry stack: 0 is the top item, -1 the one below, 1 the first above it.
 * One that holds nothing live can be used for anything. */
#ifndef EVM_SUPERBLOCK_H
#define EVM_SUPERBLOCK_H

#include "base/list.h"
#include "evm/evm.h"
#include "evm/program.h"
#include "evm/stacks.h"

enum {
    SSA_MAX = 128,          /* instructions; a longer superblock is cut */
    VALUES_MAX = 1024,
    RISE_MAX = 400,         /* how far a superblock may grow the stack before it is cut, */
    FALL_MAX = 1000,        /* and how deep it may reach */
    DUPLICATION_MAX = 2,    /* times the length of the code */
    TAIL_MAX = 96,          /* bytes from a JUMPDEST to the next one or to where code surely ends, to be duplicated */
    DUPLICATES_MAX = 12,    /* one after the other */
    STACK_SLOTS_UP = 1024,  /* above the entry top: RISE_MAX, and temporaries */
    STACK_SLOTS = FALL_MAX + 32 + STACK_SLOTS_UP,
    STACK_SLOT_ZERO = FALL_MAX + 31, /* index of stack slot 0 */
};
/* Above RISE_MAX and one instruction: a result and three constants for each instruction, and a few at the end. */
_Static_assert(RISE_MAX + 17 + 4 * SSA_MAX + 16 <= ROOM_ABOVE, "temporaries stay in the frame's own room");
_Static_assert(RISE_MAX + 17 + 4 * SSA_MAX + 16 < 1024, "offsets fit 16 bits");
_Static_assert((int)ROOM_ABOVE <= (int)STACK_SLOTS_UP, "every stack slot has its entry");

static inline bool translate_is_pure(u8 shape)
{
    return shape == SHAPE_ALU1 || shape == SHAPE_ALU2 || shape == SHAPE_ALU3;
}

enum value_kind { VALUE_ENTRY, VALUE_CONSTANT, VALUE_RESULT };

enum { NO_VALUE = -1, NO_STACK_SLOT = INT16_MIN, NO_INSTRUCTION = -1, AT_END = INT16_MAX };

struct ssa_value {
    u8 kind;
    int16_t stack_slot; /* where it is; NO_STACK_SLOT until it has one */
    int16_t final;      /* the stack slot that it has to be in at the end, if any */
    int16_t last_use;   /* instruction, or AT_END */
    int16_t maker;      /* instruction */
    u16 uses;
    u32 constant;       /* index */
};

struct ssa_instruction {
    u8 byte;
    u8 shape;
    bool fused;             /* part of the branch at the end: not emitted by itself */
    int16_t result;         /* value */
    int16_t operand[3];     /* values */
    i32 gas, need, rise;    /* of a segment */
};

/* One assignment of a parallel copy. */
struct copy {
    int16_t to, from; /* stack slots; from is NO_STACK_SLOT for a constant */
    u32 constant;
};

struct translator {
    const struct code *code;
    enum fork_id fork;
    struct arena arena; /* of the lists */
    LIST(struct instruction) out;
    LIST(u256) constant;
    LIST(u32) start; /* per JUMPDEST: its first instruction */

    u32 duplication_left; /* bytes of code */
    int duplicates_in_row;

    /* the superblock */
    struct ssa_instruction ssa[SSA_MAX + 2];
    struct ssa_value value[VALUES_MAX];
    int16_t stack[STACK_SLOTS];      /* the value in each stack slot, NO_VALUE until it is asked for */
    int16_t live_until[STACK_SLOTS]; /* the last use of what is in it */
    int ssa_count, value_count;
    int lowest;                      /* stack slots below were not touched */
    int highest;                     /* nor above: temporaries included */
    int top;                         /* the stack slot of the top item, now */
    int segment;                     /* instruction */

    /* writing it */
    int checked;                     /* the lowest stack slot that is known to be an item */
    int temporaries;                 /* the first stack slot above all that stays */
    struct copy copy[STACK_SLOTS];   /* the parallel copy at the end */
    int copy_count;
    u16 reads_left[STACK_SLOTS];     /* copies still to come that read a stack slot */
    int16_t copy_to[STACK_SLOTS];    /* the copy that writes a stack slot */
};

/* How a superblock ends. */
enum ending { ENDS_FALLING, ENDS_WITH_STACK_OP, ENDS_HALTING, ENDS_GOTO, ENDS_JUMP, ENDS_JUMPI };

struct end {
    enum ending how;
    u8 byte;               /* of a stack op */
    enum halt halt;
    int target, condition; /* values */
    u32 next;              /* where the code continues, after falling or a stack op */
    u32 left_at;           /* where the superblock left the order of the code for a duplicate; NOWHERE if it did not */
};

/* No place in the code. As the target of a jump: the program's last instruction, which fails. */
#define NOWHERE UINT32_MAX

/* --- the program so far --- */

struct instruction *translate_emit(struct translator *t, enum program_op op);
/* Its index. */
u32 translate_add_constant(struct translator *t, const u256 *x);

#endif
