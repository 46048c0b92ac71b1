#include "contracts/contracts.h"

const struct contract *contract_find(const char *name)
{
    for (size_t i = 0; i < contract_count; i++)
        if (strcmp(contracts[i].name, name) == 0)
            return &contracts[i];
    return NULL;
}
