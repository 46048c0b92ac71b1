/* guest_input - what the proving program reads, and what it computes.
 *
 *   input  = version:1 || chainId:8 || l1ChainId:8 || SharedBridge:20 || coinbase:20 || gasLimit:8 || request
 *   output = the transition hash (scope/settlement.h), 32 bytes
 *
 * Numbers are big endian. The rules are part of the input since the output has their hash, which L1 compares. request
 * is what a prover is sent (prover/request.h): of it, the settlement context is not read. The program (src/guest) and
 * native code call the same function.
 *
 * Errors: REJECT_REQUEST for bytes that are no input, then those of verify. */
#ifndef PROVER_GUEST_INPUT_H
#define PROVER_GUEST_INPUT_H

#include "prover/request.h"
#include "verify/verify.h"

enum { GUEST_INPUT_VERSION = 1 };

void guest_input_encode(struct buffer *out, const struct rollup_rules *rules, const struct prove_request *r);
enum err guest_input_run(hash32 *transition, const struct memory *memory, struct bytes input) MUST_CHECK;

#endif
