/* rules - what makes one chain: its id, when which fork rules, and where it differs from Ethereum.
 *
 *   struct chain_rules  --- activation[] --->  fork and blob schedule of a block, by number and time
 *          |
 *          +---- hooks --->  const struct of a rollup's differences; NULL: Ethereum itself
 *
 * A chain's rules are constant data, borrowed by everything that runs its blocks. */
#ifndef CHAIN_RULES_H
#define CHAIN_RULES_H

#include "base/err.h"
#include "base/types.h"
#include "evm/fork.h"

struct block_run;
struct chain_rules;
struct header;
struct log;
struct receipt;
struct tx;
struct evm;
struct evm_message;
struct evm_result;

/* EIP-7840, EIP-7892: blobs per block and how fast their price moves. */
struct blob_schedule {
    u32 target_count;
    u32 max_count;
    u64 update_fraction;
};

extern const struct blob_schedule blob_schedule_cancun, blob_schedule_prague;

/* From a block number, or from a timestamp (0 and absent are not the same: see by_time). */
struct activation {
    const struct fork *fork;
    bool by_time;
    u64 at;
    struct blob_schedule blobs; /* of Cancun and later */
};

/* Where a chain differs from Ethereum. A NULL function: as Ethereum. A REJECT from any makes the transaction, or at
 * begin and end the block, invalid. run_size bytes at run->hook_data belong to the hooks: cleared when a
 * block begins, put back with everything else when a transaction is rejected or rewound. */
struct chain_hooks {
    const char *name;
    u32 admitted;               /* transaction types, tx_type_bit; Ethereum's fork still has its say */
    bool base_fee_to_coinbase;  /* credited, not burned */
    bool omits_beacon_root;     /* no EIP-4788 call */
    bool omits_requests;        /* no EIP-6110, 7002, 7251, 4895: requests and withdrawals are always empty */
    bool fixes_gas_limit;       /* the header hook says what it must be, not the parent */
    size_t run_size;
    enum err (*header)(const struct chain_rules *rules, const struct header *h, const struct header *parent);
    /* A system transaction, before it runs: its target and place are allowed. */
    enum err (*system)(struct block_run *run, const struct tx *t);
    /* Each transaction, system ones included: before it changes anything; and with its receipt, before it is final. */
    enum err (*before)(struct block_run *run, const struct tx *t);
    enum err (*after)(struct block_run *run, const struct tx *t, const struct receipt *r);
    /* After the last transaction, before roots are computed. */
    enum err (*end)(struct block_run *run);
    /* As evm/host.h's hooks of the same names. Each runs before a listener's. */
    enum err (*leave)(struct block_run *run, struct evm *vm, const struct evm_message *m, const struct evm_result *r);
    enum err (*log)(struct block_run *run, struct evm *vm, const struct evm_message *m, const struct log *log);
    enum err (*call_codeless)(struct block_run *run, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                              bool *served);
};

struct chain_rules {
    u64 chain_id;
    const struct activation *activation; /* in order; a later row that is reached replaces the earlier */
    u32 activation_count;
    address deposit_contract;            /* EIP-6110 */
    const struct chain_hooks *hooks;
    const void *hook_rules;              /* what the hooks need to know: addresses of the rollup and the like */
};

/* The row in force at a block. Row 0 rules from genesis on, whatever its `at`. */
const struct activation *chain_rules_at(const struct chain_rules *rules, u64 number, u64 timestamp);

/* Transaction types that the fork knows, cut to what the hooks admit. */
u32 chain_rules_admitted(const struct chain_rules *rules, const struct fork *fork);

#endif
