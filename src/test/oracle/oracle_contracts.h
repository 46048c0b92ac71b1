/* oracle_contracts - contracts/oracle: what the one-chain oracle deploys. Not in the library. */
#ifndef ORACLE_ORACLE_CONTRACTS_H
#define ORACLE_ORACLE_CONTRACTS_H

#include "contracts/contracts.h"

/* In ascending order of their names. */
extern const struct contract oracle_contract_table[];
extern const size_t oracle_contract_count;

/* NULL when there is none of that name. */
const struct contract *oracle_contract_find(const char *name);

#endif
