/* requests - what the execution layer asks of the consensus layer, and the one hash that a header holds of it.
 *
 *   type 0  deposits        logs of the deposit contract                       EIP-6110
 *   type 1  withdrawals     what a system call at the block's end returns      EIP-7002
 *   type 2  consolidations  the same                                           EIP-7251
 *
 *   requests_hash = sha256( sha256(type || data) of each type that is not empty, in order )     EIP-7685
 *
 * Errors: REJECT_BLOCK_DEPOSIT_LAYOUT, REJECT_BLOCK_SYSTEM_CONTRACT_EMPTY, REJECT_BLOCK_SYSTEM_CONTRACT_FAILED. */
#ifndef CHAIN_REQUESTS_H
#define CHAIN_REQUESTS_H

#include "chain/execute.h"

enum { REQUEST_TYPES = 3 };

/* Fills run->requests from the receipts and by the system calls. */
enum err requests_collect(struct block_run *run) MUST_CHECK;
void requests_hash(hash32 *out, const struct buffer requests[REQUEST_TYPES], struct arena *scratch);

/* The six fields of a DepositEvent's data, 192 bytes put one behind the other, appended to out. */
enum err deposit_from_log(struct buffer *out, struct bytes data) MUST_CHECK;

extern const address history_contract;     /* EIP-2935 */
extern const address beacon_root_contract; /* EIP-4788 */

#endif
