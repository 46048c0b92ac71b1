/* translate_write - the second pass over a superblock (superblock.h): SSA instructions become a program's. */
#ifndef EVM_TRANSLATE_WRITE_H
#define EVM_TRANSLATE_WRITE_H

#include "evm/superblock.h"

void translate_write(struct translator *t, const struct end *end);

#endif
