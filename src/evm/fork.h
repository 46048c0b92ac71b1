/* fork - the rules of one fork as data, one row of forks.def per fork.
 *
 * The list of forks is closed and in order, so a rule that came with a fork reads
 * `fork->id >= FORK_BERLIN`; numbers that change over time (gas prices, blob schedule) are fields. */
#ifndef EVM_FORK_H
#define EVM_FORK_H

#include "base/types.h"

enum fork_id {
    FORK_FRONTIER,
    FORK_HOMESTEAD,
    FORK_TANGERINE,      /* EIP-150 */
    FORK_SPURIOUS,       /* EIP-158, EIP-170 */
    FORK_BYZANTIUM,
    FORK_CONSTANTINOPLE,
    FORK_PETERSBURG,
    FORK_ISTANBUL,
    FORK_BERLIN,
    FORK_LONDON,
    FORK_PARIS,
    FORK_SHANGHAI,
    FORK_CANCUN,
    FORK_PRAGUE,
    FORK_OSAKA,
    FORK_COUNT
};

struct fork {
    enum fork_id id;
    const char *name; /* as in the official fixtures: "Osaka" */
};

extern const struct fork fork_table[FORK_COUNT];

/* By the fixtures' name ("ConstantinopleFix" is Petersburg, "Merge" Paris); NULL if unknown. */
const struct fork *fork_by_name(const char *name);

#endif
