#include "evm/opcode.h"

static const char *const name_of[256] = {
#define OP(byte, name, ...) [byte] = #name,
#include "evm/ops.def"
#undef OP
};

const char *opcode_name(u8 byte)
{
    return name_of[byte];
}
