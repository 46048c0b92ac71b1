/* platform - what the program asks of a machine beside the standard's interface, and what it has where the machine does
 * not know of it (defaults.c). The heap lies between the linker script's symbols _heap_start and _heap_end
 * (zkvm-standards, static-library-and-linker-script). */
#ifndef IMAGE_PLATFORM_H
#define IMAGE_PLATFORM_H

#include "base/types.h"

/* Exit codes: 0 with an output, else none. */
enum { EXIT_REJECTED = 1,
       EXIT_MEMORY = 3,
       EXIT_BUG = 4 };

/* A line for people, no part of the output. By default it is lost. */
void write_log(const char *text);
/* Ends the program. By default with an illegal instruction, whatever the code. */
_Noreturn void halt(int code);

/* From the heap; when it is used up, the program ends with EXIT_MEMORY. */
struct memory;
extern const struct memory image_memory;

#endif
