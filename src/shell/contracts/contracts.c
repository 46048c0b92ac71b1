#include "contracts/contracts.h"

const struct contract *contract_find(const char *name)
{
    for (size_t i = 0; i < contract_count; i++)
        if (strcmp(contract_table[i].name, name) == 0)
            return &contract_table[i];
    return NULL;
}
