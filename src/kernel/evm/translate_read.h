/* translate_read - the first pass over a superblock (superblock.h): bytecode becomes SSA instructions. */
#ifndef EVM_TRANSLATE_READ_H
#define EVM_TRANSLATE_READ_H

#include "evm/superblock.h"

struct op_row {
    u8 shape, in, out, since;
    u16 gas, first; /* first: of its variants in enum program_op */
};
extern const struct op_row op_row[256];

/* The superblock that begins at pc becomes SSA instructions. */
void translate_read(struct translator *t, u32 pc, struct end *end);

/* The value in a stack slot, which may be NO_VALUE. */
int16_t *translate_stack_slot(struct translator *t, int stack_slot);
/* The same, but an item of the entry stack becomes a value when it is first asked for. */
int translate_value_at(struct translator *t, int stack_slot);
/* The number that a value is known to be; NULL if it is no constant. */
const u256 *translate_constant_of(const struct translator *t, int value);
/* The JUMPDEST that a constant names, or NOWHERE. */
u32 translate_resolve(const struct translator *t, int value);
/* STOP, RETURN and the like. */
bool translate_ends_frame(u8 byte);

#endif
