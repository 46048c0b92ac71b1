/* emulate - a request executed by an image of the proving program, in the emulator of RV64IM (rv/machine.h). */
#ifndef PROVER_EMULATE_H
#define PROVER_EMULATE_H

#include "prover/guest_input.h"
#include "rv/elf.h"

/* The transition hash that the image writes. FAULT_PROGRAM: it ended otherwise than with exit code 0 and 32 bytes, or
 * ran for too long; FAULT_MEMORY. */
enum err emulate_request(hash32 *transition, const struct memory *memory, const struct rv_image *image,
                         const struct rollup_rules *rules, const struct prove_request *r) MUST_CHECK;

#endif
