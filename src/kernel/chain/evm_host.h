/* evm_host - the one place where the VM and the state meet: evm/host.h answered from state/state.h.
 *
 *   evm --- host_ops ---> [ evm_host ] ---> state     accounts, storage slots, balances: journaled there
 *                              |---------> logs       journaled here, beside the state's journal
 *                              |---------> code_cache
 *                              '---------> ancestors  BLOCKHASH
 *
 * A mark is (number of logs, the state's mark) in one u64, so that a rewind also drops logs. Precompiles count as warm
 * (EIP-2929) without being loaded.
 *
 * Memory: logs are copied into the arena of the run; the list starts empty in each block. */
#ifndef CHAIN_EVM_HOST_H
#define CHAIN_EVM_HOST_H

#include "base/list.h"
#include "evm/code.h"
#include "evm/evm.h"
#include "evm/host.h"
#include "state/state.h"

/* Hashes of a block's ancestors, by number; the parent's is known without asking. FAULT_STATE_MISSING when one that a
 * program asked for is unavailable. */
struct ancestors {
    enum err (*hash)(void *context, hash32 *out, u64 number);
    void *context;
};

struct evm_host {
    struct state *state;
    struct code_cache *codes;
    const struct fork *fork;
    struct arena *arena;
    LIST(struct log) log; /* receipts point into it, and into the arrays that it outgrew */
    u64 parent_number;
    hash32 parent_hash;
    const struct ancestors *ancestors; /* NULL: only the parent */
    bool overflowed;                   /* a transfer took a balance above 2^256 - 1: REJECT_BALANCE_OVERFLOW */
};

extern const struct host_ops evm_host_ops; /* host: struct evm_host */

u64 evm_host_mark(const struct evm_host *h);
void evm_host_rewind(struct evm_host *h, u64 mark);

#endif
