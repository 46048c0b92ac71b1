/* key_memo - hashes of 64 bytes, remembered. Private to evm.
 *
 * Solidity and Vyper find an element of a mapping at keccak256(key . slot), and compute that for each access: a
 * transfer reads and writes the same two balances, and the next one often one of them again. A hash of 64 bytes takes
 * as long as fifty plain instructions; finding it here takes a tenth of that, and not finding it adds a twentieth.
 *
 *   64 bytes --> mix --> entry: the bytes and their hash     one place each, the newest stays
 *
 * Invariant: every entry is a pair of 64 bytes and keccak256 of them, from the start on, so there is no mark for an
 * empty one. A hit or miss is observable only in time. An attacker who chooses keys that share an entry gains nothing
 * but the cost of the failed lookup.
 * Memory: one block for each VM, as large as it will ever be. */
#ifndef EVM_KEY_MEMO_H
#define EVM_KEY_MEMO_H

#include "base/arena.h"
#include "base/types.h"

enum { KEY_MEMO_ENTRIES = 1024 }; /* a power of two; 96 KiB */

struct key_memo_entry {
    u64 key[8];
    u256 hash; /* as a number */
};

struct key_memo {
    struct key_memo_entry entry[KEY_MEMO_ENTRIES];
};

struct key_memo *key_memo_open(const struct memory *memory);
void key_memo_release(struct key_memo *memo, const struct memory *memory);

/* keccak256 of 64 bytes */
void key_memo_hash(u256 *out, struct key_memo *memo, const u8 key[64]);

#endif
