/* accelerate - the ecalls of accelerators.def: what a zkVM has circuits for, computed by the emulator. A pointer to
 * memory that is not there traps as a load or store does. How often each was called is counted. */
#ifndef RV_ACCELERATE_H
#define RV_ACCELERATE_H

#include "rv/machine.h"

/* Whether the number in a7 is an accelerator's. If so: *ok says whether it was computed, else the machine has
 * trapped. */
bool rv_accelerate(struct rv_machine *m, bool *ok);
const char *rv_accelerator_name(size_t i); /* i < RV_ACCELERATORS */

#endif
