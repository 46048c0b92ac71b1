/* devnet_for_tests - what tests and benchmarks of the builder share: a devnet, keys by number.
 *
 *     L1 (1), Osaka, 1 gwei base fee ---- rollup A (901) ---- rollup B (902)
 *     key 9 is the builder's, key 11 a prover's; whose key 1, 2, .. is, and with how much, each says for itself
 *
 * Memory: the configuration points to static memory and to what it was given. */
#ifndef BUILDER_DEVNET_FOR_TESTS_H
#define BUILDER_DEVNET_FOR_TESTS_H

#include "base/u256.h"
#include "bridge/calldata.h"
#include "builder/query.h"
#include "builder/session.h"
#include "io/memory.h"
#include "scope/request.h"
#include "signer/secp256k1_sign.h"

enum { L1 = 1, A = 901, B = 902 };

static inline hash32 key_of(u8 x)
{
    return (hash32){{[31] = x}};
}

static inline address address_of(u8 x)
{
    const hash32 k = key_of(x);
    address a;
    BUG_UNLESS(secp256k1_address(&a, &k) == OK);
    return a;
}

/* Both rollups, one prover; changed by the caller where it wants something else. */
static inline struct session_config devnet(const struct funded_account *funded, size_t funded_count)
{
    static const struct rollup_config rollup[] = {
        {.chain_id = A, .coinbase = {{0xaa}}, .gas_limit = 30000000, .base_fee = {{1000000000}}},
        {.chain_id = B, .coinbase = {{0xbb}}, .gas_limit = 30000000, .base_fee = {{1000000000}}},
    };
    static const hash32 prover = {{[31] = 11}};
    return (struct session_config){
        .l1_chain_id = L1,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = 60000000,
        .l1_base_fee = {{1000000000}},
        .l1_coinbase = {{0xcc}},
        .genesis_timestamp = 1700000000,
        .rollup = rollup,
        .rollup_count = COUNT_OF(rollup),
        .funded = funded,
        .funded_count = funded_count,
        .builder_key = key_of(9),
        .prover_key = &prover,
        .prover_count = 1,
        .prover_threshold = 1,
    };
}

#endif
