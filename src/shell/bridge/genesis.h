/* genesis - the first block of a devnet's L1 and of a rollup.
 *
 * L1: funded accounts, and the contracts that Ethereum's own rules call.
 * A rollup, in this order:
 *
 *   EIP-2935's contract
 *   the protocol's predeploys   constructors run here in the EVM, at fixed addresses
 *   accounts                    balance, nonce, code and storage, as in geth's alloc
 *   RollupBridge's balance      the whole supply but for the accounts': ETH enters circulation only through the bridge
 *                               (docs/protocol.md section 5)
 *   the rollup's own predeploys constructors run in their order
 *
 * Both append block 0 to a ledger that has none. Errors: FAULTs; REJECT_GENESIS, with a message, for a
 * constructor that fails, an address that is taken, and balances above the supply. */
#ifndef BRIDGE_GENESIS_H
#define BRIDGE_GENESIS_H

#include "bridge/calldata.h"
#include "ledger/ledger.h"
#include "verify/rollup.h"

struct genesis_slot {
    u256 key, value;
};

struct genesis_account {
    address at;
    u256 balance; /* wei */
    u64 nonce;
    struct bytes code;
    const struct genesis_slot *slot;
    size_t slot_count;
};

/* A contract that genesis constructs at a fixed address. */
struct predeploy {
    address at;
    struct bytes init; /* init code with the constructor's arguments */
};

struct genesis {
    u64 timestamp; /* seconds */
    u64 gas_limit;
    u256 base_fee;
    address coinbase;
    const struct genesis_account *account;
    size_t account_count;
    const struct predeploy *predeploy; /* a rollup's own */
    size_t predeploy_count;
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

/* The protocol's predeploys, in order. */
enum { PREDEPLOY_COUNT = 3 };
void genesis_predeploys(struct predeploy out[PREDEPLOY_COUNT], struct arena *arena, const struct rollup_rules *rules,
                        const struct peer_config *peer, size_t peer_count);

/* peer: L1 and the other rollups, as RollupBridge's constructor takes them. why: the message; may be NULL. */
enum err genesis_rollup(struct ledger *l, const struct rollup_rules *rules, const struct genesis *g,
                        const struct peer_config *peer, size_t peer_count, struct buffer *why) MUST_CHECK;

/* The supply of every rollup, wei: 2^127. Counters are 16 bytes wide. */
u256 genesis_rollup_supply(void);

#endif
