#include "contracts/contracts.h"

static const struct contract *find_row(const struct contract *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const struct contract *contract_find(const char *name)
{
    return find_row(contract_table, contract_count, name);
}

const struct contract *contract_find_oracle(const char *name)
{
    return find_row(oracle_contract_table, oracle_contract_count, name);
}
