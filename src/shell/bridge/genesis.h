/* genesis - the first block of a devnet's L1 and of a rollup.
 *
 * L1: funded accounts, and the contracts that Ethereum's own rules call.
 * A rollup: funded accounts, EIP-2935's contract, and the predeploys, whose constructors run here in the EVM, at their
 * fixed addresses. RollupBridge holds the whole supply except for the funded accounts': ETH enters circulation
 * only through it. docs/protocol.md section 5.
 *
 * Both append block 0 to a ledger that has none. FAULTs only; a constructor that fails is a BUG. */
#ifndef BRIDGE_GENESIS_H
#define BRIDGE_GENESIS_H

#include "bridge/calldata.h"
#include "ledger/ledger.h"
#include "verify/rollup.h"

struct genesis_account {
    address at;
    u256 balance; /* wei */
    u64 nonce;
};

struct genesis {
    u64 timestamp; /* seconds */
    u64 gas_limit;
    u256 base_fee;
    address coinbase;
    const struct genesis_account *account;
    size_t account_count;
};

/* Everything that determines a rollup's first block and its rules. */
struct rollup_genesis {
    u64 chain_id;
    address coinbase;
    u64 gas_limit;
    struct genesis genesis;         /* with the coinbase and gas limit above */
    const struct peer_config *peer; /* L1 and the other rollups */
    size_t peer_count;
};

enum { RETURNDATA_LIMIT = 16384 }; /* docs/protocol.md section 4 */

enum err genesis_l1(struct ledger *l, const struct genesis *g) MUST_CHECK;

/* The predeploys that a rollup's genesis constructs, in order: address, and init code with its arguments. */
enum { PREDEPLOY_COUNT = 3 };
struct predeploy {
    address at;
    struct bytes init;
};
void genesis_predeploys(struct predeploy out[PREDEPLOY_COUNT], struct arena *arena, const struct rollup_rules *rules,
                        const struct peer_config *peer, size_t peer_count);

/* peer: L1 and the other rollups, as RollupBridge's constructor takes them. */
enum err genesis_rollup(struct ledger *l, const struct rollup_rules *rules, const struct genesis *g,
                        const struct peer_config *peer, size_t peer_count) MUST_CHECK;

/* The supply of every rollup, wei: 2^127. Counters are 16 bytes wide. */
u256 genesis_rollup_supply(void);

#endif
