/* program_id - the program that native code stands for: the id (rv/image_id.h) of the image that `make guest` builds
 * from the same sources. Attestations carry it, and L1 compares it. The build defines it (tools/program_id.mjs). */
#ifndef PROVER_PROGRAM_ID_H
#define PROVER_PROGRAM_ID_H

#include "base/types.h"

extern const hash32 native_program_id;

#endif
