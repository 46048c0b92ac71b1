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

    /* What instructions cost, where it changed over time; ops.def has the rest. */
    u32 exp_byte_gas;
    u32 balance_gas;       /* these six rule before Berlin: EIP-2929 prices touching instead */
    u32 extcode_gas;       /* EXTCODESIZE, EXTCODECOPY */
    u32 extcodehash_gas;
    u32 sload_gas;
    u32 call_gas;
    u32 selfdestruct_gas;  /* this one goes on */
    u32 cold_account_gas;  /* EIP-2929 */
    u32 cold_sload_gas;
    u32 warm_gas;
    u32 sstore_reset_gas;
    u32 sstore_clear_refund;
    u32 selfdestruct_refund;
    u32 refund_quotient;   /* of the gas used, the most that is given back */
    u32 init_word_gas;     /* EIP-3860 */
    u32 code_size_max;     /* EIP-170 */
    u32 init_size_max;     /* EIP-3860 */
};

extern const struct fork fork_table[FORK_COUNT];

/* By the fixtures' name ("ConstantinopleFix" is Petersburg, "Merge" Paris); NULL if unknown. */
const struct fork *fork_by_name(const char *name);

#endif
