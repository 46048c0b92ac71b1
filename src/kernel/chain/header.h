/* header - what a block commits to, in the order in which it is hashed.
 *
 * Forks only append fields, so one number says which are there: field_count is 15 (Frontier),
 * 16 with base_fee (London), 17 with withdrawals_root (Shanghai), 20 with blob_gas_used, excess_blob_gas and
 * parent_beacon_root (Cancun), 21 with requests_hash (Prague).
 *
 *   block hash = keccak256(rlp(fields))
 *
 * header_check holds a header against its parent; what needs execution (roots, gas used, bloom,
 * requests) is execute.h's. A value of fixed size: copy it freely. Errors: REJECT_BLOCK_*. */
#ifndef CHAIN_HEADER_H
#define CHAIN_HEADER_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/types.h"
#include "chain/rules.h"

enum { HEADER_FRONTIER = 15, HEADER_LONDON = 16, HEADER_SHANGHAI = 17, HEADER_CANCUN = 20, HEADER_PRAGUE = 21 };
enum { HEADER_EXTRA_MAX = 32 }; /* yellow paper, 4.3.4 */

struct bloom { u8 b[256]; };

struct header {
    hash32 parent_hash;
    hash32 ommers_hash;
    address coinbase;
    hash32 state_root;
    hash32 transactions_root;
    hash32 receipts_root;
    struct bloom bloom;
    u256 difficulty;          /* 0 from Paris on */
    u64 number;
    u64 gas_limit;
    u64 gas_used;
    u64 timestamp;            /* seconds */
    u8 extra_count;
    u8 extra[HEADER_EXTRA_MAX];
    hash32 prevrandao;        /* before Paris: mixHash */
    u8 nonce[8];
    u256 base_fee;            /* wei per gas */
    hash32 withdrawals_root;
    u64 blob_gas_used;
    u64 excess_blob_gas;
    hash32 parent_beacon_root;
    hash32 requests_hash;
    u32 field_count;
};

extern const hash32 empty_ommers_hash;   /* keccak256(rlp([])) */
extern const hash32 empty_requests_hash; /* sha256("") , EIP-7685 */

void header_encode(struct buffer *out, const struct header *h);
/* The whole of item. */
enum err header_decode(struct header *out, struct bytes item) MUST_CHECK;
void header_hash(hash32 *out, const struct header *h, struct arena *scratch);

/* How many fields a header of this fork has. */
u32 header_field_count(const struct fork *fork);

/* Everything that a header must satisfy that can be seen from it and its parent alone. */
enum err header_check(const struct header *h, const struct header *parent, const hash32 *parent_hash,
                      const struct chain_rules *rules) MUST_CHECK;

/* EIP-1559; 10^9 on a parent without the field. */
void header_next_base_fee(u256 *out, const struct header *parent);
/* EIP-4844, with EIP-7918 from Osaka on; active is the new block's. */
u64 header_next_excess_blob_gas(const struct header *parent, const struct activation *active);
/* EIP-4844: fake_exponential(1, excess, fraction), saturating. */
void blob_base_fee(u256 *out, u64 excess_blob_gas, const struct blob_schedule *schedule);
/* Before Paris: yellow paper 4.3.4, EIP-2, EIP-100. FAULT_UNSUPPORTED from block 200,000 on, where the difficulty bomb
 * begins to count. Proof of work itself is not checked anywhere. */
enum err header_next_difficulty(u256 *out, const struct header *parent, const struct fork *fork,
                                u64 timestamp) MUST_CHECK;

#endif
