/* opcode - the instructions of ops.def by name, for who looks at programs: tracers, coders of test programs. */
#ifndef EVM_OPCODE_H
#define EVM_OPCODE_H

#include "base/types.h"

enum opcode {
#define OP(byte, name, ...) OPCODE_##name = byte,
#include "evm/ops.def"
#undef OP
};

/* "SLOAD"; NULL: no fork has it. */
const char *opcode_name(u8 byte);

#endif
