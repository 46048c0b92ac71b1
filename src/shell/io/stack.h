/* stack - the stack size of threads that execute blocks.
 *
 * The EVM calls itself 1,024 deep, and a scope nests chains within chains. Only pages that are touched take memory. */
#ifndef IO_STACK_H
#define IO_STACK_H

#ifdef SANITIZE
#define DEEP_STACK_BYTES ((size_t)8 << 30) /* frames are several times larger */
#else
#define DEEP_STACK_BYTES ((size_t)1 << 30)
#endif

#endif
