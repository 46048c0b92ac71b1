/* trace - EIP-3155: one line of JSON for each instruction, and a summary.
 *
 * What an instruction cost is known when the next one of its frame begins, so lines are kept in an arena, with
 * room for the cost, until trace_end. */
#ifndef CONFORMANCE_TRACE_H
#define CONFORMANCE_TRACE_H

#include "base/buffer.h"
#include "evm/evm.h"
#include "evm/host.h"

enum { TRACE_DEPTH_MAX = 1100 };

struct trace {
    struct buffer out;
    struct hooks hooks;             /* for block_open, block_listen */
    struct {
        size_t cost_at;             /* where the open line's cost goes in out; 0: none open */
        i64 gas;                    /* before it */
    } open[TRACE_DEPTH_MAX];
    i64 child_gas;                  /* what the frame that ended last gave back */
};

void trace_init(struct trace *t, struct arena *arena);
/* Appends the closing line of a transaction; state_root may be NULL. */
void trace_end(struct trace *t, const hash32 *state_root, struct bytes output, u64 gas_used, bool success);

#endif
