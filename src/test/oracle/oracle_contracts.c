#include "oracle/oracle_contracts.h"

const struct contract *oracle_contract_find(const char *name)
{
    for (size_t i = 0; i < oracle_contract_count; i++)
        if (strcmp(oracle_contract_table[i].name, name) == 0)
            return &oracle_contract_table[i];
    return NULL;
}
