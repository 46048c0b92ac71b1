/* zkvm_io - input and output of a program: zkvm-standards, io-interface. Neither function can fail. */
#ifndef ZKVM_IO_H
#define ZKVM_IO_H

#include <stddef.h>
#include <stdint.h>

/* The whole input; each call returns the same bytes. */
void read_input(const uint8_t **buf_ptr, size_t *buf_size);
/* Appends to the output. */
void write_output(const uint8_t *output, size_t size);

#endif
