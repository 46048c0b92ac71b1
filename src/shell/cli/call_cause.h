/* call_cause - which frame of a trace is to blame for a rejection or a revert, as explorer/src/trace.mjs finds it. */
#ifndef CLI_CALL_CAUSE_H
#define CLI_CALL_CAUSE_H

#include "base/buffer.h"
#include "io/json.h"

/* A line for an answer of scope_trace: "because 7002  CALL 0x.. 0xda333ca6..  FAILED: vault is empty"; no line if nothing
 * failed in a frame. */
void call_cause(struct buffer *b, struct json answer);

#endif
