/* traces - the call tree of a scope (simulate/call_tree.h) as it outlives its slot: copied once, then read by many
 * threads.
 *
 * A trace is immutable. Its owner and each reader hold a reference; the last one gives the memory back. */
#ifndef DEVNET_TRACES_H
#define DEVNET_TRACES_H

#include "simulate/call_tree.h"

struct trace {
    const struct memory *memory;
    size_t size; /* that it takes of memory */
    struct call_tree tree;
};

/* With one reference, the caller's. */
struct trace *trace_copy(const struct memory *memory, const struct call_tree *from);
void trace_hold(struct trace *t);
void trace_drop(struct trace *t); /* NULL: nothing */

#endif
