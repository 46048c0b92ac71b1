/* account - an account and a storage slot as the VM reads and the state stores them.
 *
 * Two layers that never include each other share these two values: evm reads the fields directly through a const
 * pointer (the host's handle), state owns the memory and is the only writer, so that every write is journaled.
 *
 * Lifetime: a handle stays valid and up to date until the view that returned it is released. Yellow paper section 4.1,
 * EIP-2929 (warm), EIP-2200 (original value). */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include "base/types.h"

struct code; /* evm/code.h: bytecode with its analysis */

struct account {
    address at;
    u64 nonce;
    u256 balance;
    hash32 code_hash;        /* keccak256 of the code; keccak256("") where there is none */
    bool exists;             /* in the state trie, or touched in a way that would put it there */
    bool created;            /* by this transaction (EIP-6780) */
    bool destroyed;          /* SELFDESTRUCT ran in this transaction */
    bool has_code;           /* code_hash is not keccak256("") */
};

/* A storage slot within the running transaction. */
struct storage_slot {
    u256 current;
    u256 original; /* at the start of the transaction */
};

#endif
