/* stack - how large a thread's stack must be on which blocks are executed.
 *
 * The EVM calls itself 1,024 deep, and a scope nests chains within chains. Only what is touched becomes memory. */
#ifndef IO_STACK_H
#define IO_STACK_H

#ifdef SANITIZE
#define DEEP_STACK_BYTES ((size_t)8 << 30) /* frames are several times larger */
#else
#define DEEP_STACK_BYTES ((size_t)1 << 30)
#endif

#endif
