/* platform - what the machine gives to the program: input, output, an end. As zkvm-standards' io-interface and
 * termination: read_input is idempotent, write_output appends, main returns 0 for success. */
#ifndef IMAGE_PLATFORM_H
#define IMAGE_PLATFORM_H

#include "base/types.h"

/* The whole input, aligned to 64 bytes; it is read once. */
void read_input(const uint8_t **buf_ptr, size_t *buf_size);
void write_output(const uint8_t *output, size_t size);
/* A line for people, no part of the output. */
void write_log(const char *text);
_Noreturn void halt(int code);

/* From the heap of the linker script, between the symbols _heap_start and _heap_end: the end of the program when it is
 * used up. */
struct memory;
extern const struct memory image_memory;

#endif
