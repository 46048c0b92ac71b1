/* call_error - why a call did not run, or failed, in go-ethereum's words and codes: libraries search them. */
#ifndef NODE_CALL_ERROR_H
#define NODE_CALL_ERROR_H

#include "evm/evm.h"
#include "node/call_object.h"
#include "state/state.h"

/* Sets the error of a REJECT_TX_* for a call on a state. code: 0 for those of eth_simulateV1 (execution-apis). */
enum err call_refused(struct rpc_request *r, struct state *state, const struct call_object *c, const struct header *h,
                      enum err e, i32 code) MUST_CHECK;

/* "out of gas"; of a halt that is no success. */
const char *halt_message(enum halt h);
/* The reason of Error(string) or Panic(uint256), in the arena; NULL: the output has none. */
const char *revert_reason(struct arena *arena, struct bytes output);
/* "execution reverted", with the reason. */
const char *revert_message(struct arena *arena, struct bytes output);
/* Sets the error of a call that failed: code 3 with the output as data for a revert, vm_code for the rest. */
enum err call_halted(struct rpc_request *r, enum halt halt, struct bytes output, i32 vm_code) MUST_CHECK;

#endif
