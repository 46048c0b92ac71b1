/* contracts - the project's own Solidity contracts, compiled at build time and embedded.
 *
 *      contracts/src/X.sol  -- tools/compile_contracts.mjs -->  build/gen/contracts_table.c  -->  contract_find("X")
 *
 * Every contract of contracts/src that can be deployed is a row, by its name. creation_code wants the
 * constructor's arguments, ABI-encoded, behind it. runtime_code has zero bytes where the constructor
 * writes an immutable; a genesis that places code without running a constructor fills them in, big endian, at
 * the places that immutables lists (one row a place, so a name may come more than once).
 *
 * Memory: constant data of the program. */
#ifndef CONTRACTS_CONTRACTS_H
#define CONTRACTS_CONTRACTS_H

#include "base/types.h"

struct contract_immutable {
    const char *name; /* the variable's */
    u32 offset;       /* in runtime_code; 32 bytes */
};

/* Where a state variable lies. */
struct contract_variable {
    const char *name;
    const char *type; /* as the compiler's storage layout spells it */
    u32 slot;
    u32 offset; /* bytes from the low end of the slot */
};

struct contract {
    const char *name;
    struct bytes creation_code;
    struct bytes runtime_code;
    const struct contract_immutable *immutables;
    size_t immutable_count;
    const struct contract_variable *variables;
    size_t variable_count;
    struct bytes abi; /* JSON */
};

/* In ascending order of their names. */
extern const struct contract contract_table[];
extern const size_t contract_count;

/* NULL when there is none of that name. */
const struct contract *contract_find(const char *name);

#endif
