/* derive L1 ROLLUPS - the rollups out of a file of `scope run --export-l1`: error, chain and block of each. */
#include <scope/scope.h>

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct scope_derivation_config config = {0};
    struct scope_derivation *d;
    struct scope_derived_rollup r;
    uint64_t l1_block = 0;
    if (argc != 3)
        return 1;
    config.l1_path = argv[1];
    config.rollups_path = argv[2];
    if (scope_derivation_open(&d, &config) != SCOPE_OK || scope_derivation_read(d, &l1_block) != SCOPE_OK)
        return 2;
    for (size_t i = 0; scope_derivation_rollup(d, &r, i); i++)
        printf("%s %" PRIu64 ":%" PRIu64 "\n", scope_err_name(r.error), r.chain_id, r.block_number);
    scope_derivation_close(d);
    return 0;
}
