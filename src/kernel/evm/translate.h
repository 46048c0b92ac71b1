/* translate - what makes programs (program.h) shares: from bytes to instructions, one piece at a time. Private to evm.
 *
 * A piece is a straight run of code: from a JUMPDEST, or after a jump not taken, a call or the like, to the next of
 * those. A jump to a constant, and falling into a JUMPDEST, need not end it where what follows is short: the piece
 * takes a copy of that along, so that a function called and its return to a known place become part of the
 * caller. Copies add up to no more than COPIED times the code.
 *
 * Two passes over a piece:
 *
 *   read    translate_read.c: follows the stack with names in place of values: an item of the entry stack, a
 *           constant, a result. What computes becomes a node with named operands; DUP, SWAP, PUSH and POP only move
 *           names.
 *   write   translate_write.c: gives each result a place, free from then to its last use, if possible the one where
 *           it has to lie at the end; writes the nodes as instructions; and moves the rest to where it has to lie.
 *
 * translate.c goes from piece to piece, and makes of all of them a program.
 *
 * Places are numbered from the top of the entry stack: 0 is the top item, -1 the one below, 1 the first above it.
 * A place that holds nothing alive can be used for anything. */
#ifndef EVM_TRANSLATE_H
#define EVM_TRANSLATE_H

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

struct op_row {
    u8 shape, in, out, since;
    u16 gas, first; /* first: of its variants in enum program_op */
};
extern const struct op_row op_row[256];

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

/* --- what both passes use, of translate.c --- */

/* Growing arrays: as old with room for needed items; what it was is given back. */
void *translate_grown(const struct memory *memory, void *old, u32 *room, u32 needed, size_t size);
struct instruction *translate_emit(struct translator *t, enum program_op op);
/* Its index. */
u32 translate_add_constant(struct translator *t, const u256 *x);

/* --- and of translate_read.c --- */

/* The name at a place of the stack, which may be NO_NAME; and the same, where an item of the entry stack gets its name
 * when it is first looked at. */
int16_t *translate_stack_at(struct translator *t, int place);
int translate_look(struct translator *t, int place);
/* The value of a constant; NULL: it is none. */
const u256 *translate_constant_of(const struct translator *t, int name);
/* A jump to a constant: where it leads. */
u32 translate_resolve(const struct translator *t, int name);
/* STOP, RETURN and the like. */
bool translate_ends_frame(u8 byte);

/* --- the passes --- */

/* The piece that begins at pc becomes nodes. */
void translate_read(struct translator *t, u32 pc, struct end *end);
/* The nodes become instructions. */
void translate_write(struct translator *t, const struct end *end);

#endif
