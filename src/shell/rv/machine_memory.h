/* machine_memory - the machine's memory as accelerate.c sees it. */
#ifndef RV_MACHINE_MEMORY_H
#define RV_MACHINE_MEMORY_H

#include "rv/machine.h"

/* The segment that has all of these bytes, or NULL. */
const struct rv_memory *rv_memory_at(const struct rv_machine *m, u64 at, u64 len);
/* NULL: not all of these bytes are in one segment that allows it. */
const u8 *rv_readable(const struct rv_machine *m, u64 at, u64 len);
u8 *rv_writable(const struct rv_machine *m, u64 at, u64 len);
/* Ends the run; false. */
bool rv_fault(struct rv_machine *m, enum rv_end e, u64 at);

#endif
