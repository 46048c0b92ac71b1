/* system_contracts - the contracts that Ethereum's own rules call at the start and end of a block, for a genesis.
 *
 * Runtime code as the EIPs give it: EIP-4788 (beacon roots), EIP-2935 (block hashes), EIP-7002 (withdrawal requests),
 * EIP-7251 (consolidation requests). Each account has nonce 1. A rollup has EIP-2935's alone. */
#ifndef CHAIN_SYSTEM_CONTRACTS_H
#define CHAIN_SYSTEM_CONTRACTS_H

#include "base/types.h"

struct system_contract {
    address at;
    struct bytes code;
};

enum {
    SYSTEM_CONTRACT_BEACON_ROOTS,
    SYSTEM_CONTRACT_HISTORY,
    SYSTEM_CONTRACT_WITHDRAWALS,
    SYSTEM_CONTRACT_CONSOLIDATIONS,
    SYSTEM_CONTRACT_COUNT
};

extern const struct system_contract system_contract[SYSTEM_CONTRACT_COUNT];

#endif
